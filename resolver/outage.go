package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// silentAfter is how many look-ups in a row must end without an answer of any
	// server before Config.Notice is told. One alone says little of the servers: for a
	// domain whose own servers are gone they may take longer than a try.
	silentAfter = 3
	// noticeAgain is the least time between two notices of an outage.
	noticeAgain = 5 * time.Minute
)

// tried is why one server gave no answer.
type tried struct {
	server string
	err    error
}

// Error names the server, and what a socket said without its addresses.
func (t tried) Error() string { return t.server + ": " + plain(t.err) }

// Unwrap gives the cause.
func (t tried) Unwrap() error { return t.err }

// tooLate is the error of a try that its own time-out ended.
type tooLate struct {
	timeout time.Duration
	err     error
}

// Error says how long was waited.
func (l tooLate) Error() string { return fmt.Sprintf("no answer in %v", l.timeout) }

// Unwrap gives the error of the socket or the context.
func (l tooLate) Unwrap() error { return l.err }

// plain words an error of a socket by its cause alone.
func plain(err error) string {
	var late tooLate
	switch {
	case errors.Is(err, ErrServer):
		return err.Error()
	case errors.As(err, &late):
		return late.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err.Error()
}

// failures are the errors of the servers that were tried.
type failures []error

// Error gives them in one line.
func (f failures) Error() string {
	texts := make([]string, len(f))
	for i, err := range f {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap gives the errors.
func (f failures) Unwrap() []error { return f }

// silent reports whether err says that a server gave no answer at all. SERVFAIL
// and its like are answers, and tell of the domain as often as of the server.
// sure: it is not the slowness of one answer.
func silent(err error) (yes, sure bool) {
	switch {
	case errors.Is(err, ErrServer), errors.Is(err, context.Canceled):
		return false, false
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return true, false
	}
	return true, true
}

// outage watches whether the servers answer. The zero value is ready.
type outage struct {
	quiet atomic.Bool // a look-up ended without an answer, and none had one since

	mu      sync.Mutex
	missed  int // look-ups without an answer, in a row
	noticed time.Time
	told    bool // that nothing answers
}

// answered notes that a server answered.
func (r *Resolver) answered() {
	o := &r.outage
	if !o.quiet.Load() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.told {
		r.notice(nil)
	}
	o.missed, o.told = 0, false
	o.quiet.Store(false)
}

// unanswered notes that no server answered a look-up, and why.
func (r *Resolver) unanswered(errs failures) {
	certain := true
	var why []string
	for _, err := range errs {
		yes, sure := silent(err)
		if !yes {
			return
		}
		certain = certain && sure
		var t tried
		if errors.As(err, &t) {
			why = append(why, t.server+" does not answer: "+plain(t.err))
		}
	}
	o, now := &r.outage, r.now()
	o.mu.Lock() // also while it is told: the last that is said is then what is so
	defer o.mu.Unlock()
	o.quiet.Store(true)
	o.missed++
	if (certain || o.missed >= silentAfter) && (o.noticed.IsZero() || now.Sub(o.noticed) >= noticeAgain) {
		o.noticed, o.told = now, true
		r.notice(errors.New(strings.Join(why, "; ")))
	}
}
