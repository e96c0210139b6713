package smtpd

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"domigo/resolver"
)

// silentDNS is a DNS whose servers do not answer the questions it names.
type silentDNS struct {
	*testResolver
	about string // types, such as "PTR MX"
}

const noDNS = "192.0.2.53:53: connection refused"

func (d silentDNS) fail(typ, name string) error {
	if strings.Contains(d.about, typ) {
		return &resolver.Error{Name: name, Type: typ, Err: errors.New(noDNS)}
	}
	return nil
}

func (d silentDNS) PTR(ctx context.Context, a netip.Addr) ([]string, error) {
	if err := d.fail("PTR", a.String()); err != nil {
		return nil, err
	}
	return []string{"mx.example.org"}, nil
}

func (d silentDNS) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if err := d.fail("A", host); err != nil {
		return nil, err
	}
	return d.testResolver.Addrs(ctx, host)
}

func (d silentDNS) MX(ctx context.Context, domain string) ([]resolver.MX, error) {
	if err := d.fail("MX", domain); err != nil {
		return nil, err
	}
	return d.testResolver.MX(ctx, domain)
}

// TestUnansweredIsLogged: what is refused because DNS did not answer has the
// look-up's error, which names the server, in its line of the log.
func TestUnansweredIsLogged(t *testing.T) {
	for _, c := range []struct {
		name   string
		silent string
		set    []string
		say    []string
		line   string // of the log
		want   string // error in it, "" for none
	}{
		{"sender's domain", "MX", []string{"Senders.VerifyDomain", "on"}, []string{"MAIL FROM:<a@b.com>", "451"}, "policy refusal", `look up MX "b.com": ` + noDNS},
		{"sender's domain without MX", "A", []string{"Senders.VerifyDomain", "on"}, []string{"MAIL FROM:<a@b.com>", "451"}, "policy refusal", `look up A "b.com": ` + noDNS},
		{"sender's domain is not there", "PTR", []string{"Senders.VerifyDomain", "on"}, []string{"MAIL FROM:<a@b.com>", "554"}, "policy refusal", ""},
		{"connecting host", "PTR", []string{"Connection.VerifyHostName", "on"}, []string{"MAIL FROM:<a@b.com>", "451"}, "policy refusal", `look up PTR "10.10.1.8": ` + noDNS},
		{"name in a list", "PTR", []string{"Connection.Allow", "example.org"}, []string{"MAIL FROM:<a@b.com>", "451"}, "policy refusal", `look up PTR "10.10.1.8": ` + noDNS},
		{"name that has to resolve back", "A", []string{"Connection.Allow", "example.org"}, []string{"MAIL FROM:<a@b.com>", "451"}, "policy refusal", `look up A "mx.example.org": ` + noDNS},
		{"relay", "PTR", []string{"Relay.DenyDomains", "*", "Relay.AllowHosts", "example.org"},
			[]string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@elsewhere.example>", "554"}, "reverse DNS did not answer", `look up PTR "10.10.1.8": ` + noDNS},
		{"relay that DNS has no part in", "MX", []string{"Relay.DenyDomains", "*"},
			[]string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@elsewhere.example>", "554"}, "policy refusal", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, func(cfg *Config) { cfg.Resolver = silentDNS{cfg.Resolver.(*testResolver), c.silent} })
			defer r.close()
			for i := 0; i+1 < len(c.set); i += 2 {
				r.set(c.set[i], c.set[i+1])
			}
			p := join(t, r, "220")
			defer p.conn.Close()
			p.say(c.say...)
			synctest.Wait()
			var line string
			for l := range strings.Lines(r.logged()) {
				if strings.Contains(l, `"message":"`+c.line+`"`) {
					line = l
				}
			}
			want := `"error":"` + strings.ReplaceAll(c.want, `"`, `\"`) + `"`
			if c.want == "" {
				want = ""
			}
			if line == "" || !strings.Contains(line, want) || c.want == "" && strings.Contains(line, `"error"`) {
				t.Errorf("%s: got %q, want %q in it", c.name, line, want)
			}
			if strings.Contains(strings.Join(r.lines(), "\n"), noDNS) {
				t.Errorf("%s: the server is on the console: %q", c.name, r.lines())
			}
		})
	}
}
