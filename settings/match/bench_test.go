package match

import (
	"fmt"
	"testing"
)

// lists are lists of a busy server's size.
func lists() (HostList, DomainList, AddressList) {
	var hosts, domains, addrs []string
	for i := range 100 {
		hosts = append(hosts, fmt.Sprintf("[10.%d.0.0/16]", i), fmt.Sprintf("host%d.example", i))
		domains = append(domains, fmt.Sprintf("domain%d.example", i), fmt.Sprintf("@whole%d.example", i), fmt.Sprintf("%%Notes%d", i))
		addrs = append(addrs, fmt.Sprintf("user%d@domain.example", i), fmt.Sprintf("spam%d.example", i))
	}
	return Hosts(hosts, NoGroups{}), Domains(domains, NoGroups{}), Addresses(addrs, NoGroups{}, false)
}

// lookups match each list once, the last entry and none in turn.
func lookups() []struct {
	name string
	look func() bool
} {
	h, d, a := lists()
	near, far := addr("10.99.1.1"), addr("2001:db8::1")
	names, notes := []string{"mx.other.test", "mx.host99.example"}, []string{"notes99"}
	return []struct {
		name string
		look func() bool
	}{
		{"host by address", func() bool { return h.Match(near, nil).Found() }},
		{"host by name", func() bool { return h.Match(far, names).Found() }},
		{"domain by suffix", func() bool { return d.Match("mx.domain99.example", nil).Found() }},
		{"domain by Notes domain", func() bool { return d.Match("acme.test", notes).Found() }},
		{"address", func() bool { return a.Match("user99-with-a-rather-long-local-part", "domain99.example") == Hit{} }},
		{"address by domain", func() bool { return a.Match("somebody.with.a.longer.name", "mail.spam99.example").Found() }},
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	for _, l := range lookups() {
		if !l.look() {
			t.Errorf("%s: no match", l.name)
		}
		if n := testing.AllocsPerRun(100, func() { l.look() }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", l.name, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, l := range lookups() {
		b.Run(l.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.look()
			}
		})
	}
}
