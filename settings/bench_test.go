package settings

import (
	"testing"

	"domigo/configdoc/note"
)

// BenchmarkBuild measures what a configuration update costs beside reading
// files.
func BenchmarkBuild(b *testing.B) {
	src := &Source{Documents: []*note.Document{
		{Form: "Server", Items: []note.Item{{Name: "ServerName", Values: []string{"S/Acme"}}, {Name: "SMTPFullHostDomain", Values: []string{"s.acme.com"}}}},
		{Form: "ServerConfig", Items: []note.Item{{Name: "ServerName", Values: []string{"*"}}, {Name: "SMTPRlyAllowHosts", Values: []string{"[10.0.0.1]", "acme.com"}}}},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Build(Input{Source: src, HostName: "h.example.com"}); err != nil {
			b.Fatal(err)
		}
	}
}
