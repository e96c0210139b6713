package server

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"domigo/settings"
	"domigo/smtpd"
)

func variables(m map[string]string) func(string) (string, bool, error) {
	return func(name string) (string, bool, error) {
		v, ok := m[name]
		return v, ok, nil
	}
}

func TestEndpoints(t *testing.T) {
	ports := settings.Ports{Enabled: true, Port: 25}
	for _, c := range []struct {
		name string
		snap settings.Snapshot
		vars map[string]string
		want string // addresses with their kinds, or the error
	}{
		{"all addresses", settings.Snapshot{Ports: ports}, nil, "invalid AddrPort/25 plain"},
		{"a Notes port without an address", settings.Snapshot{Ports: ports}, map[string]string{"Ports": "TCPIP,LAN0"}, "invalid AddrPort/25 plain"},
		{"the first Notes port's address", settings.Snapshot{Ports: ports},
			map[string]string{"Ports": "TCPIP, LAN0", "TCPIP_TCPIPAddress": "0,127.0.0.5:1352"}, "127.0.0.5:25 plain"},
		{"SMTPNotesPort", settings.Snapshot{Ports: settings.Ports{Enabled: true, Port: 25, NotesPort: "TCPIP2"}},
			map[string]string{"Ports": "TCPIP", "TCPIP2": "TCP,0,15,0", "TCPIP2_TCPIPAddress": "0,127.0.0.6:1352"}, "127.0.0.6:25 plain"},
		{"an unknown Notes port", settings.Snapshot{Ports: settings.Ports{Enabled: true, NotesPort: "NOPE"}}, nil, "error: SMTPNotesPort=NOPE: notes.ini has no line NOPE="},
		{"an address that is none", settings.Snapshot{Ports: ports}, map[string]string{"Ports": "TCPIP", "TCPIP_TCPIPAddress": "0,mail:1352"}, "error: TCPIP_TCPIPAddress=0,mail:1352: not an address"},
		{"Domigo_Listen with the documents' ports",
			settings.Snapshot{Ports: settings.Ports{Enabled: true, Port: 2525, TLSEnabled: true, TLSPort: 2465}, Own: settings.Own{Listen: "127.0.0.1, [::1]", SubmissionPort: 2587}}, nil,
			"127.0.0.1:2525 plain, 127.0.0.1:2465 tls, 127.0.0.1:2587 submission, [::1]:2525 plain, [::1]:2465 tls, [::1]:2587 submission"},
		{"Domigo_Listen with a port", settings.Snapshot{Ports: ports, Own: settings.Own{Listen: "127.0.0.1:2600"}}, nil, "127.0.0.1:2600 plain"},
		{"the same twice", settings.Snapshot{Ports: ports, Own: settings.Own{Listen: "127.0.0.1,127.0.0.1:25"}}, nil, "127.0.0.1:25 plain"},
		{"Domigo_Listen with a name", settings.Snapshot{Ports: ports, Own: settings.Own{Listen: "localhost"}}, nil, `error: Domigo_Listen: "localhost" is not an address or address:port`},
		{"Domigo_Listen with nothing", settings.Snapshot{Ports: ports, Own: settings.Own{Listen: " , "}}, nil, `error: Domigo_Listen: " , " names no address`},
		{"port disabled", settings.Snapshot{Ports: settings.Ports{Port: 25}, Own: settings.Own{Listen: "127.0.0.1"}}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var words []string
			list, err := endpointsOf(&c.snap, variables(c.vars))
			for _, e := range list {
				a := e.addr.String()
				if !e.addr.Addr().IsValid() {
					a = "invalid AddrPort/25"
				}
				words = append(words, a+" "+e.kind.String())
			}
			got := strings.Join(words, ", ")
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != c.want {
				t.Errorf("endpoints: got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOwnAddresses(t *testing.T) {
	at := func(s string) endpoint { return endpoint{netip.MustParseAddrPort(s), smtpd.Plain} }
	loopback := &listening{[]endpoint{at("127.0.0.1:2525")}}
	everywhere := &listening{[]endpoint{{netip.AddrPortFrom(netip.Addr{}, 25), smtpd.Plain}}}
	for _, c := range []struct {
		name string
		l    *listening
		addr string
		want bool
	}{
		{"the very address", loopback, "127.0.0.1:2525", true},
		{"another port", loopback, "127.0.0.1:2526", false},
		{"another address", loopback, "127.0.0.2:2525", false},
		{"all addresses, loopback", everywhere, "127.0.0.1:25", true},
		{"all addresses, a stranger", everywhere, "203.0.113.9:25", false},
	} {
		if got := c.l.own(netip.MustParseAddrPort(c.addr)); got != c.want {
			t.Errorf("%s: own(%s) = %v, want %v", c.name, c.addr, got, c.want)
		}
	}
	if !loopback.allLoopback() || everywhere.allLoopback() || (&listening{}).allLoopback() {
		t.Error("allLoopback: only a list of loopback addresses is one")
	}
}

// TestOpenRelay: four blank fields are an open relay, which is refused on any
// address but loopback, and always taken when it is meant.
func TestOpenRelay(t *testing.T) {
	open := func(own settings.Own) *settings.Snapshot { return &settings.Snapshot{Own: own} }
	for _, c := range []struct {
		name    string
		snap    *settings.Snapshot
		refused bool
	}{
		{"all addresses", open(settings.Own{}), true},
		{"a public address", open(settings.Own{Listen: "127.0.0.1,203.0.113.5"}), true},
		{"loopback", open(settings.Own{Listen: "127.0.0.1,[::1]:2525"}), false},
		{"meant", open(settings.Own{AllowOpenRelay: true}), false},
	} {
		err := RefuseOpenRelay(c.snap)
		if (err != nil) != c.refused {
			t.Errorf("%s: refused with %v, want refused %v", c.name, err, c.refused)
		}
		for _, field := range []string{"SMTPRlyDenyDoms", "SMTPRlyDenyHosts", "SMTPRlyAllowDoms", "SMTPRlyAllowHosts"} {
			if err != nil && !strings.Contains(err.Error(), field) {
				t.Errorf("%s: %q does not name %s", c.name, err, field)
			}
		}
	}
}

func TestEndpointsReportErrors(t *testing.T) {
	broken := errors.New("broken")
	_, err := endpointsOf(&settings.Snapshot{Ports: settings.Ports{Enabled: true, Port: 25}},
		func(string) (string, bool, error) { return "", false, broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
