package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"domigo/configdoc/note"

	"pgregory.net/rapid"
)

// alternates is a directory with alternate names: two people who share one, and one
// whose alternate name is another's common name.
func alternates(t testing.TB) *Directory {
	return build(t, []*note.Document{
		person("CN=Taro Yamada/OU=Tokyo/O=Acme/C=JP; Taro", "tyamada", "taro.yamada@acme.com", "FirstName: Taro", "LastName: Yamada",
			"AltFullName: CN=山田 太郎/OU=東京/O=アクメ/C=JP", "AltFullNameLanguage: ja", "AltFullNameSort: CN=やまだ たろう/OU=とうきょう/O=あくめ/C=JP"),
		person("CN=Tara Yamada/O=Acme", "tara", "", "AltFullName: CN=山田 太郎/O=アクメ"),
		person("CN=Jürgen Müller/O=Acme", "jmueller", "", "AltFullName: Juergen Mueller/Acme; x@alt.example"),
		person("CN=Juergen Mueller/OU=Sales/O=Acme", "jm2", ""),
		doc("Database", "FullName: Hotline", "AltFullName: 電話", "InternetAddress: hot@acme.com"),
	})
}

func TestLookupAlternateNames(t *testing.T) {
	d := alternates(t)
	const taro, tara, juergen, other = "Taro Yamada/Tokyo/Acme/JP", "Tara Yamada/Acme", "Jürgen Müller/Acme", "Juergen Mueller/Sales/Acme"
	for _, c := range []struct {
		name string
		q    Query
		want []string
	}{
		{"A01 canonical", Query{Local: "CN=山田 太郎/OU=東京/O=アクメ/C=JP"}, []string{taro}},
		{"A02 abbreviated", Query{Local: "山田 太郎/東京/アクメ/JP"}, []string{taro}},
		{"A03 wide blank", Query{Local: "山田\u3000太郎/アクメ"}, []string{tara}},
		{"A04 common name of two", Query{Local: "山田_太郎", Domain: "acme.com"}, []string{taro, tara}},
		{"A05 alternate name of one, common name of another", Query{Local: "juergen.mueller", Domain: "acme.com"}, []string{juergen, other}},
		{"A06 whole, it is one", Query{Local: "Juergen Mueller/Acme"}, []string{juergen}},
		{"A07 written as an address", Query{Local: "x", Domain: "alt.example", Mode: FullnameOnly}, []string{juergen}},
		{"A08 Fullname only", Query{Local: "山田 太郎", Domain: "acme.com", Mode: FullnameOnly}, nil},
		{"A09 sort name is no name", Query{Local: "やまだ たろう", Domain: "acme.com"}, nil},
		{"A10 language is no name", Query{Local: "ja", Domain: "acme.com"}, nil},
		{"A11 mail-in databases have none", Query{Local: "電話", Domain: "acme.com"}, nil},
		{"A12 the full name still", Query{Local: "taro.yamada", Domain: "acme.com"}, []string{taro}},
	} {
		t.Run(c.name, func(t *testing.T) { wantNames(t, "Lookup", d.Lookup(c.q), c.want...) })
	}
}

func TestAlternateNamesElsewhere(t *testing.T) {
	d := alternates(t)
	for _, more := range []bool{false, true} {
		wantNames(t, "login with an alternate name", d.Login("山田 太郎/アクメ", more))
		wantNames(t, "login with another's alternate name", d.Login("Juergen Mueller", more), "Juergen Mueller/Sales/Acme")
	}
	taro := d.entries[0]
	if got, want := taro.Identities(), []string{"CN=Taro Yamada/OU=Tokyo/O=Acme/C=JP", "Taro", "CN=山田 太郎/OU=東京/O=アクメ/C=JP"}; !slices.Equal(got, want) {
		t.Errorf("Identities: got %q, want %q", got, want)
	}
	if got := d.Under("*/アクメ"); got != nil {
		t.Errorf("Under(*/アクメ): got %q, want none, as a person is known by the first full name", got)
	}
}

// TestEntrySize: a directory holds some 100,000 entries, each in a block of this
// size; a field more would take them all to the next.
func TestEntrySize(t *testing.T) {
	const block = 384
	if got := unsafe.Sizeof(Entry{}); got > block {
		t.Errorf("an Entry has %d octets, more than the block of %d", got, block)
	}
}

func TestPartKeepsAlternateNames(t *testing.T) {
	var c Collector
	with := func(alt string) *note.Document {
		return person("CN=A/O=Acme", "a", "", "AltFullName: "+alt)
	}
	first := parts(&c, 0, nil, with("甲/Acme"))
	if got := first.entries[0].AltFullName; !slices.Equal(got, []string{"甲/Acme"}) {
		t.Errorf("got %q", got)
	}
	if !parts(&c, 0, first, with("甲/Acme")).Same(first) {
		t.Error("the same document gives another part")
	}
	if parts(&c, 0, first, with("乙/Acme")).Same(first) {
		t.Error("another alternate name is not noticed")
	}
	if !c.Wants("Person", "ALTFULLNAME") || c.Wants("Person", "AltFullNameSort") {
		t.Error("Wants: the alternate name is wanted, its sort name is not")
	}
}

func TestLookupOddNames(t *testing.T) {
	d := build(t, []*note.Document{
		person("CN=Ann/OU=1/OU=2/OU=3/OU=4/OU=5/O=Acme", "ann", ""),
		person("CN=Bob/OU=East/OU=Sales/O=Acme", "bob", ""),
		person("CN=Rob/OU=Sales/OU=East/O=Acme; Bob", "rob", ""),
		person("OU=Kiosk/O=Acme", "", "kiosk@acme.com"),
		person("CN=Muller/O=Acme", "m1", ""),
		person("CN=Müller/O=Acme", "m2", ""),
		person(" CN = Cy  Doe / O = Acme ", "c.d", ""),
		person("CN=O'Brien, Jr./O=R&D", "o'b", ""),
		person("Flat Name", "", ""),
		person("CN=John/OU=Acme/O=US", "j1", ""),
		person("CN=John/O=Acme/C=US", "j2", ""),
	})
	for _, c := range []struct {
		name, local string
		want        []string
	}{
		{"O01 five units", "Ann/1/2/3/4/5/Acme", []string{"Ann/1/2/3/4/5/Acme"}},
		{"O02 order of units", "Bob/East/Sales/Acme", []string{"Bob/East/Sales/Acme"}},
		{"O03 other order of units", "Bob/Sales/East/Acme", nil},
		{"O04 common name and alias", "bob", []string{"Bob/East/Sales/Acme", "Rob/Sales/East/Acme"}},
		{"O05 no common name, whole", "OU=Kiosk/O=Acme", []string{"OU=Kiosk/O=Acme"}},
		{"O06 no common name, its unit", "Kiosk", nil},
		{"O07 without accent", "muller", []string{"Muller/Acme"}},
		{"O08 with accent", "MÜLLER", []string{"Müller/Acme"}},
		{"O09 accent apart", "Mu\u0308ller", []string{"Müller/Acme"}},
		{"O10 blanks in the document", "Cy Doe/Acme", []string{"Cy  Doe/Acme"}},
		{"O11 blanks around the slash", "cy_doe / acme", []string{"Cy  Doe/Acme"}},
		{"O12 dot of a short name as a blank", "c_d", []string{"Cy  Doe/Acme"}},
		{"O13 odd characters", "o'brien, jr./r&d", []string{"O'Brien, Jr./R&D"}},
		{"O14 flat name", "CN=Flat Name", []string{"Flat Name"}},
		{"O15 part of a hierarchy", "Cy Doe/Other", nil},
		{"O16 organization or country: ambiguous", "John/Acme/US", []string{"CN=John/OU=Acme/O=US", "John/Acme/US"}},
		{"O17 a pattern is nobody", "*/Acme", nil},
		{"O18 everybody is nobody", "*", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantNames(t, fmt.Sprintf("Lookup(%q)", c.local), d.Lookup(Query{Local: c.local}), c.want...)
		})
	}
}

func TestDuplicateNames(t *testing.T) {
	for _, c := range []struct {
		name string
		docs []*note.Document
		want string // of the one problem, "" for none
	}{
		{"D01 short names", []*note.Document{person("CN=A/O=Acme", "x; same", ""), person("CN=B/O=Acme", "Same", "")}, `Person "B/Acme": the short name Same also means the Person "A/Acme"`},
		{"D02 short name and alias", []*note.Document{person("CN=A/O=Acme; Boss", "a", ""), person("CN=B/O=Acme", "boss", "")}, "the short name boss also means"},
		{"D03 alternate names", []*note.Document{person("CN=A/O=Acme", "a", "", "AltFullName: 甲/Acme"), person("CN=B/O=Acme", "b", "", "AltFullName: CN=甲/O=Acme")}, "the alternate name 甲/Acme also means"},
		{"D04 the same document twice says it once", []*note.Document{person("CN=A/O=Acme", "a", ""), person("CN=A/O=Acme", "a", "")}, "the full name A/Acme also means"},
		{"D05 common names may be alike", []*note.Document{person("CN=A/OU=X/O=Acme", "a", ""), person("CN=A/OU=Y/O=Acme", "b", "")}, ""},
		{"D06 own short name like own common name", []*note.Document{person("CN=A/O=Acme", "a", "")}, ""},
	} {
		got := build(t, c.docs).Problems()
		if c.want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || c.want == "" || !strings.Contains(got[0].String(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, got, c.want)
		}
	}
}

func TestWildcardMembers(t *testing.T) {
	d := build(t, []*note.Document{
		group("Lists", "0", "*; */Sales/Acme; Inner"), group("Inner", "0", "*/OU=Dev/O=Acme; a@acme.com"),
		group("*/Sales/Acme", "0", "trap@acme.com"), group("Servers", "4", "*/Srv/Acme"), group("All", "2", "*"),
		person("CN=Ann/OU=Sales/O=Acme", "", ""), person("Ann/Sales/Acme", "", ""), person("CN=Bob/OU=Dev/O=Acme", "", ""),
	})
	if got, _ := d.Expand("Lists"); !slices.Equal(got, []string{"*", "*/Sales/Acme", "*/OU=Dev/O=Acme", "a@acme.com"}) {
		t.Errorf("W01 Expand keeps patterns, whatever groups are called: got %q", got)
	}
	for _, c := range []struct {
		id, group, name string
		want            bool
	}{
		{"W02", "Servers", "CN=Mail1/OU=Srv/O=Acme", true},
		{"W03", "Servers", "CN=Mail1/O=Acme", false},
		{"W04", "Servers", "Srv/Acme", false},
		{"W05", "All", "anybody at all", true},
		{"W06", "All", "", false},
	} {
		if got := d.InGroup(c.group, c.name); got != c.want {
			t.Errorf("%s InGroup(%q, %q): got %v, want %v", c.id, c.group, c.name, got, c.want)
		}
	}
	if got := d.Under("*/Sales/Acme"); !slices.Equal(got, []string{"CN=Ann/OU=Sales/O=Acme"}) {
		t.Errorf("W07 Under gives each person once, in either form: got %q", got)
	}
}

// spelled gives another spelling of a name that means the same in a local part.
func spelled(t *rapid.T, name string) string {
	switch rapid.IntRange(0, 4).Draw(t, "spelling") {
	case 1:
		return strings.ReplaceAll(name, " ", rapid.SampledFrom([]string{".", "_", "  ", "\u3000"}).Draw(t, "blank"))
	case 2:
		return strings.ToUpper(name)
	case 3:
		return strings.ReplaceAll(name, "/", " / ")
	case 4:
		return strings.ReplaceAll(strings.ReplaceAll(name, "ü", "u\u0308"), "É", "E\u0301")
	}
	return name
}

// TestLookupFindsEveryVariant: whatever variant of a person's names mail is for, the
// look-up finds the person, alone or among others who have it as well. A first or
// last name alone may be another's stronger name.
func TestLookupFindsEveryVariant(t *testing.T) {
	word := rapid.SampledFrom([]string{"Ann", "bo", "Müller", "ÉMILE", "Jr", "x.y", "山田", "σοφός", "d'Or"})
	hierarchy := rapid.SampledFrom([]string{"", "/Acme", "/OU=East/O=Acme", "/O=Acme/C=US", "/1/2/3/4/5/Acme", "/OU=Acme/O=US"})
	rapid.Check(t, func(t *rapid.T) {
		type variant struct {
			person int
			name   string
			weak   bool
		}
		var docs []*note.Document
		var variants []variant
		for i := range rapid.IntRange(1, 5).Draw(t, "persons") {
			strong := func(names ...string) {
				for _, n := range names {
					variants = append(variants, variant{person: i, name: n})
				}
			}
			full := func(what string) string {
				name := word.Draw(t, what) + " " + word.Draw(t, what) + hierarchy.Draw(t, "hierarchy")
				strong(name, Canonical(name), Abbreviate(name), CommonName(name), "CN="+CommonName(name))
				return name
			}
			first, middle, last, short := word.Draw(t, "first"), word.Draw(t, "middle"), word.Draw(t, "last"), word.Draw(t, "short")
			strong(short, first+" "+last, first+" "+middle+" "+last)
			variants = append(variants, variant{i, first, true}, variant{i, last, true})
			docs = append(docs, person(full("full name")+"; "+full("alias"), short, fmt.Sprintf("p%d@acme.com", i),
				"FirstName: "+first, "MiddleInitial: "+middle, "LastName: "+last, "AltFullName: "+full("alternate name")))
		}
		b := NewBuilder()
		for _, d := range docs {
			b.Add(0, d)
		}
		d := b.Build()
		v := rapid.SampledFrom(variants).Draw(t, "variant")
		text := spelled(t, v.name)
		q := Query{Local: text, Domain: "acme.com", Mode: LocalPartOnly}
		if rapid.Bool().Draw(t, "as a name") {
			q = Query{Local: text}
		}
		got := d.Lookup(q)
		if !slices.Contains(got, d.entries[v.person]) && (!v.weak || len(got) == 0) {
			t.Fatalf("%q: got %q, want %q among them", text, names(got), d.entries[v.person].FullName)
		}
	})
}
