package match

import "testing"

func TestDomains(t *testing.T) {
	tests := []struct {
		name   string
		entry  string
		domain string
		notes  []string
		want   bool
	}{
		{"trailing substring, the domain", "abc.com", "abc.com", nil, true},
		{"trailing substring, subdomain", "abc.com", "x.y.abc.com", nil, true},
		{"trailing substring, no dot boundary", "abc.com", "uvwabc.com", nil, true},
		{"trailing substring, not in front", "abc.com", "abc.com.example", nil, false},
		{"entry's case", "ABC.Com", "abc.com", nil, true},
		{"exact", "@xyz.com", "xyz.com", nil, true},
		{"exact, no dot boundary", "@xyz.com", "uvwxyz.com", nil, false},
		{"exact, subdomain", "@xyz.com", "abc.xyz.com", nil, false},
		{"exact, entry's case", "@XYZ.com", "xyz.com", nil, true},
		{"final dot, substring", "abc.com", "abc.com.", nil, true},
		{"final dot, exact", "@abc.com", "abc.com.", nil, true},
		{"Notes domain", "%AcmeEast", "acme.com", []string{"acmewest", "acmeeast"}, true},
		{"Notes domain as the address has it", "%AcmeEast", "acmeeast", nil, true},
		{"another Notes domain", "%AcmeEast", "acme.com", []string{"acmewest"}, false},
		{"Notes domain is no suffix", "%com", "acme.com", nil, false},
		{"all", "*", "anything.example", nil, true},
		{"address literal", "[10.0.0.1]", "[10.0.0.1]", nil, true},
		{"group, substring", "Partners", "mail.abc.com", nil, true},
		{"group, exact", "Partners", "xyz.com", nil, true},
		{"group, exact only", "Partners", "a.xyz.com", nil, false},
		{"group with a blank member", "Partners", "unlisted.example", nil, false},
		{"a dotted name is never a group", "dotted.group", "inside.example", nil, false},
		{"wildcard inside an entry", "*.abc.com", "x.abc.com", nil, false},
		{"no domain", "abc.com", "", nil, false},
		{"no domain, all", "*", "", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := Domains([]string{tt.entry}, testGroups())
			if hit := l.Match(tt.domain, tt.notes); hit.Found() != tt.want {
				t.Errorf("%q against %q %q: got %+v, want found %t", tt.entry, tt.domain, tt.notes, hit, tt.want)
			}
		})
	}
	l := Domains([]string{"*", "abc.com", "@xyz.com"}, NoGroups{})
	for domain, want := range map[string]string{"abc.com": "abc.com", "xyz.com": "@xyz.com", "other.example": "*"} {
		if hit := l.Match(domain, nil); hit.Entry != want || hit.All != (want == "*") {
			t.Errorf("named entry before *: %s gives %+v, want %s", domain, hit, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		name          string
		entry         string
		wholeDomain   bool
		local, domain string
		want          bool
	}{
		{"address", "bad@spam.example", false, "bad", "spam.example", true},
		{"address, case", "Bad@Spam.example", false, "bAD", "SPAM.example", true},
		{"address, other local part", "bad@spam.example", false, "good", "spam.example", false},
		{"address, longer local part", "bad@spam.example", false, "verybad", "spam.example", false},
		{"address, final dot", "bad@spam.example", false, "bad", "spam.example.", true},
		{"domain, trailing substring", "spam.example", false, "x", "very.spam.example", true},
		{"domain, no dot boundary", "spam.example", false, "x", "nospam.example", true},
		{"domain, whole", "spam.example", true, "x", "spam.example", true},
		{"domain, whole, subdomain", "spam.example", true, "x", "very.spam.example", false},
		{"@domain", "@spam.example", false, "x", "spam.example", true},
		{"@domain, subdomain", "@spam.example", false, "x", "very.spam.example", false},
		{"all", "*", false, "x", "y.example", true},
		{"all, no domain", "*", false, "x", "", true},
		{"no domain", "spam.example", false, "x", "", false},
		{"group, address", "Partners", false, "someone", "else.example", true},
		{"group, domain", "Partners", false, "x", "abc.com", true},
		{"group, person's Internet address", "People", false, "john.doe", "acme.com", true},
		{"group, another address there", "People", false, "max", "acme.com", false},
		{"a dotted name is never a group", "dotted.group", false, "x", "inside.example", false},
		{"local part with @", "a@b@spam.example", false, "a@b", "spam.example", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := Addresses([]string{tt.entry}, testGroups(), tt.wholeDomain)
			if hit := l.Match(tt.local, tt.domain); hit.Found() != tt.want {
				t.Errorf("%q against %q @ %q: got %+v, want found %t", tt.entry, tt.local, tt.domain, hit, tt.want)
			}
		})
	}
}
