package server

import (
	"context"
	"fmt"
	"os"
	"strings"

	"domigo/console"
	"domigo/settings"
)

// lineFormat gives the form of console lines that the settings ask for.
func lineFormat(c settings.Console) console.Format {
	f := console.Format{
		DateOrder:     console.DateOrder(c.DateOrder),
		DateSeparator: settings.Separator(c.DateSeparator),
		TimeSeparator: settings.Separator(c.TimeSeparator),
		Clock24:       c.ClockType == settings.Clock24,
	}
	if c.ThreadID {
		f.ProcessID = os.Getpid()
	}
	return f
}

// updateConsole takes the console's settings after an update of either task.
func (s *Server) updateConsole(c settings.Console) {
	s.printer.SetFormat(lineFormat(c))
	if err := s.conLog.update(c); err != nil {
		s.printer.Printf("Console: %v", err)
	}
}

// ConsoleLog is START and STOP CONSOLELOG ("Start Consolelog"): for this run of
// the server only.
func (s *Server) ConsoleLog(on bool) error { return s.conLog.set(on) }

// Broadcast sends a line to the attached consoles.
func (s *Server) Broadcast(message string) int { return s.printer.Broadcast(message) }

// taskOf gives the task whose view counts for a setting.
func taskOf(row settings.Row) settings.Task {
	if strings.HasPrefix(row.Target, "Router.") {
		return settings.RouterTask
	}
	return settings.SMTPTask
}

// SetConfig writes a variable into notes.ini, and tells what is wrong with it.
func (s *Server) SetConfig(_ context.Context, name, value string) ([]string, error) {
	return s.edit(name, value, false)
}

// UnsetConfig takes a variable out of notes.ini, and tells if it is missed.
func (s *Server) UnsetConfig(_ context.Context, name string) ([]string, error) {
	return s.edit(name, "", true)
}

// edit changes notes.ini. The remarks go into the log, too, where somebody looks
// who wonders later why updates are refused.
func (s *Server) edit(name, value string, remove bool) (lines []string, err error) {
	site := s.site.Load()
	if err := site.SetVariable(name, value, remove); err != nil {
		return nil, err
	}
	remarks, err := site.Remarks(name, func(src *settings.Source, snap *settings.Snapshot) []settings.Finding {
		return Check(src, snap, s.opt.Paths.Dir, s.now())
	})
	if err != nil { // it is set all the same
		s.log.Warn().Err(err).Msg("the changed notes.ini cannot be checked")
	}
	for _, r := range remarks {
		s.logFinding(r.Finding).Str("setting", name).Str("becomes", r.Then).Msg(r.Finding.Text)
		lines = append(lines, r.String())
	}
	return lines, nil
}

// ExplainConfig tells where the value of a setting comes from.
func (s *Server) ExplainConfig(name string) []string {
	row, known := settings.Find(name)
	if !known {
		return nil
	}
	r, ok := s.view(taskOf(row)).Explained(name)
	if !ok {
		return nil
	}
	out := []string{fmt.Sprintf("in effect: %s=%s", row.Key(), r.Shown())}
	secret := r.Shown() != r.Value // of a password
	for _, l := range r.Layers {
		mark := "  "
		if l.Won {
			mark = "* "
		}
		value := l.Value
		if secret && value != "" {
			value = r.Shown()
		}
		line := mark + strings.TrimSpace(l.Source+" "+l.Place) + ": " + value
		if l.Note != "" {
			line += " (" + l.Note + ")"
		}
		out = append(out, line)
	}
	out = append(out, "rule: "+r.Rule)
	if row.Type != settings.Notes {
		out = append(out, "a change takes effect "+row.Takes.String())
	}
	status := row.Status.String()
	if row.Reason != "" {
		status += ": " + row.Reason
	}
	return append(out, status)
}
