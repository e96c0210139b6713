package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"domigo/settings"
)

// recheck is how long the certificates' files are not looked at again.
const recheck = 2 * time.Second

// pemPair names the files of one certificate and its key, which may be one.
type pemPair struct{ cert, key string }

// certificates are those of the listener. They are read again when a file has
// changed; one that cannot be used leaves what was there.
type certificates struct {
	pairs []pemPair
	view  *settings.Snapshot // versions and ciphers
	now   func() time.Time
	say   func(line string) // console

	mu      sync.Mutex
	looked  time.Time
	stamps  []stamp // of the files as they were read last, in vain or not
	config  *tls.Config
	started bool
}

// stamp tells whether a file is the one that was read.
type stamp struct {
	size int64
	time time.Time
	info fs.FileInfo
}

func (s stamp) same(o stamp) bool {
	if s.info == nil || o.info == nil {
		return s.info == nil && o.info == nil
	}
	return s.size == o.size && s.time.Equal(o.time) && os.SameFile(s.info, o.info)
}

// newCertificates finds the certificates' files: Domigo_TLSCert and
// Domigo_TLSKey, lists in the same order, or without a list of keys each file
// with both; else one PEM file named like the documents' key file with .pem for
// .kyr, which may be missing. Nil means that the site names none.
func newCertificates(s *settings.Snapshot, dir string, now func() time.Time, say func(string)) (*certificates, error) {
	pairs, err := pemPairs(s, dir)
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	return &certificates{pairs: pairs, view: s, now: now, say: say}, nil
}

func pemPairs(s *settings.Snapshot, dir string) ([]pemPair, error) {
	certs, keys := fileList(s.Own.TLSCert), fileList(s.Own.TLSKey)
	if len(certs) == 0 && s.Ports.KeyFile != "" {
		name := filepath.Base(strings.ReplaceAll(s.Ports.KeyFile, `\`, "/"))
		if ext := filepath.Ext(name); strings.EqualFold(ext, ".kyr") || strings.EqualFold(ext, ".pem") {
			name = strings.TrimSuffix(name, ext)
		}
		certs = []string{name + ".pem"}
		if _, err := os.Stat(under(dir, certs[0])); errors.Is(err, fs.ErrNotExist) && len(keys) == 0 {
			return nil, nil
		}
	}
	if len(keys) == 0 {
		keys = certs
	}
	if len(keys) != len(certs) {
		return nil, fmt.Errorf("TLS is off: Domigo_TLSCert names %d files and Domigo_TLSKey %d", len(certs), len(keys))
	}
	var out []pemPair
	for i := range certs {
		out = append(out, pemPair{under(dir, certs[i]), under(dir, keys[i])})
	}
	return out, nil
}

func fileList(list string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(list, func(r rune) bool { return r == ',' }),
		func(s string) bool { return strings.TrimSpace(s) == "" })
}

func under(dir, name string) string {
	name = strings.TrimSpace(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// current gives the configuration for the next handshake, nil without a
// certificate. With several, the client's server name chooses.
func (c *certificates) current() *tls.Config {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); c.looked.IsZero() || now.Sub(c.looked) >= recheck {
		c.looked = now
		c.refresh()
	}
	return c.config
}

// refresh reads the files if one of them has changed since the last time, and
// tells what came of it, once. The caller holds c.mu.
func (c *certificates) refresh() {
	stamps := c.look()
	if c.stamps != nil && slices.EqualFunc(stamps, c.stamps, stamp.same) {
		return
	}
	c.stamps = stamps
	first := !c.started
	c.started = true
	list, err := loadPairs(c.pairs)
	switch {
	case err != nil && c.config == nil:
		c.say("SMTP Server: TLS is off: " + err.Error())
		return
	case err != nil:
		c.say("SMTP Server: the certificate is not changed: " + err.Error())
		return
	case !first:
		c.say("SMTP Server: certificate loaded: " + c.pairs[0].cert)
	}
	c.config = TLSConfig(c.view, list)
	for i := range list {
		if text := doubtful(&list[i], c.now()); text != "" {
			c.say("SMTP Server: warning: certificate " + c.pairs[i].cert + " " + text)
		}
	}
}

// again has the files looked at now, and not only at the next handshake.
func (c *certificates) again() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked = time.Now()
	c.refresh()
}

// HasCertificate reports whether the listener of a server with these settings has
// a certificate to offer; dir is the site's directory.
func HasCertificate(s *settings.Snapshot, dir string) bool {
	pairs, err := pemPairs(s, dir)
	if err != nil || len(pairs) == 0 {
		return false
	}
	_, err = loadPairs(pairs)
	return err == nil
}

// look gives the stamps of all files; one that is not there has none.
func (c *certificates) look() []stamp {
	out := make([]stamp, 0, 2*len(c.pairs))
	for _, p := range c.pairs {
		for _, name := range []string{p.cert, p.key} {
			if info, err := os.Stat(name); err == nil {
				out = append(out, stamp{info.Size(), info.ModTime(), info})
			} else {
				out = append(out, stamp{})
			}
		}
	}
	return out
}

func loadPairs(pairs []pemPair) ([]tls.Certificate, error) {
	var list []tls.Certificate
	for _, p := range pairs {
		pair, err := tls.LoadX509KeyPair(p.cert, p.key)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", p.cert, err)
		}
		list = append(list, pair)
	}
	return list, nil
}

// soon is how long before its end a certificate is warned of.
const soon = 14 * 24 * time.Hour

// doubtful tells what clients may hold against a certificate now.
func doubtful(c *tls.Certificate, now time.Time) string {
	const day = "2006-01-02 15:04:05 MST"
	switch leaf := c.Leaf; {
	case leaf == nil:
		return ""
	case now.After(leaf.NotAfter):
		return "expired on " + leaf.NotAfter.UTC().Format(day)
	case now.Before(leaf.NotBefore):
		return "is not valid before " + leaf.NotBefore.UTC().Format(day)
	case now.Add(soon).After(leaf.NotAfter):
		return "expires on " + leaf.NotAfter.UTC().Format(day)
	}
	return ""
}

// TLSConfig gives the listener's configuration: the certificates, of which a
// client's server name chooses, else the first; versions and ciphers as the site
// asks for.
func TLSConfig(s *settings.Snapshot, certificates []tls.Certificate) *tls.Config {
	least, gap := s.TLS.Versions()
	c := &tls.Config{Certificates: certificates, MinVersion: least}
	if chosen := s.Ciphers(); chosen.Source != "" {
		c.CipherSuites = chosen.Suites
		if len(chosen.Suites) == 0 {
			c.MinVersion, gap = tls.VersionTLS13, false
		}
	}
	if gap {
		old := c.Clone()
		old.MaxVersion = tls.VersionTLS10
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if slices.ContainsFunc(hello.SupportedVersions, func(v uint16) bool { return v >= tls.VersionTLS12 }) {
				return nil, nil
			}
			return old, nil // without 1.1, a client that knows no better gets 1.0
		}
	}
	return c
}
