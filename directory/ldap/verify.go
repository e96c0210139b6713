package ldap

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
)

// Verify finds out by a bind, over a connection of its own, whether a password
// is that of an entry. That it was right is kept for Config.TTL, as the keyed
// hash of name and password. With a nil entry it binds under a name that nobody
// has, and fails. The errors are those of directory.Assistance.
//
// An empty password never binds: to LDAP that would be nobody's bind, and succeed
// (RFC 4513, 5.1.2). After Close no password is verified any more: ErrUnavailable.
func (c *Client) Verify(ctx context.Context, e *directory.Entry, password string) error {
	if password == "" {
		return directory.ErrAuthFailed
	}
	if c.ctx.Err() != nil {
		return unavailable(errEnded)
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
	var err error
	if f := caught(func() error { err = judge(c.bind(ctx, dn, password)); return nil }); f != nil {
		err = unavailable(f)
	}
	c.report(err)
	switch {
	case err == nil && e != nil:
		c.proofs.add(dn, password)
		return nil
	case errors.Is(err, directory.ErrUnavailable):
		c.counts.failures.Add(1)
		return err
	case e == nil:
		return directory.ErrAuthFailed
	}
	return err
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
		late := hurried(ctx, c.share())
		share, end := context.WithTimeoutCause(ctx, c.share(), errTimeout)
		err := c.bindAt(share, at, dn, password)
		end()
		if err == nil || answered(err) {
			c.answered()
			return err
		}
		errs = append(errs, err)
		if !isFault(err) {
			c.failed(ctx, at, err, late)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// bindAt tries name and password at one server.
func (c *Client) bindAt(ctx context.Context, at int, dn, password string) error {
	l, err := c.dial(ctx, at)
	if err != nil {
		return err
	}
	defer l.close()
	return l.within(ctx, func() error { return l.conn.Bind(dn, password) })
}

// judge gives what the result of a bind means for a login (RFC 4511, appendix A):
// ErrAuthFailed, which counts as a wrong password, ErrNotAllowed, or ErrUnavailable.
//
// A locked or disabled account is none that guesses count against: 389 Directory
// Server and its kin say 19 once an account is locked for too many tries, and 53
// for a disabled one, as do Tivoli and eDirectory for a locked one. Active
// Directory says 49 to everything and the reason in its message. What OpenLDAP's
// ppolicy says, 49 and nothing else, is what it says to a wrong password.
func judge(err error) error {
	var result *ldap.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &result):
		return unavailable(err)
	}
	switch result.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		if why := accountState(result); why != "" {
			return fmt.Errorf("%w: %s", directory.ErrNotAllowed, why)
		}
		return directory.ErrAuthFailed
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultInappropriateAuthentication: // or it has no password
		return directory.ErrAuthFailed
	case ldap.LDAPResultConstraintViolation, ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultInsufficientAccessRights:
		return fmt.Errorf("%w: result code %d", directory.ErrNotAllowed, result.ResultCode)
	}
	return unavailable(err)
}

// accountState gives why Active Directory does not let an account in whose
// password was right, or whose lock it tells of whatever the password was: the
// code of a system error in its message, as in "AcceptSecurityContext error, data
// 775, v4563". "" is a wrong password, or no such message.
func accountState(result *ldap.Error) string {
	if result.Err == nil {
		return ""
	}
	_, rest, ok := strings.Cut(result.Err.Error(), "AcceptSecurityContext error, data ")
	if !ok {
		return ""
	}
	code, _, _ := strings.Cut(rest, ",")
	switch strings.ToLower(strings.TrimSpace(code)) {
	case "530":
		return "no login at this time"
	case "531":
		return "no login from this machine"
	case "532":
		return "password expired"
	case "533":
		return "account disabled"
	case "701":
		return "account expired"
	case "773":
		return "the password has to be changed first"
	case "775":
		return "account locked"
	}
	return ""
}
