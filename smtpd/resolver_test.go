package smtpd

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"domigo/resolver"
	"domigo/smtpd/policy"
)

// TestNoResolver: without a resolver what hangs on DNS is put off, and the rest
// goes on.
func TestNoResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Resolver = nil })
		defer r.close()
		p := join(t, r, "220")
		defer p.conn.Close()
		p.say("MAIL FROM:<a@b.com>", "250", "RSET", "250")
		r.set("Senders.VerifyDomain", "on")
		p.say("MAIL FROM:<a@b.com>", "451")
		r.set("Connection.VerifyHostName", "on")
		p.say("MAIL FROM:<a@b.com>", "451")
		r.set("Filters.DNSBlack", "on")
		r.set("Filters.DNSBlackSites", "list.example")
		r.set("Connection.VerifyHostName", "off")
		r.set("Senders.VerifyDomain", "off")
		p.say("MAIL FROM:<a@b.com>", "250")
	})
}

// TestResolverErrors: what the errors of a program's own Resolver mean to the
// listener, as its interface says.
func TestResolverErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want policy.LookupState
	}{
		{"an answer", nil, policy.Found},
		{"no such name", resolver.ErrNXDomain, policy.NotFound},
		{"no such record, wrapped", fmt.Errorf("table: %w", resolver.ErrNotFound), policy.NotFound},
		{"a server that failed", resolver.ErrServer, policy.Failed},
		{"no answer in time", context.DeadlineExceeded, policy.Failed},
	} {
		if got := lookedUp(c.err); got != c.want {
			t.Errorf("%s: %v gives %v, want %v", c.name, c.err, got, c.want)
		}
	}
}
