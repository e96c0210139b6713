package settings

import (
	"strings"
	"time"

	"domigo/configdoc"
	"domigo/directory"
)

// lintDomains looks for Internet domains that two Global Domain documents name.
func (b *builder) lintDomains() {
	first := map[string]string{} // domain to the place that names it
	for _, d := range b.src.Documents {
		doc := readGlobalDomain(b.res.forms.domain, d, b.src.Aliases)
		if doc == nil {
			continue
		}
		own := map[string]bool{}
		check := func(item, domain string) {
			key := strings.ToLower(strings.TrimSpace(domain))
			if key == "" || own[key] {
				return
			}
			own[key] = true
			if place, taken := first[key]; taken {
				b.finding(CodeDomainTwice.At(docItem(doc, item), "%s is named at %s already", key, place))
				return
			}
			first[key] = d.Place()
		}
		check("LocalPrimaryInternetDomain", doc.Text("LocalPrimaryInternetDomain"))
		if v := doc.Value("LocalInternetDomainAliases"); v != nil {
			for _, alias := range v.List {
				check("LocalInternetDomainAliases", alias)
			}
		}
	}
}

// lintRoutes looks for Foreign SMTP Domain and SMTP Connection documents that
// lack each other.
func (b *builder) lintRoutes(s *Snapshot) {
	leads, wanted := map[string]bool{}, map[string]bool{}
	var foreign, connections []*configdoc.Doc
	for _, d := range b.documents(b.res.forms.domain, "Domain") {
		if domain := text(d, "FSDomainName"); configdoc.LabelKey(d.Text("DomainType")) == "foreignsmtpdomain" && domain != "" {
			wanted[domain] = true
			foreign = append(foreign, d)
		}
	}
	for _, d := range b.documents(b.res.forms.connection, "Connection", "local") {
		if b.ownConnection(d) {
			connections = append(connections, d)
			if text(d, "Enabled") != "0" && text(d, "SMTPRelayHost") != "" {
				leads[text(d, "DestinationDomain")] = true
			}
		}
	}
	for _, d := range foreign {
		if text(d, "FSInternetDomain") == "" {
			continue // told as incomplete
		}
		if domain := text(d, "FSDomainName"); text(d, "FSInternetHost") == "" && !leads[domain] {
			b.finding(CodeForeignUnknown.At(docItem(d, "FSDomainName"), "no enabled SMTP Connection document of this server leads to %s: its mail takes the usual way", quoted(domain)))
		}
	}
	for _, d := range connections {
		domain := text(d, "DestinationDomain")
		if text(d, "Enabled") != "0" && text(d, "SMTPRelayHost") != "" && !wanted[domain] {
			b.finding(CodeConnectionUnknown.At(docItem(d, "DestinationDomain"), "no Foreign SMTP Domain document names the domain %s: the connection is never used", quoted(domain)))
		}
	}
}

// ownConnection reports whether a document is an SMTP Connection document of
// this server.
func (b *builder) ownConnection(d *configdoc.Doc) bool {
	source := text(d, "Source")
	return text(d, "ConnectionType") == "smtp" && (source == "" || source == "*" || directory.SameName(source, b.server))
}

func text(d *configdoc.Doc, item string) string {
	return strings.ToLower(strings.TrimSpace(d.Text(item)))
}

// lintTimes looks for times that contradict each other.
func (b *builder) lintTimes(s *Snapshot) {
	set := func(key string) bool {
		r, ok := s.Explained(key)
		return ok && r.Winner().Source != "default"
	}
	r := &s.Router
	expiry, timeout := r.Expiry(), "MailTimeout"
	if r.MessageTimeoutMinutes > 0 {
		timeout = "MailTimeoutMinutes"
	}
	if w := r.LowPriority.Time; !r.IgnorePriority {
		closed := time.Duration((24*60+w.From-w.To)%(24*60)) * time.Minute
		switch {
		case w.From == w.To && set("MailLowPriorityTime"):
			b.listFinding(s, "MailLowPriorityTime", CodeWindowAlways, w.String()+" is the whole day: low-priority mail never waits")
		case closed >= expiry && (set("MailLowPriorityTime") || set(timeout)):
			key := "MailLowPriorityTime"
			if !set(key) {
				key = timeout
			}
			b.listFinding(s, key, CodeWindow, "low-priority mail waits up to "+span(closed)+" for the time "+w.String()+", and expires after "+span(expiry)+" ("+timeout+")")
		}
	}
	if !r.Delay.Notify {
		return
	}
	for _, x := range []struct {
		item  string
		after time.Duration
	}{{"MailDelayHigh", r.Delay.High}, {"MailDelayNormal", r.Delay.Normal}, {"MailDelayLow", r.Delay.Low}} {
		if set(x.item) && x.after >= expiry {
			b.listFinding(s, x.item, CodeDelayLate, "the report would go out after "+span(x.after)+", and the message expires after "+span(expiry)+" ("+timeout+")")
		}
	}
}

// span shows a time as "18h" or "1h30m".
func span(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		return strings.TrimSuffix(text, "0m")
	}
	return text
}
