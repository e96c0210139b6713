package directory

import (
	"testing"

	"domigo/configdoc/note"
)

func TestLookup(t *testing.T) {
	d := acme(t)
	const john, jane, joan, kyuzo = "John Doe/Acme", "Jane Smith/Sales/Acme", "Joan Smith/Acme", "Kyūzō Author/Acme"
	const major, minor = "Mary Major/Other", "Mary Minor/Third"
	type q = Query
	for _, c := range []struct {
		name string
		q    Query
		want []string
	}{
		{"whole address", q{Local: "john.doe", Domain: "acme.com"}, []string{john}},
		{"whole address, case", q{Local: "JOHN.Doe", Domain: "ACME.com"}, []string{john}},
		{"full name written as an address", q{Local: "jd.alias", Domain: "acme.com", Mode: FullnameOnly}, []string{john}},
		{"Fullname only: short name", q{Local: "jdoe", Domain: "acme.com", Mode: FullnameOnly}, nil},
		{"Fullname only: common name", q{Local: "Kyūzō Author", Domain: "acme.com", Mode: FullnameOnly}, nil},
		{"alias domain without primary", q{Local: "john.doe", Domain: "acme.example", Mode: FullnameOnly}, nil},
		{"alias domain", q{Local: "john.doe", Domain: "acme.example", Primary: "acme.com", Mode: FullnameOnly}, []string{john}},
		{"alias domain, nobody", q{Local: "nobody", Domain: "acme.example", Primary: "acme.com"}, nil},
		{"short name", q{Local: "jdoe", Domain: "acme.com"}, []string{john}},
		{"short name at any domain", q{Local: "JDOE", Domain: "elsewhere.example", Mode: LocalPartOnly}, []string{john}},
		{"Local Part only leaves addresses out", q{Local: "jd.alias", Domain: "acme.com", Mode: LocalPartOnly}, nil},
		{"common name", q{Local: "Kyūzō Author", Domain: "acme.com"}, []string{kyuzo}},
		{"common name, underscore", q{Local: "KYŪZŌ_author", Domain: "acme.com"}, []string{kyuzo}},
		{"common name, dots", q{Local: "john..doe", Domain: "acme.example"}, []string{john}},
		{"accents count", q{Local: "kyuzo author", Domain: "acme.com"}, nil},
		{"abbreviated name", q{Local: "Jane Smith/Sales/Acme", Domain: "acme.com"}, []string{jane}},
		{"abbreviated name, underscores", q{Local: "Jane_Smith/Sales/Acme", Domain: "acme.com"}, []string{jane}},
		{"canonical name", q{Local: "CN=Jane Smith/OU=Sales/O=Acme", Domain: "acme.com"}, []string{jane}},
		{"first and last name", q{Local: "jane.smith", Domain: "acme.example"}, []string{jane}},
		{"first, middle and last name", q{Local: "jane.q.smith", Domain: "acme.com"}, []string{jane}},
		{"last name alone", q{Local: "doe", Domain: "acme.com"}, []string{john}},
		{"last name alone, ambiguous", q{Local: "smith", Domain: "acme.com"}, []string{jane, joan}},
		{"short name before first name", q{Local: "joan", Domain: "acme.example"}, []string{joan}},
		{"mail-in", q{Local: "help", Domain: "acme.com", Mode: FullnameOnly}, []string{"Help Desk"}},
		{"mail-in by name", q{Local: "Help_Desk", Domain: "acme.com"}, []string{"Help Desk"}},
		{"mail-in by second name", q{Local: "support", Domain: "acme.com"}, []string{"Help Desk"}},
		{"group", q{Local: "sales", Domain: "acme.com"}, []string{"Sales"}},
		{"group with blank", q{Local: "news.list", Domain: "acme.com"}, []string{"News List"}},
		{"access control group takes no mail", q{Local: "Admins", Domain: "acme.com"}, nil},
		{"deny list takes no mail", q{Local: "Gone", Domain: "acme.com"}, nil},
		{"catalog", q{Local: "mary", Domain: "other.example"}, []string{major}},
		{"catalog, whole address before local part", q{Local: "mary", Domain: "third.example"}, []string{minor}},
		{"first directory with a match", q{Local: "mary", Domain: "acme.com"}, []string{major}},
		{"exhaustive", q{Local: "mary", Domain: "acme.com", Exhaustive: true}, []string{major, minor}},
		{"exhaustive, copy in a catalog", q{Local: "jdoe", Domain: "acme.com", Exhaustive: true}, []string{john}},
		{"exhaustive, whole address of a copy", q{Local: "john.doe", Domain: "acme.com", Exhaustive: true}, []string{john}},
		{"exhaustive, other person with the short name", q{Local: "jsmith", Domain: "acme.com", Exhaustive: true}, []string{jane, major}},
		{"primary directory only", q{Local: "mary", Domain: "other.example", PrimaryOnly: true}, nil},
		{"primary directory only, exhaustive", q{Local: "jsmith", Domain: "acme.com", PrimaryOnly: true, Exhaustive: true}, []string{jane}},
		{"no catalogs", q{Local: "mary", Domain: "acme.com", NoCatalogs: true}, nil},
		{"last name in the primary before common name in a catalog", q{Local: "smith", Domain: "third.org"}, []string{jane, joan}},
		{"exhaustive: common name before last name", q{Local: "smith", Domain: "third.org", Exhaustive: true}, []string{"Smith/Third"}},
		{"name without domain", q{Local: "John Doe/Acme"}, []string{john}},
		{"name without domain in Fullname only", q{Local: "jdoe", Mode: FullnameOnly}, []string{john}},
		{"Notes domain", q{Local: "jdoe @ AcmeDomain"}, []string{john}},
		{"Notes domain in an address", q{Local: "John Doe/Acme@acmedomain", Domain: "acme.com"}, []string{john}},
		{"other Notes domain", q{Local: "jdoe@OtherDomain"}, nil},
		{"Notes domain, entry has none", q{Local: "joan@AcmeDomain"}, []string{joan}},
		{"two Notes domains", q{Local: "jdoe@AcmeDomain@Gateway"}, []string{john}},
		{"Internet domain in the local part", q{Local: "jdoe@evil.example", Domain: "acme.com"}, nil},
		{"Internet domain in the local part, entry without Notes domain", q{Local: "joan@evil.example", Domain: "acme.com"}, nil},
		{"nobody", q{Local: "nobody", Domain: "acme.com"}, nil},
		{"blank", q{Local: " ", Domain: "acme.com"}, nil},
		{"nothing", q{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantNames(t, "Lookup", d.Lookup(c.q), c.want...)
		})
	}
}

func TestLookupTwoEntriesIsAmbiguous(t *testing.T) {
	d := build(t, []*note.Document{person("CN=A/O=Acme", "x", "info@acme.com"), person("CN=B/O=Acme", "x", ""), doc("Database", "FullName: Info", "InternetAddress: info@acme.com")})
	wantNames(t, "address", d.Lookup(Query{Local: "info", Domain: "acme.com"}), "A/Acme", "Info")
	wantNames(t, "short name", d.Lookup(Query{Local: "x", Domain: "acme.com"}), "A/Acme", "B/Acme")
}

// TestLookupCannotReachIntoTheIndex: appending to an answer must not change the
// next one.
func TestLookupCannotReachIntoTheIndex(t *testing.T) {
	d := acme(t)
	q := Query{Local: "mary", Domain: "acme.com"}
	if got := append(d.Lookup(q), &Entry{Dir: 2}); len(got) != 2 {
		t.Fatalf("got %d entries, want one and ours", len(got))
	}
	wantNames(t, "second look-up", d.Lookup(Query{Local: "mary", Domain: "acme.com", Exhaustive: true}), "Mary Major/Other", "Mary Minor/Third")
}

func TestEmptyDirectory(t *testing.T) {
	d := NewBuilder().Build()
	wantNames(t, "Lookup", d.Lookup(Query{Local: "a", Domain: "b.c"}))
	wantNames(t, "Login", d.Login("a", true))
	if _, ok := d.Expand("a"); ok {
		t.Error("Expand found a group in nothing")
	}
}
