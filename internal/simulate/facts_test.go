package simulate

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"domigo/resolver"
	"domigo/smtpd/policy"
)

var tester = netip.MustParseAddr("203.0.113.7")

func TestFactsThatCannotBeRead(t *testing.T) {
	for _, fact := range []string{"", "ptr", "ptr=", "ptr:x=a", "addr=192.0.2.1", "addr:=192.0.2.1", "addr:a.example=here", "mx=10", "mx=a.example",
		"mx=x a.example", "mx=70000 a.example", "mx:=10 a.example", "list=127.0.0.2", "list:l.example=yes", "any=127.0.0.2", "any:x=none", "sender=found"} {
		if _, err := NewFacts(tester, "", []string{fact}, nil); !errors.Is(err, errFact) {
			t.Errorf("fact %q: got %v, want errFact", fact, err)
		}
	}
}

func TestFactsAnswer(t *testing.T) {
	f, err := NewFacts(tester, "MX.Example.org.", []string{"mx:example.org=20 B.example,10 a.example", "mx=null", "addr:none.example=none",
		"addr:gone.example=nxdomain", "addr:slow.example=timeout", "list:l.example=127.0.0.2,127.0.0.4"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if names, err := f.PTR(ctx, tester); err != nil || !slices.Equal(names, []string{"mx.example.org"}) {
		t.Errorf("PTR: got %q, %v", names, err)
	}
	if addrs, err := f.Addrs(ctx, "mx.example.org"); err != nil || !slices.Equal(addrs, []netip.Addr{tester}) {
		t.Errorf("the name leads back: got %v, %v", addrs, err)
	}
	if mx, err := f.MX(ctx, "Example.ORG"); err != nil || !slices.Equal(mx, []resolver.MX{{Host: "a.example", Pref: 10}, {Host: "b.example", Pref: 20}}) {
		t.Errorf("MX: got %v, %v", mx, err)
	}
	if mx, err := f.MX(ctx, "other.example"); err != nil || !slices.Equal(mx, []resolver.MX{{}}) {
		t.Errorf("MX of another domain: got %v, %v", mx, err)
	}
	if addrs, err := f.A(ctx, policy.ListName(tester, "l.example")); err != nil || len(addrs) != 2 {
		t.Errorf("list: got %v, %v", addrs, err)
	}
	for name, temporary := range map[string]bool{"none.example": false, "gone.example": false, "slow.example": true} {
		if _, err := f.Addrs(ctx, name); err == nil || errors.Is(err, resolver.ErrNotFound) == temporary {
			t.Errorf("%s: got %v, want a temporary error: %t", name, err, temporary)
		}
	}
	if len(f.unanswered()) > 0 {
		t.Errorf("missing: got %q, want none", f.unanswered())
	}
	for range 2 {
		if _, err := f.A(ctx, policy.ListName(tester, "m.example")); !errors.Is(err, errMissing) {
			t.Errorf("another list: got %v, want that the fact is missing", err)
		}
	}
	if got := f.unanswered(); !slices.Equal(got, []string{"list:m.example"}) {
		t.Errorf("missing: got %q", got)
	}
}

// TestFactsGoBeforeTheResolver asks behind only for what no fact says.
func TestFactsGoBeforeTheResolver(t *testing.T) {
	behind := &dns{client: tester, ptr: "mx.partner.example", addrs: map[string]string{"a.example": "192.0.2.1"}, mx: map[string]string{}, lists: map[string]string{}}
	f, err := NewFacts(tester, "none", []string{"addr:b.example=192.0.2.2"}, behind)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.PTR(t.Context(), tester); !errors.Is(err, resolver.ErrNotFound) {
		t.Errorf("PTR: got %v, want what the fact says", err)
	}
	for host, want := range map[string]string{"a.example": "192.0.2.1", "b.example": "192.0.2.2"} {
		if got, err := f.Addrs(t.Context(), host); err != nil || len(got) != 1 || got[0].String() != want {
			t.Errorf("%s: got %v, %v, want %s", host, got, err, want)
		}
	}
	if !f.KnowsMX("a.example") || len(f.unanswered()) > 0 {
		t.Errorf("a resolver behind knows everything: %t, missing %q", f.KnowsMX("a.example"), f.unanswered())
	}
}

// FuzzFacts holds that what NewFacts takes is answered without a panic, and that
// an answer does not count as missing.
func FuzzFacts(f *testing.F) {
	for _, seed := range []string{"ptr=a.example,b.example", "addr:a.example=192.0.2.1", "mx:a.example=10 b.example", "mx=null", "list:l.example=127.0.0.2", "any=timeout", "ptr=,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, fact string) {
		facts, err := NewFacts(tester, "", []string{fact}, nil)
		if err != nil {
			return
		}
		key, _, _ := strings.Cut(fact, "=")
		kind, of, _ := strings.Cut(key, ":")
		var missing error
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "ptr", "any":
			_, missing = facts.PTR(t.Context(), tester)
		case "addr":
			_, missing = facts.Addrs(t.Context(), of)
		case "mx":
			_, missing = facts.MX(t.Context(), of)
		case "list":
			_, missing = facts.A(t.Context(), policy.ListName(tester, canonical(of)))
		}
		if errors.Is(missing, errMissing) {
			t.Errorf("fact %q was given, and is missing", fact)
		}
	})
}
