package main

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"time"

	"domigo/internal/server"
	"domigo/resolver"
	"domigo/settings"
)

// The bounds of check -dns: for one name, for all together, and how many names
// are asked for at a time.
const (
	lookupTime  = 10 * time.Second
	lookupsTime = 2 * time.Minute
	lookups     = 8
)

// question is a name that a setting depends on, and what asks DNS for it.
type question struct {
	at   settings.Finding
	name string
	ask  func(ctx context.Context, q question) (settings.Code, string)
}

// nameCheck asks DNS on behalf of check.
type nameCheck struct {
	*resolver.Resolver
	own func(netip.AddrPort) bool // listeners of this server
}

// checkDNS asks DNS for every host and domain that the settings name. Answers
// that are missing are findings; the error is for a resolver that cannot be made.
func checkDNS(ctx context.Context, src *settings.Source, snap *settings.Snapshot, dir string) ([]settings.Finding, error) {
	r, err := server.NewResolver(snap, dir)
	if err != nil {
		return nil, err
	}
	n := nameCheck{r, server.Listens(src, snap)}
	questions := n.questions(snap)
	ctx, cancel := context.WithTimeout(ctx, lookupsTime)
	defer cancel()
	found := make([]*settings.Finding, len(questions))
	slots := make(chan struct{}, lookups)
	var all sync.WaitGroup
	for i, q := range questions {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, lookupTime)
			defer cancel()
			if code, text := q.ask(ctx, q); code != "" {
				f := code.At(q.at, "%s", text)
				found[i] = &f
			}
		})
	}
	all.Wait()
	var out []settings.Finding
	for _, f := range found {
		if f != nil {
			out = append(out, *f)
		}
	}
	return out, nil
}

// questions gives what is to be asked, each name once for each purpose.
func (n nameCheck) questions(snap *settings.Snapshot) []question {
	var out []question
	place := func(key string) settings.Finding {
		if r, ok := snap.Explained(key); ok {
			if at := r.Winner().Finding(); at.File != "" {
				return at
			}
		}
		return settings.Finding{Item: key}
	}
	if host := snap.Identity.HostName; strings.Contains(host, ".") {
		out = append(out, question{place("SMTPFullHostDomain"), host, n.host})
	}
	for _, d := range snap.Domains.Primary {
		out = append(out, question{place("LocalPrimaryInternetDomain"), d, n.domain})
	}
	if snap.Router.HostLookup != settings.LocalOnly {
		for _, h := range server.Hops(snap) {
			if _, err := netip.ParseAddr(h.Host); err == nil {
				continue
			}
			out = append(out, question{h.At, h.Host, n.hop(h.Port)})
		}
	}
	for _, f := range []struct {
		on    bool
		key   string
		sites []string
	}{{snap.Filters.DNSBlack, "SMTPDNSBLSites", snap.Filters.DNSBlackSites}, {snap.Filters.DNSWhite, "SMTPDNSWLSites", snap.Filters.DNSWhiteSites}} {
		for _, site := range f.sites {
			if f.on {
				out = append(out, question{place(f.key), site, n.list})
			}
		}
	}
	return out
}

// failed gives the finding of a look-up that failed.
func failed(err error, code settings.Code, text string) (settings.Code, string) {
	if errors.Is(err, resolver.ErrNotFound) {
		return code, text
	}
	return settings.CodeDNSNoAnswer, err.Error()
}

// host asks for the addresses of this server's own name.
func (n nameCheck) host(ctx context.Context, q question) (settings.Code, string) {
	if _, err := n.Addrs(ctx, q.name); err != nil {
		return failed(err, settings.CodeDNSUnknown, "DNS has no address for this server's host name "+q.name)
	}
	return "", ""
}

// domain asks for the way of mail to a domain from outside.
func (n nameCheck) domain(ctx context.Context, q question) (settings.Code, string) {
	exchangers, err := n.MX(ctx, q.name)
	switch {
	case err == nil && exchangers[0].Host == "":
		return settings.CodeDNSDomain, "DNS says that " + q.name + " takes no mail (a null MX record)"
	case err == nil:
		return "", ""
	case !errors.Is(err, resolver.ErrNotFound):
		return settings.CodeDNSNoAnswer, err.Error()
	}
	if _, err := n.Addrs(ctx, q.name); err != nil {
		return failed(err, settings.CodeDNSDomain, "DNS has neither a mail exchanger nor an address for the local Internet domain "+q.name)
	}
	return "", ""
}

// hop asks for a host that mail is sent to, by its addresses or as a domain by
// its mail exchangers, and whether that is this server.
func (n nameCheck) hop(port int) func(context.Context, question) (settings.Code, string) {
	return func(ctx context.Context, q question) (settings.Code, string) {
		addrs, err := n.Addrs(ctx, q.name)
		if err != nil {
			if exchangers, mx := n.MX(ctx, q.name); mx == nil && exchangers[0].Host != "" {
				return "", ""
			}
			return failed(err, settings.CodeDNSUnknown, "DNS has neither an address nor a mail exchanger for "+q.name)
		}
		for _, a := range addrs {
			if n.own(netip.AddrPortFrom(a, uint16(port))) {
				return settings.CodeRelaySelf, q.name + " has the address " + a.String() + ", which is this server itself"
			}
		}
		return "", ""
	}
}

// list asks a DNS list for its test entry (RFC 5782, 5).
func (n nameCheck) list(ctx context.Context, q question) (settings.Code, string) {
	addrs, err := n.A(ctx, "2.0.0.127."+strings.TrimSuffix(q.name, "."))
	if err != nil {
		return failed(err, settings.CodeDNSNotListed, "the DNS list "+q.name+" does not have the test entry 127.0.0.2")
	}
	for _, a := range addrs {
		if b := a.As4(); b[0] == 127 && (b[1] != 255 || b[2] != 255) {
			return "", ""
		}
	}
	return settings.CodeDNSNotListed, "the DNS list " + q.name + " refuses to answer, or answers with addresses that mean nothing"
}
