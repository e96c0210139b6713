package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"domigo/router/outbound"
)

// One message over one session, to a next hop that says what it always says.
func ExampleConnect() {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	go io.Copy(io.Discard, theirs)
	go io.WriteString(theirs, "220 mx\r\n250 mx\r\n250 ok\r\n550 5.1.1 no such user\r\n221 bye\r\n")

	ctx := context.Background()
	s, err := outbound.Connect(ctx, outbound.Endpoint{Network: "tcp", Address: "192.0.2.1:25", Name: "mx.example.org"}, outbound.Options{
		Dial:  func(context.Context, string, string) (net.Conn, error) { return ours, nil },
		Hello: "server-704.acme.com",
		Size:  true,
	})
	if err != nil {
		var ce *outbound.ConnectError
		if errors.As(err, &ce) {
			fmt.Println(ce.Result.Kind, ce.Result.Reason())
		}
		return
	}
	defer s.Close()
	message := "Subject: hi\r\n\r\nbye\r\n"
	for _, r := range s.Send(ctx, &outbound.Message{
		Sender:     "John.Doe@acme.com",
		Recipients: []outbound.Recipient{{Address: "nobody@example.org"}},
		Size:       int64(len(message)),
		Content:    func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(message)), nil },
	}) {
		fmt.Println(r.Kind, r.Status, r.Reason())
	}
	// Output: failed 5.1.1 Error transferring to mx.example.org; SMTP Protocol Returned a Permanent Error 550 5.1.1 no such user
}
