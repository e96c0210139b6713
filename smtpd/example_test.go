package smtpd_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/settings/match"
	"domigo/smtpd"
)

// A listener with a mail.box in memory answers one client. A server takes its view
// from a settings.Site: a Snapshot made by hand has no defaults, and without its
// DenyHosts this one would relay for anybody.
func ExampleServer() {
	view := &settings.Snapshot{
		Identity: settings.Identity{HostName: "mail.acme.com", Product: "Lotus Domino Release 7.0.4"},
		Ports:    settings.Ports{Enabled: true, Anonymous: true},
		Relay:    settings.Relay{Enforcement: settings.EnforceAll, DenyHosts: match.Hosts([]string{"*"}, match.NoGroups{})},
		SMTP:     settings.SMTP{ErrorLimit: 20, MaxCommandLength: 1200, ConnectionsAnonymous: -1},
	}
	noon := time.Date(2009, 7, 25, 12, 0, 0, 0, time.UTC)
	box := mailbox.NewMem(mailbox.Options{})
	var console []string
	people := directory.NewBuilder().Build()
	server := smtpd.New(smtpd.Config{
		View:      func() *settings.Snapshot { return view },
		Directory: func() *directory.Directory { return people },
		Mailbox:   box,
		Now:       func() time.Time { return noon },
		Console:   func(line string) { console = append(console, line) },
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.Background(), l, smtpd.Plain) }()

	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	in := bufio.NewScanner(conn)
	in.Scan()
	fmt.Println(in.Text())
	fmt.Fprint(conn, "QUIT\r\n")
	in.Scan()
	fmt.Println(in.Text())
	fmt.Println(server.Shutdown(context.Background()), <-served, conn.Close(), box.Close())
	for _, line := range console {
		fmt.Println(line)
	}
	// Output:
	// 220 mail.acme.com ESMTP Service (Lotus Domino Release 7.0.4) ready at Sat, 25 Jul 2009 12:00:00 +0000
	// 221 mail.acme.com SMTP Service closing transmission channel
	// <nil> <nil> <nil> <nil>
	// SMTP Server: 127.0.0.1 connected
	// SMTP Server: 127.0.0.1 disconnected. 0 message[s] received
}

// What the listener would answer to a client, and which control decides, without
// a connection.
func ExampleServer_Rehearse() {
	view := &settings.Snapshot{
		Identity: settings.Identity{HostName: "mail.acme.com", Product: "Lotus Domino Release 7.0.4"},
		Domains:  settings.Domains{Primary: []string{"acme.com"}},
		Ports:    settings.Ports{Enabled: true, Anonymous: true},
		SMTP:     settings.SMTP{ErrorLimit: 20, MaxCommandLength: 1200, ConnectionsAnonymous: -1},
		Relay:    settings.Relay{Enforcement: settings.EnforceAll, DenyHosts: match.Hosts([]string{"[203.0.113.*]"}, match.NoGroups{})},
	}
	people := directory.NewBuilder().Build()
	box := mailbox.NewMem(mailbox.Options{})
	server := smtpd.New(smtpd.Config{
		View:      func() *settings.Snapshot { return view },
		Directory: func() *directory.Directory { return people },
		Mailbox:   box,
	})
	ctx := context.Background()
	session, _ := server.Rehearse(ctx, netip.MustParseAddr("203.0.113.7"), smtpd.Plain)
	for _, command := range []string{"MAIL FROM:<a@example.org>", "RCPT TO:<b@example.net>"} {
		answer := session.Do(ctx, command)
		fmt.Println(answer.Code, answer.Lines[0])
		if answer.Verdict.Rule != "" {
			fmt.Println(answer.Verdict.Rule)
		}
	}
	session.Close()
	fmt.Println(box.Close())
	// Output:
	// 250 a@example.org... Sender OK
	// 554 Relay rejected for policy reasons.
	// Deny messages from the following internet hosts to be sent to external internet domains
	// <nil>
}
