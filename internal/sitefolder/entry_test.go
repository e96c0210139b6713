package sitefolder

import (
	"strings"
	"testing"

	"domigo/configdoc/note"
)

func TestEntry(t *testing.T) {
	item := func(name, value string) note.Item { return note.Item{Name: name, Values: []string{value}} }
	doc := &note.Document{Form: "person", Items: []note.Item{
		item("Form", "Person"), item("Type", "Person"), item("fullname", "CN=A/O=B"), item("FullName", "again"),
		item("HTTPPassword", "(355E98E7C7B59BD810ED845AD0FD2FC4)"), item("$SecurePassword", "1"), item("Certificate", "0302"), item("Phone", "1"),
	}}
	names := func(d *note.Document) string {
		var out []string
		for _, it := range d.Items {
			out = append(out, it.Name)
		}
		return strings.Join(out, " ")
	}
	tests := []struct {
		passwords     bool
		kept, dropped string
	}{
		{true, "Type fullname HTTPPassword", "FullName $SecurePassword Certificate Phone"},
		{false, "Type fullname", "FullName HTTPPassword $SecurePassword Certificate Phone"},
	}
	for _, tt := range tests {
		e := Entries{Passwords: tt.passwords}
		kept, dropped, password := e.Entry(doc)
		if got := names(kept); got != tt.kept || strings.Join(dropped, " ") != tt.dropped || !password {
			t.Errorf("with passwords %t: kept %q, dropped %q, password %t; want %q, %q, true", tt.passwords, got, dropped, password, tt.kept, tt.dropped)
		}
	}
	if len(doc.Items) != 8 || IsEntry(&note.Document{Form: "Server"}) {
		t.Error("the document was changed, or a Server document is taken for an entry")
	}
}
