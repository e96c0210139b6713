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
	}
}
