package ldap

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
)

// Verify finds out by a bind, over a connection of its own, whether a password
// is that of an entry. That it was right is kept for Config.TTL, as the keyed
// hash of name and password. With a nil entry it binds under a name that nobody
// has, and fails.
//
// An empty password never binds: to LDAP that would be nobody's bind, and succeed
// (RFC 4513, 5.1.2).
func (c *Client) Verify(ctx context.Context, e *directory.Entry, password string) error {
	if password == "" {
		return directory.ErrAuthFailed
	}
	dn := ""
	if e != nil {
		if dn = e.DN; dn == "" {
			return directory.ErrAuthFailed
		}
		if c.proofs.has(dn, password) {
			return nil
		}
	}
	if dn == "" {
		dn = nobody(c.cfg.Base)
	}
	err := c.bind(ctx, dn, password)
	switch {
	case err == nil && e != nil:
		c.proofs.add(dn, password)
		return nil
	case err == nil || refused(err):
		return directory.ErrAuthFailed
	}
	c.counts.failures.Add(1)
	return unavailable(err)
}

// nobody gives a name below the base that no entry has.
func nobody(base string) string {
	var b [12]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "cn=nobody," + base
	}
	return "cn=" + hex.EncodeToString(b[:]) + "," + base
}

// bind tries name and password.
func (c *Client) bind(ctx context.Context, dn, password string) error {
	ctx, cancel := c.limited(ctx)
	defer cancel()
	broken, down := c.circuit.state()
	if down {
		return c.circuit.cause()
	}
	select {
	case c.binding <- struct{}{}:
	case <-broken:
		return c.circuit.cause()
	case <-ctx.Done():
		return errBusy
	}
	defer func() { <-c.binding }()
	c.counts.binds.Add(1)
	var errs []error
	start := c.circuit.preferred()
	for i := range c.servers {
		at := (start + i) % len(c.servers)
		share, end := context.WithTimeoutCause(ctx, c.cfg.Timeout/time.Duration(len(c.servers)), errTimeout)
		l, err := c.dial(share, at)
		if err == nil {
			err = l.within(share, func() error { return l.conn.Bind(dn, password) })
			l.close()
		}
		end()
		if err == nil || answered(err) {
			c.answered()
			return err
		}
		errs = append(errs, err)
		c.failed(ctx, at, err)
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// refused reports whether a bind failed for name or password, or for what the
// directory thinks of the account: servers use several codes for a locked one.
func refused(err error) bool {
	return ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax,
		ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultConstraintViolation, ldap.LDAPResultUnwillingToPerform,
		ldap.LDAPResultInsufficientAccessRights)
}

// maxProofs bounds the logins that are remembered.
const maxProofs = 10_000

// proofs remembers right passwords for a while.
type proofs struct {
	ttl time.Duration
	now func() time.Time
	key [32]byte // of this run

	mu     sync.Mutex
	recent map[[32]byte]time.Time // until when
}

func (p *proofs) of(dn, password string) (sum [32]byte) {
	mac := hmac.New(sha256.New, p.key[:])
	mac.Write([]byte(dn))
	mac.Write([]byte{0})
	mac.Write([]byte(password))
	mac.Sum(sum[:0])
	return sum
}

func (p *proofs) has(dn, password string) bool {
	sum := p.of(dn, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.recent[sum]
	return ok && p.now().Before(until)
}

func (p *proofs) add(dn, password string) {
	if p.ttl <= 0 {
		return
	}
	sum := p.of(dn, password)
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.recent) >= maxProofs {
		for k, until := range p.recent {
			if !now.Before(until) {
				delete(p.recent, k)
			}
		}
	}
	if len(p.recent) < maxProofs {
		p.recent[sum] = now.Add(p.ttl)
	}
}
