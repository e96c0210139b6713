package settings

import (
	"fmt"
	"slices"
	"strings"

	"domigo/configdoc"
)

// quoted shows a text of the files; a terminal gets no control characters.
func quoted(text string) string { return fmt.Sprintf("%.80q", text) }

// lintOverridden tells which values have no effect because a stronger source
// gives another one ("NOTES.INI settings" and the white paper's Appendix A).
func (b *builder) lintOverridden(s *Snapshot) {
	for _, r := range s.All() {
		if r.Row.Type == Derived || r.Row.Status == Harmless {
			continue
		}
		won := r.Winner()
		for _, l := range r.Layers {
			if l.Won || l.Source == "default" || sameValue(r.Row, l.Value, won.Value) {
				continue
			}
			switch {
			case strings.HasPrefix(l.Note, "Internet Sites are on"):
				b.finding(CodeSiteCounts.At(b.serverItem(r.Row.Item), "%s does not count: Internet Sites are on, and the Site document gives %s",
					assigned(r.Row, l.Value), shown(r.Row, won.Value)))
			case l.Note == "" && l.at.File != "" && won.Source != "default":
				b.finding(CodeOverridden.At(l.Finding(), "%s has no effect: %s gives %s (%s) and goes before it",
					assigned(r.Row, l.Value), won.Source, shown(r.Row, won.Value), won.Place))
			}
		}
	}
}

// sameValue compares two spellings of a value.
func sameValue(row *Row, a, b string) bool {
	if row.Type.isList() || row.Type == WordList {
		x, y := configdoc.SplitList(strings.ToLower(a)), configdoc.SplitList(strings.ToLower(b))
		slices.Sort(x)
		slices.Sort(y)
		return slices.Equal(x, y)
	}
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

func shown(row *Row, value string) string {
	switch {
	case row.Secret() && value != "":
		return "another value, which is not shown"
	case value == "":
		return "nothing"
	}
	return value
}

func assigned(row *Row, value string) string {
	if row.Secret() {
		return row.Key()
	}
	return row.Key() + "=" + value
}

// lintNames looks at the variables that stand elsewhere than in notes.ini: in
// the NOTES.INI Settings of the Configuration Settings document, and in
// One-Touch files.
func (b *builder) lintNames(s *Snapshot) {
	if b.res.config != nil {
		if v := b.res.config.Value("NotesINI"); v != nil {
			at, seen := docItem(b.res.config, "NotesINI"), map[string]bool{}
			for _, line := range v.List {
				name, _, ok := strings.Cut(line, "=")
				if !ok {
					b.finding(CodeINILine.At(at, "an entry without an equals sign is not read"))
					continue
				}
				b.lintName(s, at, strings.TrimSpace(name), fromConfig, seen)
			}
		}
	}
	seen := map[string]bool{}
	for _, v := range b.src.OTS {
		b.lintName(s, Finding{File: v.File, Line: v.Line, Variable: v.Name}, v.Name, fromOneTouch, seen)
	}
}

func (b *builder) lintName(s *Snapshot, at Finding, name, source string, seen map[string]bool) {
	lower := strings.ToLower(name)
	if seen[lower] {
		b.finding(CodeDuplicate.At(at, "%s is given more than once", name))
	}
	seen[lower] = true
	row := b.known[lower]
	switch {
	case b.checkFieldName(s, at, name, source):
	case row != nil && row.Status == Harmless && strings.HasPrefix(row.Reason, "obsolete"):
		b.finding(CodeObsolete.At(at, "%s is %s", name, row.Reason))
	case row == nil && slices.ContainsFunc(mailPrefixes(), func(p string) bool { return strings.HasPrefix(lower, p) }):
		b.finding(CodeUnknown.At(at, "%s is not a variable that Domigo knows%s", name, b.didYouMean(name, nil)))
	}
}

// lintNeeds looks for settings that lack another one to have an effect.
func (b *builder) lintNeeds(s *Snapshot) {
	r, o := &s.Router, &s.Own
	tls := s.SMTP.STARTTLS != STARTTLSDisabled || s.Ports.TLSEnabled || o.SubmissionPort > 0
	login := s.Ports.NamePassword || s.Ports.TLSName || o.SubmissionPort > 0
	low := r.LowPriority
	for _, x := range []struct {
		wrong bool
		key   string
		text  string
	}{
		{r.RelayAuth != RelayAuthDisabled && r.RelayHost == "", "MailRelayAuth", "there is no relay host to log in to"},
		{r.RelayAuth != RelayAuthDisabled && r.RelayHost != "" && (r.RelayUser == "" || r.RelayPassword == ""), "MailRelayAuth", "the relay host asks for a login, and user name or password is blank"},
		{r.SmartHostAll && r.SmartHost == "", "MailSmartHostAll", "all local recipients go to the smart host, and none is named"},
		{o.TLSKey != "" && o.TLSCert == "", "Domigo_TLSKey", "it has no effect without Domigo_TLSCert"},
		{o.AuthNeedsTLS && login && !tls, "Domigo_AuthNeedsTLS", "nobody can log in: AUTH needs TLS, and TLS is off"},
		{b.res.server != nil && s.SMTP.VerifySender && !login, "SMTPVerifyAuthenticatedSender", "it has no effect: nobody can log in, as Name & password is off"},
		{!s.Recipients.Verify && s.Recipients.RejectAmbiguous, "SMTPRejectAmbig", "it has no effect while recipients are not looked up (SMTPVerifyRcpts)"},
		{!s.Recipients.Verify && s.Recipients.DenyGroups != GroupsAllowed, "SMTPDenyGroups", "it has no effect while recipients are not looked up (SMTPVerifyRcpts)"},
		{!s.Lockout.Enforce && s.Lockout.MaxTries > 0, "ILMaxTries", "it locks nobody out while Internet password lockout is off (ILEnforce)"},
		{s.Lockout.Enforce && s.Lockout.MaxTries == 0, "ILEnforce", "it locks nobody out, as the number of tries is not limited (ILMaxTries)"},
		{low.BySize && r.MaxMessageSize > 0 && low.From >= r.MaxMessageSize, "MailLowPrioSizeFrom", "the range is empty: it begins above the maximum message size"},
		{r.TransferThreads > 0 && r.ConcurrentTransfers > r.TransferThreads, "MailConcTransferThreads", "more than the maximum of transfer threads"},
		{s.SMTP.AllHostsExternal && s.Relay.Enforcement == EnforceNone, "SMTPRlyCheck", "None has no effect: SMTPAllHostsExternal=1 has every host checked"},
	} {
		if x.wrong {
			b.listFinding(s, x.key, CodeNeedsOther, x.text)
		}
	}
	b.lintFilters(s)
}

// lintFilters finds filters that no host comes to: they are for hosts that are
// subject to relay enforcement ("Working with private whitelists for SMTP
// connections").
func (b *builder) lintFilters(s *Snapshot) {
	if s.Relay.Enforcement != EnforceNone || s.SMTP.AllHostsExternal {
		return
	}
	f := &s.Filters
	for _, x := range []struct {
		on   bool
		item string
	}{{f.PrivateWhite, "SMTPPrivWL"}, {f.PrivateBlack, "SMTPPrivBL"}, {f.DNSWhite, "SMTPDNSWL"}, {f.DNSBlack, "SMTPDNSBL"}} {
		if x.on {
			b.listFinding(s, x.item, CodeFilterNever, "the filter is enabled and asked for nobody: no host is subject to relay enforcement (SMTPRlyCheck)")
		}
	}
}
