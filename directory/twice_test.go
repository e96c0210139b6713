package directory

import (
	"fmt"
	"strings"
	"testing"

	"domigo/configdoc/note"
)

// TestOnlyOnce: a document that two exports of a directory hold counts once, and
// what only looks like it twice.
func TestOnlyOnce(t *testing.T) {
	const one, two = "0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF0123456789ABCDE0"
	type doc struct {
		dir                   int
		file, unid            string
		sequence              int
		form, name, mail, box string // box: mail file, or members of a group
	}
	john := func(file, unid string, sequence int, box string) doc {
		return doc{0, file, unid, sequence, "Person", "CN=John Doe/O=Acme", "john.doe@acme.com", box}
	}
	for _, c := range []struct {
		name string
		docs []doc
		want string // mail files and members that are left, in order
		told string
	}{
		{"the newer of two exports", []doc{john("22.dxl", one, 3, "old"), john("23.dxl", one, 4, "new")}, "new", "22.dxl:1 is 23.dxl:2, and counts there"},
		{"the newer stands in the first", []doc{john("a.dxl", one, 4, "new"), john("b.dxl", one, 3, "old")}, "new", "b.dxl:2 is a.dxl:1, and counts there"},
		{"as new: the later file", []doc{john("people-backup.dxl", one, 3, "before"), john("people.dxl", one, 3, "edited")}, "edited", "people-backup.dxl:1 is people.dxl:2, and counts there"},
		{"three exports", []doc{john("1.dxl", one, 1, "a"), john("2.dxl", one, 3, "c"), john("3.dxl", one, 2, "b")}, "c", "1.dxl:1 is 2.dxl:2, and counts there; 3.dxl:3 is 2.dxl:2, and counts there"},
		{"a renamed person", []doc{john("a.dxl", one, 3, "jdoe"), {0, "b.dxl", one, 4, "Person", "CN=John Roe/O=Acme", "john.roe@acme.com", "JDOE"}}, "JDOE", "a.dxl:1 is b.dxl:2, and counts there"},
		{"an id copied by hand", []doc{john("a.dxl", one, 3, "jdoe"), {0, "b.dxl", one, 3, "Person", "CN=Jane Roe/O=Acme", "jane.roe@acme.com", "jroe"}}, "jdoe jroe", ""},
		{"an id of another form", []doc{john("a.dxl", one, 3, "jdoe"), {0, "b.dxl", one, 3, "Group", "Sales", "", "Jane"}}, "jdoe Jane", ""},
		{"an id twice in a file", []doc{john("a.dxl", one, 3, "a"), john("a.dxl", one, 4, "b")}, "a b", ""},
		{"two ids", []doc{john("a.dxl", one, 3, "a"), john("b.dxl", two, 4, "b")}, "a b", ""},
		{"two directories", []doc{john("a.dxl", one, 3, "a"), {1, "b.dxl", one, 4, "Person", "CN=John Doe/O=Acme", "john.doe@acme.com", "b"}}, "a b", ""},
		{"no id, the very same", []doc{john("a.dxl", "", 0, "a"), john("b.dxl", "", 0, "a")}, "a", "a.dxl:1 is b.dxl:2, and counts there"},
		{"no id, not the same", []doc{john("a.dxl", "", 0, "a"), john("b.dxl", "", 0, "b")}, "a b", ""},
		{"no id, twice in a file", []doc{john("a.dxl", "", 0, "a"), john("a.dxl", "", 0, "a")}, "a a", ""},
		{"many of two files", []doc{john("a.dxl", one, 1, "a"), {0, "a.dxl", two, 1, "Group", "Sales", "", "Jane"}, john("b.dxl", one, 2, "b"), {0, "b.dxl", two, 2, "Group", "Sales", "", "Ann"}}, "b Ann", "a.dxl:1 is b.dxl:3, and counts there (and 1 more of the two files)"},
	} {
		b := NewBuilder()
		for i, d := range c.docs {
			items := []note.Item{{Name: "FullName", Values: []string{d.name}}, {Name: "InternetAddress", Values: []string{d.mail}}, {Name: "MailFile", Values: []string{d.box}}}
			if d.form == "Group" {
				items = []note.Item{{Name: "ListName", Values: []string{d.name}}, {Name: "Members", Values: []string{d.box}}}
			}
			b.Add(d.dir, &note.Document{Form: d.form, File: d.file, Line: i + 1, UNID: d.unid, Sequence: d.sequence, Items: items})
		}
		d := b.Build()
		var got []string
		for e := range d.Entries() {
			got = append(got, e.MailFile+strings.Join(e.Members, ","))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
		var told []string
		for _, p := range d.Problems() {
			if where, ok := strings.CutPrefix(p.Text, "the same document stands in "); ok {
				told = append(told, fmt.Sprintf("%s:%d is %s", p.File, p.Line, where))
			}
		}
		if s := strings.Join(told, "; "); s != c.told {
			t.Errorf("%s: told %q, want %q", c.name, s, c.told)
		}
	}
}

// TestOnlyOnceOfMany: an export beside an older one is one directory with one
// remark, and a document that did not change is the entry it was.
func TestOnlyOnceOfMany(t *testing.T) {
	part := func(c *Collector, file string, old *Part, newer int) *Part {
		c.Begin(0, old)
		for i := range 1000 {
			d := person(fmt.Sprintf("CN=P %d/O=Acme", i), fmt.Sprintf("p%d", i), fmt.Sprintf("p%d@acme.com", i))
			d.File, d.UNID, d.Sequence = file, fmt.Sprintf("%032X", i+1), 1
			if i == newer {
				d.Sequence = 2
			}
			c.Add(d)
		}
		return c.Part()
	}
	var c Collector
	old, now := part(&c, "22.dxl", nil, -1), part(&c, "23.dxl", nil, 5)
	b := NewBuilder()
	b.AddPart(old)
	b.AddPart(now)
	d := b.Build()
	if n, _, _ := d.Len(); n != 1000 || len(d.Problems()) != 1 {
		t.Errorf("%d persons and %d problems, want 1000 and 1: %v", n, len(d.Problems()), d.Problems())
	}
	again := part(&c, "22.dxl", old, 7)
	if same := again.entries[6] == old.entries[6]; !same || again.entries[7].sequence != 2 {
		t.Errorf("unchanged entry shared: %t; the newer one has sequence %d, want 2", same, again.entries[7].sequence)
	}
}
