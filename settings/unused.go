package settings

import (
	"fmt"
	"sort"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

// checkUnused tells what stands in the files and has no effect: settings that
// are not honoured yet, documents that apply to nothing, and placeholders of a
// template that nobody filled in.
func (b *builder) checkUnused(s *Snapshot) {
	for _, r := range s.All() {
		w := r.Winner()
		if w.Source == "default" || r.Row.Status != NotYet || r.Value == r.Layers[0].Value || r.Value == "0" || r.Value == "" {
			continue
		}
		why := ""
		if r.Row.Reason != "" {
			why = ": " + r.Row.Reason
		}
		b.finding(CodeNotHonoured.At(w.at, "%s=%s is not honoured yet%s", r.Row.Key(), r.Shown(), why))
	}
	if s.Own.SMTPUTF8 && !s.Extensions.EightBit {
		b.listFinding(s, "Domigo_SMTPUTF8", CodeNeedsOther, "SMTPUTF8 is offered together with 8BITMIME only, and that is off")
	}
	b.checkDocumentsLeft()
	b.checkTemplates()
}

// checkDocumentsLeft counts the documents that were read and not used.
func (b *builder) checkDocumentsLeft() {
	used := map[*note.Document]bool{b.choice.Server: true, b.choice.Config: true, b.choice.Site: true}
	type kind struct{ file, form, why string }
	left := map[kind]int{}
	for _, d := range b.src.Documents {
		if used[d] || readGlobalDomain(b.res.forms.domain, d, b.src.Aliases) != nil || b.routes(d) {
			continue
		}
		left[kind{d.File, d.Form, b.whyUnused(d)}]++
	}
	kinds := make([]kind, 0, len(left))
	for k := range left {
		kinds = append(kinds, k)
	}
	sort.Slice(kinds, func(i, j int) bool { return fmt.Sprint(kinds[i]) < fmt.Sprint(kinds[j]) })
	for _, k := range kinds {
		b.finding(CodeDocumentUnused.At(Finding{File: k.file}, "%d %s documents not used: %s", left[k], k.form, k.why))
	}
}

// routes reports whether a document is a Foreign SMTP Domain document, or an
// SMTP Connection document of this server.
func (b *builder) routes(d *note.Document) bool {
	switch {
	case d.Is("Domain"):
		doc := b.res.forms.domain.Read(d, b.src.Aliases)
		return configdoc.LabelKey(doc.Text("DomainType")) == "foreignsmtpdomain"
	case d.Is("Connection"), d.Is("local"):
		return b.ownConnection(b.res.forms.connection.Read(d, b.src.Aliases))
	}
	return false
}

func (b *builder) whyUnused(d *note.Document) string {
	switch {
	case d.Is("ServerConfig") && !configdoc.IsConfig(d, b.res.forms.config, b.src.Aliases):
		return "Configuration documents of another kind of database"
	case d.Is("ServerConfig"):
		return "another document applies, or none of its names is this server's"
	case d.Is("Server"):
		return "other servers"
	case d.Is("SMTPInboundSite") && !b.res.sites:
		return "Internet Sites are not enabled in the Server document"
	case d.Is("SMTPInboundSite"):
		return "for another server or organization, or not the first"
	}
	return "no bearing on mail here"
}

// checkTemplates finds values such as {{ SERVERSETUP_SERVER_NAME }}.
func (b *builder) checkTemplates() {
	for _, d := range []*configdoc.Doc{b.res.server, b.res.config, b.res.site} {
		if d == nil {
			continue
		}
		for i := range d.Items {
			it := &d.Items[i]
			if v := strings.Join(it.Values, " "); strings.Contains(v, "{{") && d.Form.Lookup(it.Name, b.src.Aliases) != nil {
				b.finding(CodePlaceholder.At(Finding{File: d.File, Line: it.Line, Document: docName(d), Item: it.Name},
					"a template's placeholder was not filled in: %s", v))
			}
		}
	}
}
