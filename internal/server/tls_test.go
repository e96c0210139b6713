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
		c := newCertificates(snap, dir, time.Now, func(l string) { said = append(said, l) }, nil)
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
		c := newCertificates(&settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}, dir, time.Now, func(string) {}, nil)
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
		c := newCertificates(&settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}, dir, time.Now, func(l string) { said = append(said, l) }, nil)
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

// TestCertificateIsKept: a listener that is begun anew has what the one before it
// served while its own files cannot be used, and nothing once the settings name none.
func TestCertificateIsKept(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "a.pem", "a.acme.com", ago, later)
	pemFile(t, dir, "keyfile.pem", "k.acme.com", ago, later)
	silent := func(string) {}
	before := newCertificates(&settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}, dir, time.Now, silent, nil)
	before.current()
	for _, c := range []struct {
		name   string
		before *certificates
		snap   settings.Snapshot
		want   string // "" for no TLS
		said   string
	}{
		{"no certificate any more", before, settings.Snapshot{}, "", ""},
		{"files that are not there", before, settings.Snapshot{Own: settings.Own{TLSCert: "b.pem"}}, "a.acme.com", "the certificate is not changed: certificate "},
		{"and nothing before", nil, settings.Snapshot{Own: settings.Own{TLSCert: "b.pem"}}, "", "TLS is off: certificate "},
		{"lists that do not fit", before, settings.Snapshot{Own: settings.Own{TLSCert: "a.pem,b.pem", TLSKey: "a.pem"}}, "a.acme.com", "the certificate is not changed: Domigo_TLSCert names 2 files"},
		{"nor before", nil, settings.Snapshot{Own: settings.Own{TLSCert: "a.pem,b.pem", TLSKey: "a.pem"}}, "", "TLS is off: Domigo_TLSCert names 2 files"},
		{"a key file of the documents, away for a moment", before, settings.Snapshot{Ports: settings.Ports{KeyFile: "other.kyr"}}, "a.acme.com", "the certificate is not changed: "},
		{"another one that is whole", before, settings.Snapshot{Ports: settings.Ports{KeyFile: "keyfile.kyr"}}, "k.acme.com", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said []string
			certs := newCertificates(&c.snap, dir, time.Now, func(l string) { said = append(said, l) }, c.before)
			got := ""
			if config := certs.current(); config != nil {
				got = shown(t, config, "")
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if text := strings.Join(said, "\n"); (text == "") != (c.said == "") || !strings.Contains(text, c.said) || len(said) > 1 {
				t.Errorf("said %q, want %q", said, c.said)
			}
		})
	}
}

// TestCertificateAppears: the documents' key file may be missing without a word,
// and TLS comes on when it is there.
func TestCertificateAppears(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var said []string
		c := newCertificates(&settings.Snapshot{Ports: settings.Ports{KeyFile: "keyfile.kyr"}}, dir, time.Now, func(l string) { said = append(said, l) }, nil)
		if c.current() != nil || len(said) > 0 {
			t.Fatalf("said %q", said)
		}
		pemFile(t, dir, "keyfile.pem", "one.acme.com", ago, later)
		time.Sleep(recheck)
		if got := c.current(); got == nil || shown(t, got, "") != "one.acme.com" {
			t.Fatal("no TLS after the file appeared")
		}
		if len(said) != 1 || !strings.Contains(said[0], "certificate loaded") {
			t.Errorf("said %q", said)
		}
	})
}

// TestCertificateEnds: whoever runs the server is told that a certificate ends
// soon, that it has ended, each once at the start and daily, and no more once
// there is another one.
func TestCertificateEnds(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name        string
		from, until time.Duration // of the certificate, from the start of the test
		after       time.Duration // what passes
		looks       int           // in this time
		want        []string      // what was said since the start, shortened
	}{
		{"valid for long", -day, 90 * day, 60 * day, 120, nil},
		{"ends in two days", -80 * day, 2*day + time.Hour, time.Hour, 100, []string{"expires on 2000-01-03 01:00:00 UTC"}},
		{"daily until it has ended, and daily then", -80 * day, day + 12*time.Hour, 3 * day, 72,
			[]string{"expires on 2000-01-02 12:00:00 UTC", "expires on", "expired on 2000-01-02 12:00:00 UTC", "expired on"}},
		{"has ended", -80 * day, -time.Second, 0, 1, []string{"expired on 1999-12-31 23:59:59 UTC"}},
		{"will be soon", -60 * day, 30 * day, 15*day + 23*time.Hour, 400, nil},
		{"is soon", -60 * day, 30 * day, 16*day + time.Hour, 400, []string{"expires on"}},
		{"not valid yet", day, 90 * day, 2 * day, 48, []string{"is not valid before 2000-01-02"}},
		{"short-lived, new", -time.Hour, 6*day - time.Hour, 3 * day, 72, nil},
		{"short-lived, in its last third", -4*day - time.Hour, 2*day - time.Hour, 0, 1, []string{"expires on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				pemFile(t, dir, "a.pem", "a.acme.com", start.Add(c.from), start.Add(c.until))
				var said []string
				certs := newCertificates(&settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}, dir, time.Now, func(l string) { said = append(said, l) }, nil)
				certs.again()
				for range c.looks {
					time.Sleep(c.after / time.Duration(c.looks))
					certs.again()
				}
				if len(said) != len(c.want) {
					t.Fatalf("said %q, want %q", said, c.want)
				}
				for i, want := range c.want {
					if !strings.Contains(said[i], "warning: certificate "+filepath.Join(dir, "a.pem")+" "+want) {
						t.Errorf("said %q, want %q", said[i], want)
					}
				}
				before := len(said)
				pemFile(t, dir, "a.pem", "b.acme.com", start, start.AddDate(10, 0, 0))
				for range 48 {
					time.Sleep(time.Hour)
					certs.again()
				}
				if news := said[before:]; len(news) != 1 || !strings.Contains(news[0], "certificate loaded") {
					t.Errorf("after a renewal: %q", news)
				}
			})
		})
	}
}

func TestCertificateBySNI(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "a.pem", "a.acme.com", ago, later)
	pemFile(t, dir, "b.pem", "b.acme.com", ago, later)
	for _, own := range []settings.Own{
		{TLSCert: "a.pem, b.pem"},
		{TLSCert: "a.pem,b.pem", TLSKey: "a.pem,b.pem"},
	} {
		c := newCertificates(&settings.Snapshot{Own: own}, dir, time.Now, func(string) {}, nil)
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
		got, optional, err := pemPairs(&c.snap, dir)
		if optional && missing(got) {
			got = nil
		}
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
