// Package sitedoc gives SMTP Inbound Site documents their meaning: their
// fields, and which of them applies to a server. What the options do to a
// session is the business of the settings and smtpd packages.
package sitedoc

import (
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

// FormName is the form of an SMTP Inbound Site document.
const FormName = "SMTPInboundSite"

// Form gives the form of the SMTP Inbound Site document.
func Form() *configdoc.Form {
	keyword := func(item, label string) configdoc.Field {
		return configdoc.Field{Item: item, Label: label, Kind: configdoc.Keyword, Default: "0",
			Codes: []configdoc.Code{{Code: "0", Words: "No"}, {Code: "1", Words: "Yes"}}}
	}
	return configdoc.NewForm(FormName, []configdoc.Field{
		{Item: "ISiteName", Label: "Descriptive name for this site"},
		{Item: "ISiteOrg", Label: "Organization"},
		{Item: "ISiteAdrs", Label: "Host names or addresses mapped to this site", Kind: configdoc.List},
		{Item: "WSHostingSrvrs", Label: "Domino servers that host this site", Kind: configdoc.Names},
		keyword("TCPAnonymous", "TCP Authentication Anonymous"),
		keyword("TCPNameAndPwd", "TCP Authentication Name & password"),
		keyword("SSLAnonymous", "TLS Authentication Anonymous"),
		keyword("SSLNameAndPwd", "TLS Authentication Name & password"),
		{Item: "SSLKeyFile", Label: "Key file name", Default: "keyfile.kyr"},
		{Item: "SSLCipherList", Label: "TLS Ciphers", Kind: configdoc.List},
		{Item: "WSIsDflt", Unused: true},
		{Item: "SSLBearerToken", Unused: true},
	})
}

// Server is what of a server decides which Site document applies to it.
type Server struct {
	Name         string                          // canonical, CN=Server-704/O=Acme
	Organization string                          // Acme
	InGroup      func(group, name string) bool   // must be set, as SameName
	SameName     func(pattern, name string) bool // hierarchical names, wildcards
}

// Applies reports whether a Site document is for the server: its organization
// fits or is blank, and its list of hosting servers names the server, a group
// that holds it, or "*"; a blank list names every server.
func Applies(d *configdoc.Doc, s Server) bool {
	if org := d.Text("ISiteOrg"); org != "" && !strings.EqualFold(org, s.Organization) {
		return false
	}
	hosting := d.Value("WSHostingSrvrs")
	if hosting == nil || len(hosting.List) == 0 {
		return true
	}
	for _, h := range hosting.List {
		if h == "*" || s.SameName(h, s.Name) || s.InGroup(h, s.Name) {
			return true
		}
	}
	return false
}

// Select gives the Site documents that apply, in the order of the documents:
// the first one counts ("Creating Internet Site documents"). The address or
// name that a client connects to never chooses between them.
func Select(docs []*note.Document, a configdoc.Aliases, s Server) []*configdoc.Doc {
	form := Form()
	var out []*configdoc.Doc
	for _, d := range docs {
		if !d.Is(FormName) {
			continue
		}
		if doc := form.Read(d, a); Applies(doc, s) {
			out = append(out, doc)
		}
	}
	return out
}
