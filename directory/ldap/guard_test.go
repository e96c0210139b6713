package ldap

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"

	"domigo/internal/ldaptest"
)

// endless is a connection from which one message comes again and again.
type endless struct {
	net.Conn
	message []byte
	at      int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.message[e.at:])
	e.at = (e.at + n) % len(e.message)
	return n, nil
}

// TestAnswerIsBounded: all messages that answer one request are bounded together,
// in octets, elements and number; the next request has as much again.
func TestAnswerIsBounded(t *testing.T) {
	entry := func(values, octets int) []byte {
		list := make([]string, values)
		for i := range list {
			list[i] = string(bytes.Repeat([]byte("x"), octets))
		}
		return ldaptest.Found(1, ldaptest.Entry{DN: "cn=x", Attributes: map[string][]string{"member": list}})
	}
	for _, tc := range []struct {
		name    string
		message []byte
		most    int // messages that fit
	}{
		{"octets", entry(1000, 8000), maxAnswer / 8_000_000},
		{"elements", entry(100_000, 0), maxAnswerElements/100_000 - 1},
		{"messages", ldaptest.Reference(1, "ldap://127.0.0.1:1/"), maxAnswerMessages},
	} {
		g := newGuard(&endless{message: tc.message}, time.Second, func(error) {})
		for request := range 2 {
			g.begin()
			if n, err := io.CopyN(io.Discard, g, int64(tc.most*len(tc.message))); err != nil {
				t.Errorf("%s: request %d: %d octets of %d messages, then %v", tc.name, request, n, tc.most, err)
			}
		}
		if n, err := g.Read(make([]byte, 1)); !errors.Is(err, errExcess) || !g.full.Load() {
			t.Errorf("%s: one more message gives %d octets, %v; want %v", tc.name, n, err, errExcess)
		}
	}
}

// FuzzGuard: the guard's look at a message lets nothing through that the decoder
// then takes for larger than it is.
func FuzzGuard(f *testing.F) {
	f.Add(ldaptest.Found(1, ldaptest.Entry{DN: "cn=x", Attributes: map[string][]string{"a": {"b", "c"}}}))
	f.Add(done(1))
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Add([]byte{0x30, 3, 2, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := checkElements(b); err != nil {
			return
		}
		r := bytes.NewReader(b)
		for r.Len() > 0 {
			if _, err := ber.ReadPacket(r); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			if r.Len() == 0 {
				return
			}
		}
	})
}
