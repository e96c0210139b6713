package main

import (
	"context"
	"errors"
	"log"
	"os"
	"path/filepath"

	"domigo/mailbox"
)

// inbox is a folder in which each message becomes a file.
type inbox string

// Create begins a message: all recipients that RCPT took, one content.
func (dir inbox) Create(context.Context) (mailbox.Draft, error) {
	f, err := os.CreateTemp(string(dir), "message-*.part")
	return draft{f}, err
}

type draft struct{ *os.File }

func (d draft) ID() mailbox.ID { return mailbox.ID(filepath.Base(d.Name())) }

// Commit is where the program has the message: once it gives nil, the client
// gets its 250; an error is a temporary failure, and the client keeps the message.
// What a server mail rule decided is for it to carry out.
func (d draft) Commit(_ context.Context, env mailbox.Envelope) error {
	if env.Refuse != "" || env.MoveTo != "" || env.Hold != "" || env.Journal {
		return errors.New("a server mail rule asks for what this program cannot do")
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return err
	}
	log.Printf("%s.eml: from <%s> to %v, user %q", d.Name(), env.Sender, env.Recipients, env.User)
	return errors.Join(os.Rename(d.Name(), d.Name()+".eml"), syncFolder(filepath.Dir(d.Name())))
}

// syncFolder makes the name of a message as lasting as its content.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Discard drops what was refused or broken off, and may come twice; after Commit
// there is nothing.
func (d draft) Discard() error { _ = d.Close(); return os.RemoveAll(d.Name()) }
