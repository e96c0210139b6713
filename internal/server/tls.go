package server

import (
	"crypto/tls"
	"crypto/x509"
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
	pairs    []pemPair
	optional bool               // the files may be missing: the documents' key file
	view     *settings.Snapshot // versions and ciphers
	now      func() time.Time
	say      func(line string) // console

	mu      sync.Mutex
	looked  time.Time
	stamps  []stamp // of the files as they were read last, in vain or not
	loaded  loaded  // what config was made of
	config  *tls.Config
	started bool
	doubts  []string  // what was warned of last
	warned  time.Time // and when
}

// loaded are certificates and the files that they came from.
type loaded struct {
	pairs []pemPair
	list  []tls.Certificate
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
//
// What was served before, by a listener of this process, is served on as long as
// the files cannot be used: a restart may come in the midst of a renewal. before
// may be nil.
func newCertificates(s *settings.Snapshot, dir string, now func() time.Time, say func(string), before *certificates) *certificates {
	pairs, optional, err := pemPairs(s, dir)
	old := before.served()
	switch {
	case err != nil && len(old.list) == 0:
		say("SMTP Server: TLS is off: " + err.Error())
		return nil
	case err != nil:
		say("SMTP Server: the certificate is not changed: " + err.Error())
		pairs = old.pairs
	case len(pairs) == 0:
		return nil
	}
	c := &certificates{pairs: pairs, optional: optional, view: s, now: now, say: say}
	if len(old.list) > 0 {
		c.loaded, c.config = old, s.TLSConfig(old.list)
	}
	return c
}

// served gives what c serves, nothing for nil.
func (c *certificates) served() loaded {
	if c == nil {
		return loaded{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loaded
}

// pemPairs gives the files that the settings name, none if they name none.
// optional: it is no error if they are missing.
func pemPairs(s *settings.Snapshot, dir string) (pairs []pemPair, optional bool, err error) {
	certs, keys := fileList(s.Own.TLSCert), fileList(s.Own.TLSKey)
	if len(certs) == 0 && s.Ports.KeyFile != "" {
		name := filepath.Base(strings.ReplaceAll(s.Ports.KeyFile, `\`, "/"))
		if ext := filepath.Ext(name); strings.EqualFold(ext, ".kyr") || strings.EqualFold(ext, ".pem") {
			name = strings.TrimSuffix(name, ext)
		}
		certs, optional = []string{name + ".pem"}, len(keys) == 0
	}
	if len(keys) == 0 {
		keys = certs
	}
	if len(keys) != len(certs) {
		return nil, false, fmt.Errorf("Domigo_TLSCert names %d files and Domigo_TLSKey %d", len(certs), len(keys))
	}
	for i := range certs {
		pairs = append(pairs, pemPair{under(dir, certs[i]), under(dir, keys[i])})
	}
	return pairs, optional, nil
}

// missing reports whether none of the files is there.
func missing(pairs []pemPair) bool {
	return !slices.ContainsFunc(pairs, func(p pemPair) bool {
		_, err := os.Stat(p.cert)
		return !errors.Is(err, fs.ErrNotExist)
	})
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
// tells what came of it, once; then what clients may hold against what is served.
// The caller holds c.mu.
func (c *certificates) refresh() {
	defer c.remind()
	stamps := c.look()
	if c.stamps != nil && slices.EqualFunc(stamps, c.stamps, stamp.same) {
		return
	}
	c.stamps = stamps
	first := !c.started
	c.started = true
	list, err := loadPairs(c.pairs)
	switch {
	case err != nil && c.config == nil && c.optional && missing(c.pairs):
		return
	case err != nil && c.config == nil:
		c.say("SMTP Server: TLS is off: " + err.Error())
		return
	case err != nil:
		c.say("SMTP Server: the certificate is not changed: " + err.Error())
		return
	case !first:
		c.say("SMTP Server: certificate loaded: " + c.pairs[0].cert)
	}
	c.loaded, c.config = loaded{c.pairs, list}, c.view.TLSConfig(list)
	c.doubts = nil
}

// remindAfter is how often the same warning comes again.
const remindAfter = 24 * time.Hour

// remind warns of certificates that have ended, or will soon: when that is new,
// and then daily. The caller holds c.mu.
func (c *certificates) remind() {
	now := c.now()
	var doubts []string
	for i := range c.loaded.list {
		if text := doubtful(&c.loaded.list[i], now); text != "" {
			doubts = append(doubts, "SMTP Server: warning: certificate "+c.loaded.pairs[i].cert+" "+text)
		}
	}
	if slices.Equal(doubts, c.doubts) && now.Sub(c.warned) < remindAfter {
		return
	}
	c.doubts, c.warned = doubts, now
	for _, line := range doubts {
		c.say(line)
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
	pairs, _, err := pemPairs(s, dir)
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

// soon gives how long before its end a certificate is warned of: 14 days, or the
// last third of one that lives for less than six weeks and is renewed then.
func soon(leaf *x509.Certificate) time.Duration {
	return min(14*24*time.Hour, leaf.NotAfter.Sub(leaf.NotBefore)/3)
}

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
	case now.Add(soon(leaf)).After(leaf.NotAfter):
		return "expires on " + leaf.NotAfter.UTC().Format(day)
	}
	return ""
}
