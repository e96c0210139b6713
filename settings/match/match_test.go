package match

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// groups is a directory of groups for tests: name to members.
type groups map[string][]string

func (g groups) Expand(name string) ([]string, bool) {
	m, ok := g[name]
	return m, ok
}

func (g groups) Address(member string) string {
	if member == "John Doe/Acme" || member == "John Doe" {
		return "John.Doe@acme.com"
	}
	return ""
}

// testGroups is what the tests' lists are compiled with.
func testGroups() groups {
	return groups{
		"Partners":      {"abc.com", "[10.9.0.1]", "@xyz.com", "someone@else.example", " ", ""},
		"People":        {"John Doe/Acme", "John Doe", "Nobody/Acme", "jane@acme.com"},
		"Everybody":     {"*"},
		"Nobody":        {},
		"dotted.group":  {"inside.example"},
		"group@acme":    {"inside.example"},
		"Wild creature": {"[1.2.3", "10.0.0.1"},
	}
}

func TestUnusableEntriesAreNamed(t *testing.T) {
	tests := []struct {
		name    string
		entries []string
		compile func([]string) []Unusable
		want    []string // entries with a piece of the reason
	}{
		{"hosts", []string{"abc.com", "10.0.0.1", "2001:db8::1", "[10.0.0.*/8]", "[10.0.0.1-5/24]", "[10.0.0.1", "[300.1.1.1]", "[1.2.3.9-1]",
			"[1.2.3.1-*]", "[1.2.3]", "[x]", "[]", "[10.0.0.0/33]", "user@abc.com", "*.abc.com", "NoSuchGroup", "Nobody"},
			func(e []string) []Unusable { l := Hosts(e, testGroups()); return l.Unusable() },
			[]string{"10.0.0.1: square brackets", "2001:db8::1: square brackets", "[10.0.0.*/8]: cannot stand together", "[10.0.0.1-5/24]: cannot stand together",
				"[10.0.0.1: closing bracket", "[300.1.1.1]: octet", "[1.2.3.9-1]: octet", "[1.2.3.1-*]: octet", "[1.2.3]: not an IP", "[x]: not an IP", "[]: not an IP",
				"[10.0.0.0/33]: prefix length", "user@abc.com: not a host name", "*.abc.com: not a host name", "NoSuchGroup: no Mail only", "Nobody: no members"}},
		{"domains", []string{"abc.com", "@", "%", "user@abc.com", "*.abc.com", "two words.com", "NoSuchGroup"},
			func(e []string) []Unusable { l := Domains(e, testGroups()); return l.Unusable() },
			[]string{"@: not a domain", "%: not a domain", "user@abc.com: not a domain", "*.abc.com: not a domain", "two words.com: not a domain", "NoSuchGroup: no Mail only"}},
		{"addresses", []string{"a@b.c", "abc.com", "@abc.com", "user@", "@", "%Notes", "*@abc.com.*", "[1.2.3.4]", "People", "NoSuchGroup"},
			func(e []string) []Unusable { l := Addresses(e, testGroups(), false); return l.Unusable() },
			[]string{"user@: not an address", "@: not an address", "%Notes: not an address", "[1.2.3.4]: not an address",
				"People: member Nobody/Acme has no Internet address", "NoSuchGroup: no Mail only"}},
		{"group's members", []string{"Wild creature"},
			func(e []string) []Unusable { l := Hosts(e, testGroups()); return l.Unusable() },
			[]string{"Wild creature: closing bracket", "Wild creature: square brackets"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.compile(tt.entries)
			for i, u := range got {
				if i >= len(tt.want) {
					t.Fatalf("one more than wanted: %v", got[i:])
				}
				entry, reason, _ := strings.Cut(tt.want[i], ": ")
				if strings.HasPrefix(tt.want[i], "2001") {
					entry, reason = "2001:db8::1", "square brackets"
				}
				if u.Entry != entry || !strings.Contains(u.Reason, reason) {
					t.Errorf("unusable %d of %q: got %v, want %s with %q", i, tt.entries, u, entry, reason)
				}
			}
			if len(got) < len(tt.want) {
				t.Errorf("of %q: got %d unusable entries, want %d: %v", tt.entries, len(got), len(tt.want), got)
			}
		})
	}
}

func TestBlankAndDeadLists(t *testing.T) {
	tests := []struct {
		name        string
		entries     []string
		blank, dead bool
	}{
		{"no entry", nil, true, false},
		{"blank entries", []string{"", "  "}, true, false},
		{"usable", []string{"abc.com"}, false, false},
		{"all", []string{"*"}, false, false},
		{"unknown group", []string{"NoSuchGroup"}, false, true},
		{"empty group", []string{"Nobody"}, false, true},
		{"nonsense", []string{"%", "@"}, false, true},
		{"nonsense and a good one", []string{"%", "abc.com"}, false, false},
		{"group with *", []string{"Everybody"}, false, false},
	}
	for _, tt := range tests {
		h, d, a := Hosts(tt.entries, testGroups()), Domains(tt.entries, testGroups()), Addresses(tt.entries, testGroups(), false)
		for _, l := range []struct {
			name        string
			blank, dead bool
		}{{"hosts", h.Blank(), h.Dead()}, {"domains", d.Blank(), d.Dead()}, {"addresses", a.Blank(), a.Dead()}} {
			if l.blank != tt.blank || l.dead != tt.dead {
				t.Errorf("%s, %s %q: blank %t, dead %t; want %t, %t", tt.name, l.name, tt.entries, l.blank, l.dead, tt.blank, tt.dead)
			}
		}
	}
	var zero HostList
	if !zero.Blank() || zero.Dead() || zero.Match(addr("1.2.3.4"), []string{"a"}).Found() {
		t.Error("the zero HostList is not the blank list")
	}
}

func TestEntriesAsWritten(t *testing.T) {
	l := Hosts([]string{" ABC.com ", "", "[1.2.3.4]"}, NoGroups{})
	if got, want := l.Entries(), []string{"ABC.com", "[1.2.3.4]"}; !slices.Equal(got, want) {
		t.Errorf("Entries() = %q, want %q", got, want)
	}
	if got, want := l.Names(), []string{"abc.com"}; !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want %q", got, want)
	}
	d := Domains([]string{"ABC.com", "@xyz.com"}, NoGroups{})
	if got, want := d.Suffixes(), []string{"abc.com"}; !slices.Equal(got, want) {
		t.Errorf("Suffixes() = %q, want %q", got, want)
	}
	if got, want := (Unusable{Entry: "x", Reason: "why"}).String(), `"x": why`; got != want {
		t.Errorf("Unusable.String() = %s, want %s", got, want)
	}
}

// TestFinalDotOfEntry: a domain that an entry writes with its final dot, as DNS
// does, is the same domain; the dot alone is none, and matches nobody.
func TestFinalDotOfEntry(t *testing.T) {
	for _, domain := range []string{"abc.com", "abc.com."} {
		hosts, domains := Hosts([]string{"abc.com."}, NoGroups{}), Domains([]string{"abc.com."}, NoGroups{})
		exact := Domains([]string{"@abc.com."}, NoGroups{})
		senders := Addresses([]string{"abc.com."}, NoGroups{}, true)
		addresses := Addresses([]string{"joe@abc.com."}, NoGroups{}, false)
		whole := Addresses([]string{"@abc.com."}, NoGroups{}, false)
		suffix := Addresses([]string{"abc.com."}, NoGroups{}, false)
		mailboxes := Mailboxes([]string{"joe@abc.com."}, NoGroups{})
		for name, hit := range map[string]Hit{
			"Hosts":                   hosts.Match(netip.Addr{}, []string{domain}),
			"Domains":                 domains.Match(domain, nil),
			"Domains, @domain":        exact.Match(domain, nil),
			"Addresses, whole domain": senders.Match("joe", domain),
			"Addresses, address":      addresses.Match("joe", domain),
			"Addresses, @domain":      whole.Match("joe", domain),
			"Addresses, suffix":       suffix.Match("joe", domain),
			"Mailboxes":               mailboxes.Match("joe", domain),
		} {
			if !hit.Found() {
				t.Errorf("%s: the entry does not match %s", name, domain)
			}
		}
	}
	for _, entry := range []string{".", "@."} {
		hosts, domains := Hosts([]string{entry}, NoGroups{}), Domains([]string{entry}, NoGroups{})
		senders, addresses := Addresses([]string{entry}, NoGroups{}, true), Addresses([]string{entry}, NoGroups{}, false)
		for name, l := range map[string]interface {
			Dead() bool
			Unusable() []Unusable
		}{"Hosts": &hosts, "Domains": &domains, "Addresses, whole domain": &senders, "Addresses": &addresses} {
			if !l.Dead() || len(l.Unusable()) != 1 {
				t.Errorf("%s: %q is taken for an entry: %v", name, entry, l.Unusable())
			}
		}
	}
}
