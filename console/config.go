package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// textNoVariable says that a pattern fits no variable that is set.
const textNoVariable = "%s not found among the variables that are set"

// runShowConfig prints a variable, and with WHY, which Domino does not have,
// where the value comes from; for a name with asterisks (SMTP*), all that are
// set and that it fits.
func runShowConfig(_ context.Context, r *request) error {
	why := len(r.args) > 1
	if why && !strings.EqualFold(r.args[1], "why") {
		return fail(textTooMany)
	}
	v := r.server.ShowConfig(r.args[0])
	// With an asterisk a note can only say that notes.ini cannot be read.
	if !strings.Contains(r.args[0], "*") || v.Set || len(v.Notes) > 0 {
		r.variable(r.args[0], v, why)
		return nil
	}
	names := slices.Clone(r.server.ConfigNames())
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	found := false
	for _, name := range names {
		if !statMatches(strings.ToLower(r.args[0]), strings.ToLower(name)) {
			continue
		}
		if v := r.server.ShowConfig(name); v.Set {
			found = true
			r.variable(name, v, why)
		}
	}
	if !found {
		return fail(fmt.Sprintf(textNoVariable, r.args[0]))
	}
	return nil
}

// variable prints one variable, asked for by a name, and where its value comes
// from.
func (r *request) variable(name string, v Variable, why bool) {
	if v.Name == "" {
		v.Name = name
	}
	if v.Set {
		r.line("  %s=%s", v.Name, v.Value)
	} else {
		r.line("  %s is not set", v.Name)
	}
	if v.InEffect != "" && !why {
		r.line("  %s", v.InEffect)
	}
	for _, note := range v.Notes {
		r.line("  %s", note)
	}
	if !why {
		return
	}
	lines := r.server.ExplainConfig(name)
	if len(lines) == 0 {
		r.line("  %s is no setting of this server", v.Name)
	}
	for _, line := range lines {
		r.line("  %s", line)
	}
}

// runSetConfig answers as Domino does, which takes any value. What is wrong with it
// follows in lines of their own.
func runSetConfig(ctx context.Context, r *request) error {
	name, value, err := parseAssignment(r.rest)
	if err != nil {
		return err
	}
	var remarks []string
	if value == "" {
		remarks, err = r.server.UnsetConfig(ctx, name)
	} else {
		remarks, err = r.server.SetConfig(ctx, name, value)
	}
	switch {
	case errors.Is(err, ErrProtected):
		return &CommandError{textProtected, err}
	case err != nil:
		return err
	case value == "":
		r.line("  %s removed.", name)
	default:
		r.line("  %s changed to %s.", name, value)
	}
	for _, remark := range remarks {
		r.line("  %s", remark)
	}
	return nil
}

// parseAssignment reads what follows SET CONFIGURATION: a variable, an equals
// sign and a value, then update or noupdate.
//
// Between double quotes the value may end in blanks and in the words update
// and noupdate; the quotes are the first and the last one of the line, so it
// may contain quotes itself. Without them the value is the rest of the line as
// it was typed, quotes included, because a notes.ini value may have them.
//
// noupdate (leave the Configuration document alone) is what happens anyway;
// update asks for a document to be written, which this server cannot.
func parseAssignment(rest string) (name, value string, err error) {
	assignment, option, quoted := rest, "", strings.HasPrefix(rest, `"`)
	if quoted {
		end := strings.LastIndexByte(rest, '"')
		if end == 0 {
			return "", "", fail(textValue)
		}
		assignment, option = rest[1:end], strings.Trim(rest[end+1:], " \t")
	} else if i := strings.LastIndexAny(rest, " \t"); i >= 0 && isUpdateOption(rest[i+1:]) {
		assignment, option = strings.TrimRight(rest[:i], " \t"), rest[i+1:]
	}
	if option != "" && !isUpdateOption(option) {
		return "", "", fail(textValue)
	}
	if strings.EqualFold(option, "update") {
		return "", "", fail(textNotConfigured)
	}
	name, value, ok := strings.Cut(assignment, "=")
	name = strings.Trim(name, " \t")
	switch {
	case !ok:
		return "", "", fail(textInsufficient)
	case name == "" || strings.ContainsAny(name, " \t\""):
		return "", "", fail(textValue)
	}
	if !quoted {
		value = strings.Trim(value, " \t")
	}
	return name, value, nil
}

func isUpdateOption(s string) bool {
	return strings.EqualFold(s, "update") || strings.EqualFold(s, "noupdate")
}
