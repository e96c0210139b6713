package server

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"domigo/settings"
	"domigo/smtpd/policy"
)

// Check tells what is wrong with a site beyond what its settings show of
// themselves: an open relay, ports that two listeners would take, mail that
// would come back, files and servers that Domigo's own variables name, texts of
// reports, certificates. It opens no port and asks no DNS; dir is the
// site's directory.
func Check(src *settings.Source, s *settings.Snapshot, dir string, now time.Time) []settings.Finding {
	out := checkRelay(s)
	out = append(out, checkPorts(src, s)...)
	out = append(out, checkOwn(s, dir)...)
	out = append(out, checkTexts(s, dir)...)
	return append(out, checkTLS(s, dir, now)...)
}

// checkRelay tells of an open relay, with the fields that make it one.
func checkRelay(s *settings.Snapshot) []settings.Finding {
	if !policy.OpenRelay(s, nil) {
		return nil
	}
	var at settings.Finding
	if c := s.Choice().Config; c != nil {
		at = settings.Finding{File: c.File, Line: c.Line, Document: fmt.Sprintf("%s document %d", c.Form, c.Number)}
	}
	var fields []string
	for _, item := range []string{"SMTPRlyAllowDoms", "SMTPRlyDenyDoms", "SMTPRlyAllowHosts", "SMTPRlyDenyHosts", "SMTPRlyCheck", "SMTPRlyExcpts"} {
		r, ok := s.Explained(item)
		if !ok {
			continue
		}
		value := r.Value
		if value == "" {
			value = "blank"
		}
		fields = append(fields, item+"="+value)
	}
	if err := RefuseOpenRelay(s); err != nil {
		return []settings.Finding{settings.CodeOpenRelay.At(at, "%v. They are now: %s", err, strings.Join(fields, "; "))}
	}
	why := "the listener is on loopback addresses only"
	if s.Own.AllowOpenRelay {
		why = "Domigo_AllowOpenRelay=1"
	}
	return []settings.Finding{settings.CodeOpenRelayAllowed.At(at, "this configuration is an open relay, and is served because %s: %s", why, strings.Join(fields, "; "))}
}

// port is a listener as the settings ask for it.
type port struct {
	key    string
	number int
}

// checkPorts tells which listeners would take the same port, and which next
// hops are this server.
func checkPorts(src *settings.Source, s *settings.Snapshot) []settings.Finding {
	variable := iniOf(src)
	bases, err := baseAddresses(s, variable)
	if err != nil {
		return []settings.Finding{listenFinding(s, err)}
	}
	if !s.Ports.Listener {
		return nil
	}
	var out []settings.Finding
	told := map[string]bool{}
	for _, base := range bases {
		taken := map[int]string{}
		for _, p := range portsAt(s, base) {
			first, twice := taken[p.number]
			if !twice {
				taken[p.number] = p.key
				continue
			}
			text := fmt.Sprintf("%s and %s are both port %d: the second is not opened", first, p.key, p.number)
			if !told[text] {
				told[text] = true
				out = append(out, settings.CodePortConflict.At(placeOf(s, p.key), "%s", text))
			}
		}
	}
	if endpoints, err := endpointsOf(s, variable); err == nil {
		out = append(out, checkHops(s, &listening{endpoints: endpoints})...)
	}
	return out
}

// listenFinding tells why the addresses to listen on cannot be told.
func listenFinding(s *settings.Snapshot, err error) settings.Finding {
	key := "SMTPNotesPort"
	if s.Own.Listen != "" {
		key = "Domigo_Listen"
	}
	return settings.CodeListen.At(placeOf(s, key), "%v", err)
}

// portsAt gives the listeners at an address, as endpoints opens them.
func portsAt(s *settings.Snapshot, base netip.AddrPort) []port {
	var out []port
	if s.Ports.Enabled {
		p := port{"SMTP_Port", s.Ports.Port}
		if base.Port() != 0 {
			p = port{"Domigo_Listen", int(base.Port())}
		}
		out = append(out, p)
	}
	if s.Ports.TLSEnabled {
		out = append(out, port{"SMTP_SSLPort", s.Ports.TLSPort})
	}
	if s.Own.SubmissionPort > 0 {
		out = append(out, port{"Domigo_SubmissionPort", s.Own.SubmissionPort})
	}
	return out
}

// Hop is a host that a setting sends mail to.
type Hop struct {
	At   settings.Finding // the setting's place
	Host string           // name, or address without brackets
	Port int
}

// Hops gives the hosts that settings send mail to: relay host, smart host, the
// hosts of Foreign SMTP Domain and SMTP Connection documents.
func Hops(s *settings.Snapshot) []Hop {
	var out []Hop
	seen := map[string]bool{}
	add := func(at settings.Finding, text string) {
		if text = strings.TrimSpace(text); text == "" || seen[strings.ToLower(text)] {
			return
		}
		seen[strings.ToLower(text)] = true
		h := Hop{At: at, Host: strings.Trim(text, "[]"), Port: s.Router.Port}
		if host, number, err := net.SplitHostPort(text); err == nil {
			if n, err := strconv.Atoi(number); err == nil {
				h.Host, h.Port = strings.Trim(host, "[]"), n
			}
		}
		out = append(out, h)
	}
	add(placeOf(s, "MailRelayHost"), s.Router.RelayHost)
	add(placeOf(s, "MailSmartHost"), s.Router.SmartHost)
	for _, f := range s.Router.Foreign {
		add(placeOf(s, "FSInternetDomain"), f.Host)
	}
	for _, c := range s.Router.Connections {
		add(placeOf(s, "SMTPRelayHost"), c.RelayHost)
	}
	return out
}

func checkHops(s *settings.Snapshot, own *listening) []settings.Finding {
	var out []settings.Finding
	for _, h := range Hops(s) {
		if own.is(s, h) {
			out = append(out, settings.CodeRelaySelf.At(h.At, "%s, port %d, is this server itself", h.Host, h.Port))
		}
	}
	return out
}

// is reports whether a hop is one of these listeners: by its address, or by
// this server's own name, which needs no DNS.
func (l *listening) is(s *settings.Snapshot, h Hop) bool {
	if ip, err := netip.ParseAddr(h.Host); err == nil {
		return l.own(netip.AddrPortFrom(ip, uint16(h.Port)))
	}
	if !strings.EqualFold(strings.TrimSuffix(h.Host, "."), strings.TrimSuffix(s.Identity.HostName, ".")) {
		return false
	}
	for _, e := range l.endpoints {
		if int(e.addr.Port()) == h.Port {
			return true
		}
	}
	return false
}

// placeOf gives where the value of a setting stands.
func placeOf(s *settings.Snapshot, key string) settings.Finding {
	if r, ok := s.Explained(key); ok {
		if at := r.Winner().Finding(); at.File != "" {
			return at
		}
	}
	return settings.Finding{Item: key}
}

// Listens gives a function that tells whether an address and port would be one
// of the site's own listeners; for a site whose listeners cannot be told, none
// is.
func Listens(src *settings.Source, s *settings.Snapshot) func(netip.AddrPort) bool {
	endpoints, err := endpointsOf(s, iniOf(src))
	if err != nil || !s.Ports.Listener {
		return func(netip.AddrPort) bool { return false }
	}
	return (&listening{endpoints: endpoints}).own
}

// iniOf reads variables of the notes.ini that a site was loaded with.
func iniOf(src *settings.Source) func(name string) (string, bool, error) {
	return func(name string) (string, bool, error) {
		if src.INI == nil {
			return "", false, nil
		}
		v, ok := src.INI.Get(name)
		return v.Value, ok, nil
	}
}
