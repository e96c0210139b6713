package settings

import (
	"fmt"
	"slices"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

// check adds the findings that concern the whole: documents, names that
// nothing knows, list entries, and what was assumed.
func (b *builder) check(s *Snapshot) {
	b.checkDocuments(s)
	b.checkVariables(s)
	b.checkLists(s)
	b.checkFilters(s)
	b.checkAuth(s)
	b.checkTLS(s)
	b.checkLockout(s)
	b.checkConsole(s)
	b.checkLDAP(s)
	b.checkMetrics(s)
	b.checkOwn(s)
	b.checkUnused(s)
}

func (b *builder) checkDocuments(s *Snapshot) {
	docs := b.read()
	for _, d := range docs {
		for _, p := range d.Problems {
			code := CodeItemTwice
			if p.Error {
				if b.reported(p) {
					continue
				}
				code = CodeValueBad
			}
			b.finding(code.At(Finding{File: d.File, Line: p.Line, Document: docName(d), Item: p.Item}, "%s", p.Text))
		}
		for _, it := range d.Unknown {
			b.finding(CodeItemUnknown.At(Finding{File: d.File, Line: it.Line, Document: docName(d), Item: it.Name},
				"nothing recognises this item; domigo items proposes what it may be%s", b.didYouMean(it.Name, d.Form)))
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
		at := Finding{File: b.choice.Config.File, Line: b.choice.Config.Line,
			Document: fmt.Sprintf("%s document %d", b.choice.Config.Form, b.choice.Config.Number)}
		b.finding(CodeConfigSeveral.At(at, "%d more may apply for the same reason (%s); only this one counts: %s",
			len(b.choice.OtherConfig), b.choice.ConfigRank, places(b.choice.OtherConfig)))
	}
	if len(b.choice.OtherSites) > 0 {
		b.finding(CodeSiteSeveral.At(Finding{File: b.choice.Site.File, Line: b.choice.Site.Line},
			"%d more SMTP Inbound Site documents apply to this server; the first counts: %s", len(b.choice.OtherSites), places(b.choice.OtherSites)))
	}
	if s.Ports.InternetSites && !s.Ports.SiteFound {
		b.finding(CodeSiteMissing.At(b.serverItem("LdISite"), "Internet Sites are on and no SMTP Inbound Site document applies: nobody can connect"))
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
func mailPrefixes() []string { return []string{"smtp", "router", "domigo_"} }

func (b *builder) checkVariables(s *Snapshot) {
	if b.src.INI == nil {
		return
	}
	for _, v := range b.src.INI.Variables() {
		lower := strings.ToLower(v.Name)
		at := Finding{File: b.src.INI.Name(), Line: v.Line, Variable: v.Name}
		if row, ok := b.known[lower]; ok {
			if b.checkFieldName(s, at, v.Name, fromINI) {
				continue
			}
			if row.Status == Harmless && strings.HasPrefix(row.Reason, "obsolete") {
				b.finding(CodeObsolete.At(at, "%s is %s", v.Name, row.Reason))
			}
			continue
		}
		if slices.ContainsFunc(mailPrefixes(), func(p string) bool { return strings.HasPrefix(lower, p) }) {
			b.finding(CodeUnknown.At(at, "%s is not a variable that Domigo knows%s", v.Name, b.didYouMean(v.Name, nil)))
		}
	}
}

// listFinding places a finding where the value of a setting stands; of one that
// nothing sets, at the document that could.
func (b *builder) listFinding(s *Snapshot, key string, code Code, text string) {
	at := Finding{Item: key}
	r, ok := s.Explained(key)
	switch {
	case ok && r.Winner().at.File != "":
		at = r.Winner().Finding()
	case ok && r.Row.Form == "ServerConfig" && b.res.config != nil:
		at.File, at.Line, at.Document = b.res.config.File, b.res.config.Line, docName(b.res.config)
	case ok && r.Row.Form == "Server" && b.res.server != nil:
		at = b.serverItem(key)
	case ok && r.Row.Form == "":
		at = Finding{Variable: key}
	}
	b.finding(code.At(at, "%s", withoutUser(text)))
}

// stopFinding is listFinding for what a server does not start with.
func (b *builder) stopFinding(s *Snapshot, key string, code Code, text string) {
	b.listFinding(s, key, code, text)
	b.rep.Findings[len(b.rep.Findings)-1].NoStart = true
}

// withoutUser takes name and password out of URLs.
func withoutUser(text string) string {
	for from := 0; ; {
		i := strings.Index(text[from:], "://")
		if i < 0 {
			return text
		}
		from += i + len("://")
		end := strings.IndexAny(text[from:], "/ \"")
		if end < 0 {
			end = len(text) - from
		}
		if at := strings.LastIndexByte(text[from:from+end], '@'); at >= 0 {
			text = text[:from] + text[from+at+1:]
		}
	}
}

func (b *builder) checkAuth(s *Snapshot) {
	if s.SMTP.VerifySender && s.SMTP.TranslateAddresses != TranslateNone {
		b.listFinding(s, "SMTPTranslateAddresses", CodeAuthTranslate,
			"with SMTPVerifyAuthenticatedSender=1 every message of an authenticated user is refused, as in Domino")
	}
	if !s.Ports.NamePassword || !s.Ports.Enabled || s.Own.AuthNeedsTLS {
		return
	}
	at := b.serverItem("SMTP_TCPNP")
	if b.res.site != nil {
		at = docItem(b.res.site, "TCPNameAndPwd")
	}
	b.finding(CodeAuthClear.At(at, "passwords cross the network in clear: Name & password is on for the TCP/IP port"))
}

// serverItem places a finding at an item of the Server document.
func (b *builder) serverItem(item string) Finding {
	if b.res.server == nil {
		return Finding{Item: item}
	}
	return docItem(b.res.server, item)
}

// docItem gives the place of a document's field; one that the document does
// not give has the place of the document.
func docItem(d *configdoc.Doc, item string) Finding {
	f := Finding{File: d.File, Line: d.Line, Document: docName(d), Item: item}
	if v := d.Value(item); v != nil {
		f.Line, f.Item = v.Item.Line, v.Item.Name
	}
	return f
}

// places gives where documents stand, the first few of them.
func places(docs []*note.Document) string {
	var out []string
	for _, d := range docs {
		out = append(out, d.Place())
	}
	return few(out, 3)
}

// few joins the first of a list and tells how many more there are.
func few(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
