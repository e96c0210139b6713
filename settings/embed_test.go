package settings

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"
)

// A password stands in no layer that is for people, and in the list as it is.
func TestShownLayers(t *testing.T) {
	row := &Row{Form: "ServerConfig", Item: "MailRelayPassword"}
	r := &Resolved{Row: row, Value: "hunter2", Layers: []Layer{{Source: "default"}, {Source: "Configuration document", Value: "hunter2", Won: true}}}
	got := r.ShownLayers()
	if len(got) != 2 || got[0].Value != "" || strings.Contains(got[1].Value, "hunter2") || got[1].Value != r.Shown() || !got[1].Won {
		t.Errorf("got %+v, want the password masked and the rest as it is", got)
	}
	if r.Layers[1].Value != "hunter2" {
		t.Error("Layers has changed")
	}
	r.Row = &Row{Name: "SMTPGreeting"}
	if got := r.ShownLayers(); got[1].Value != "hunter2" {
		t.Errorf("what is no password: got %+v", got)
	}
}

// An update that is given up before it began says so, and not that it waited for
// another one.
func TestUpdateGivenUp(t *testing.T) {
	s := &Site{turn: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 { // a select with two ways takes either
		if _, err := s.Update(ctx, SMTPTask, Live); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "another") {
			t.Fatalf("got %v, want the context's error alone", err)
		}
	}
}

// The listener's configuration has the versions and ciphers of the site.
func TestTLSConfig(t *testing.T) {
	certificates := []tls.Certificate{{Certificate: [][]byte{{1}}}}
	for _, c := range []struct {
		name    string
		tls     TLS
		least   uint16
		ciphers []uint16
		gap     bool
	}{
		{"nothing chosen", TLS{}, tls.VersionTLS12, nil, false},
		{"ciphers", TLS{CipherSpec: "C030"}, tls.VersionTLS12, []uint16{0xc030}, false},
		{"none of 1.2", TLS{CipherSpec: "1301", Enable10: true, Disable11: true}, tls.VersionTLS13, nil, false},
		{"old ones", TLS{Enable10: true}, tls.VersionTLS10, nil, false},
		{"1.0 without 1.1", TLS{Enable10: true, Disable11: true}, tls.VersionTLS10, nil, true},
	} {
		got := (&Snapshot{TLS: c.tls}).TLSConfig(certificates)
		if got.MinVersion != c.least || !slices.Equal(got.CipherSuites, c.ciphers) || (got.GetConfigForClient != nil) != c.gap || len(got.Certificates) != 1 {
			t.Errorf("%s: got least %x, ciphers %x, gap %v; want %+v", c.name, got.MinVersion, got.CipherSuites, got.GetConfigForClient != nil, c)
		}
	}
}
