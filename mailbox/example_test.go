package mailbox_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"domigo/mailbox"
)

// A message is committed, and claimed by whoever delivers it. With Done the last
// work of a message ends, and the message with it.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := mailbox.OpenDisk(filepath.Join(dir, "mail.box"), mailbox.Options{Log: log.Printf})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	ctx := context.Background()

	draft, err := store.Create(ctx)
	if err != nil {
		log.Fatal(err) // ErrFull: the client is told to come back
	}
	defer draft.Discard()
	io.WriteString(draft, "Subject: Hello\r\n\r\nGood morning.\r\n") // its error is Commit's
	err = draft.Commit(ctx, mailbox.Envelope{
		Received: time.Now(), Sender: "jane@acme.com", Recipients: []mailbox.Recipient{{Address: "john@acme.com"}},
	})
	if err != nil {
		log.Fatal(err)
	}

	claims, err := store.Claim(ctx, "example", time.Minute, mailbox.Want{Limit: 10})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range claims {
		body, err := store.Body(ctx, c.Message)
		if err != nil {
			log.Fatal(err)
		}
		n, err := io.Copy(io.Discard, body)
		body.Close()
		fmt.Println("from", c.Envelope.Sender, "to", c.Recipients[0].To, n, "octets", err)
		if err := store.Done(ctx, c.Token); err != nil {
			log.Fatal(err)
		}
	}
	counts, err := store.Counts(ctx)
	fmt.Println(counts.Messages, "messages left", err)
	// Output:
	// from jane@acme.com to john@acme.com 33 octets <nil>
	// 0 messages left <nil>
}
