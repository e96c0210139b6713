package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/settings"
)

// pemFile writes a certificate of its own for a host, with its key, and gives
// the file's name.
func pemFile(t *testing.T, dir, name, host string, from, until time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	writeFile(t, filepath.Join(dir, name), string(text))
	return name
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shown does a handshake and gives the common name of the certificate.
func shown(t *testing.T, config *tls.Config, name string) string {
	t.Helper()
	near, far := net.Pipe()
	server := tls.Server(far, config)
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	client := tls.Client(near, &tls.Config{InsecureSkipVerify: true, ServerName: name, MinVersion: tls.VersionTLS12})
	if err := errors.Join(client.Handshake(), <-done); err != nil {
		t.Fatal(err)
	}
	cn := client.ConnectionState().PeerCertificates[0].Subject.CommonName
	near.Close()
	far.Close()
	return cn
}

// ago and later bound the certificates of the tests: in a bubble of synctest it
// is the year 2000, else it is now.
var (
	ago   = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	later = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

func TestCertificateReload(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		pemFile(t, dir, "a.pem", "one.acme.com", ago, later)
		var said []string
		snap := &settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}
		c, err := newCertificates(snap, dir, time.Now, func(l string) { said = append(said, l) })
		if err != nil {
			t.Fatal(err)
		}
		first := c.current()
		if got := shown(t, first, "one.acme.com"); got != "one.acme.com" || len(said) > 0 {
			t.Fatalf("got %s, said %q", got, said)
		}
		for _, step := range []struct {
			name string
			do   func()
			want string
			says string // a part of the one line that is new; "" for none
		}{
			{"nothing happens", func() {}, "one.acme.com", ""},
			{"a broken file", func() { writeFile(t, filepath.Join(dir, "a.pem"), "broken") }, "one.acme.com", "the certificate is not changed"},
			{"still broken", func() {}, "one.acme.com", ""},
			{"no file", func() { os.Remove(filepath.Join(dir, "a.pem")) }, "one.acme.com", "the certificate is not changed"},
			{"still none", func() {}, "one.acme.com", ""},
			{"another", func() { pemFile(t, dir, "a.pem", "two.acme.com", ago, later) }, "two.acme.com", "certificate loaded"},
			{"one that has expired", func() { pemFile(t, dir, "a.pem", "old.acme.com", ago, ago.AddDate(0, 1, 0)) }, "old.acme.com", "expired on 1999-02-01"},
		} {
			before := len(said)
			step.do()
			time.Sleep(recheck)
			if got := shown(t, c.current(), ""); got != step.want {
				t.Errorf("%s: got %s, want %s", step.name, got, step.want)
			}
			news := strings.Join(said[before:], "\n")
			if step.says == "" && news != "" || !strings.Contains(news, step.says) {
				t.Errorf("%s: said %q, want %q", step.name, news, step.says)
			}
		}
	})
}

// TestCertificateRecheck holds that the files are not looked at for every
// handshake.
func TestCertificateRecheck(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		pemFile(t, dir, "a.pem", "one.acme.com", ago, later)
		c, err := newCertificates(&settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}, dir, time.Now, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		old := c.current()
		pemFile(t, dir, "a.pem", "two.acme.com", ago, later)
		time.Sleep(recheck - 1)
		if c.current() != old {
			t.Error("looked at again too early")
		}
		time.Sleep(time.Nanosecond)
		if c.current() == old {
			t.Error("not looked at again")
		}
	})
}

// TestCertificateRepaired holds that TLS comes on when a file that was broken at
// the start is put right.
func TestCertificateRepaired(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		writeFile(t, filepath.Join(dir, "a.pem"), "broken")
		var said []string
		c, err := newCertificates(&settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}, dir, time.Now, func(l string) { said = append(said, l) })
		if err != nil {
			t.Fatal(err)
		}
		if c.current() != nil || len(said) != 1 || !strings.Contains(said[0], "TLS is off: certificate") {
			t.Fatalf("said %q", said)
		}
		pemFile(t, dir, "a.pem", "one.acme.com", ago, later)
		time.Sleep(recheck)
		if got := c.current(); got == nil || shown(t, got, "") != "one.acme.com" {
			t.Errorf("no TLS after the file was put right: %q", said)
		}
	})
}

func TestCertificateBySNI(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "a.pem", "a.acme.com", ago, later)
	pemFile(t, dir, "b.pem", "b.acme.com", ago, later)
	for _, own := range []settings.Own{
		{TLSCert: "a.pem, b.pem"},
		{TLSCert: "a.pem,b.pem", TLSKey: "a.pem,b.pem"},
	} {
		c, err := newCertificates(&settings.Snapshot{Own: own}, dir, time.Now, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"a.acme.com": "a.acme.com", "B.acme.com": "b.acme.com", "c.acme.com": "a.acme.com", "": "a.acme.com"} {
			if got := shown(t, c.current(), name); got != want {
				t.Errorf("%v: for %q got %s, want %s", own.TLSKey, name, got, want)
			}
		}
	}
}

func TestPEMPairs(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "keyfile.pem", "a.acme.com", ago, later)
	for _, c := range []struct {
		name string
		snap settings.Snapshot
		want int
		err  string
	}{
		{"nothing", settings.Snapshot{}, 0, ""},
		{"a key file", settings.Snapshot{Ports: settings.Ports{KeyFile: `C:\Domino\data\keyfile.kyr`}}, 1, ""},
		{"a host name of TLS credentials", settings.Snapshot{Ports: settings.Ports{KeyFile: "keyfile"}}, 1, ""},
		{"a key file that is not there", settings.Snapshot{Ports: settings.Ports{KeyFile: "other.kyr"}}, 0, ""},
		{"lists of other lengths", settings.Snapshot{Own: settings.Own{TLSCert: "a,b", TLSKey: "k"}}, 0, "names 2 files and Domigo_TLSKey 1"},
	} {
		got, err := pemPairs(&c.snap, dir)
		if len(got) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %v, %v, want %d, %q", c.name, got, err, c.want, c.err)
		}
	}
}

func TestSessionsFor(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		descriptors, memory uint64
		want                int
	}{
		{0, 0, 1 << 20}, {256, 0, leastSessions}, {4096, 0, 1408}, {20000, 0, 9360}, {1 << 40, 1 << 50, 1 << 20},
		{20000, 64 * gib, 9360}, {65536, 2 * gib, 4096}, {4096, 2 * gib, 1408}, {1 << 20, 1 << 20, leastSessions},
	} {
		if got := sessionsFor(c.descriptors, c.memory); got != c.want {
			t.Errorf("sessionsFor(%d, %d) = %d, want %d", c.descriptors, c.memory, got, c.want)
		}
	}
}
