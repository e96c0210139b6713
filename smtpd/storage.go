package smtpd

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
)

// storage remembers whether the console was told that messages cannot be stored.
// The log has the reason of each, but on a full disk it may not be written
// either. The zero value is ready.
type storage struct {
	failing atomic.Bool // told, and nothing was stored since

	mu   sync.Mutex
	told time.Time // when it was said last
}

// storageAgain is the least time between two lines about what cannot be stored.
const storageAgain = 5 * time.Minute

// notStored prints why a message could not be stored: at the first, and while it
// lasts, or when it comes again, each storageAgain. what begins the line.
func (s *session) notStored(what string, err error) {
	if s.watched != nil || errors.Is(err, context.Canceled) || errors.Is(err, mailbox.ErrClosed) {
		return // nobody's trouble: a stop, or a client that has gone
	}
	st, now := &s.srv.storage, s.srv.cfg.Now()
	st.mu.Lock()
	due := st.told.IsZero() || now.Sub(st.told) >= storageAgain
	if due {
		st.told = now
		st.failing.Store(true)
	}
	st.mu.Unlock()
	if due {
		s.srv.cfg.Console("SMTP Server: " + smtpwire.Clean(what+": "+storageReason(err)))
	}
}

// stored prints that a message was stored again, if it was said that none is.
func (s *session) stored() {
	st := &s.srv.storage
	if st.failing.Load() && st.failing.CompareAndSwap(true, false) {
		s.srv.cfg.Console("SMTP Server: mail is taken again")
	}
}

// storageReason words why the mail.box did not take a message, with what to do.
func storageReason(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if _, cause, ok := strings.Cut(text, mailbox.ErrFull.Error()+": "); ok {
		text = cause
	}
	var errno syscall.Errno
	isErrno := errors.As(err, &errno)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return text + "; it is gone: put it back as it was"
	case errors.Is(err, fs.ErrPermission):
		return text + "; the server's user must be able to read and write it"
	case errno == syscall.ENOSPC, errno == syscall.EDQUOT, !isErrno && errors.Is(err, mailbox.ErrFull):
		return text + "; make room"
	}
	return text + "; look at the disk"
}
