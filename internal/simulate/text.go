package simulate

import (
	"fmt"
	"io"
	"strings"

	"domigo/internal/smtpwire"
)

// Write writes the dialogue with its reasons: what the client sends behind "C:",
// the replies behind "S:", then the steps that decided.
func (r *Result) Write(w io.Writer) error {
	p := &printer{w: w}
	p.line("port: %s", r.Port)
	for i := range r.Stages {
		p.stage(&r.Stages[i])
	}
	p.line("verdict: %s", r.Outcome)
	return p.err
}

func (p *printer) stage(s *Stage) {
	if s.Command == "" {
		p.line("connect")
	} else {
		p.line("C: %s", smtpwire.Clean(s.Command))
	}
	for _, line := range s.Reply {
		p.line("S: %s", smtpwire.Clean(line))
	}
	for _, t := range s.Trail {
		p.line("   %s: %s -> %s", t.Control, smtpwire.Clean(t.Fact), smtpwire.Clean(t.Result))
	}
	for _, line := range s.Console {
		p.line("   console: %s", line)
	}
	if s.Note != "" {
		p.line("   note: %s", s.Note)
	}
	switch {
	case len(s.Missing) > 0:
		p.line("   undecided: it depends on %s (-fact, -ptr or -dns)", strings.Join(s.Missing, ", "))
	case s.Control != nil:
		p.line("   %s by %s", s.Outcome, smtpwire.Clean(s.Control.String()))
	case s.Outcome != Accepted:
		p.line("   %s", s.Outcome)
	}
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
