package sitereport

import (
	"fmt"
	"slices"
	"strings"

	"domigo/internal/sitetext"
	"domigo/settings"
	"domigo/settings/match"
)

// judge classifies settings.
type judge struct {
	view     *settings.Snapshot
	findings []settings.Finding
}

// value gives the effective value for people. A field of Domain and Connection
// documents has none of its own; its document's text stands for it.
func (j *judge) value(o *occurrence) string {
	if ofRoutes(o.row) {
		return sitetext.Words(o.row, o.value)
	}
	return sitetext.Value(o.r)
}

func ofRoutes(row *settings.Row) bool { return row.Form == "Domain" || row.Form == "Connection" }

// known classifies a setting that has a row.
func (j *judge) known(o *occurrence) (Class, string) {
	if bad := j.unusable(o.r); bad != "" {
		return Risk, bad + "; in effect is: " + sitetext.Value(o.r)
	}
	switch o.row.Status {
	case settings.NotYet:
		return j.lost(o)
	case settings.Harmless:
		return Harmless, o.row.Reason
	case settings.Partial:
		if exact(o.row, o.r.Value) {
			return Honoured, ""
		}
		return Approximated, o.row.Reason
	}
	return j.list(o.row.Key())
}

// unusable gives why the strongest value of a setting is not in effect, if it
// is one that cannot be used.
func (j *judge) unusable(r *settings.Resolved) string {
	for i := len(r.Layers) - 1; i >= 0 && !r.Layers[i].Won; i-- {
		bad := r.Layers[i].Note
		if bad != "" && slices.ContainsFunc(j.findings, func(f settings.Finding) bool { return f.Severity == settings.SevError && f.Text == bad }) {
			return bad
		}
	}
	return ""
}

// exact reports whether a value of an approximated setting does just what it
// does in Domino.
func exact(row *settings.Row, value string) bool {
	switch row.Key() {
	case "SMTPExtDSN":
		return value == "0"
	case "MailInternalSMTP":
		return value != "0" // MIME messages only
	}
	return false
}

// list tells of entries of a list that can match nobody.
func (j *judge) list(key string) (Class, string) {
	l, deny := j.restriction(key)
	if l == nil || len(l.Unusable()) == 0 {
		return Honoured, ""
	}
	entries := make([]string, 0, len(l.Unusable()))
	for _, u := range l.Unusable() {
		entries = append(entries, u.String())
	}
	text := strings.Join(entries, "; ")
	if deny {
		return Risk, "entries that can match nobody, so that what they are meant to refuse is taken: " + text
	}
	return Approximated, "entries that can match nobody: " + text
}

// restriction gives the list of a setting, and whether it refuses.
func (j *judge) restriction(key string) (l interface{ Unusable() []match.Unusable }, deny bool) {
	s, out := j.view, &j.view.Router.Outbound
	switch key {
	case "SMTPRlyAllowDoms":
		return &s.Relay.AllowDomains, false
	case "SMTPRlyDenyDoms":
		return &s.Relay.DenyDomains, true
	case "SMTPRlyAllowHosts":
		return &s.Relay.AllowHosts, false
	case "SMTPRlyDenyHosts":
		return &s.Relay.DenyHosts, true
	case "SMTPRlyExcpts":
		return &s.Relay.Exclude, false
	case "SMTPAllowConnHosts":
		return &s.Connection.Allow, false
	case "SMTPDenyConnHosts":
		return &s.Connection.Deny, true
	case "SMTPAllowSenders":
		return &s.Senders.Allow, false
	case "SMTPDenySenders":
		return &s.Senders.Deny, true
	case "SMTPAllowRcpts":
		return &s.Recipients.Allow, false
	case "SMTPDenyRcpts":
		return &s.Recipients.Deny, true
	case "SMTPPrivWLHosts":
		return &s.Filters.PrivateWhiteHosts, false
	case "SMTPPrivBLHosts":
		return &s.Filters.PrivateBlackHosts, true
	case "MailAllowInetFrom":
		return &out.AllowFrom, false
	case "MailDenyInetFrom":
		return &out.DenyFrom, true
	case "MailAllowInetTo":
		return &out.AllowTo, false
	case "MailDenyInetTo":
		return &out.DenyTo, true
	}
	return nil, false
}

// lost classifies a setting that is read and not acted on.
func (j *judge) lost(o *occurrence) (Class, string) {
	value := o.value
	if !ofRoutes(o.row) {
		value = o.r.Value
	}
	if f := o.row.Field(); value == "" || value == o.row.Default || f != nil && value == f.Default {
		return Harmless, "it has its default value"
	}
	switch o.row.Form + " " + o.row.Item {
	case "ServerConfig SMTPSPF":
		if j.text("SMTPSPFAction") == "0" {
			return Harmless, "senders are not checked; their action is to log only, so that log lines are missing and nothing else"
		}
		return Risk, "senders are not checked: mail that fails the SPF check is taken, and not tagged"
	case "ServerConfig SMTPSPFAction":
		if j.text("SMTPSPF") != "1" {
			return Harmless, "the SPF check is disabled"
		}
		return Risk, "senders are not checked: nothing is refused or tagged"
	case "ServerConfig SMTPSPFExcpts":
		return Harmless, "spares hosts a check that is not made"
	case "ServerConfig SMTPDKIM":
		return Risk, "signatures are not checked: forged mail is not told from signed mail"
	case "Domain DefaultGlobalDomain":
		return Harmless, "each Global Domain document counts, the default one and the others"
	case "Connection Destination", "Connection SourceDomain":
		return Harmless, "destination domain and relay host decide the way"
	}
	class, reason := byName(o.name, value)
	if o.row.Reason != "" {
		reason = o.row.Reason + "; " + reason
	}
	return class, "it is read, and not acted on: " + reason
}

func (j *judge) text(name string) string {
	r, ok := j.view.Explained(name)
	if !ok {
		return ""
	}
	return r.Value
}

// unknown classifies a setting that has no row.
func unknown(o *occurrence) (Class, string) {
	if o.kind == fieldAsVariable {
		return misplaced(o)
	}
	class, reason := byName(o.name, o.value)
	text := "nothing recognises it; " + reason
	like := settings.Suggest(o.name, 1)
	if len(like) > 0 && strings.EqualFold(like[0], o.name) {
		return class, text + "; a setting of this name is read, but not from here"
	}
	if len(like) > 0 {
		text += fmt.Sprintf("; it may be %s", like[0])
		if o.kind == unknownVariable {
			text += ", misspelled, which Domino does not understand either"
		}
	}
	if o.kind == unknownItem && class == Risk {
		text += "; domigo items proposes what it may be, and Domigo_ItemMap tells Domigo"
	}
	return class, text
}

// misplaced classifies the name of a field among the variables. It is a risk where
// somebody may believe in a protection that is not in effect.
func misplaced(o *occurrence) (Class, string) {
	row := o.r.Row
	if row.Status == settings.Harmless {
		return Harmless, row.Reason
	}
	text := "a field of a document, and no variable"
	for _, l := range o.r.Layers {
		if l.Place == o.places[0] && l.Note != "" {
			text = l.Note
		}
	}
	text += ", nor does it in Domino"
	if !row.Protects() || o.r.Says(o.value) {
		return Harmless, text
	}
	return Risk, text + "; the field protects, and in effect is: " + sitetext.Value(o.r)
}

// byName judges by its name and value what is lost with a setting that has no
// effect. Where the name does not tell, it is a risk.
func byName(name, value string) (Class, string) {
	lower := strings.ToLower(name)
	if value = strings.TrimSpace(value); value == "" || value == "0" {
		return Harmless, "it is empty or 0: what it would switch on is not here either"
	}
	for _, p := range []string{"debug", "console", "log", "date", "clock"} {
		if strings.HasPrefix(lower, p) {
			return Harmless, "its name is that of a trace, a log or the look of lines"
		}
	}
	for _, c := range []struct {
		class  Class
		reason string
		words  []string
	}{
		{Harmless, "by its name it tunes, counts or traces",
			[]string{"thread", "pool", "cache", "buffer", "debug", "trace", "stats", "statistic", "compact", "separator"}},
		{Risk, "by its name it restricts or protects: what Domino refuses may be taken here",
			[]string{"deny", "reject", "refuse", "block", "black", "verify", "check", "restrict", "require", "enforce", "auth", "allow", "disable",
				"limit", "max", "strict", "secure", "spf", "dkim", "dnsbl", "ssl", "tls", "cipher", "password", "relay", "anonymous", "spam", "virus", "filter"}},
		{Risk, "by its name it says where mail goes or how long it waits: mail may take another way, or be lost",
			[]string{"route", "host", "domain", "forward", "deliver", "transfer", "queue", "retry", "timeout", "expire", "hold", "dead", "journal", "archive", "dsn", "ndr", "failure"}},
	} {
		word := strings.TrimPrefix(lower, "router") // the task's name does not say that it is about routes
		if slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(word, w) }) {
			return c.class, c.reason
		}
	}
	return Risk, "its name does not tell what is lost without it"
}
