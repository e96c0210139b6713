package load

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/emersion/go-smtp"
)

// Sink serves SMTP on l until ctx is done: a go-smtp server that takes every
// message and forgets it, to measure others against.
func Sink(ctx context.Context, l net.Listener) error {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return discard{}, nil }))
	s.Domain = "sink.example"
	defer context.AfterFunc(ctx, func() { _ = s.Close() })() // Serve tells
	if err := s.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && ctx.Err() == nil {
		return err
	}
	return nil
}

// discard is a session that takes all.
type discard struct{}

func (discard) Mail(string, *smtp.MailOptions) error { return nil }
func (discard) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (discard) Reset()                               {}
func (discard) Logout() error                        { return nil }

func (discard) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
