package router

import (
	"time"

	"domigo/mailbox"
	"domigo/settings"
)

// Bounds of the schedule.
const (
	longestInterval = 4 * time.Hour
	defaultRetry    = 15 * time.Minute // "Initial transfer retry interval"
	defaultExpiry   = 24 * time.Hour   // "Setting the message time-out value"
	defaultHops     = 25               // "Maximum hop count"
)

// interval gives the wait after a failed attempt, of which attempts went
// before: the initial transfer retry interval at first, then twice the last
// one, at most four hours (or the initial interval, if that is longer). Domino
// only says that intervals grow; the factor is ours. The intervals carry no
// random part, so that "Next retry" can be told in advance.
func interval(first time.Duration, attempts int) time.Duration {
	if first <= 0 {
		first = defaultRetry
	}
	wait := first
	for ; attempts > 0 && wait < longestInterval; attempts-- {
		wait *= 2
	}
	return max(min(wait, longestInterval), first)
}

// expires gives the time at which a message is given up. A time of receipt in
// the future, from a clock that was set back, counts as now.
func expires(s *settings.Snapshot, env *mailbox.Envelope, now time.Time) time.Time {
	limit := s.Router.Expiry()
	if limit <= 0 {
		limit = defaultExpiry
	}
	from := env.Received
	if from.After(now) {
		from = now
	}
	return from.Add(limit)
}

// nextDue gives the time of the next attempt: after the interval, and at the
// latest when the message expires, so that the report is not late.
func nextDue(s *settings.Snapshot, c *mailbox.Claim, now time.Time) time.Time {
	due := now.Add(interval(s.Router.RetryInterval, c.Attempts))
	if end := expires(s, &c.Envelope, now); end.Before(due) && end.After(now) {
		return end
	}
	return due
}
