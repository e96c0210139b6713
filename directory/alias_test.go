package directory

import (
	"fmt"
	"testing"
)

// TestAliasTakesNothing: a name that somebody chose for himself in the directory
// over the network neither takes nor blocks what is another's own, there or in
// another directory, wherever the network's stands.
func TestAliasTakesNothing(t *testing.T) {
	mallory := remotePerson("UID=mallory/DC=net", "mallory", "mallory@acme.com")
	mallory.Remote = &RemoteEntry{Aliases: []string{"Mary Minor", "mminor", "rosa", "John Doe", "jdoe", "nobody else"}}
	rosa := remotePerson("UID=rosa/DC=net", "rosa", "rosa.r@acme.com")
	for _, number := range []int{0, 1, Last} {
		f := &further{place: Place{Number: number, Logins: true}, entries: []*Entry{mallory, rosa}}
		for _, exhaustive := range []bool{false, true} {
			for _, c := range []struct{ name, want string }{
				{"rosa", "[UID=rosa/DC=net]"}, {"John.Doe", "[John Doe/Acme]"}, {"jdoe", "[John Doe/Acme]"}, {"nobody.else", "[UID=mallory/DC=net]"}, {"Mary.Minor", "[Mary Minor/Third]"},
			} {
				got, state := assisted(t, acme(t), f, func(v View) ([]*Entry, State) {
					return v.Lookup(Query{Local: c.name, Domain: "other.com", Exhaustive: exhaustive})
				})
				if state != Complete || fmt.Sprint(names(got)) != c.want {
					t.Errorf("directory %d, exhaustive %t: the local part %s is %v (%v), want %s", number, exhaustive, c.name, names(got), state, c.want)
				}
			}
		}
		for _, c := range []struct{ name, want string }{
			{"rosa", "[UID=rosa/DC=net]"}, {"John Doe", "[John Doe/Acme]"}, {"jdoe", "[John Doe/Acme]"}, {"nobody else", "[UID=mallory/DC=net]"}, {"Mary Minor", "[Mary Minor/Third]"},
		} {
			got, state := assisted(t, acme(t), f, func(v View) ([]*Entry, State) { return v.Login(c.name, true) })
			if state != Complete || fmt.Sprint(names(got)) != c.want {
				t.Errorf("directory %d: %q logs in as %v (%v), want %s", number, c.name, names(got), state, c.want)
			}
		}
		// Fewer name variations: a short name is no name to log in with, so that
		// nobody's own is taken.
		for _, c := range []struct{ name, want string }{
			{"John Doe", "[John Doe/Acme]"}, {"Mary Minor", "[Mary Minor/Third]"}, {"john.doe@acme.com", "[John Doe/Acme]"},
			{"rosa", "[UID=mallory/DC=net]"}, {"nobody else", "[UID=mallory/DC=net]"}, {"mallory", "[]"},
		} {
			got, state := assisted(t, acme(t), f, func(v View) ([]*Entry, State) { return v.Login(c.name, false) })
			if state != Complete || fmt.Sprint(names(got)) != c.want {
				t.Errorf("directory %d, fewer variations: %q logs in as %v (%v), want %s", number, c.name, names(got), state, c.want)
			}
		}
	}
}

// TestAliasAndNoAnswer: a name that somebody chose for himself decides nothing
// where the directory over the network cannot be asked or gave a part only.
// Somebody whose own name it is may be in the rest.
func TestAliasAndNoAnswer(t *testing.T) {
	alias := func(name string, aliases ...string) *Entry {
		e := remotePerson("UID="+name+"/DC=net", name, name+"@net.example")
		e.Remote = &RemoteEntry{Aliases: aliases}
		return e
	}
	first := func(name, first string) *Entry {
		e := remotePerson("UID="+name+"/DC=net", name, name+"@net.example")
		e.First = first
		return e
	}
	one, two := alias("m1", "rosa", "r@net.example", "John Doe"), alias("m2", "rosa", "r@net.example", "John Doe")
	own, twin := remotePerson("UID=rosa/OU=a/DC=net", "rosa", "r@net.example"), remotePerson("UID=rosa/OU=b/DC=net", "rosa", "r@net.example")
	kim, lee := first("k1", "rosa"), first("k2", "rosa")
	elsewhere := remotePerson("UID=rosa/OU=c/DC=net", "rosa", "c@net.example")
	elsewhere.MailDomain = "Elsewhere"
	local, address := Query{Local: "rosa", Domain: "other.com", Mode: LocalPartOnly}, Query{Local: "r", Domain: "net.example", Mode: FullnameOnly}
	exhaustive, domain := local, Query{Local: "rosa @ NetDomain"}
	exhaustive.Exhaustive = true
	both := Query{Local: "rosa", Domain: "other.com"}
	primary := Query{Local: "John.Doe", Domain: "other.com", Mode: LocalPartOnly}
	for _, c := range []struct {
		name    string
		entries []*Entry
		cut     Cut
		place   int
		q       Query
		want    string
	}{
		{"one alias", []*Entry{one}, Whole, Last, local, "[UID=m1/DC=net]"},
		{"two aliases", []*Entry{one, two}, Whole, Last, local, "[UID=m1/DC=net UID=m2/DC=net]"},
		{"cut: one alias", []*Entry{one}, CutAnywhere, Last, local, "unavailable"},
		{"cut: two aliases", []*Entry{one, two}, CutAnywhere, Last, local, "unavailable"},
		{"cut: two aliases that are addresses", []*Entry{one, two}, CutAnywhere, Last, address, "unavailable"},
		{"cut: two aliases, exhaustive", []*Entry{one, two}, CutAnywhere, Last, exhaustive, "unavailable"},
		{"cut: two aliases of somebody in memory", []*Entry{one, two}, CutAnywhere, 0, primary, "unavailable"},
		{"cut: two own names", []*Entry{own, twin, one}, CutAnywhere, Last, local, "[UID=rosa/a/DC=net UID=rosa/b/DC=net]"},
		{"cut: two own addresses", []*Entry{own, twin, one}, CutAnywhere, Last, address, "[UID=rosa/a/DC=net UID=rosa/b/DC=net]"},
		{"cut: one own name", []*Entry{own, one, two}, CutAnywhere, Last, local, "unavailable"},
		{"cut: two first names", []*Entry{kim, lee}, CutAnywhere, Last, local, "unavailable"},
		{"cut: two own names, and perhaps somebody of the address", []*Entry{own, twin}, CutAnywhere, Last, both, "unavailable"},
		{"cut in the first names: nobody of the address, one own name", []*Entry{own, kim}, CutPartly, Last, both, "[UID=rosa/a/DC=net]"},
		{"cut: nobody", nil, CutAnywhere, Last, local, "unavailable"},
		{"cut: two own names, one of another Notes domain", []*Entry{own, elsewhere}, CutAnywhere, Last, domain, "unavailable"},
		{"cut in the first names: two aliases", []*Entry{one, two}, CutPartly, Last, local, "unavailable"},
		{"cut in the first names: an alias that is an address", []*Entry{one}, CutPartly, Last, address, "[UID=m1/DC=net]"},
		{"cut in the first names: one own name", []*Entry{own, kim, lee}, CutPartly, Last, local, "[UID=rosa/a/DC=net]"},
		{"cut in the first names: two of them", []*Entry{kim, lee}, CutPartly, Last, local, "[UID=k1/DC=net UID=k2/DC=net]"},
		{"cut in the first names: one of them", []*Entry{kim}, CutPartly, Last, local, "unavailable"},
		{"cut in the first names: nobody of the address", []*Entry{kim, lee}, CutPartly, Last, address, "[]"},
	} {
		f := &further{place: Place{Number: c.place}, entries: c.entries, cut: c.cut}
		got, state := assisted(t, acme(t), f, func(v View) ([]*Entry, State) { return v.Lookup(c.q) })
		if s := outcome(got, state); s != c.want {
			t.Errorf("%s: Lookup(%+v) is %s, want %s", c.name, c.q, s, c.want)
		}
	}
	for _, c := range []struct {
		name    string
		entries []*Entry
		cut     Cut
		more    bool
		login   string
		want    string
	}{
		{"two aliases", []*Entry{one, two}, Whole, true, "rosa", "[UID=m1/DC=net UID=m2/DC=net]"},
		{"cut: two aliases", []*Entry{one, two}, CutAnywhere, true, "rosa", "unavailable"},
		{"cut: two aliases of somebody in memory", []*Entry{one, two}, CutAnywhere, true, "John Doe", "unavailable"},
		{"cut: two short names", []*Entry{own, twin}, CutAnywhere, true, "rosa", "unavailable"},
		{"cut: two own addresses", []*Entry{own, twin}, CutAnywhere, false, "r@net.example", "[UID=rosa/a/DC=net UID=rosa/b/DC=net]"},
		{"cut in the first names: two aliases", []*Entry{one, two}, CutPartly, true, "rosa", "unavailable"},
		{"cut in the first names: two aliases, where these do not count", []*Entry{one, two}, CutPartly, false, "rosa", "[UID=m1/DC=net UID=m2/DC=net]"},
		{"cut in the first names: one short name", []*Entry{own, kim}, CutPartly, true, "rosa", "[UID=rosa/a/DC=net]"},
		{"cut in the first names: two of them", []*Entry{kim, lee}, CutPartly, true, "rosa", "[UID=k1/DC=net UID=k2/DC=net]"},
		{"cut in the first names: one of them", []*Entry{kim}, CutPartly, true, "rosa", "unavailable"},
	} {
		f := &further{place: Place{Number: 0, Logins: true}, entries: c.entries, cut: c.cut}
		got, state := assisted(t, acme(t), f, func(v View) ([]*Entry, State) { return v.Login(c.login, c.more) })
		if s := outcome(got, state); s != c.want {
			t.Errorf("%s: %q logs in as %s, want %s", c.name, c.login, s, c.want)
		}
	}
	away := &further{place: Place{Number: Last, Logins: true}, err: ErrUnavailable}
	if got, state := assisted(t, acme(t), away, func(v View) ([]*Entry, State) { return v.Lookup(local) }); outcome(got, state) != "unavailable" {
		t.Errorf("not answered: %s", outcome(got, state))
	}
}

// outcome gives what came of a look-up.
func outcome(found []*Entry, state State) string {
	switch state {
	case Complete:
		return fmt.Sprint(names(found))
	case Unavailable:
		return "unavailable"
	}
	return "incomplete"
}
