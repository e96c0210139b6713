package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"

	"pgregory.net/rapid"
)

// TestIndexIsAMap holds that an index is a map from keys to the entries added
// under them, in their order, none twice in a row.
func TestIndexIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOf(rapid.StringMatching(`[ab]{0,3}`)).Draw(t, "keys")
		x := newIndexer(rapid.IntRange(0, 20).Draw(t, "room"))
		want := map[string][]*Entry{}
		entries := make([]Entry, len(keys)/3+1)
		for i, k := range keys {
			e := &entries[i/3]
			x.add([]byte(k), e)
			if k != "" && !slices.Contains(want[k], e) {
				want[k] = append(want[k], e)
			}
		}
		got := x.finish()
		for _, k := range append(keys, "", "c", "aaaa") {
			if list := got.find([]byte(k)); !slices.Equal(list, want[k]) {
				t.Fatalf("%q: got %p, want %p", k, list, want[k])
			}
		}
	})
}

// TestIndexListsAreApart: a caller who appends to a list must not write into the
// next one.
func TestIndexListsAreApart(t *testing.T) {
	x := newIndexer(0)
	a, b := &Entry{}, &Entry{}
	x.add([]byte("a"), a)
	x.add([]byte("b"), b)
	got := x.finish()
	_ = append(got.find([]byte("a")), a)
	if list := got.find([]byte("b")); len(list) != 1 || list[0] != b {
		t.Error("the list of b was written over")
	}
	var none index
	if list := none.find([]byte("a")); list != nil {
		t.Errorf("an empty index gives %v", list)
	}
}

// parts makes the parts of files, each given as documents; old are the parts of
// the same files before.
func parts(c *Collector, dir int, old *Part, docs ...*note.Document) *Part {
	c.Begin(dir, old)
	for i, d := range docs {
		d.Line = 10 * (i + 1)
		c.Add(d)
	}
	return c.Part()
}

// TestPartsAreWhatAddIs: a directory of Parts is that of the same documents added
// one by one.
func TestPartsAreWhatAddIs(t *testing.T) {
	docs := func() []*note.Document {
		return []*note.Document{
			person("CN=John Doe/O=Acme; John Doe", "jdoe", "john.doe@acme.com", "FirstName: John", "LastName: Doe", "MailServer: CN=M1/O=Acme", "HTTPPassword: x; y"),
			group("Sales", "1", "CN=John Doe/O=Acme; jane@acme.com\nlast@acme.com"), doc("Person", "MailFile: nameless"), doc("Server", "ServerName: x"),
			doc("Database", "FullName: Box", "MailFile: box.nsf", "MailServer: CN=M1/O=Acme"), group("Odd", "9", ""),
		}
	}
	var c Collector
	for dir := range 2 {
		one, many := NewBuilder(), NewBuilder()
		for i, d := range docs() {
			d.Line = 10 * (i + 1)
			one.Add(dir, d)
		}
		many.AddPart(parts(&c, 0, nil, docs()...).In(dir))
		a, b := one.Build(), many.Build()
		if fmt.Sprint(a.Problems()) != fmt.Sprint(b.Problems()) {
			t.Errorf("got problems %v, want %v", b.Problems(), a.Problems())
		}
		for i, e := range a.entries {
			if got, want := fmt.Sprintf("%+v", *b.entries[i]), fmt.Sprintf("%+v", *e); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		}
	}
}

// TestPartReuse holds which entries two versions of a file share.
func TestPartReuse(t *testing.T) {
	named := func(name string, more ...string) *note.Document {
		return person("CN="+name+"/O=Acme", name, name+"@acme.com", more...)
	}
	var c Collector
	first := parts(&c, 0, nil, named("A"), named("B"), named("C"), group("B", "0", "A"))
	if again := parts(&c, 0, first, named("A"), named("B"), named("C"), group("B", "0", "A")); !again.Same(first) {
		t.Error("the same documents give another part")
	}
	for name, tt := range map[string]struct {
		docs   []*note.Document
		shared []int // for each entry the one before with its texts, -1 for none
	}{
		"one changed":   {[]*note.Document{named("A"), named("B", "MailFile: new"), named("C"), group("B", "0", "A")}, []int{0, -1, 2, 3}},
		"one left out":  {[]*note.Document{named("A"), named("C"), group("B", "0", "A")}, []int{0, 2, 3}},
		"one put in":    {[]*note.Document{named("X"), named("A"), named("B"), named("C"), group("B", "0", "A")}, []int{-1, 0, 1, 2, 3}},
		"another order": {[]*note.Document{named("C"), named("A"), named("B")}, []int{2, 0, 1}},
		"another kind":  {[]*note.Document{doc("Database", "FullName: CN=A/O=Acme"), named("B")}, []int{-1, 1}},
	} {
		part := parts(&c, 0, first, tt.docs...)
		if part.Same(first) {
			t.Errorf("%s: the part is said to be the same", name)
		}
		for i, from := range tt.shared {
			e := part.entries[i]
			shared := -1
			for k, o := range first.entries {
				if &o.FullName[0] == &e.FullName[0] {
					shared = k
				}
			}
			if shared != from || e.Line != 10*(i+1) {
				t.Errorf("%s: entry %d of line %d shares the texts of %d, want %d", name, i, e.Line, shared, from)
			}
		}
	}
}

// TestWants: an item that Add looks at is wanted, whatever its case, and nothing
// else of a form of this package.
func TestWants(t *testing.T) {
	var c Collector
	for _, tt := range []struct {
		form, item string
		want       bool
	}{
		{"Person", "FullName", true}, {"person", "fullname", true}, {"Person", "Comment", false}, {"Group", "Members", true},
		{"Group", "$Readers", true}, {"Database", "MailFile", true}, {"Server", "Comment", true}, {"", "Comment", true}, {"Person", "Form", true},
	} {
		for range 2 { // the second answer is remembered
			if got := c.Wants(tt.form, tt.item); got != tt.want {
				t.Errorf("Wants(%q, %q): got %v, want %v", tt.form, tt.item, got, tt.want)
			}
		}
	}
}

// FuzzLookup holds what look-ups rely on: folding is stable, and a person is found
// under each full name, beside others.
func FuzzLookup(f *testing.F) {
	for _, seed := range []string{"CN=John Doe/OU=Sales/O=Acme", "John Doe", "jdoe", "a.b_c", "Kyūzō Ärger/Zürich/Acme/CH", "/", "*/Sales/Acme", "x@acme.com",
		"CN=a/CN=b", " a  b ", "İ", "\xff\xfe", "OU=/O=", "O=a/b", "a @ Domain"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, way := range []bool{exact, loose} {
			folded := string(appendFolded(nil, name, way))
			if again := string(appendFolded(nil, folded, way)); again != folded {
				t.Fatalf("%q: folded %q, once more %q", name, folded, again)
			}
		}
		b := NewBuilder()
		b.Add(0, person(name, "short", "other@acme.com"))
		b.Add(0, person("CN=Other/O=Else", "other", "else@acme.com"))
		d := b.Build()
		for _, e := range d.entries {
			for _, full := range e.FullName {
				if strings.ContainsRune(full, '@') || len(appendName(nil, full, loose)) == 0 {
					continue // an address, or nothing but blanks
				}
				if !slices.Contains(d.Lookup(Query{Local: full}), e) {
					t.Fatalf("%q is not found under %q", name, full)
				}
			}
		}
		d.Login(name, true)
		d.InGroup(name, name)
		MatchName(name, name)
		SplitAddress(name)
	})
}
