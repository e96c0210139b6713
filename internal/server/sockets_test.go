package server

import (
	"net/netip"
	"strings"
	"testing"

	"domigo/internal/systemd"
	"domigo/settings"
	"domigo/smtpd"
)

// TestAssign: which handed-over socket serves what, and what is bound besides.
// A socket is written NAME=ADDRESS, an endpoint as address and kind.
func TestAssign(t *testing.T) {
	all := func(port uint16, k smtpd.Kind) endpoint { return endpoint{netip.AddrPortFrom(netip.Addr{}, port), k} }
	at := func(a string, k smtpd.Kind) endpoint { return endpoint{netip.MustParseAddrPort(a), k} }
	three := []endpoint{all(25, smtpd.Plain), all(465, smtpd.ImplicitTLS), all(587, smtpd.Submission)}
	for _, c := range []struct {
		name   string
		wanted []endpoint
		given  string
		want   string // served; * marks a handed-over socket
		left   string
	}{
		{"none", three, "", "25 plain, 465 tls, 587 submission", ""},
		{"by name", three, "submission=[::]:587 smtp=[::]:25 smtps=[::]:465", "[::]:25 plain*, [::]:465 tls*, [::]:587 submission*", ""},
		{"a name goes before the port", three, "smtp=127.0.0.1:2525", "127.0.0.1:2525 plain*, 465 tls, 587 submission", ""},
		{"a name for several", three, "smtp=127.0.0.1:25 smtp=[::1]:25", "127.0.0.1:25 plain*, [::1]:25 plain*, 465 tls, 587 submission", ""},
		{"by port", three, "domigo.socket=[::]:25 domigo.socket=0.0.0.0:25 unknown=[::]:587",
			"[::]:25 plain*, 0.0.0.0:25 plain*, 465 tls, [::]:587 submission*", ""},
		{"one address is not all", three, "domigo.socket=127.0.0.1:25", "25 plain, 465 tls, 587 submission", "127.0.0.1:25"},
		{"by address and port", []endpoint{at("127.0.0.1:25", smtpd.Plain), at("127.0.0.2:25", smtpd.Plain)}, "x=127.0.0.2:25",
			"127.0.0.1:25 plain, 127.0.0.2:25 plain*", ""},
		{"not asked for", three[:1], "smtp=[::]:25 smtps=[::]:465 x=[::]:587", "[::]:25 plain*", "[::]:465 [::]:587"},
		{"a port beside a name of its kind", three[:1], "x=[::]:25 smtp=127.0.0.1:25", "127.0.0.1:25 plain*", "[::]:25"},
		{"a name for two endpoints", []endpoint{at("127.0.0.1:25", smtpd.Plain), at("127.0.0.2:25", smtpd.Plain)}, "smtp=127.0.0.3:25", "127.0.0.3:25 plain*", ""},
		{"nothing is wanted", nil, "smtp=[::]:25", "", "[::]:25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var given []*systemd.Socket
			for _, word := range strings.Fields(c.given) {
				name, addr, _ := strings.Cut(word, "=")
				given = append(given, &systemd.Socket{Name: name, Addr: netip.MustParseAddrPort(addr)})
			}
			plan, rest := assign(c.wanted, given)
			var served, left []string
			for _, p := range plan {
				text := p.endpoint.String() + " " + p.kind.String()
				if p.given != nil {
					text += "*"
				}
				served = append(served, text)
			}
			for _, g := range rest {
				left = append(left, g.Addr.String())
			}
			if got := strings.Join(served, ", "); got != c.want {
				t.Errorf("%s: served %q, want %q", c.given, got, c.want)
			}
			if got := strings.Join(left, " "); got != c.left {
				t.Errorf("%s: left %q, want %q", c.given, got, c.left)
			}
		})
	}
}

// TestOpenRelaySockets: a socket that was handed over makes an open relay public
// though Domigo_Listen names loopback addresses.
func TestOpenRelaySockets(t *testing.T) {
	snap := &settings.Snapshot{Own: settings.Own{Listen: "127.0.0.1"}}
	for addr, refused := range map[string]bool{"127.0.0.1:25": false, "[::1]:25": false, "[::]:25": true, "192.0.2.1:25": true} {
		err := refuseOpenRelay(snap, []*systemd.Socket{{Name: "smtp", Addr: netip.MustParseAddrPort(addr)}})
		if (err != nil) != refused {
			t.Errorf("%s: refused with %v, want refused %v", addr, err, refused)
		}
	}
}
