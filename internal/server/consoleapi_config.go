package server

import (
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
