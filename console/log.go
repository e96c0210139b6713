package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// The texts of START and STOP CONSOLELOG and of SET STAT (Domino C API, server
// string table); that of a statistic that is not there is SHOW STAT's.
const (
	textLogOn       = "Console Logging is already ENABLED"
	textLogOff      = "Console Logging is already DISABLED"
	textStatPartial = "%s was not reset, please use complete statistic name (Facility.Statname)."
	textStatGauge   = "%s was not reset, it shows what is now."
	textNoStat      = "%s not found in server statistics table"
)

// runStartLog has the console log written. The console says that it is, as at
// the server's start.
func runStartLog(_ context.Context, r *request) error {
	return logError(r.server.ConsoleLog(true), textLogOn)
}

func runStopLog(_ context.Context, r *request) error {
	return logError(r.server.ConsoleLog(false), textLogOff)
}

func logError(err error, already string) error {
	if errors.Is(err, ErrAlready) {
		return &CommandError{already, err}
	}
	return err
}

// runSetStat resets one statistic, given as Facility.Statname or as two words.
func runSetStat(ctx context.Context, r *request) error {
	name := strings.Join(r.args, ".")
	if len(r.args) == 1 && !strings.Contains(strings.Trim(name, "."), ".") || strings.Contains(name, "*") {
		return fail(fmt.Sprintf(textStatPartial, name))
	}
	err := r.server.ResetStatistic(ctx, name)
	switch {
	case errors.Is(err, ErrGauge):
		return &CommandError{fmt.Sprintf(textStatGauge, name), err}
	case errors.Is(err, ErrNoStatistic):
		return &CommandError{fmt.Sprintf(textNoStat, name), err}
	}
	return err
}
