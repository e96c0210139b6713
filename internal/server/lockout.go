package server

import (
	"fmt"
	"path/filepath"
	"strings"

	"domigo/directory"
	"domigo/internal/lockout"
	"domigo/settings"
)

// openLockout opens the state of the Internet password lockout, which lasts from
// start to start, and over restarts of the tasks.
func (s *Server) openLockout() error {
	book, err := lockout.Open(filepath.Join(s.opt.State, lockout.FileName), s.now, func(err error) {
		s.printer.Print("SMTP Server: Internet password lockout: " + err.Error())
	})
	if err != nil {
		return err
	}
	s.lockout = book
	return nil
}

// tellLockout serves "tell smtp show lockouts" and "tell smtp unlock NAME", also
// while the task is down: the state is the server's. When the first returns, the
// file holds what it shows, for "domigo lockout" to read.
func (s *Server) tellLockout(task string, words []string) (output []string, done bool, err error) {
	switch {
	case task != taskSMTP || len(words) != 2:
		return nil, false, nil
	case words[0] == "show" && words[1] == "lockouts":
		list := s.lockout.List(s.view(settings.SMTPTask).Lockout)
		return lockout.Lines(list, s.printer.Format().Time), true, s.lockout.Save()
	case words[0] == "unlock":
		output, err = s.unlock(words[1])
		return output, true, err
	}
	return nil, false, nil
}

// unlock takes out what is counted for a name, in any form that it logs in with,
// or for an address.
func (s *Server) unlock(name string) ([]string, error) {
	names := LockoutNames(s.directory(), s.view(settings.SMTPTask), name)
	var output []string
	for _, n := range names {
		for _, r := range s.lockout.Unlock(n) {
			output = append(output, r.Unlocked())
		}
	}
	if len(output) == 0 {
		return nil, fmt.Errorf("%s is not locked out and has no failed logins", name)
	}
	s.line("SMTP Server: " + strings.Join(output, "; "))
	return output, s.lockout.Save()
}

// LockoutNames gives the names under which failures of a typed name may be
// counted: itself, and the full name of the one person who logs in with it.
func LockoutNames(dir *directory.Directory, view *settings.Snapshot, typed string) []string {
	names := []string{typed}
	if dir == nil {
		return names
	}
	if found := dir.Login(typed, view.Ports.MoreVariations); len(found) == 1 && len(found[0].FullName) > 0 {
		names = append(names, directory.Canonical(found[0].FullName[0]))
	}
	return names
}
