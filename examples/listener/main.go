// Command listener loads a Domino site and answers SMTP as its server would,
// with go-smtp's server in front and a mail.box in memory behind. Give it a
// Domino data directory and an address:
//
//	go run ./examples/listener testdata/acme 127.0.0.1:2526
package main

import (
	"context"
	"log"
	"os"

	"github.com/emersion/go-smtp"

	"domigo/directory"
	"domigo/internal/resolver"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/smtpd"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: listener DIR ADDRESS")
	}
	site, _, err := settings.Open(context.Background(), settings.Options{
		Paths: settings.Paths{Dir: os.Args[1]}, HostName: "localhost", Version: "example"})
	if err != nil {
		log.Fatal(err)
	}
	dns, err := resolver.New(resolver.Config{})
	if err != nil {
		log.Fatal(err)
	}
	server := smtp.NewServer(smtpd.Backend(smtpd.Config{
		View:      func() *settings.Snapshot { return site.View(settings.SMTPTask) },
		Directory: func() *directory.Directory { return site.Directory() },
		Mailbox:   mailbox.NewMem(mailbox.Options{}),
		Resolver:  dns,
		Console:   func(line string) { log.Print(line) },
	}))
	server.Addr, server.Domain, server.AllowInsecureAuth = os.Args[2], site.View(settings.SMTPTask).Identity.HostName, true
	log.Fatal(server.ListenAndServe())
}
