package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"domigo/configdoc/note"
)

// further is an Assistance that gives all it has to every question, as a server
// may that matches differently: look-ups judge.
type further struct {
	place   Place
	entries []*Entry
	err     error
	cut     Cut
	asked   int
}

func (f *further) Place() Place { return f.place }

func (f *further) Find(_ context.Context, questions []Question) []Answer {
	out := make([]Answer, len(questions))
	f.asked += len(questions)
	for i := range out {
		if f.err != nil {
			out[i] = Answer{Err: f.err}
			continue
		}
		var own []*Entry
		for _, e := range f.entries {
			c := *e
			own = append(own, &c)
		}
		out[i] = Answer{Entries: Answered(own), Cut: f.cut}
	}
	return out
}

func (f *further) Verify(context.Context, *Entry, string) error { return ErrAuthFailed }

// assisted gives the outcome of a look-up with its fetches.
func assisted(t testing.TB, d *Directory, f *further, look func(View) ([]*Entry, State)) ([]*Entry, State) {
	t.Helper()
	v := d.Assisted(f)
	found, state := look(v)
	if state == Incomplete {
		if !v.Fetch(context.Background(), f) {
			t.Fatal("a look-up is incomplete and wants no answer")
		}
		if len(v.Missing()) != 0 {
			t.Fatal("answers are missing after Fetch")
		}
		found, state = look(v)
	}
	return found, state
}

func remotePerson(name, short, address string) *Entry {
	return &Entry{Kind: Person, DN: "uid=" + short, FullName: []string{name}, ShortName: []string{short}, InternetAddress: address}
}

// TestAssistedLookup: when the directory over the network has a say, and what
// comes of it.
func TestAssistedLookup(t *testing.T) {
	d := acme(t)
	behind := Place{Number: Last}
	ldap := []*Entry{
		remotePerson("CN=Lena Dap/O=Net", "lena", "lena@acme.com"),
		remotePerson("CN=John Other/O=Net", "jdoe", "john.doe@acme.com"),
		remotePerson("CN=Mary Minor/O=Third", "mary", "mary@third.example"),
		remotePerson("CN=Twin/O=Net", "twin", "twin@acme.com"),
		remotePerson("CN=Twin/O=Net2", "twin", "twin@acme.com"),
		{Kind: Group, DN: "cn=crew", FullName: []string{"crew", "crew@acme.com"}, Members: []string{"lena"}},
	}
	ldap[0].First, ldap[0].Last = "Lena", "Dap"
	for _, tc := range []struct {
		name  string
		place Place
		q     Query
		want  string
		asked int
	}{
		{"in memory first", behind, Query{Local: "john.doe", Domain: "acme.com"}, "[John Doe/Acme]", 0},
		{"only there", behind, Query{Local: "lena", Domain: "acme.com"}, "[Lena Dap/Net]", 1},
		{"by name", behind, Query{Local: "Lena Dap"}, "[Lena Dap/Net]", 1},
		{"by last name alone", behind, Query{Local: "dap", Domain: "acme.com"}, "[Lena Dap/Net]", 1},
		{"first name in memory, nothing asked", behind, Query{Local: "jane", Domain: "acme.com", Mode: LocalPartOnly}, "[Jane Smith/Sales/Acme]", 0},
		{"nowhere, and others come back", behind, Query{Local: "nobody", Domain: "acme.com"}, "[]", 1},
		{"ambiguous there", behind, Query{Local: "twin", Domain: "acme.com"}, "[Twin/Net Twin/Net2]", 1},
		{"exhaustive", behind, Query{Local: "john.doe", Domain: "acme.com", Exhaustive: true}, "[John Doe/Acme John Other/Net]", 1},
		{"exhaustive, one thing twice", behind, Query{Local: "mary.minor", Exhaustive: true}, "[Mary Minor/Third]", 1},
		{"primary only", behind, Query{Local: "lena", Domain: "acme.com", PrimaryOnly: true}, "[]", 0},
		{"no catalogs", behind, Query{Local: "lena", Domain: "acme.com", NoCatalogs: true}, "[Lena Dap/Net]", 1},
		{"part of the primary", Place{}, Query{Local: "lena", Domain: "acme.com", PrimaryOnly: true}, "[Lena Dap/Net]", 1},
		{"part of the primary: both", Place{}, Query{Local: "john.doe", Domain: "acme.com"}, "[John Doe/Acme John Other/Net]", 1},
		{"before the catalogs", Place{Number: 1}, Query{Local: "mary", Domain: "acme.com"}, "[Mary Minor/Third]", 1},
		{"before the second catalog", Place{Number: 2}, Query{Local: "mary", Domain: "acme.com", Mode: LocalPartOnly}, "[Mary Major/Other]", 0},
		{"behind all", behind, Query{Local: "mary", Domain: "acme.com", Mode: LocalPartOnly}, "[Mary Major/Other]", 0},
		{"an address is looked up everywhere before its local part", behind, Query{Local: "mary", Domain: "acme.com"}, "[Mary Major/Other]", 1},
		{"alias domain", behind, Query{Local: "lena", Domain: "alias.example", Primary: "acme.com", Mode: FullnameOnly}, "[Lena Dap/Net]", 1},
		{"another domain", behind, Query{Local: "lena", Domain: "other.example", Mode: FullnameOnly}, "[]", 1},
		{"group by its other address", behind, Query{Local: "crew", Domain: "acme.com", Mode: FullnameOnly}, "[crew]", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &further{place: tc.place, entries: ldap}
			found, state := assisted(t, d, f, func(v View) ([]*Entry, State) { return v.Lookup(tc.q) })
			if got := fmt.Sprint(names(found)); got != tc.want || state != Complete || f.asked != tc.asked {
				t.Errorf("Lookup(%+v): got %s, state %d, %d questions; want %s, %d", tc.q, got, state, f.asked, tc.want, tc.asked)
			}
		})
	}
}

// TestAssistedAway: a directory that does not answer leaves open what hangs on
// it, and nothing else.
func TestAssistedAway(t *testing.T) {
	d := acme(t)
	f := &further{place: Place{Number: Last, Logins: true}, err: fmt.Errorf("%w: test", ErrUnavailable)}
	for q, want := range map[Query]State{
		{Local: "john.doe", Domain: "acme.com"}:                    Complete,
		{Local: "nobody", Domain: "acme.com"}:                      Unavailable,
		{Local: "nobody", Domain: "acme.com", PrimaryOnly: true}:   Complete,
		{Local: "john.doe", Domain: "acme.com", Exhaustive: true}:  Unavailable,
		{Local: "nobody", Domain: "acme.com", Mode: LocalPartOnly}: Unavailable,
	} {
		if found, state := assisted(t, d, f, func(v View) ([]*Entry, State) { return v.Lookup(q) }); state != want || state != Complete && found != nil {
			t.Errorf("Lookup(%+v): got %v, state %d, want state %d", q, found, state, want)
		}
	}
	for name, want := range map[string]State{"jdoe": Complete, "nobody": Unavailable} {
		if _, state := assisted(t, d, f, func(v View) ([]*Entry, State) { return v.Login(name, true) }); state != want {
			t.Errorf("Login(%s): got state %d, want %d", name, state, want)
		}
	}
	// More than it gave: whether one is the only one cannot be told.
	cut := &further{place: Place{Number: Last}, cut: CutAnywhere, entries: []*Entry{remotePerson("CN=Lena/O=Net", "lena", "lena@acme.com")}}
	if _, state := assisted(t, d, cut, func(v View) ([]*Entry, State) { return v.Lookup(Query{Local: "lena"}) }); state != Unavailable {
		t.Errorf("cut answer with one match: state %d", state)
	}
}

// TestAssistedLogin: who logs in, by the order of directories.
func TestAssistedLogin(t *testing.T) {
	d := acme(t)
	entries := []*Entry{remotePerson("CN=Lena Dap/O=Net", "lena", "lena@acme.com"), remotePerson("CN=John Other/O=Net", "jdoe", "jdoe@acme.com")}
	for _, tc := range []struct {
		name  string
		place Place
		login string
		want  string
	}{
		{"there", Place{Number: Last, Logins: true}, "lena", "[Lena Dap/Net]"},
		{"by address", Place{Number: Last, Logins: true}, "LENA@acme.com", "[Lena Dap/Net]"},
		{"nobody logs in there", Place{Number: Last}, "lena", "[]"},
		{"in memory first", Place{Number: Last, Logins: true}, "jdoe", "[John Doe/Acme]"},
		{"one of both as one", Place{Logins: true}, "jdoe", "[John Doe/Acme John Other/Net]"},
		{"nobody", Place{Logins: true}, "", "[]"},
	} {
		f := &further{place: tc.place, entries: entries}
		found, state := assisted(t, d, f, func(v View) ([]*Entry, State) { return v.Login(tc.login, true) })
		if got := fmt.Sprint(names(found)); got != tc.want || state != Complete {
			t.Errorf("%s: got %s, state %d, want %s", tc.name, got, state, tc.want)
		}
	}
}

// TestAliases: names that whoever edits an entry may choose are found, open
// nothing, and take nobody's own name.
func TestAliases(t *testing.T) {
	mallory := remotePerson("UID=mallory/DC=net", "mallory", "mallory@acme.com")
	mallory.Remote = &RemoteEntry{Aliases: []string{"rosa", "Nick Name", "nick@acme.com"}}
	rosa := remotePerson("UID=rosa/DC=net", "rosa", "rosa@acme.com")
	f := &further{place: Place{Number: Last, Logins: true}, entries: []*Entry{mallory, rosa}}
	if got := mallory.Identities(); !slices.Equal(got, []string{"UID=mallory/DC=net"}) {
		t.Errorf("identities %q: an alias gives rights", got)
	}
	look := func(q Query) func(View) ([]*Entry, State) {
		return func(v View) ([]*Entry, State) { return v.Lookup(q) }
	}
	login := func(name string, more bool) func(View) ([]*Entry, State) {
		return func(v View) ([]*Entry, State) { return v.Login(name, more) }
	}
	for _, tc := range []struct {
		name string
		look func(View) ([]*Entry, State)
		want string
	}{
		{"found by the alias", look(Query{Local: "Nick.Name", Domain: "acme.com"}), "[UID=mallory/DC=net]"},
		{"found by a further address", look(Query{Local: "nick", Domain: "acme.com", Mode: FullnameOnly}), "[UID=mallory/DC=net]"},
		{"login by it", login("nick name", false), "[UID=mallory/DC=net]"},
		{"login by a further address", login("nick@acme.com", false), "[UID=mallory/DC=net]"},
		{"another's short name stays hers", login("rosa", true), "[UID=rosa/DC=net]"},
	} {
		found, state := assisted(t, acme(t), f, tc.look)
		if got := fmt.Sprint(names(found)); got != tc.want || state != Complete {
			t.Errorf("%s: got %s, state %d, want %s", tc.name, got, state, tc.want)
		}
	}
}

// TestWantLogin: the question of a login is asked under a name that is known in
// memory as well, once, and not where nobody logs in by way of the other directory.
func TestWantLogin(t *testing.T) {
	for _, tc := range []struct {
		logins bool
		name   string
		want   int
	}{{true, "jdoe", 1}, {false, "jdoe", 0}, {true, "", 0}, {true, strings.Repeat("x", maxLogin+1), 0}} {
		f := &further{place: Place{Number: Last, Logins: tc.logins}}
		v := acme(t).Assisted(f)
		v.WantLogin(tc.name)
		v.WantLogin(tc.name)
		if got := len(v.Missing()); got != tc.want {
			t.Errorf("%+v: %d questions, want %d", tc, got, tc.want)
		}
		if tc.want > 0 && v.Missing()[0] != loginQuestion(tc.name) {
			t.Errorf("asks %+v", v.Missing()[0])
		}
	}
	acme(t).View().WantLogin("jdoe")
}

// TestAssistedAsMemory: a directory over the network gives what the same entries
// give in memory, as a further directory behind the others.
func TestAssistedAsMemory(t *testing.T) {
	words := []string{"ann", "bob", "Ann", "ann.bob", "bob ann", "cat", "CN=Ann/O=X", "Bob/X"}
	word := rapid.SampledFrom(words)
	rapid.Check(t, func(r *rapid.T) {
		make := func(label string) []*note.Document {
			var out []*note.Document
			for range rapid.IntRange(0, 4).Draw(r, label) {
				w := func(s string) string { return word.Draw(r, s) }
				if rapid.Bool().Draw(r, "group") {
					out = append(out, group(w("name"), rapid.SampledFrom([]string{"0", "1", "2"}).Draw(r, "type"), "x"))
					continue
				}
				out = append(out, person(w("full"), w("short"), w("local")+"@acme.com", "FirstName: "+w("first"), "LastName: "+w("last")))
			}
			return out
		}
		primary, net := make("primary"), make("net")
		all := build(t, primary, net)
		local := build(t, primary)
		f := &further{place: Place{Number: 1, Logins: true}}
		for _, e := range build(t, net).entries {
			c := *e
			c.DN = "dn"
			f.entries = append(f.entries, &c)
		}
		q := Query{Local: word.Draw(r, "local"), Domain: rapid.SampledFrom([]string{"", "acme.com"}).Draw(r, "domain"),
			Mode:        rapid.SampledFrom([]Mode{FullnameThenLocalPart, FullnameOnly, LocalPartOnly}).Draw(r, "mode"),
			PrimaryOnly: rapid.Bool().Draw(r, "only"), Exhaustive: rapid.Bool().Draw(r, "exhaustive")}
		want := fmt.Sprint(names(all.Lookup(q)))
		found, state := assisted(t, local, f, func(v View) ([]*Entry, State) { return v.Lookup(q) })
		if got := fmt.Sprint(names(found)); got != want || state != Complete {
			r.Fatalf("Lookup(%+v): got %s, state %d, in memory %s", q, got, state, want)
		}
		name, more := word.Draw(r, "login"), rapid.Bool().Draw(r, "more")
		want = fmt.Sprint(names(all.Login(name, more)))
		found, state = assisted(t, local, f, func(v View) ([]*Entry, State) { return v.Login(name, more) })
		if got := fmt.Sprint(names(found)); got != want || state != Complete {
			r.Fatalf("Login(%q, %v): got %s, in memory %s", name, more, got, want)
		}
	})
}

// BenchmarkView: a site without LDAP pays nothing for it.
func BenchmarkView(b *testing.B) {
	d := benchDirectory()
	v := d.Assisted(nil)
	b.ReportAllocs()
	for b.Loop() {
		if found, state := v.Lookup(Query{Local: "first777.last777", Domain: "acme.com"}); len(found) != 1 || state != Complete {
			b.Fatal("not found")
		}
	}
}
