package settings

import "strings"

// Part is one part of an entry of a derived list: an entry that Build makes of a
// document, such as the aliases of a Global Domain document.
type Part struct {
	Name   string   // "" for what the entry is about
	Values []string // one, or the pieces of a list; none where the document is blank
}

// Parts takes apart an entry of a derived list. It gives nil for an entry of any
// other row, which is one value.
func (r *Row) Parts(entry string) []Part {
	var names []string
	lists := false // the parts behind the first are lists
	switch r.Key() {
	case "LocalPrimaryInternetDomain":
		names, lists = []string{"", "aliases", "Notes domains"}, true
	case "FSInternetDomain":
		names = []string{"", "domain", "host"}
	case "MailServers":
		names = []string{"", "host", "domain", "networks"}
	case "SMTPRelayHost":
		names = []string{"source", "domain", "relay host"}
	default:
		return nil
	}
	var out []Part
	for i, text := range splitParts('|', entry) {
		if i == len(names) {
			break
		}
		p := Part{Name: names[i], Values: []string{text}}
		if i > 0 && lists || p.Name == "networks" {
			p.Values = splitParts(',', text)
		}
		if text == "" {
			p.Values = nil
		}
		out = append(out, p)
	}
	return out
}

// joinParts makes one text of parts, each of which may hold the separator or a
// backslash: they stand there behind a backslash. What of the documents makes a
// route is such a text, as a setting's value is text that freezes and compares.
func joinParts(separator byte, parts ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, string(separator), `\`+string(separator))
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(separator)
		}
		b.WriteString(escape.Replace(p))
	}
	return b.String()
}

// splitParts takes apart what joinParts made.
func splitParts(separator byte, text string) []string {
	parts := []string{""}
	last := &parts[0]
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == separator:
			parts = append(parts, "")
			last = &parts[len(parts)-1]
			continue
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		*last += text[i : i+1]
	}
	return parts
}
