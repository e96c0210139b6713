package router_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/mailbox"
	"domigo/resolver"
	"domigo/router"
	"domigo/settings"
)

// noDNS is a Resolver for a Router that delivers local mail only.
type noDNS struct{ router.Resolver }

func (noDNS) MX(_ context.Context, domain string) ([]resolver.MX, error) {
	return nil, &resolver.Error{Name: domain, Type: "MX", Err: resolver.ErrNXDomain}
}

// A Router takes a message from the mail.box into the Maildir of its recipient.
// A server takes View and Directory from a settings.Site, so that both go live
// while the Router runs.
func Example() {
	state, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(state)
	store := mailbox.NewMem(mailbox.Options{})
	defer store.Close()
	b := directory.NewBuilder()
	b.Add(0, &note.Document{Form: "Person", Items: []note.Item{
		{Name: "FullName", Values: []string{"CN=John Doe/O=Acme"}},
		{Name: "InternetAddress", Values: []string{"john.doe@acme.com"}},
		{Name: "MailFile", Values: []string{`mail\jdoe.nsf`}},
	}})
	people := b.Build()
	view := &settings.Snapshot{
		Identity: settings.Identity{HostName: "mail.acme.com"},
		Domains:  settings.Domains{Global: true, Primary: []string{"acme.com"}},
	}
	delivered := make(chan struct{}, 1)
	r := router.New(router.Config{
		View: func() *settings.Snapshot { return view }, Directory: func() *directory.Directory { return people },
		Store: store, Resolver: noDNS{}, MailDir: state, Meter: meter(delivered),
	})

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	draft, err := store.Create(ctx)
	if err != nil {
		log.Fatal(err)
	}
	io.WriteString(draft, "Subject: Hello\r\n\r\nGood morning.\r\n") // its error is Commit's
	err = draft.Commit(ctx, mailbox.Envelope{Received: time.Now(), Recipients: []mailbox.Recipient{{Address: "john.doe@acme.com"}}})
	if err != nil {
		log.Fatal(err)
	}
	<-delivered
	stop()
	fmt.Println(<-ended)
	files, err := filepath.Glob(filepath.Join(state, "mail", "jdoe", "new", "*"))
	fmt.Println(len(files), "message", err)
	// Output:
	// <nil>
	// 1 message <nil>
}

// meter is told of deliveries.
type meter chan struct{}

func (m meter) Delivered(time.Duration)           { m <- struct{}{} }
func (m meter) Transferred(time.Duration, string) {}
