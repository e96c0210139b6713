package policy

import (
	"domigo/directory"
	"domigo/settings"
)

const (
	labelAllowAccess = "Access server"
	labelDenyAccess  = "Not access server"
)

// Access judges whether a person may log in: with "Enforce server access
// settings" on the SMTP port, the server access lists of the Server document
// apply to who authenticates ("Controlling access to a Domino server"). names
// are the person's full names; inGroup tells whether a group holds a name, and must not be nil. An
// entry is a name, a group or a pattern such as */O=Acme. Not access server
// wins; a blank Access server is everybody. The refusal is that of a wrong
// password, so that who tries passwords learns nothing from it.
func Access(s *settings.Snapshot, names []string, inGroup func(group, name string) bool, t *Trail) Verdict {
	if !s.Ports.EnforceAccess {
		return Verdict{}
	}
	if entry := listed(s.Ports.DenyAccess, names, inGroup); entry != "" {
		t.add(labelDenyAccess, first(names), "matches ", entry, ": refused")
		return refuseAccess(labelDenyAccess)
	}
	if len(s.Ports.AllowAccess) == 0 {
		return Verdict{}
	}
	entry := listed(s.Ports.AllowAccess, names, inGroup)
	if entry == "" {
		t.add(labelAllowAccess, first(names), "matches no entry: refused")
		return refuseAccess(labelAllowAccess)
	}
	t.add(labelAllowAccess, first(names), "matches ", entry)
	return Verdict{}
}

func refuseAccess(rule string) Verdict {
	return Verdict{Action: Reject, Code: 535, Text: "Authentication failed", Rule: rule}
}

// listed gives the first entry that means one of the names, "" for none.
func listed(entries, names []string, inGroup func(group, name string) bool) string {
	for _, e := range entries {
		for _, n := range names {
			if directory.MatchName(e, n) || inGroup(e, n) {
				return e
			}
		}
	}
	return ""
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
