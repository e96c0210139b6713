package rules

import "slices"

// operator compares.
type operator uint8

const (
	contains operator = iota
	containsNot
	is
	isNot
	less
	greater
)

// operators in words, longer phrases before those they begin with.
func operators() []phrase[operator] {
	return []phrase[operator]{
		{"does not contain", containsNot}, {"contains", contains}, {"is less than", less},
		{"is greater than", greater}, {"is not", isNot}, {"is", is},
	}
}

// field is a thing that conditions look at.
type field struct {
	name    string
	content bool // it is in the content, which must be kept to be looked at
	texts   func(*view) []string
	number  func(*Message) int64
}

// phrase is a sequence of words that means something.
type phrase[T any] struct {
	words string
	what  T
}

// fields in the form's words, longer phrases before those they begin with. One
// with neither texts nor number takes no operator.
func fields() []phrase[*field] {
	count := func(name string, content bool, f func(*Message) int64) *field {
		return &field{name: name, content: content, number: f}
	}
	text := func(name string, f func(*view) []string) *field { return &field{name: name, texts: f} }
	deep := func(name string, f func(*view) []string) *field {
		return &field{name: name, content: true, texts: f}
	}
	size := count("Size", false, func(m *Message) int64 { return m.Size })
	return []phrase[*field]{
		{"all documents", &field{name: "All documents"}},
		{"sender", text("Sender", func(v *view) []string { return v.m.Sender })},
		{"subject", text("Subject", func(v *view) []string { return []string{v.m.Subject} })},
		{"body or subject", deep("Body or subject", func(v *view) []string { return []string{v.body(), v.m.Subject} })},
		{"body", deep("Body", func(v *view) []string { return []string{v.body()} })},
		{"importance", text("Importance", func(v *view) []string { return []string{v.m.Importance} })},
		{"delivery priority", text("Delivery priority", func(v *view) []string { return []string{v.m.Priority} })},
		{"to or cc", text("To or CC", func(v *view) []string { return slices.Concat(v.m.To, v.m.CC) })},
		{"to", text("To", func(v *view) []string { return v.m.To })},
		{"cc", text("CC", func(v *view) []string { return v.m.CC })},
		{"bcc", text("BCC", func(v *view) []string { return v.m.BCC })},
		{"internet domain", text("Internet domain", func(v *view) []string { return v.m.InternetDomain })},
		{"size (bytes)", size},
		{"size", size},
		{"attachment name", deep("Attachment name", func(v *view) []string { return v.m.Attachments })},
		{"number of attachments", count("Number of attachments", true, func(m *Message) int64 { return int64(len(m.Attachments)) })},
		{"form", text("Form", func(v *view) []string { return []string{v.m.Form} })},
		{"recipient count", count("Recipient count", false, func(m *Message) int64 { return int64(len(m.Recipients)) })},
		{"any recipient", text("Any recipient", func(v *view) []string { return v.m.Recipients })},
		{"blacklist tag", text("Blacklist tag", func(v *view) []string { return []string{v.m.DNSBLSite} })},
		{"whitelist tag", text("Whitelist tag", func(v *view) []string { return []string{v.m.DNSWLSite} })},
	}
}

// actions in the form's words. Move is followed by the database.
func actions() []phrase[Action] {
	var list []phrase[Action]
	for a := Journal; a <= Stop; a++ {
		list = append(list, phrase[Action]{a.String(), a})
	}
	return list
}
