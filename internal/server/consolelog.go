package server

import (
	"errors"
	"sync"

	"domigo/console"
	"domigo/internal/logfile"
	"domigo/settings"
)

// Domino's words about the console log, with the blank that ends them.
const (
	lineLogFile = "The Console file is %s "
	lineLogOn   = "Console Logging is ENABLED "
	lineLogOff  = "Console Logging is DISABLED "
)

// consoleLog is console.log: while it is on, one more output of the printer.
type consoleLog struct {
	printer *console.Printer
	file    *logfile.Capped

	mu     sync.Mutex
	out    *console.Output // nil while it is off
	wanted bool            // what the settings said last
}

// newConsoleLog makes the log of a path, off. report is told, once each time,
// that the file cannot begin anew.
func newConsoleLog(p *console.Printer, path string, report func(error)) *consoleLog {
	return &consoleLog{printer: p, file: logfile.NewCapped(path, report)}
}

// begin has the log as the settings say, whatever START and STOP CONSOLELOG
// made of it before.
func (l *consoleLog) begin(c settings.Console) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file.Limit(c.LogMax)
	l.wanted = c.LogEnabled
	return l.turn(c.LogEnabled, false)
}

// update takes what changed in the settings. What START and STOP CONSOLELOG
// said holds until Console_Log_Enabled is edited.
func (l *consoleLog) update(c settings.Console) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file.Limit(c.LogMax)
	if c.LogEnabled == l.wanted {
		return nil
	}
	l.wanted = c.LogEnabled
	return l.turn(c.LogEnabled, true)
}

// set is START and STOP CONSOLELOG.
func (l *consoleLog) set(on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if on == (l.out != nil) {
		return console.ErrAlready
	}
	return l.turn(on, true)
}

// turn switches the log. The lines that say so stand in it, too: its first, or
// its last. The caller holds l.mu.
func (l *consoleLog) turn(on, say bool) error {
	switch {
	case on == (l.out != nil):
		return nil
	case on:
		if err := l.file.Open(); err != nil {
			return err
		}
		l.out = l.printer.Attach(l.file, "console.log")
		if say {
			l.sayOn()
		}
		return nil
	}
	if say {
		l.printer.Print(lineLogOff)
	}
	out := l.out
	l.out = nil
	return errors.Join(out.Detach(), l.file.Close())
}

func (l *consoleLog) sayOn() {
	l.printer.Printf(lineLogFile, l.file.Path())
	l.printer.Print(lineLogOn)
}

// say prints whether the log is on, as at the server's start.
func (l *consoleLog) say() {
	if l.path() == "" {
		l.printer.Print(lineLogOff)
		return
	}
	l.sayOn()
}

// path gives the log's file, "" while it is off.
func (l *consoleLog) path() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return ""
	}
	return l.file.Path()
}

// Reopen goes on in the file that now has the name, if the log is on.
func (l *consoleLog) Reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return nil
	}
	return l.file.Reopen()
}

// Close closes the file. The printer has been closed.
func (l *consoleLog) Close() error { return l.file.Close() }
