package systemd

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// WatchdogInterval gives how often the manager of an environment wants a sign of
// life at the latest (WATCHDOG_USEC); 0 if it wants none, or wants it of another
// process than pid.
func WatchdogInterval(getenv func(string) string, pid int) (time.Duration, error) {
	value := getenv(envWatchdog)
	if value == "" {
		return 0, nil
	}
	if of := getenv(envDogPID); of != "" && of != strconv.Itoa(pid) {
		return 0, nil
	}
	usec, err := strconv.ParseInt(value, 10, 64)
	if err != nil || usec <= 0 || usec > int64(maxWatchdog/time.Microsecond) {
		return 0, fmt.Errorf("%s=%s: not a number of microseconds", envWatchdog, value)
	}
	return time.Duration(usec) * time.Microsecond, nil
}

// maxWatchdog is longer than anybody waits.
const maxWatchdog = 10 * 365 * 24 * time.Hour

// Watch asks alive twice in each interval, until ctx is done, and tells the
// manager when the answer is nil. A question has half of the interval; alive must
// give up when its context is done. What goes wrong goes to report.
func (n *Notifier) Watch(ctx context.Context, interval time.Duration, alive func(context.Context) error, report func(error)) {
	if n == nil || interval <= 0 {
		return
	}
	watch(ctx, interval/2, alive, n.alive, report)
}

func watch(ctx context.Context, every time.Duration, alive func(context.Context) error, tell func() error, report func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := ask(ctx, every, alive)
		if err == nil {
			err = tell()
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func ask(ctx context.Context, within time.Duration, alive func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := alive(ctx); err != nil {
		return fmt.Errorf("no sign of life to the service manager: %w", err)
	}
	return nil
}
