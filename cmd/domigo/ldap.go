package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/internal/server"
	"domigo/internal/simulate"
	"domigo/settings"
)

// assistance gives the LDAP directory of a site, nil if it has none. Unless ask
// is set it is not asked: what it would say is a fact, or missing. done must be
// called in the end. Why it cannot be asked goes to standard error.
func assistance(snap *settings.Snapshot, dir string, ask bool, facts *simulate.Facts, e env) (a directory.Assistance, done func() error, err error) {
	done = func() error { return nil }
	switch {
	case !snap.LDAP.On():
		return nil, done, nil
	case !ask:
		return facts.Unasked(server.LDAPPlace(snap)), done, nil
	}
	client, err := server.NewLDAP(snap, dir, time.Now, nil, zerolog.Nop())
	if err != nil {
		return nil, done, err
	}
	return &explaining{Assistance: client, out: e.err}, client.Close, nil
}

// explaining is a directory that says once why it cannot be asked: what the
// servers and the clients are told is only that.
type explaining struct {
	directory.Assistance
	out  io.Writer
	once sync.Once
}

// Find asks the directory.
func (x *explaining) Find(ctx context.Context, questions []directory.Question) []directory.Answer {
	answers := x.Assistance.Find(ctx, questions)
	for _, a := range answers {
		if a.Err != nil {
			// If it cannot be said, the answer is still one.
			x.once.Do(func() {
				_, _ = fmt.Fprintf(x.out, "the LDAP directory does not answer: %v\n", strings.TrimPrefix(a.Err.Error(), directory.ErrUnavailable.Error()+": "))
			})
		}
	}
	return answers
}
