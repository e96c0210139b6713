package router

import (
	"time"

	"domigo/mailbox"
	"domigo/router/route"
	"domigo/settings"
)

// Bounds of the schedule.
const (
	longestInterval = 4 * time.Hour
	defaultRetry    = 15 * time.Minute // "Initial transfer retry interval"
	defaultExpiry   = 24 * time.Hour   // "Setting the message time-out value"
	defaultPurge    = 15 * time.Minute // "Expired message purge interval"
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

// expires gives the time at which a unit is given up, so long after the message
// was received, or was released by an administrator. A time in the future, from a
// clock that was set back, counts as now.
func expires(s *settings.Snapshot, env *mailbox.Envelope, w *mailbox.Work, now time.Time) time.Time {
	limit := s.Router.Expiry()
	if limit <= 0 {
		limit = defaultExpiry
	}
	return waiting(env, w, now).Add(limit)
}

// waiting gives since when a unit waits.
func waiting(env *mailbox.Envelope, w *mailbox.Work, now time.Time) time.Time {
	from := env.Received
	if w.State == mailbox.Pending && w.Since.After(from) {
		from = w.Since
	}
	if from.After(now) {
		return now
	}
	return from
}

// nextDue gives the time of the next attempt: at, or where low-priority mail
// waits for its time range, when that begins.
func (r *Router) nextDue(s *settings.Snapshot, w *mailbox.Work, at, now time.Time) time.Time {
	if at.Before(now) {
		at = now
	}
	return route.DueAt(s, priorityOf(w.Priority), at)
}
