package settings

import (
	"fmt"
	"slices"
	"strings"
)

// A field's item name in notes.ini is a common mistake: SMTPVerifyRcpts=0 looks
// like a variable, and neither Domino nor Domigo reads it there. Where the field
// protects, somebody may believe in a protection that is not.

// onlyField reports whether a name is an item of the row's field and none of its
// variable's names. Fields that describe a document or a machine are left out:
// notes.ini has variables of the same names, such as Ports.
func (r *Row) onlyField(name string) bool {
	if r.Form != "Server" && r.Form != "ServerConfig" || r.Status == Harmless {
		return false
	}
	same := func(other string) bool { return other != "" && strings.EqualFold(name, other) }
	return (same(r.Item) || same(r.SiteItem)) && !same(r.Name) && !slices.ContainsFunc(r.Aliases, same)
}

// noVariable tells what becomes of a field's item name among variables.
func (r *Row) noVariable(name, source string) string {
	document := "Server document"
	switch {
	case !strings.EqualFold(name, r.Item):
		document = "SMTP Inbound Site document"
	case r.Form == "ServerConfig":
		document = "Configuration Settings document"
	}
	text := fmt.Sprintf("%s is an item of the %s; in %s it changes nothing", name, document, source)
	if r.Name != "" {
		text += ", as the variable is " + r.Name
	}
	return text
}

// Protects reports whether a setting says who may connect, log in, send or relay,
// or what is refused.
func (r *Row) Protects() bool {
	for _, part := range []string{"Relay.", "Connection.", "Senders.", "Recipients.", "Filters.", "Lockout.", "Ports.Enforce", "Ports.Allow", "Ports.Deny",
		"Ports.NamePassword", "Ports.Anonymous", "Ports.TLS", "Ports.MoreVariations", "Ports.InternetSites", "SMTP.STARTTLS", "SMTP.MaxMessageSize", "TLS.", "Router.Outbound.", "Router.PortStatus"} {
		if strings.HasPrefix(r.Target, part) {
			return true
		}
	}
	return strings.HasPrefix(r.Item, "SMTPSPF") || strings.HasPrefix(r.Item, "SMTPDKIM")
}

// Says reports whether a text, as a file has it, is the value in effect.
func (r *Resolved) Says(text string) bool { return sameValue(r.Row, text, r.Value) }

// fromFieldName notes where a field's item name stands among variables. Such a
// layer never wins.
func (r *resolver) fromFieldName(out *Resolved, row *Row) {
	for _, name := range []string{row.Item, row.SiteItem} {
		if !row.onlyField(name) {
			continue
		}
		for _, source := range r.variables() {
			if value, place, at, ok := source.find(name); ok {
				out.Layers = append(out.Layers, Layer{Source: source.name, Place: place, Value: value, Note: row.noVariable(name, source.name), at: at})
			}
		}
	}
}

// checkFieldName warns of a field's item name among variables, and reports
// whether the name is one.
func (b *builder) checkFieldName(s *Snapshot, at Finding, name, source string) bool {
	row := b.known[strings.ToLower(name)]
	if row == nil || !row.onlyField(name) {
		return false
	}
	text := row.noVariable(name, source)
	r := s.resolved[row.ID()]
	says := func(l Layer) bool { return l.Source == source && !l.Won && r.Says(l.Value) }
	if row.Protects() && !slices.ContainsFunc(r.Layers, says) {
		text += "; RISK: the field protects, and in effect is " + shown(row, r.Value)
	}
	b.finding(CodeFieldName.At(at, "%s", text))
	return true
}
