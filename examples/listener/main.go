// Command listener loads a Domino site and runs only its listener: go-smtp's
// server in front, the site's own decisions about every connection, sender,
// recipient and message, and behind them this program, which receives what was
// accepted. Give it a Domino data directory, an address and a folder for the
// messages:
//
//	go run ./examples/listener testdata/acme 127.0.0.1:2526 /tmp
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/emersion/go-smtp"

	"domigo/mailbox"
	"domigo/resolver"
	"domigo/settings"
	"domigo/smtpd"
	"domigo/smtpd/policy"
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
func (d draft) Commit(_ context.Context, env mailbox.Envelope) error {
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return err
	}
	log.Printf("%s.eml: from <%s> to %v, user %q", d.Name(), env.Sender, env.Recipients, env.User)
	return os.Rename(d.Name(), d.Name()+".eml")
}

// Discard drops what was refused or broken off; after Commit there is nothing.
func (d draft) Discard() error { _ = d.Close(); return os.RemoveAll(d.Name()) }

// closed refuses a site, at the start and at each update, whose relay controls let
// anybody send to anybody.
func closed(s *settings.Snapshot) error {
	if policy.OpenRelay(s, nil) {
		return errors.New("this site is an open relay")
	}
	return nil
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: listener DIR ADDRESS FOLDER")
	}
	site, _, err := settings.Open(context.Background(), settings.Options{
		Paths: settings.Paths{Dir: os.Args[1]}, HostName: "localhost", Version: "example", Validate: closed})
	dns, dnsErr := resolver.New(resolver.Config{})
	if err := errors.Join(err, dnsErr); err != nil {
		log.Fatal(err)
	}
	server := smtp.NewServer(smtpd.Backend(smtpd.Config{
		View:      func() *settings.Snapshot { return site.View(settings.SMTPTask) },
		Directory: site.Directory,
		Mailbox:   inbox(os.Args[3]),
		Resolver:  dns,
		Console:   func(line string) { log.Print(line) },
	}))
	server.Addr, server.Domain, server.AllowInsecureAuth = os.Args[2], site.View(settings.SMTPTask).Identity.HostName, true
	server.ReadTimeout, server.WriteTimeout = 3*time.Minute, 3*time.Minute
	log.Fatal(server.ListenAndServe())
}
