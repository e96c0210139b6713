package directory

import (
	"fmt"
	"testing"

	"domigo/configdoc/note"
)

const benchPersons = 20_000

func benchDocs() []*note.Document {
	docs := make([]*note.Document, benchPersons)
	for i := range docs {
		docs[i] = person(fmt.Sprintf("CN=First%d Last%d/OU=Sales/O=Acme", i, i), fmt.Sprintf("user%d", i), fmt.Sprintf("first%d.last%d@acme.com", i, i),
			fmt.Sprintf("FirstName: First%d", i), fmt.Sprintf("LastName: Last%d", i), "MailFile: mail/x.nsf")
	}
	return docs
}

func benchDirectory() *Directory {
	b := NewBuilder()
	for _, d := range benchDocs() {
		b.Add(0, d)
	}
	return b.Build()
}

func BenchmarkLookup(b *testing.B) {
	d := benchDirectory()
	for _, c := range []struct {
		name string
		q    Query
	}{
		{"address", Query{Local: "First777.Last777", Domain: "acme.com"}},
		{"alias domain", Query{Local: "first777.last777", Domain: "acme.example", Primary: "acme.com"}},
		{"full name", Query{Local: "CN=First777 Last777/OU=Sales/O=Acme"}},
		{"short name", Query{Local: "user777", Domain: "acme.com"}},
		{"local part", Query{Local: "first777_last777", Domain: "acme.com", Mode: LocalPartOnly}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(d.Lookup(c.q)) != 1 {
					b.Fatal("not found")
				}
			}
		})
	}
	b.Run("unknown", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if len(d.Lookup(Query{Local: "nobody", Domain: "acme.com"})) != 0 {
				b.Fatal("found")
			}
		}
	})
}

func BenchmarkLogin(b *testing.B) {
	d := benchDirectory()
	b.ReportAllocs()
	for b.Loop() {
		if len(d.Login("user777", true)) != 1 {
			b.Fatal("not found")
		}
	}
}

func BenchmarkInGroup(b *testing.B) {
	bld := NewBuilder()
	bld.Add(0, group("Servers", "4", "CN=A/O=Acme; CN=B/O=Acme; */OU=Srv/O=Acme"))
	d := bld.Build()
	b.ReportAllocs()
	for b.Loop() {
		if !d.InGroup("Servers", "CN=Mail1/OU=Srv/O=Acme") {
			b.Fatal("not in the group")
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	docs := benchDocs()
	b.ReportAllocs()
	for b.Loop() {
		bld := NewBuilder()
		for _, d := range docs {
			bld.Add(0, d)
		}
		bld.Build()
	}
}

// TestLookupDoesNotAllocate holds the hot path: one look-up per RCPT TO.
func TestLookupDoesNotAllocate(t *testing.T) {
	d := acme(t)
	for _, q := range []Query{
		{Local: "john.doe", Domain: "acme.com"},
		{Local: "jdoe", Domain: "acme.com"},
		{Local: "CN=John Doe/O=Acme"},
		{Local: "doe", Domain: "acme.com"},
		{Local: "nobody", Domain: "acme.example", Primary: "acme.com"},
		{Local: "KYŪZŌ_author", Domain: "acme.com"},
		{Local: "山田 太郎/アクメ", Domain: "acme.com"},
	} {
		if n := testing.AllocsPerRun(100, func() { d.Lookup(q) }); n != 0 {
			t.Errorf("Lookup(%+v): got %v allocations, want none", q, n)
		}
	}
}
