package settings

import (
	"slices"
	"testing"
)

// TestHostDomains holds E29: without a Global Domain document the server's host
// name and its domain are local, nothing else.
func TestHostDomains(t *testing.T) {
	for _, tt := range []struct {
		host string
		want []string
	}{
		{"Server1.renovations.com", []string{"server1.renovations.com", "renovations.com"}},
		{"server1.renovations.com.", []string{"server1.renovations.com", "renovations.com"}},
		{"renovations.com", []string{"renovations.com"}},
		{"localhost", []string{"localhost"}},
		{"", nil},
	} {
		if d := domainsOf(nil, tt.host); !slices.Equal(d.Primary, tt.want) || d.Global {
			t.Errorf("host %q: local domains %q, want %q", tt.host, d.Primary, tt.want)
		}
	}
	d := domainsOf(nil, "Server1.renovations.com")
	for domain, want := range map[string]bool{"Server1.Renovations.com": true, "renovations.com": true, "renovations.com.": true, "other.com": false,
		"mail.renovations.com": false, "xrenovations.com": false, "com": false, "": false} {
		if got := d.IsLocal(domain); got != want {
			t.Errorf("E29: IsLocal(%q) = %t, want %t", domain, got, want)
		}
	}
}

func TestGlobalDomains(t *testing.T) {
	d := domainsOf([]string{"acme.com|acme.net,renovations.com|acmeeast", "renovations.com|acme.net|"}, "server.other.example")
	for domain, primary := range map[string]string{"acme.net": "acme.com", "ACME.net": "acme.com", "acme.com": "", "renovations.com": "", "other.example": ""} {
		if got := d.PrimaryOf(domain); got != primary {
			t.Errorf("PrimaryOf(%s) = %q, want %q", domain, got, primary)
		}
	}
	if d.IsLocal("server.other.example") || !d.IsLocal("renovations.com") || !d.Global {
		t.Errorf("local domains: %+v", d)
	}
	if got := d.NotesDomainsOf("Acme.com"); !slices.Equal(got, []string{"acmeeast"}) {
		t.Errorf("NotesDomainsOf = %q", got)
	}
	// What an administrator typed may hold the separators.
	odd := domainsOf([]string{joinParts('|', "a|b=c.example", joinParts(',', "d,e.example"), joinParts(',', "Notes, East|West"))}, "")
	if !slices.Equal(odd.Primary, []string{"a|b=c.example"}) || odd.PrimaryOf("d,e.example") != "a|b=c.example" ||
		!slices.Equal(odd.NotesDomainsOf("a|b=c.example"), []string{"Notes, East|West"}) {
		t.Errorf("names with separators: %+v", odd)
	}
	for host, want := range map[string]bool{"acme.com": true, "mx.acme.com": true, "MX.ACME.COM.": true, "mx.acme.net": true, "badacme.com": false, "acme.com.example": false, "": false} {
		if got := d.HostIsLocal(host); got != want {
			t.Errorf("HostIsLocal(%q) = %t, want %t", host, got, want)
		}
	}
}

// TestE32SiteOff holds when a server that uses Internet Sites serves nobody.
func TestE32SiteOff(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    Ports
		want bool
	}{
		{"Internet Sites off", Ports{}, false},
		{"no Site document", Ports{InternetSites: true, NamePassword: true}, true},
		{"all options No", Ports{InternetSites: true, SiteFound: true}, true},
		{"Anonymous", Ports{InternetSites: true, SiteFound: true, Anonymous: true}, false},
		{"Name & password", Ports{InternetSites: true, SiteFound: true, NamePassword: true}, false},
		{"TLS options only", Ports{InternetSites: true, SiteFound: true, TLSName: true}, false},
	} {
		if got := tt.p.SiteOff(); got != tt.want {
			t.Errorf("%s: SiteOff = %t, want %t", tt.name, got, tt.want)
		}
	}
}

// TestFinalDotOfDomains: a document may write a domain with its final dot, as DNS
// does; it is the same domain.
func TestFinalDotOfDomains(t *testing.T) {
	l := open(t, "", `{"Form": "Domain", "DomainType": "GlobalDomain", "LocalPrimaryInternetDomain": " Acme.com. ", "LocalInternetDomainAliases": ["acme.net.", "."]}`,
		`{"Form": "Domain", "DomainType": "ForeignSMTPDomain", "FSInternetDomain": "Partner.example.", "FSInternetHost": "mx.partner.example"}`)
	s := l.View(SMTPTask)
	if d := &s.Domains; !d.IsLocal("acme.com") || d.PrimaryOf("acme.net") != "acme.com" || d.IsLocal(".") || !d.HostIsLocal("mx.acme.com") || len(d.Aliases) != 1 {
		t.Errorf("local domains: %+v", s.Domains)
	}
	if f := s.Router.Foreign; len(f) != 1 || f[0].Internet != "partner.example" {
		t.Errorf("foreign domains: %+v", f)
	}
}
