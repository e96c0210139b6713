package settings

import (
	"fmt"
	"strings"

	"domigo/settings/match"
)

// checkedList is a list of a control as check looks at it.
type checkedList struct {
	item string
	list interface {
		Unusable() []match.Unusable
		Entries() []string
	}
	dead  bool     // has entries and none that can match
	allow bool     // an Allow list, which then allows nobody
	broad []string // names that match as trailing substrings, of an Allow list
}

// checkedLists gives every list that a message can meet.
func checkedLists(s *Snapshot) []checkedList {
	r, c, f, o := &s.Relay, &s.Connection, &s.Filters, &s.Router.Outbound
	return []checkedList{
		{"SMTPRlyAllowDoms", &r.AllowDomains, r.AllowDomains.Dead(), true, r.AllowDomains.Suffixes()},
		{"SMTPRlyDenyDoms", &r.DenyDomains, false, false, nil},
		{"SMTPRlyAllowHosts", &r.AllowHosts, r.AllowHosts.Dead(), true, r.AllowHosts.Names()},
		{"SMTPRlyDenyHosts", &r.DenyHosts, false, false, nil},
		{"SMTPRlyExcpts", &r.Exclude, r.Exclude.Dead(), true, r.Exclude.Names()},
		{"SMTPAllowConnHosts", &c.Allow, c.Allow.Dead(), true, c.Allow.Names()},
		{"SMTPDenyConnHosts", &c.Deny, false, false, nil},
		{"SMTPAllowSenders", &s.Senders.Allow, s.Senders.Allow.Dead(), true, nil},
		{"SMTPDenySenders", &s.Senders.Deny, false, false, nil},
		{"SMTPAllowRcpts", &s.Recipients.Allow, s.Recipients.Allow.Dead(), true, nil},
		{"SMTPDenyRcpts", &s.Recipients.Deny, false, false, nil},
		{"SMTPPrivWLHosts", &f.PrivateWhiteHosts, false, false, f.PrivateWhiteHosts.Names()},
		{"SMTPPrivBLHosts", &f.PrivateBlackHosts, false, false, nil},
		{"Domigo_LFDataHosts", &s.Own.LFDataHosts, s.Own.LFDataHosts.Dead(), true, nil},
		{"Domigo_ProxyFrom", &s.Own.ProxyFrom, false, false, nil},
		{"MailAllowInetFrom", &o.AllowFrom, o.AllowFrom.Dead(), true, nil},
		{"MailDenyInetFrom", &o.DenyFrom, false, false, nil},
		{"AllowNotesAddressesToMail", &o.AllowNames, o.AllowNames.Dead(), true, nil},
		{"DenyNotesAddressesToMail", &o.DenyNames, false, false, nil},
		{"MailAllowInetTo", &o.AllowTo, o.AllowTo.Dead(), true, nil},
		{"MailDenyInetTo", &o.DenyTo, false, false, nil},
		{"MailInternalDomains", &s.Router.DeadMail.Internal, false, false, nil},
	}
}

func (b *builder) checkLists(s *Snapshot) {
	lists := checkedLists(s)
	for _, l := range lists {
		for _, u := range l.list.Unusable() {
			b.listFinding(s, l.item, b.entryCode(u), "entry "+u.String())
		}
		if l.allow && l.dead {
			b.listFinding(s, l.item, CodeAllowNobody, "no entry of this Allow list can match: it allows nobody")
		}
	}
	for _, l := range lists {
		for _, n := range l.broad {
			if text := broad(n); text != "" {
				b.listFinding(s, l.item, CodeEntryBroad, text)
			}
		}
	}
}

// broad tells what else than it seems a name of an Allow list matches.
func broad(name string) string {
	switch bare := strings.TrimPrefix(name, "."); {
	case !strings.Contains(bare, "."):
		return fmt.Sprintf("entry %q matches every name that ends in it, a whole top-level domain", name)
	case bare == name:
		return fmt.Sprintf("entry %q is a trailing substring: it also matches x%s", name, name)
	}
	return ""
}

// entryCode tells a group that is not there, or empty, from other entries that
// can never match.
func (b *builder) entryCode(u match.Unusable) Code {
	if !u.Group {
		return CodeEntryBad
	}
	if _, ok := b.src.Directory.Expand(u.Entry); !ok {
		return CodeGroupMissing
	}
	return CodeGroupEmpty
}
