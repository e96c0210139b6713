package simulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"domigo/resolver"
	"domigo/smtpd"
	"domigo/smtpd/policy"
)

// FactHelp is the syntax of facts for a command's usage.
const FactHelp = `what DNS says: ptr=NAME[,NAME] (names of the client), addr:NAME=IP[,IP], ` +
	`mx:DOMAIN="10 HOST[,20 HOST]" (or mx= for every domain), list:SITE=IP[,IP] (a DNS list's answer about the client), any= for all else; ` +
	`in place of a value: none, nxdomain, timeout, and of mx: null`

// Facts answer the questions to DNS about one client. They are a
// smtpd.Resolver. What nobody said is asked of the resolver behind, or counts as
// missing.
type Facts struct {
	client  netip.Addr
	behind  smtpd.Resolver // nil: nobody is asked
	given   map[string]string
	missing []string
}

// errFact: a fact that cannot be read.
var errFact = errors.New("not a fact")

// errMissing is the answer to a question that nobody answers.
var errMissing = errors.New("no fact says")

// NewFacts reads facts, "K=V" each, about a client; behind, if not nil, answers
// what they do not. name, if not "", is the client's name in DNS, which leads
// back to its address; or none, nxdomain, timeout.
func NewFacts(client netip.Addr, name string, facts []string, behind smtpd.Resolver) (*Facts, error) {
	f := &Facts{client: client.Unmap(), behind: behind, given: map[string]string{}}
	switch name = canonical(name); {
	case isWord(name):
		f.given["ptr"] = name
	case name != "":
		f.given["ptr"], f.given["addr:"+name] = name, f.client.String()
	}
	for _, fact := range facts {
		key, value, ok := strings.Cut(fact, "=")
		kind, of, named := strings.Cut(key, ":")
		kind, value = strings.ToLower(strings.TrimSpace(kind)), strings.TrimSpace(value)
		if of = canonical(of); named {
			key = kind + ":" + of
		} else {
			key = kind
		}
		if err := checkFact(kind, of, named, value); !ok || err != nil {
			return nil, fmt.Errorf("%w: %q: %w", errFact, fact, cmp.Or(err, errSyntax))
		}
		f.given[key] = value
	}
	return f, nil
}

var errSyntax = errors.New("it is K=V, with K one of ptr, addr:NAME, mx, mx:DOMAIN, list:SITE, ldap, any")

// isWord reports whether a value stands for a failed look-up.
func isWord(value string) bool { return absent("", "", value) != nil }

// canonical gives a name as the questions have it.
func canonical(name string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
}

// checkFact finds out early whether a value can be read.
func checkFact(kind, of string, named bool, value string) error {
	if isWord(value) {
		if (kind == "any" || kind == factLDAP) && !named || kind == "ptr" && !named || kind == "mx" && named == (of != "") || (kind == "addr" || kind == "list") && of != "" {
			return nil
		}
		return errSyntax
	}
	var err error
	switch {
	case kind == "ptr" && !named && value != "":
	case kind == "mx" && named == (of != ""):
		_, err = exchangers(value)
	case (kind == "addr" || kind == "list") && of != "":
		_, err = addresses(value)
	default:
		err = errSyntax
	}
	return err
}

// absent gives the error that a word stands for, nil for a value.
func absent(name, typ, value string) error {
	switch value {
	case "none":
		return &resolver.Error{Name: name, Type: typ, Err: resolver.ErrNotFound}
	case "nxdomain":
		return &resolver.Error{Name: name, Type: typ, Err: resolver.ErrNXDomain}
	case "timeout":
		return &resolver.Error{Name: name, Type: typ, Err: context.DeadlineExceeded}
	}
	return nil
}

func addresses(value string) ([]netip.Addr, error) {
	var out []netip.Addr
	for word := range strings.SplitSeq(value, ",") {
		a, err := netip.ParseAddr(strings.TrimSpace(word))
		if err != nil {
			return nil, fmt.Errorf("%q is not an address", word)
		}
		out = append(out, a.Unmap())
	}
	return out, nil
}

func exchangers(value string) ([]resolver.MX, error) {
	if value == "null" {
		return []resolver.MX{{}}, nil
	}
	var out []resolver.MX
	for record := range strings.SplitSeq(value, ",") {
		preference, host, ok := strings.Cut(strings.TrimSpace(record), " ")
		n, err := strconv.ParseUint(preference, 10, 16)
		if host = canonical(host); !ok || err != nil || host == "" {
			return nil, fmt.Errorf("%q is not a preference and a host", record)
		}
		out = append(out, resolver.MX{Host: host, Pref: uint16(n)})
	}
	slices.SortStableFunc(out, func(a, b resolver.MX) int { return int(a.Pref) - int(b.Pref) })
	return out, nil
}

// find gives what was said under one of the keys, else by any=.
func (f *Facts) find(keys ...string) (string, bool) {
	for _, k := range append(keys, "any") {
		if v, ok := f.given[k]; ok {
			return v, true
		}
	}
	return "", false
}

// lack notes a question that nobody answers.
func (f *Facts) lack(key string) error {
	if !slices.Contains(f.missing, key) {
		f.missing = append(f.missing, key)
	}
	return fmt.Errorf("%w: %s", errMissing, key)
}

// unanswered gives the keys of the facts that were asked for and that nobody gave,
// in the order of the questions.
func (f *Facts) unanswered() []string { return f.missing }

// PTR gives the client's names.
func (f *Facts) PTR(ctx context.Context, addr netip.Addr) ([]string, error) {
	v, ok := f.find("ptr")
	switch {
	case ok:
	case f.behind != nil:
		return f.behind.PTR(ctx, addr)
	default:
		return nil, f.lack("ptr")
	}
	if err := absent(addr.String(), "PTR", v); err != nil {
		return nil, err
	}
	var names []string
	for name := range strings.SplitSeq(v, ",") {
		if name = canonical(name); name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// Addrs gives the addresses of a host.
func (f *Facts) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	key := "addr:" + canonical(host)
	v, ok := f.find(key)
	switch {
	case ok:
	case f.behind != nil:
		return f.behind.Addrs(ctx, host)
	default:
		return nil, f.lack(key)
	}
	if err := absent(host, "A", v); err != nil {
		return nil, err
	}
	return addresses(v)
}

// A gives a DNS list's answer about the client.
func (f *Facts) A(ctx context.Context, name string) ([]netip.Addr, error) {
	key := "list:" + canonical(strings.TrimPrefix(name, policy.ListName(f.client, "")))
	v, ok := f.find(key)
	switch {
	case ok:
	case f.behind != nil:
		return f.behind.A(ctx, name)
	default:
		return nil, f.lack(key)
	}
	if err := absent(name, "A", v); err != nil {
		return nil, err
	}
	return addresses(v)
}

// MX gives the mail exchangers of a domain.
func (f *Facts) MX(ctx context.Context, domain string) ([]resolver.MX, error) {
	key := "mx:" + canonical(domain)
	v, ok := f.find(key, "mx")
	switch {
	case ok:
	case f.behind != nil:
		return f.behind.MX(ctx, domain)
	default:
		return nil, f.lack(key)
	}
	if err := absent(domain, "MX", v); err != nil {
		return nil, err
	}
	return exchangers(v)
}

// KnowsMX reports whether a fact or the resolver behind says anything of a
// domain's mail exchangers.
func (f *Facts) KnowsMX(domain string) bool {
	_, ok := f.find("mx:"+canonical(domain), "mx")
	return ok || f.behind != nil
}
