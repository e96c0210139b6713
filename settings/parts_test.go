package settings

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// TestJoinParts: what is joined is taken apart again, whatever is in it, also a text
// of parts within another.
func TestJoinParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOf(rapid.SampledFrom([]rune(`|,\aä `))), 1, 5)
		parts, within := words.Draw(t, "parts"), words.Draw(t, "within")
		text := joinParts('|', append(parts, joinParts(',', within...))...)
		got := splitParts('|', text)
		if len(got) != len(parts)+1 || !reflect.DeepEqual(got[:len(parts)], parts) || !reflect.DeepEqual(splitParts(',', got[len(parts)]), within) {
			t.Errorf("%q and %q as %q are %q", parts, within, text, got)
		}
	})
}

// TestParts: the parts of an entry have names, and one that is a list has its
// pieces; what has other parts than the row knows is no panic.
func TestParts(t *testing.T) {
	for _, tt := range []struct {
		row, entry string
		want       []Part
	}{
		{"LocalPrimaryInternetDomain", `acme.com|acme.net,a\\,b.example|`, []Part{{"", []string{"acme.com"}}, {"aliases", []string{"acme.net", "a,b.example"}}, {"Notes domains", nil}}},
		{"FSInternetDomain", `a\|b,c|d`, []Part{{"", []string{"a|b,c"}}, {"domain", []string{"d"}}}},
		{"MailServers", "CN=A, B|h||x,y", []Part{{"", []string{"CN=A, B"}}, {"host", []string{"h"}}, {"domain", nil}, {"networks", []string{"x", "y"}}}},
		{"SMTPRelayHost", "*|d|r|more", []Part{{"source", []string{"*"}}, {"domain", []string{"d"}}, {"relay host", []string{"r"}}}},
		{"SMTPMaxSessions", "a|b", nil},
	} {
		row, ok := Find(tt.row)
		if !ok {
			t.Fatalf("no row %s", tt.row)
		}
		if got := row.Parts(tt.entry); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s %q: got %q, want %q", tt.row, tt.entry, got, tt.want)
		}
	}
}
