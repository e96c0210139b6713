package settings

import (
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/directory"
)

// Lint looks for what Build takes without a word and an administrator should
// know: values that another source hides, entries without effect, documents
// that lead nowhere, people and groups that mail cannot reach. It reads the
// files that s was built of, does no I/O, and takes time in proportion to their
// size. Nothing of it keeps a site from starting.
func Lint(src *Source, s *Snapshot) []Finding {
	b := relint(src, s)
	b.lintOverridden(s)
	b.lintNames(s)
	b.lintShadowed(s)
	b.lintNeeds(s)
	b.lintAccess(s)
	b.lintServer(s)
	b.lintDomains()
	b.lintRoutes(s)
	b.lintTimes(s)
	b.lintPeople(s)
	b.lintGroups(s)
	return b.rep.Findings
}

// lintVariables is the part of Lint that may tell of a variable of notes.ini. It
// does not walk over persons and groups.
func lintVariables(src *Source, s *Snapshot) []Finding {
	b := relint(src, s)
	b.lintOverridden(s)
	b.lintShadowed(s)
	b.lintNeeds(s)
	b.lintTimes(s)
	return b.rep.Findings
}

// relint makes a builder that looks at a site once more.
func relint(src *Source, s *Snapshot) *builder {
	b := &builder{src: src, rep: &Report{}, rows: Rows(), choice: s.choice, server: s.Identity.ServerName}
	if b.src.Directory == nil {
		other := *src
		other.Directory = directory.NewBuilder().Build()
		b.src = &other
	}
	b.known = index(b.rows)
	forms := newForms()
	read := func(f *configdoc.Form, d *note.Document) *configdoc.Doc {
		if d == nil {
			return nil
		}
		return f.Read(d, src.Aliases)
	}
	b.res = &resolver{forms: forms, src: b.src, report: b.finding, sites: s.Ports.InternetSites,
		server: read(forms.server, s.choice.Server), config: read(forms.config, s.choice.Config), site: read(forms.site, s.choice.Site)}
	b.res.configI = configVariables(b.res.config, b.rows)
	return b
}

// documents gives the documents of a form, read.
func (b *builder) documents(form *configdoc.Form, names ...string) []*configdoc.Doc {
	var out []*configdoc.Doc
	for _, d := range b.src.Documents {
		for _, n := range names {
			if d.Is(n) {
				out = append(out, form.Read(d, b.src.Aliases))
			}
		}
	}
	return out
}

// lintServer looks at the Server document and at the host name that it gives.
func (b *builder) lintServer(s *Snapshot) {
	if b.res.server == nil {
		return
	}
	for _, d := range b.documents(b.res.forms.server, "Server") {
		if d.Document != b.choice.Server && directory.SameName(d.Text("ServerName"), b.server) {
			b.finding(CodeServerTwice.At(docItem(d, "ServerName"), "%s has a Server document at %s already, which counts",
				directory.Abbreviate(b.server), b.choice.Server.Place()))
		}
	}
	host := strings.TrimSuffix(b.res.server.Text("SMTPFullHostDomain"), ".")
	if host != "" && !strings.Contains(host, "{{") && (!strings.Contains(host, ".") || !isDomain(host)) {
		b.finding(CodeHostName.At(docItem(b.res.server, "SMTPFullHostDomain"), "%q is no fully qualified host name", host))
	}
	if b.res.config == nil {
		return
	}
	for _, item := range []string{"SMTPRlyAllowDoms", "SMTPRlyDenyDoms", "SMTPRlyAllowHosts", "SMTPRlyDenyHosts"} {
		if b.res.config.Value(item) != nil {
			return
		}
	}
	if s.Relay.Enforcement != EnforceNone {
		b.finding(CodeRelayAbsent.At(Finding{File: b.res.config.File, Line: b.res.config.Line, Document: docName(b.res.config)},
			"the document has none of the four relay fields: external hosts may not relay"))
	}
}

// lintAccess looks for names in the server access lists that are nobody's.
func (b *builder) lintAccess(s *Snapshot) {
	if !s.Ports.EnforceAccess {
		return
	}
	for _, l := range []struct {
		item  string
		names []string
	}{{"AllowAccess", s.Ports.AllowAccess}, {"DenyAccess", s.Ports.DenyAccess}} {
		for _, name := range l.names {
			name = strings.TrimSpace(name)
			view, known := directory.ViewEntry(name)
			switch {
			case view != "" && !known:
				b.listFinding(s, l.item, CodeAccessUnknown, quoted(name)+" names a view that is not read here and matches nobody: name a group or *($Users)")
			case name == "" || s.LDAP.On() || strings.Contains(name, "*") || b.somebody(name):
			default:
				b.listFinding(s, l.item, CodeAccessUnknown, quoted(name)+" names no person, group or server")
			}
		}
	}
}

// somebody reports whether a name is a person's, a group's or a server's.
func (b *builder) somebody(name string) bool {
	return b.src.Directory.IsGroup(name) || len(b.src.Directory.Lookup(directory.Query{Local: name})) > 0 || b.serverKeys()[nameKey(name)]
}

// serverKeys gives the names of all servers that have a document.
func (b *builder) serverKeys() map[string]bool {
	if b.serverNames == nil {
		b.serverNames = map[string]bool{nameKey(b.server): true}
		for _, d := range b.documents(b.res.forms.server, "Server") {
			b.serverNames[nameKey(d.Text("ServerName"))] = true
		}
	}
	return b.serverNames
}

// nameKey gives one text for every form of a name.
func nameKey(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(directory.Abbreviate(name))), " ")
}
