package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// sink is a next hop that is not Domigo: a go-smtp server that puts what it
// takes into a Maildir, so that it is audited like the others.
type sink struct {
	dir string
	n   atomic.Int64
}

// serveSink runs a sink until ctx is done.
func serveSink(ctx context.Context, l net.Listener, dir string) error {
	k := &sink{dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, "new"), 0o700); err != nil {
		return err
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sinkSession{k}, nil }))
	s.Domain = "sink.example"
	s.ErrorLog = log.New(io.Discard, "", 0)                  // clients that are killed are what it is here for
	defer context.AfterFunc(ctx, func() { _ = s.Close() })() // Serve tells
	if err := s.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && ctx.Err() == nil {
		return err
	}
	return nil
}

type sinkSession struct{ *sink }

func (sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (sinkSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (sinkSession) Reset()                               {}
func (sinkSession) Logout() error                        { return nil }

// Data stores the message under a name that shows when it is whole, and a
// Received field of its own that says when it came.
func (s sinkSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	data = append([]byte("Received: by sink.example; "+time.Now().Format(time.RFC1123Z)+"\r\n"), data...)
	name := fmt.Sprint(s.n.Add(1))
	tmp := filepath.Join(s.dir, name)
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(s.dir, "new", name))
}
