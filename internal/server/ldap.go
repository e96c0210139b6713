package server

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/directory/ldap"
	"domigo/resolver"
	"domigo/settings"
)

// maxPasswordFile bounds the file of a password, in octets.
const maxPasswordFile = 4 << 10

// NewLDAP gives the LDAP directory that the settings name, nil if they name none;
// dir is the site's directory. It connects with the first question, and must be
// closed. notice, which may be nil, is told when it stops answering (the cause)
// and when it answers again (nil).
func NewLDAP(s *settings.Snapshot, dir string, now func() time.Time, notice func(error), log zerolog.Logger) (*ldap.Client, error) {
	l := &s.LDAP
	if !l.On() {
		return nil, nil
	}
	c := ldap.Config{Servers: l.Servers, Base: l.Base, BindDN: l.Bind, StartTLS: l.StartTLS, Schema: ldap.Schema(l.Schema),
		People: l.People, Groups: l.Groups, MailFile: l.MailFile, Place: LDAPPlace(s),
		Timeout: l.Timeout, TTL: l.Cache, Now: now, Notice: notice, Log: log,
		TLS: &tls.Config{MinVersion: tls.VersionTLS12}}
	var errs []error
	if l.CA != "" {
		pool, err := readCA(under(dir, l.CA))
		errs = append(errs, err)
		c.TLS.RootCAs = pool
	}
	if l.PasswordFile != "" {
		password, err := readPassword(under(dir, l.PasswordFile))
		errs = append(errs, err)
		c.Password = password
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return ldap.New(c)
}

// LDAPPlace gives where the LDAP directory of the settings stands among the
// directories.
func LDAPPlace(s *settings.Snapshot) directory.Place {
	p := directory.Place{Number: s.LDAP.Position, Logins: s.LDAP.Auth}
	if p.Number < 0 {
		p.Number = directory.Last
	}
	return p
}

func readCA(name string) (*x509.CertPool, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("Domigo_LDAPCA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("Domigo_LDAPCA: %s holds no certificate", name)
	}
	return pool, nil
}

// readPassword reads a file with a password in its first line, which nobody but
// its owner may have access to.
func readPassword(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("Domigo_LDAPPasswordFile: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", fmt.Errorf("Domigo_LDAPPasswordFile: %w", err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("Domigo_LDAPPasswordFile: %s is not a file", name)
	case info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("Domigo_LDAPPasswordFile: others than the owner of %s have access to it (mode %#o); chmod 600", name, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPasswordFile))
	if err != nil {
		return "", fmt.Errorf("Domigo_LDAPPasswordFile: %w", err)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	password := strings.TrimSuffix(string(line), "\r")
	if password == "" {
		return "", fmt.Errorf("Domigo_LDAPPasswordFile: the first line of %s is empty", name)
	}
	return password, nil
}

// startNames gives what takes effect at server start: DNS, the hosts file and LDAP.
func (s *Server) startNames(snap *settings.Snapshot) (*names, error) {
	n, err := newNames(snap, s.opt.Paths.Dir, resolver.Config{Now: s.now, Notice: s.tellDNS, Aside: s.tellAside})
	if err != nil {
		return nil, err
	}
	n.ldap, err = NewLDAP(snap, s.opt.Paths.Dir, s.now, s.tellLDAP, s.log)
	return n, err
}

// tellLDAP prints that the LDAP directory stopped answering, or answers again.
func (s *Server) tellLDAP(err error) {
	if err == nil {
		s.line("Directory Assistance: the LDAP directory answers again")
		return
	}
	s.line("Directory Assistance: the LDAP directory does not answer: " + oneLine(err))
}

// assistance gives the directory that is asked over the network, nil for none.
func (n *names) assistance() directory.Assistance {
	if n.ldap == nil {
		return nil
	}
	return n.ldap
}

// close gives up what the names hold. n may be nil.
func (n *names) close() error {
	if n == nil || n.ldap == nil {
		return nil
	}
	return n.ldap.Close()
}
