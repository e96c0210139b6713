package match

import (
	"net/netip"
	"strings"
	"testing"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestHosts(t *testing.T) {
	tests := []struct {
		name  string
		entry string
		ip    string
		names string // comma list
		want  bool
	}{
		{"name itself", "abc.com", "192.0.2.1", "abc.com", true},
		{"subdomain", "abc.com", "192.0.2.1", "smtp.abc.com", true},
		{"no dot boundary", "abc.com", "192.0.2.1", "uvwabc.com", true},
		{"leading dot forces the boundary", ".abc.com", "192.0.2.1", "uvwabc.com", false},
		{"leading dot, subdomain", ".abc.com", "192.0.2.1", "mx.abc.com", true},
		{"case", "ABC.com", "192.0.2.1", "Smtp.Abc.COM", true},
		{"other name", "abc.com", "192.0.2.1", "abc.com.example", false},
		{"no name", "abc.com", "192.0.2.1", "", false},
		{"second name", "abc.com", "192.0.2.1", "x.example,mx.abc.com", true},
		{"name with its final dot", "abc.com", "192.0.2.1", "mx.abc.com.", true},
		{"an address is no name", "0.2.1", "192.0.2.1", "", false},
		{"address", "[192.168.10.17]", "192.168.10.17", "", true},
		{"another address", "[192.168.10.17]", "192.168.10.18", "", false},
		{"address with blanks", "[ 192.168.10.17 ]", "192.168.10.17", "", true},
		{"address without brackets", "192.168.10.17", "192.168.10.17", "", false},
		{"mapped client", "[192.168.10.17]", "::ffff:192.168.10.17", "", true},
		{"mapped entry", "[::ffff:192.168.10.17]", "192.168.10.17", "", true},
		{"mapped prefix", "[::ffff:192.168.0.0/112]", "192.168.10.17", "", true},
		{"mapped prefix, outside", "[::ffff:192.168.0.0/112]", "192.169.10.17", "", false},
		{"wildcard", "[192.168.10.*]", "192.168.10.255", "", true},
		{"wildcard, outside", "[192.168.10.*]", "192.168.11.0", "", false},
		{"two wildcards", "[192.168.*.*]", "192.168.0.0", "", true},
		{"range, low", "[192.168.10.17-19]", "192.168.10.17", "", true},
		{"range, high", "[192.168.10.17-19]", "192.168.10.19", "", true},
		{"range, below", "[192.168.10.17-19]", "192.168.10.16", "", false},
		{"range, above", "[192.168.10.17-19]", "192.168.10.20", "", false},
		{"range and wildcard in two octets", "[192.168.10-11.*]", "192.168.11.7", "", true},
		{"prefix, first", "[10.16.0.0/12]", "10.16.0.0", "", true},
		{"prefix, last", "[10.16.0.0/12]", "10.31.255.255", "", true},
		{"prefix, outside", "[10.16.0.0/12]", "10.32.0.0", "", false},
		{"prefix with host bits", "[10.16.7.7/12]", "10.16.0.1", "", true},
		{"wildcard with prefix", "[10.0.0.*/8]", "10.0.0.1", "", false},
		{"range with prefix", "[10.0.0.1-9/8]", "10.0.0.1", "", false},
		{"octets and IPv6", "[*.*.*.*]", "2001:db8::1", "", false},
		{"IPv6", "[2001:db8::1]", "2001:db8:0::1", "", true},
		{"IPv6 literal", "[IPv6:2001:db8::1]", "2001:db8::1", "", true},
		{"IPv6 prefix", "[2001:db8::/32]", "2001:db8:ffff::1", "", true},
		{"IPv6 prefix, outside", "[2001:db8::/32]", "2001:db9::1", "", false},
		{"IPv6 without brackets", "2001:db8::1", "2001:db8::1", "", false},
		{"link-local client with its zone", "[fe80::/10]", "fe80::1%eth0", "", true},
		{"all", "*", "192.0.2.1", "", true},
		{"group, by name", "Partners", "192.0.2.1", "mx.abc.com", true},
		{"group, by address", "Partners", "10.9.0.1", "", true},
		{"group, neither", "Partners", "10.9.0.2", "mx.other.example", false},
		{"blank member of a group", "Partners", "10.9.0.2", "", false},
		{"group with *", "Everybody", "192.0.2.1", "", true},
		{"a dotted name is never a group", "dotted.group", "192.0.2.1", "inside.example", false},
		{"a name with @ is never a group", "group@acme", "192.0.2.1", "inside.example", false},
		{"unknown group is no host", "Strangers", "192.0.2.1", "strangers", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := Hosts([]string{tt.entry}, testGroups())
			var names []string
			if tt.names != "" {
				names = strings.Split(tt.names, ",")
			}
			hit := l.Match(addr(tt.ip), names)
			if hit.Found() != tt.want {
				t.Errorf("%q against %s %q: got %+v, want found %t", tt.entry, tt.ip, names, hit, tt.want)
			}
			if origin := tt.entry; hit.Found() && !hit.All && hit.Entry != origin {
				t.Errorf("%q: hit %q, want the entry as written", tt.entry, hit.Entry)
			}
		})
	}
}

func TestNamedHostBeforeAll(t *testing.T) {
	l := Hosts([]string{"*", "abc.com", "[10.0.0.1]"}, NoGroups{})
	if !l.NeedsName() {
		t.Error("NeedsName() = false with a host name in the list")
	}
	for _, tt := range []struct {
		ip, name, want string
		all            bool
	}{{"10.0.0.1", "", "[10.0.0.1]", false}, {"10.0.0.2", "mx.abc.com", "abc.com", false}, {"10.0.0.2", "", "*", true}} {
		if hit := l.Match(addr(tt.ip), []string{tt.name}); hit.Entry != tt.want || hit.All != tt.all {
			t.Errorf("%s %q: got %+v, want %s, all %t", tt.ip, tt.name, hit, tt.want, tt.all)
		}
	}
	if l := Hosts([]string{"*", "[10.0.0.1]"}, NoGroups{}); l.NeedsName() {
		t.Error("NeedsName() = true without a host name in the list")
	}
}

// FuzzHostEntry holds that an entry is either usable or named as unusable, and
// that only "*" and groups match everything.
func FuzzHostEntry(f *testing.F) {
	for _, s := range []string{"abc.com", ".abc.com", "[10.0.0.1]", "[10.0.0.*]", "[10.0.0.1-9]", "[10.0.0.0/8]", "[10.0.0.*/8]", "[2001:db8::/32]",
		"[IPv6:::1]", "[::ffff:1.2.3.4/100]", "10.0.0.1", "*", "[", "]", "[]", "[[1.2.3.4]]", "a b", "[fe80::1%eth0]", "[0.0.0.0/0]", "group", "[-1.2.3.4]", "[1.2.3.4-]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		l := Hosts([]string{entry}, NoGroups{})
		blank := strings.TrimSpace(entry) == ""
		if l.Blank() != blank {
			t.Fatalf("%q: Blank() = %t", entry, l.Blank())
		}
		if usable := !blank && !l.Dead(); usable == (len(l.Unusable()) > 0) && !blank {
			t.Fatalf("%q: dead %t with %v", entry, l.Dead(), l.Unusable())
		}
		v4, v6 := l.Match(addr("203.0.113.1"), nil), l.Match(addr("2001:db8::1"), nil)
		if v4.Found() && v6.Found() && strings.TrimSpace(entry) != "*" {
			t.Fatalf("%q matches IPv4 and IPv6", entry)
		}
		if (v4.Found() || v6.Found()) && !strings.ContainsAny(entry, "[*") {
			t.Fatalf("%q matches an address without brackets", entry)
		}
	})
}
