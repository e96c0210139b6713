package main

import (
	"fmt"
	"io"
	"strings"

	"domigo/internal/sitetext"
	"domigo/internal/smtpwire"
	"domigo/settings"
)

// fewAlike is how many findings of one code check prints.
const fewAlike = 8

// printCheck prints the report for people. Findings of one code stand together,
// with what to do behind them; unless all is set there is a bound on how many.
func printCheck(w io.Writer, r checkReport, all bool) error {
	p := &printer{w: w}
	p.line("server %s, host %s", smtpwire.Clean(r.Server), smtpwire.Clean(r.HostName))
	for _, d := range r.Documents {
		p.line("%s: %s", d.What, smtpwire.Clean(d.Place))
	}
	p.line("%d settings set by files; %d persons, %d groups, %d mail-in databases", r.Settings, r.Persons, r.Groups, r.MailIns)
	for _, a := range r.Assumptions {
		p.line("assumed: %s", smtpwire.Clean(a))
	}
	for rest := r.Findings; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Code == rest[0].Code && rest[n].Severity == rest[0].Severity {
			n++
		}
		p.alike(rest[:n], all)
		rest = rest[n:]
	}
	p.line("%s, %s", sitetext.Count(r.Errors, "error"), sitetext.Count(r.Warnings, "warning"))
	return p.err
}

// alike prints the findings of one code.
func (p *printer) alike(list []finding, all bool) {
	for i, f := range list {
		if i == fewAlike && !all && len(list) > fewAlike+1 {
			p.line("  and %d more of %s (-all prints them)", len(list)-i, f.Code)
			break
		}
		if f.Variable != "" && !strings.Contains(f.Text, f.Variable) {
			f.Text = f.Variable + ": " + f.Text // a line of notes.ini shows no name
		}
		p.line("%s [%s]", smtpwire.Clean(f.String()), f.Code)
	}
	if list[0].Remedy != settings.NothingToDo {
		p.line("  -> %s", list[0].Remedy)
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
