package server

import "strings"

// ldapStatistics gives the family Domigo.LDAP: whether the LDAP directory
// answers, and how much it is asked. A server without one has none of them. The
// counters begin anew at "restart server".
func (s *Server) ldapStatistics(add func(string, int64), say func(name, value string)) {
	n := s.names.Load()
	if n == nil || n.ldap == nil {
		return
	}
	st := n.ldap.Status()
	say("Domigo.LDAP.Server", st.Server)
	up := int64(1)
	if st.Down {
		up = 0
		say("Domigo.LDAP.Down.Since", s.printer.Format().Time(st.Since))
		if st.Cause != nil {
			say("Domigo.LDAP.Down.Cause", oneLine(st.Cause))
		}
	}
	add("Domigo.LDAP.Up", up)
	add("Domigo.LDAP.Questions", st.Asked)
	add("Domigo.LDAP.Binds", st.Binds)
	add("Domigo.LDAP.Failures", st.Failures)
	add("Domigo.LDAP.Cache.Hits", st.Hits)
	add("Domigo.LDAP.Cache.Entries", int64(st.Cached))
	add("Domigo.LDAP.Connections.Idle", int64(st.Idle))
}

// oneLine gives an error's text without the line ends of errors that were joined.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
