package server

import (
	"errors"
	"time"

	"domigo/directory/ldap"
	"domigo/resolver"
	"domigo/settings"
)

// checkOwn tells what Domigo's own variables name that a server cannot start
// with: the hosts file, DNS servers, and what belongs to the LDAP directory. It
// reads the files; dir is the site's directory.
func checkOwn(s *settings.Snapshot, dir string) []settings.Finding {
	var out []settings.Finding
	add := func(key string, code settings.Code, err error) {
		if err == nil {
			return
		}
		f := code.At(placeOf(s, key), "%v", err)
		f.NoStart = true
		out = append(out, f)
	}
	if s.Own.Hosts != "" {
		hosts, err := resolver.Hosts(under(dir, s.Own.Hosts))
		add("Domigo_Hosts", settings.CodeOwnBad, named("Domigo_Hosts", err))
		if err == nil {
			for _, p := range hosts.Problems() {
				out = append(out, settings.CodeHostsLine.At(placeOf(s, "Domigo_Hosts"), "%v", p))
			}
		}
	}
	_, err := resolver.New(resolver.Config{Servers: dnsServers(s), Now: time.Now})
	add("Domigo_DNS", settings.CodeOwnBad, named("Domigo_DNS", err))
	l := &s.LDAP
	if !l.On() {
		return out
	}
	if l.CA != "" {
		_, err := readCA(under(dir, l.CA))
		add("Domigo_LDAPCA", settings.CodeLDAPBad, err)
	}
	if l.PasswordFile != "" {
		_, err := readPassword(under(dir, l.PasswordFile))
		add("Domigo_LDAPPasswordFile", settings.CodeLDAPBad, err)
	}
	add("Domigo_LDAPPeople", settings.CodeLDAPBad, named("Domigo_LDAPPeople", ldap.CheckFilter(l.People)))
	add("Domigo_LDAPGroups", settings.CodeLDAPBad, named("Domigo_LDAPGroups", ldap.CheckFilter(l.Groups)))
	return out
}

// named puts the name of a variable before what is wrong with its value.
func named(variable string, err error) error {
	if err == nil {
		return nil
	}
	return errors.New(variable + ": " + err.Error())
}

// against gives what stands in a site's files against starting with it. site is
// nil for one that was refused as a whole, and report for one that could not be
// told at all.
func (s *Server) against(site *settings.Site, report *settings.Report) []error {
	out := report.NoStart()
	if site != nil {
		own := settings.Report{Findings: checkOwn(site.View(settings.SMTPTask), s.opt.Paths.Dir)}
		out = append(out, own.NoStart()...)
	}
	return out
}
