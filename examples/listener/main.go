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
	"time"

	"github.com/emersion/go-smtp"

	"domigo/resolver"
	"domigo/settings"
	"domigo/smtpd"
	"domigo/smtpd/policy"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: listener DIR ADDRESS FOLDER")
	}
	ctx := context.Background()
	site, report, err := settings.Open(ctx, settings.Options{
		Paths: settings.Paths{Dir: os.Args[1]}, HostName: "localhost", Version: "example",
		Validate: policy.RefuseOpenRelay})
	dns, dnsErr := resolver.New(resolver.Config{})
	if err := errors.Join(err, dnsErr); err != nil {
		log.Fatal(err)
	}
	for _, finding := range report.Findings {
		log.Print(finding)
	}
	if err := errors.Join(report.NoStart()...); err != nil {
		log.Fatal("this site is not served: ", err)
	}
	go site.Poll(ctx, settings.SMTPTask, func(_ settings.Update, err error) {
		if err != nil {
			log.Print("settings are not changed: ", err)
		}
	})
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
