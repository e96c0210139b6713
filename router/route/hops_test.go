package route

import (
	"fmt"
	"slices"
	"testing"

	"domigo/settings"
)

func mx(records ...any) Facts {
	f := Facts{MXState: Found}
	for i := 0; i < len(records); i += 2 {
		f.MX = append(f.MX, MX{records[i].(string), uint16(records[i+1].(int))})
	}
	return f
}

func TestNextHops(t *testing.T) {
	const noRoute = "5.4.4 No route found to domain example.org from server Server-704/Acme.  Check DNS configuration."
	const dynamic, local = "config MailHostLookup=1", "config MailHostLookup=2"
	const closedText = "5.7.1 " + ReasonDomain
	tests := []struct {
		name  string
		set   string
		key   string
		facts Facts
		want  string // the hosts, "?" to ask for MX, or status and reason
	}{
		{"asks for MX", "", "mx:example.org", Facts{}, "?"},
		{"by preference", "", "mx:example.org", mx("b.example", 20, "A.example.", 10, "c.example", 20), "a.example b.example c.example"},
		{"equal ones in the order of the facts", "", "mx:example.org", mx("c.example", 10, "a.example", 10, "b.example", 10), "c.example a.example b.example"},
		{"one host twice", "", "mx:example.org", mx("a.example", 10, "A.example", 20), "a.example"},
		{"null MX", "", "mx:example.org", mx("", 0), "5.1.10 No route found to domain example.org from server Server-704/Acme.  Check DNS configuration."},
		{"null MX among others", "", "mx:example.org", mx(".", 0, "a.example", 10), "a.example"},
		{"an address is no host of an MX record", "", "mx:example.org", mx("192.0.2.1", 0, "a.example", 10), "a.example"},
		{"nothing but an address", "", "mx:example.org", mx("192.0.2.1", 0), noRoute},
		{"no MX: the name itself", "", "mx:example.org", Facts{MXState: NotFound}, "example.org"},
		{"no such domain, then local", "", "mx:example.org", Facts{MXState: NXDomain}, "example.org"},
		{"no such domain, DNS only", dynamic, "mx:example.org", Facts{MXState: NXDomain}, "5.1.2 No route found to domain example.org from server Server-704/Acme.  Check DNS configuration."},
		{"DNS silent", "", "mx:example.org", Facts{MXState: TempError}, "later 4.4.3 " + ReasonDNS},
		{"DNS silent, DNS only", dynamic, "mx:example.org", Facts{MXState: TempError}, "later 4.4.3 " + ReasonDNS},
		{"local look-up only", local, "mx:example.org", Facts{}, "example.org"},
		{"literal", "", "mx:[192.0.2.1]", Facts{}, "192.0.2.1"},
		{"IPv6 literal", "", "mx:[IPv6:2001:db8::1]", Facts{}, "2001:db8::1"},
		{"IPv6 literal in lower case", "", "mx:[ipv6:2001:db8::1]", Facts{}, "2001:db8::1"},
		{"relay host asks too", "", "relay:relay.example:25", Facts{}, "?"},
		{"relay host that is a domain", "", "relay:relay.example:25", mx("in.relay.example", 5), "in.relay.example"},
		{"relay host by address", "", "relay:192.0.2.1:25", Facts{}, "192.0.2.1"},
		{"relay host by IPv6 address", "", hostKey(RelayPrefix, "[2001:db8::1]", 25), Facts{}, "2001:db8::1"},
		{"relay host by IPv6 literal", "", hostKey(RelayPrefix, "[IPv6:2001:db8::1]", 25), Facts{}, "2001:db8::1"},
		{"home server", "", "server:mail9.acme.com:25", Facts{MXState: NotFound}, "mail9.acme.com"},
		{"foreign host", "", "foreign:gw.example:25", Facts{MXState: NotFound}, "gw.example"},
		{"port that is none", "", "relay:relay.example:smtp", Facts{}, "5.4.4 No route found to domain relay.example from server Server-704/Acme.  Check DNS configuration."},
		{"port out of range", "", "relay:relay.example:70000", Facts{}, "5.4.4 No route found to domain relay.example from server Server-704/Acme.  Check DNS configuration."},
		{"no transfer's key", "", LocalDelivery, Facts{}, "5.4.4 No route found to domain [LocalDelivery] from server Server-704/Acme.  Check DNS configuration."},
		{"ourselves first", "", "mx:example.org", mx("server-704.acme.com", 10, "a.example", 20), "5.4.6 " + ReasonSelf},
		{"ourselves among equals", "", "mx:example.org", mx("a.example", 10, "Server-704.acme.com.", 10), "5.4.6 " + ReasonSelf},
		{"ourselves behind others", "", "mx:example.org", mx("c.example", 30, "server-704.acme.com", 20, "a.example", 10, "b.example", 20), "a.example"},
		{"ourselves without MX", "", "mx:server-704.acme.com", Facts{MXState: NotFound}, "5.4.6 " + ReasonSelf},
		{"ourselves, local look-up only", local, "mx:server-704.acme.com", Facts{}, "5.4.6 " + ReasonSelf},
		{"relay host whose MX we are", "", "relay:relay.example:25", mx("server-704.acme.com", 10), "5.4.6 " + ReasonSelf},
		{"relay host, our machine on another port", "", "relay:relay.example:2525", mx("server-704.acme.com", 10), "server-704.acme.com"},
		{"denied domain: no look-up", "config MailDenyInetTo=example.org", "mx:example.org", Facts{}, closedText},
		{"host of an MX record closes the domain", "config MailDenyInetTo=mx.big.example", "mx:example.org", mx("a.example", 10, "MX.big.example.", 20), closedText},
		{"and only an equal one", "config MailDenyInetTo=big.example", "mx:example.org", mx("mx.big.example", 20), "mx.big.example"},
		{"written with @", "config MailDenyInetTo=@mx.big.example", "mx:example.org", mx("mx.big.example", 20), closedText},
		{"domain that is not allowed", "config MailAllowInetTo=example.net", "mx:example.org", mx("a.example", 10), closedText},
		{"it is looked up first", "config MailAllowInetTo=example.net", "mx:example.org", Facts{}, "?"},
		{"host of an MX record opens the domain", "config MailAllowInetTo=mx.big.example", "mx:example.org", mx("a.example", 10, "mx.big.example", 20), "a.example mx.big.example"},
		{"allowed domain", "config MailAllowInetTo=example.org", "mx:example.org", mx("a.example", 10), "a.example"},
		{"without MX the domain counts", "config MailAllowInetTo=example.net", "mx:example.org", Facts{MXState: NotFound}, closedText},
		{"a literal is not allowed", "config MailAllowInetTo=example.net", "mx:[192.0.2.1]", Facts{}, closedText},
		{"an allowed literal", "config MailAllowInetTo=[192.0.2.1]", "mx:[192.0.2.1]", Facts{}, "192.0.2.1"},
		{"DNS silent before the controls", "config MailAllowInetTo=example.net", "mx:example.org", Facts{MXState: TempError}, "later 4.4.3 " + ReasonDNS},
		{"the controls are for domains, not for the relay host", "config MailAllowInetTo=example.net", "relay:relay.example:25", mx("a.example", 10), "a.example"},
	}
	src := loadSource(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := siteOf(src)
			s.apply(t, tt.set)
			h := NextHops(s.env(t).Settings, tt.key, tt.facts, nil)
			if got := hopsText(h); got != tt.want {
				t.Errorf("NextHops(%q, %+v)\n got %s\nwant %s", tt.key, tt.facts, got, tt.want)
			}
			if (h.Reason == "") != (h.Class == "") || h.Reason != "" && len(h.Hosts) > 0 {
				t.Errorf("NextHops(%q) = %+v", tt.key, h)
			}
		})
	}
}

func hopsText(h Hops) string {
	switch {
	case h.NeedMX:
		return "?"
	case h.Temporary:
		return "later " + h.Status + " " + h.Reason
	case h.Reason != "":
		return h.Status + " " + h.Reason
	}
	out := ""
	for i, host := range h.Hosts {
		if i > 0 {
			out += " "
		}
		out += host
	}
	return out
}

// TestNextHopsPort holds where the port comes from.
func TestNextHopsPort(t *testing.T) {
	s := &settings.Snapshot{Router: settings.Router{Port: 2525}}
	for key, want := range map[string]int{"mx:example.org": 2525, "relay:relay.example:26": 26, "smart:[2001:db8::1]:27": 27} {
		if h := NextHops(s, key, Facts{MXState: NotFound}, nil); h.Port != want || h.Configured != (want != 2525) {
			t.Errorf("NextHops(%q): port %d, configured %t", key, h.Port, h.Configured)
		}
	}
}

// TestNextHopsBounded holds that an endless answer of DNS costs a bounded number
// of connections, and that the caller's records stay as they are.
func TestNextHopsBounded(t *testing.T) {
	f := Facts{MXState: Found}
	for i := range 1000 {
		f.MX = append(f.MX, MX{fmt.Sprintf("h%d.example", i), uint16(1000 - i)})
	}
	before := slices.Clone(f.MX)
	h := NextHops(&settings.Snapshot{Router: settings.Router{Port: 25}}, "mx:example.org", f, nil)
	if len(h.Hosts) != maxHosts || h.Hosts[0] != "h999.example" {
		t.Errorf("got %d hosts, the first %q", len(h.Hosts), h.Hosts[0])
	}
	if !slices.Equal(f.MX, before) {
		t.Error("the facts were changed")
	}
}
