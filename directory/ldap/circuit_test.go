package ldap

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

// TestOneCallerInAHurry: who has no time left, because others had the connections
// or because its own caller hurries, fails alone; only a server that had its time
// counts as gone.
func TestOneCallerInAHurry(t *testing.T) {
	const whole = 80 * time.Millisecond
	silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	refusing := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
	hanging := func(s *ldaptest.Server) {
		s.Handle = func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Hang: true} }
	}
	ping := func(ctx context.Context, c *Client) error {
		return c.use(ctx, func(ctx context.Context, l *link) error {
			_, _, err := c.entries(ctx, l, c.attributes.Load(), "(uid=jdoe)")
			return err
		})
	}
	verify := func(ctx context.Context, c *Client) error {
		return c.Verify(ctx, &directory.Entry{DN: "uid=jdoe,ou=people," + base}, "secret")
	}
	for _, tc := range []struct {
		name  string
		dial  func(context.Context, string, string) (net.Conn, error)
		do    func(context.Context, *Client) error
		left  time.Duration
		times int
		down  bool
	}{
		{"a connection, in a hurry", silent, ping, whole / 10, 2 * patience, false},
		{"a connection, with time", silent, ping, 2 * whole, 1, true},
		{"a refused connection, in a hurry", refusing, ping, whole / 10, 1, true},
		{"a question, in a hurry", nil, ping, whole / 10, 2 * patience, false},
		{"a question, with time", nil, ping, 2 * whole, patience, true},
		{"a password, in a hurry", nil, verify, whole / 10, 2 * patience, false},
		{"a password, with time", nil, verify, 2 * whole, patience, true},
		{"the connection for a password, in a hurry", silent, verify, whole / 10, 2 * patience, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := client(t, Config{Timeout: whole, Dial: tc.dial, Schema: InetOrgPerson}, start(t, hanging).Address())
			for i := range tc.times {
				if c.Status().Down {
					t.Fatalf("down after %d", i)
				}
				ctx, cancel := context.WithTimeout(t.Context(), tc.left)
				err := tc.do(ctx, c)
				cancel()
				if !errors.Is(err, directory.ErrUnavailable) {
					t.Fatalf("got %v", err)
				}
			}
			if got := c.Status().Down; got != tc.down {
				t.Errorf("down: %v, want %v", got, tc.down)
			}
		})
	}
}
