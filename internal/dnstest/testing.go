package dnstest

import (
	"context"
	"testing"
)

// Start runs a server on a free port of 127.0.0.1 until the test and its
// subtests are over. A zone that does not parse fails the test.
func Start(t testing.TB, zone string) *Server {
	t.Helper()
	s, err := Listen(context.Background(), "127.0.0.1:0", zone)
	if err != nil {
		t.Fatalf("start the DNS server: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}
