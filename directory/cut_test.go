package directory

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"domigo/configdoc/note"
)

// TestCutAnswerNeverMisleads: a look-up in a part of what a directory over the
// network holds comes to what all of it says, or to no answer.
func TestCutAnswerNeverMisleads(t *testing.T) {
	word := rapid.SampledFrom([]string{"ann", "bob", "Ann", "ann.bob", "bob ann", "cat", "CN=Ann/O=X", "Bob/X", "ann@acme.com"})
	rapid.Check(t, func(r *rapid.T) {
		w := func(label string) string { return word.Draw(r, label) }
		var primary []*note.Document
		for range rapid.IntRange(0, 2).Draw(r, "primary") {
			primary = append(primary, person(w("full"), w("short"), w("local")+"@acme.com", "FirstName: "+w("first"), "LastName: "+w("last")))
		}
		var all []*Entry
		for i := range rapid.IntRange(0, 5).Draw(r, "net") {
			e := &Entry{Kind: Person, DN: fmt.Sprint(i), FullName: []string{fmt.Sprintf("UID=%d/%s", i, w("full"))}, ShortName: []string{w("short")},
				First: w("first"), Last: w("last"), MailDomain: rapid.SampledFrom([]string{"", "Net", "Other"}).Draw(r, "domain"), Remote: &RemoteEntry{}}
			if rapid.Bool().Draw(r, "by its name") {
				e.FullName = append(e.FullName, w("common"))
			}
			if rapid.Bool().Draw(r, "with an address") {
				e.InternetAddress = w("local") + "@acme.com"
			}
			if rapid.Bool().Draw(r, "with an alias") {
				e.Remote.Aliases = []string{w("alias")}
			}
			all = append(all, e)
		}
		place := Place{Number: rapid.SampledFrom([]int{0, 1, Last}).Draw(r, "place"), Logins: true}
		q := Query{Local: w("asked") + rapid.SampledFrom([]string{"", " @ Net"}).Draw(r, "tail"), Domain: rapid.SampledFrom([]string{"", "acme.com"}).Draw(r, "domain"),
			Mode: rapid.SampledFrom([]Mode{FullnameThenLocalPart, FullnameOnly, LocalPartOnly}).Draw(r, "mode"), Exhaustive: rapid.Bool().Draw(r, "exhaustive")}
		name, more := w("login"), rapid.Bool().Draw(r, "more")
		check := func(what string, look func(View) ([]*Entry, State), partly func(*Entry) bool) {
			d := build(t, primary)
			whole := kindOf(assisted(t, d, &further{place: place, entries: all}, look))
			cut := rapid.SampledFrom([]Cut{CutPartly, CutAnywhere}).Draw(r, "cut")
			f := &further{place: place, cut: cut}
			for _, e := range all {
				if cut == CutPartly && !partly(e) || rapid.Bool().Draw(r, "given") {
					f.entries = append(f.entries, e)
				}
			}
			if got := kindOf(assisted(t, d, f, look)); got != whole && got != "unavailable" {
				r.Fatalf("%s: %d of %d entries, lacking %d, give %s, all give %s", what, len(f.entries), len(all), cut, got, whole)
			}
		}
		check(fmt.Sprintf("Lookup(%+v)", q), func(v View) ([]*Entry, State) { return v.Lookup(q) }, func(e *Entry) bool {
			one := *e
			found, strong := Answered([]*Entry{&one}).localPart(&q, bareOf(q.Local))
			byName := len(found) > 0 && strong
			return !byName && len(Answered([]*Entry{&one}).wholeAddress(&q, q.Domain)) == 0
		})
		check(fmt.Sprintf("Login(%q, %v)", name, more), func(v View) ([]*Entry, State) { return v.Login(name, more) }, func(e *Entry) bool {
			fit := e.fit(name, true)
			return fit == noFit || fit == fitsPartly && e.fit(name, false) == noFit
		})
	})
}

func bareOf(name string) string {
	bare, _ := splitTail(name)
	return bare
}

// kindOf gives what a caller makes of a look-up: nobody, one, or more than one.
func kindOf(found []*Entry, state State) string {
	if state == Complete && len(found) > 1 {
		return "ambiguous"
	}
	return outcome(found, state)
}
