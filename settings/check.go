package settings

import (
	"fmt"
	"strings"

	"domigo/configdoc"
	"domigo/settings/match"
)

// check adds the findings that concern the whole: documents, names that
// nothing knows, list entries, and what was assumed.
func (b *builder) check(s *Snapshot) {
	b.checkDocuments(s)
	b.checkVariables()
	b.checkLists(s)
	b.checkFilters(s)
	b.checkAuth(s)
	b.checkTLS(s)
	b.checkLockout(s)
	b.checkConsole(s)
	b.checkUnused(s)
}

func (b *builder) checkDocuments(s *Snapshot) {
	docs := b.read()
	for _, d := range docs {
		for _, p := range d.Problems {
			sev := SevWarning
			if p.Error {
				if b.reported(p) {
					continue
				}
				sev = SevError
			}
			b.finding(Finding{Severity: sev, File: d.File, Line: p.Line, Document: docName(d), Item: p.Item, Text: p.Text})
		}
		for _, it := range d.Unknown {
			b.finding(Finding{Severity: SevWarning, File: d.File, Line: it.Line, Document: docName(d), Item: it.Name,
				Text: "nothing recognises this item; domigo items proposes what it may be"})
		}
	}
	switch {
	case b.choice.Server == nil:
		b.assume("No Server document: host name %s, port %d", s.Identity.HostName, s.Ports.Port)
	case s.Identity.HostName == b.in.HostName && b.res.server.Text("SMTPFullHostDomain") == "":
		b.assume("The Server document gives no Internet host name: %s", s.Identity.HostName)
	}
	if b.choice.Config == nil {
		b.assume("No Configuration Settings document applies: defaults, external hosts may not relay")
	}
	if !s.Domains.Global {
		b.assume("No Global Domain document: local Internet domains are %s", strings.Join(s.Domains.Primary, ", "))
	}
	if len(b.choice.OtherConfig) > 0 {
		b.finding(Finding{Severity: SevWarning, File: b.choice.Config.File, Line: b.choice.Config.Line,
			Document: fmt.Sprintf("%s document %d", b.choice.Config.Form, b.choice.Config.Number),
			Text:     fmt.Sprintf("%d more may apply for the same reason (%s); only this one counts", len(b.choice.OtherConfig), b.choice.ConfigRank)})
	}
	if len(b.choice.OtherSites) > 0 {
		b.finding(Finding{Severity: SevWarning, File: b.choice.Site.File, Line: b.choice.Site.Line,
			Text: fmt.Sprintf("%d more SMTP Inbound Site documents apply to this server; the first counts", len(b.choice.OtherSites))})
	}
	if s.Ports.InternetSites && !s.Ports.SiteFound {
		f := Finding{Severity: SevWarning, Item: "LdISite",
			Text: "Internet Sites are on and no SMTP Inbound Site document applies: nobody can connect"}
		if b.choice.Server != nil {
			f.File, f.Line = b.choice.Server.File, b.choice.Server.Line
		}
		b.finding(f)
	}
}

// read gives the documents that apply, read by their forms.
func (b *builder) read() []*configdoc.Doc {
	var out []*configdoc.Doc
	for _, d := range []*configdoc.Doc{b.res.server, b.res.config, b.res.site} {
		if d != nil {
			out = append(out, d)
		}
	}
	form := b.res.forms.domain
	for _, d := range b.src.Documents {
		if doc := readGlobalDomain(form, d, b.src.Aliases); doc != nil {
			out = append(out, doc)
		}
	}
	return out
}

// reported tells whether a bad value was already reported by resolving its row.
func (b *builder) reported(p configdoc.Problem) bool {
	for _, f := range b.rep.Findings {
		if f.Severity == SevError && f.File == p.Doc.File && f.Line == p.Line && f.Item == p.Item {
			return true
		}
	}
	return false
}

func (b *builder) assume(format string, args ...any) {
	b.rep.Assumptions = append(b.rep.Assumptions, fmt.Sprintf(format, args...))
}

// mailPrefixes start the names of variables that concern mail, so that a
// misspelled one is told.
var mailPrefixes = []string{"smtp", "router", "domigo_"}

func (b *builder) checkVariables() {
	if b.src.INI == nil {
		return
	}
	for _, v := range b.src.INI.Variables() {
		lower := strings.ToLower(v.Name)
		f := Finding{Severity: SevWarning, File: b.src.INI.Name(), Line: v.Line, Variable: v.Name}
		if row, ok := b.known[lower]; ok {
			if row.Status == Harmless && strings.HasPrefix(row.Reason, "obsolete") {
				f.Text = v.Name + " is " + row.Reason
				b.finding(f)
			}
			continue
		}
		for _, p := range mailPrefixes {
			if strings.HasPrefix(lower, p) {
				f.Text = v.Name + " is not a variable that Domigo knows"
				if like := Suggest(v.Name, 3); len(like) > 0 {
					f.Text += "; did you mean " + strings.Join(like, " or ") + "?"
				}
				b.finding(f)
				break
			}
		}
	}
}

func (b *builder) checkLists(s *Snapshot) {
	type list interface {
		Unusable() []match.Unusable
		Dead() bool
	}
	for _, l := range []struct {
		item  string
		list  list
		allow bool
	}{
		{"SMTPRlyAllowDoms", &s.Relay.AllowDomains, true}, {"SMTPRlyDenyDoms", &s.Relay.DenyDomains, false},
		{"SMTPRlyAllowHosts", &s.Relay.AllowHosts, true}, {"SMTPRlyDenyHosts", &s.Relay.DenyHosts, false},
		{"SMTPRlyExcpts", &s.Relay.Exclude, true}, {"SMTPAllowConnHosts", &s.Connection.Allow, true},
		{"SMTPDenyConnHosts", &s.Connection.Deny, false}, {"SMTPAllowSenders", &s.Senders.Allow, true},
		{"SMTPDenySenders", &s.Senders.Deny, false}, {"SMTPAllowRcpts", &s.Recipients.Allow, true},
		{"SMTPDenyRcpts", &s.Recipients.Deny, false}, {"SMTPPrivWLHosts", &s.Filters.PrivateWhiteHosts, false},
		{"SMTPPrivBLHosts", &s.Filters.PrivateBlackHosts, false}, {"Domigo_LFDataHosts", &s.Own.LFDataHosts, true},
		{"Domigo_ProxyFrom", &s.Own.ProxyFrom, false},
		{"MailAllowInetFrom", &s.Router.Outbound.AllowFrom, true}, {"MailDenyInetFrom", &s.Router.Outbound.DenyFrom, false},
		{"AllowNotesAddressesToMail", &s.Router.Outbound.AllowNames, true}, {"DenyNotesAddressesToMail", &s.Router.Outbound.DenyNames, false},
		{"MailAllowInetTo", &s.Router.Outbound.AllowTo, true}, {"MailDenyInetTo", &s.Router.Outbound.DenyTo, false},
		{"MailInternalDomains", &s.Router.DeadMail.Internal, false},
	} {
		for _, u := range l.list.Unusable() {
			b.listFinding(s, l.item, SevWarning, "entry "+u.String())
		}
		if l.allow && l.list.Dead() {
			b.listFinding(s, l.item, SevError, "no entry of this Allow list can match: it allows nobody")
		}
	}
	for _, l := range []struct {
		item  string
		names []string
	}{
		{"SMTPRlyAllowDoms", s.Relay.AllowDomains.Suffixes()}, {"SMTPRlyAllowHosts", s.Relay.AllowHosts.Names()},
		{"SMTPRlyExcpts", s.Relay.Exclude.Names()}, {"SMTPAllowConnHosts", s.Connection.Allow.Names()},
		{"SMTPPrivWLHosts", s.Filters.PrivateWhiteHosts.Names()},
	} {
		for _, n := range l.names {
			if !strings.HasPrefix(n, ".") {
				b.listFinding(s, l.item, SevWarning, fmt.Sprintf("entry %q is a trailing substring: it also matches x%s", n, n))
			}
		}
	}
}

func (b *builder) listFinding(s *Snapshot, key string, sev Severity, text string) {
	f := Finding{Severity: sev, Item: key, Text: text}
	if b.res.config != nil {
		if v := b.res.config.Value(key); v != nil {
			f.File, f.Line, f.Document, f.Item = b.res.config.File, v.Item.Line, docName(b.res.config), v.Item.Name
		}
	}
	if row := b.known[strings.ToLower(key)]; row != nil && row.Form == "" {
		if _, _, at, ok := b.src.iniVariable(key); ok {
			f.File, f.Line, f.Variable, f.Item = at.File, at.Line, key, ""
		}
	}
	b.finding(f)
}

func (b *builder) checkAuth(s *Snapshot) {
	if s.SMTP.VerifySender && s.SMTP.TranslateAddresses != TranslateNone {
		b.listFinding(s, "SMTPTranslateAddresses", SevWarning,
			"with SMTPVerifyAuthenticatedSender=1 every message of an authenticated user is refused, as in Domino")
	}
	if s.Ports.NamePassword && s.Ports.Enabled && !s.Own.AuthNeedsTLS {
		f := Finding{Severity: SevWarning, Text: "passwords cross the network in clear: Name & password is on for the TCP/IP port"}
		if b.choice.Server != nil {
			f.File, f.Line = b.choice.Server.File, b.choice.Server.Line
		}
		b.finding(f)
	}
}
