package router

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/rs/zerolog"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router/report"
)

// panicked is what the work on a message ended with that no code foresaw.
type panicked struct {
	value any
	stack []byte
}

// mostPanic bounds what a reason says of what we failed at ourselves.
const mostPanic = 500

// internalError is what the reason begins with.
const internalError = "Internal error: "

// Error gives the reason in one line of bounded length.
func (p *panicked) Error() string {
	return failing(p.value)
}

// failing words what we failed at ourselves, for the administrator, in one line.
func failing(what any) string { return internalError + brief(what) }

// brief gives what an error or panic says in one line of bounded length.
func brief(what any) string {
	text := fmt.Sprint(what)
	if _, ok := what.(error); ok {
		text = strings.ReplaceAll(text, "\n", "; ") // errors that were joined
	}
	return smtpwire.Clean(text[:min(len(text), mostPanic)])
}

// log writes where it happened.
func (p *panicked) log(e *zerolog.Event) *zerolog.Event {
	return e.Err(p).Bytes("stack", p.stack)
}

// caught runs f, and gives what it panicked with, or nil. It stands around the
// work on one message: a fault that its content brings to light costs that
// message, and neither the others nor the server, which would meet it again at
// each start. A panic within the mail.box goes on and ends the process: nobody
// knows which of its locks are held, and a start puts it in order.
func caught(f func()) (p *panicked) {
	defer func() {
		v := recover()
		switch {
		case v == nil:
		case withinStore():
			panic(v)
		default:
			// One that was caught in another goroutine has its stack.
			if was, ok := v.(*panicked); ok {
				p = was
				return
			}
			p = &panicked{v, debug.Stack()}
		}
	}()
	f()
	return nil
}

// withinStore reports whether a function of package mailbox is on the stack.
func withinStore() bool {
	pcs := make([]uintptr, 100) // from where the panic is
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "domigo/mailbox.") {
			return true
		}
		if !more {
			return false
		}
	}
}

// spare holds the work that a thread panicked at, so that it is not met again
// before an administrator releases it. How far the attempt had come nobody knows:
// after the release all its recipients get it, who may have it already. If the
// mail.box cannot record that, the lease ends and the work is taken up anew.
func (r *Router) spare(ctx context.Context, j *job, p *panicked) {
	p.log(j.event(r.c.Log.Error())).Msg("work ended in a panic, and is held")
	r.notTransferred(j, nil, all(j, outcome{result: failed, reason: p.Error(), class: report.TransferFailure}))
	apart := j.Work
	apart.State, apart.LastError, apart.Since = mailbox.Held, p.Error(), r.c.Now()
	if err := r.split(context.WithoutCancel(ctx), j, nil, &apart); err != nil {
		r.c.Log.Error().Err(err).Str("mail", string(j.Message)).Str("key", j.Key).Msg("hold work")
	}
}
