package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// crashFile, in the state folder, takes what the Go runtime says of a panic or
	// another fatal error beside standard error, where a service may have nobody
	// who reads. It is empty while the server runs and gone after an orderly end.
	crashFile = "crash.log"
	// oldCrash is what it becomes when the next server has told of it.
	oldCrash = crashFile + ".1"
	// maxStack is how much of it goes into domigo.log, in octets.
	maxStack = 16 << 10
	// mostReason is how much of it the console says, in octets: a panic may hold
	// what a client sent.
	mostReason = 200
)

// openCrash tells of the crash that ended the server before, if one did, and has
// one of this process written. A panic outside of an SMTP session is not
// survived: what was acknowledged is on the disk, and a service manager starts
// the server again, which then says why. Of domigo.log the lines of the last
// moment, which waited to be written, may be missing.
func (s *Server) openCrash() error {
	path := filepath.Join(s.opt.State, crashFile)
	if err := s.tellCrash(path); err != nil {
		return err
	}
	if s.opt.CrashOutput == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s.files = append(s.files, crashOutput{path, s.opt.CrashOutput})
	return errors.Join(s.opt.CrashOutput(f), f.Close()) // the runtime has a descriptor of its own
}

// tellCrash prints and logs what a crash left, and moves it away.
func (s *Server) tellCrash(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxStack))
	if err := errors.Join(err, f.Close()); err != nil || len(text) == 0 {
		return err
	}
	kept := filepath.Join(s.opt.State, oldCrash)
	if err := os.Rename(path, kept); err != nil {
		return err
	}
	reason, _, _ := strings.Cut(string(text), "\n")
	reason = reason[:min(len(reason), mostReason)]
	if strings.HasPrefix(reason, "SIGQUIT") {
		s.line(fmt.Sprintf("Server: the server before was ended by SIGQUIT; %s has its goroutines", kept))
		return nil
	}
	s.line(fmt.Sprintf("Server: the server before ended by a crash: %s (%s)", reason, kept))
	s.log.Error().Str("reason", reason).Str("stack", string(text)).Msg("the server before ended by a crash")
	return nil
}

// crashOutput gives up the file of a server that ends in order.
type crashOutput struct {
	path string
	set  func(*os.File) error
}

// Close has the runtime write to standard error only.
func (c crashOutput) Close() error { return errors.Join(c.set(nil), os.Remove(c.path)) }
