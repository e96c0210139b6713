package settings

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// LDAP is the LDAP directory that is searched beside the Domino Directory. It
// takes effect at server start.
type LDAP struct {
	Servers      []string // URLs; none: there is no such directory
	Base         string
	Bind         string // account that asks, "" is nobody's
	PasswordFile string
	CA           string
	StartTLS     bool
	Schema       int // 0 auto, 1 domino, 2 inetorgperson, 3 ad
	People       string
	Groups       string
	MailFile     string
	Timeout      time.Duration
	Cache        time.Duration
	Auth         bool
	Position     int // 0 with the primary directory, n before the n-th further one, -1 behind all
}

// On reports whether there is an LDAP directory.
func (l LDAP) On() bool { return len(l.Servers) > 0 }

// The codes of findings about LDAP.
const (
	CodeLDAPBad   Code = "ldap-bad"
	CodeLDAPClear Code = "ldap-clear-text"
)

func ldapCodes() []CodeInfo {
	return []CodeInfo{
		{CodeLDAPBad, SevError, "The LDAP directory cannot be asked as it is configured.", "Correct the Domigo_LDAP variable that the finding names."},
		{CodeLDAPClear, SevWarning, "Names and passwords go to the LDAP server in clear text.", "Use ldaps:// or set Domigo_LDAPStartTLS=1."},
	}
}

// checkLDAP finds what keeps the LDAP directory from being asked, as far as the
// variables tell; whether it answers shows when the server runs.
func (b *builder) checkLDAP(s *Snapshot) {
	l := &s.LDAP
	if !l.On() {
		if l.Base != "" || l.Bind != "" {
			b.listFinding(s, "Domigo_LDAPBase", CodeLDAPBad, "Domigo_LDAP names no server: no LDAP directory is searched")
		}
		return
	}
	for _, text := range l.Servers {
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Hostname() == "" || !strings.EqualFold(u.Scheme, "ldap") && !strings.EqualFold(u.Scheme, "ldaps"):
			b.stopFinding(s, "Domigo_LDAP", CodeLDAPBad, fmt.Sprintf("%q is neither ldap://HOST nor ldaps://HOST", text))
		case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil:
			b.stopFinding(s, "Domigo_LDAP", CodeLDAPBad, fmt.Sprintf("%q: behind host and port nothing may stand; the base is Domigo_LDAPBase", text))
		case strings.EqualFold(u.Scheme, "ldap") && !l.StartTLS && !isLoopbackHost(u.Hostname()):
			b.listFinding(s, "Domigo_LDAP", CodeLDAPClear, fmt.Sprintf("%s: names and passwords go over the network in clear text", text))
		}
	}
	if strings.TrimSpace(l.Base) == "" {
		b.stopFinding(s, "Domigo_LDAP", CodeLDAPBad, "Domigo_LDAPBase is not set")
	}
	if !strings.Contains(l.MailFile, "%s") {
		b.stopFinding(s, "Domigo_LDAPMailFile", CodeLDAPBad, quoted(l.MailFile)+" has no %s for the short name: everybody would have one and the same mail file")
	}
	switch {
	case l.Bind != "" && l.PasswordFile == "":
		b.stopFinding(s, "Domigo_LDAPBind", CodeLDAPBad, "Domigo_LDAPPasswordFile is not set: without a password the bind would be nobody's")
	case l.Bind == "" && l.PasswordFile != "":
		b.listFinding(s, "Domigo_LDAPPasswordFile", CodeLDAPBad, "Domigo_LDAPBind is not set: the password is nobody's")
	}
}

func isLoopbackHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}
