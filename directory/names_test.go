package directory

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNameForms(t *testing.T) {
	for _, c := range []struct{ in, canonical, abbreviated, common string }{
		{"CN=John Doe/O=Acme", "CN=John Doe/O=Acme", "John Doe/Acme", "John Doe"},
		{"John Doe/Acme", "CN=John Doe/O=Acme", "John Doe/Acme", "John Doe"},
		{"John Doe/Sales/Acme", "CN=John Doe/OU=Sales/O=Acme", "John Doe/Sales/Acme", "John Doe"},
		{"cn=John Doe/ou=Sales/o=Acme/c=US", "CN=John Doe/OU=Sales/O=Acme/C=US", "John Doe/Sales/Acme/US", "John Doe"},
		{"John Doe/Acme/US", "CN=John Doe/O=Acme/C=US", "John Doe/Acme/US", "John Doe"},
		{"John Doe/US", "CN=John Doe/O=US", "John Doe/US", "John Doe"},
		{"John Doe/O=Acme", "CN=John Doe/O=Acme", "John Doe/Acme", "John Doe"},
		{"CN=Server-704/O=Acme", "CN=Server-704/O=Acme", "Server-704/Acme", "Server-704"},
		{"*/Acme", "*/O=Acme", "*/Acme", "*"},
		{"John Doe", "John Doe", "John Doe", "John Doe"},
		{"CN=John Doe", "CN=John Doe", "John Doe", "John Doe"},
		{" CN = John Doe / O = Acme ", "CN=John Doe/O=Acme", "John Doe/Acme", "John Doe"},
		{"CN=Kyūzō Author/O=Domino4Ever", "CN=Kyūzō Author/O=Domino4Ever", "Kyūzō Author/Domino4Ever", "Kyūzō Author"},
		{"a=b", "a=b", "a=b", "a=b"},
		{"", "", "", ""},
		// Four organizational units are Domino's most; a fifth is one, too.
		{"A/1/2/3/4/Acme/US", "CN=A/OU=1/OU=2/OU=3/OU=4/O=Acme/C=US", "A/1/2/3/4/Acme/US", "A"},
		{"A/1/2/3/4/5/Acme", "CN=A/OU=1/OU=2/OU=3/OU=4/OU=5/O=Acme", "A/1/2/3/4/5/Acme", "A"},
		{"CN=A/OU=East/OU=Sales/O=Acme", "CN=A/OU=East/OU=Sales/O=Acme", "A/East/Sales/Acme", "A"},
		{"CN=A/OU1=East/O=Acme", "CN=A/OU1=East/O=Acme", "A/East/Acme", "A"},
		// Names that are no person's: they begin with another type or with none.
		{"O=Acme", "O=Acme", "O=Acme", ""},
		{"OU=Sales/O=Acme", "OU=Sales/O=Acme", "OU=Sales/O=Acme", ""},
		{"/Sales/Acme", "/OU=Sales/O=Acme", "/Sales/Acme", ""},
		{"*/OU=Sales/O=Acme", "*/OU=Sales/O=Acme", "*/Sales/Acme", "*"},
		{"*", "*", "*", "*"},
		// Abbreviated, these would be read as other names.
		{"CN=John Doe/C=US", "CN=John Doe/C=US", "CN=John Doe/C=US", "John Doe"},
		{"CN=John Doe/OU=Acme/O=US", "CN=John Doe/OU=Acme/O=US", "CN=John Doe/OU=Acme/O=US", "John Doe"},
		{"CN=John Doe/O=Acme/C=Germany", "CN=John Doe/O=Acme/C=Germany", "CN=John Doe/O=Acme/C=Germany", "John Doe"},
		{"CN=John Doe/O=Acme/OU=Sales", "CN=John Doe/O=Acme/OU=Sales", "CN=John Doe/O=Acme/OU=Sales", "John Doe"},
		// Other types than Domino's stay.
		{"CN=John Doe/G=John/O=Acme", "CN=John Doe/G=John/O=Acme", "John Doe/G=John/Acme", "John Doe"},
		{"uid=jdoe/OU=people/DC=acme", "uid=jdoe/OU=people/DC=acme", "uid=jdoe/people/DC=acme", "uid=jdoe"},
		{"CN=A/OU=Sales/O=Acme/DC=acme", "CN=A/OU=Sales/O=Acme/DC=acme", "A/Sales/Acme/DC=acme", "A"},
		{"CN=a=b/O=Acme", "CN=a=b/O=Acme", "CN=a=b/O=Acme", "a=b"},
		// A slash parts components, whatever stands in front of it.
		{`A\/B/Acme`, `CN=A\/OU=B/O=Acme`, `A\/B/Acme`, `A\`},
		{"O'Brien, Jr. (ext)/R&D/Acme", "CN=O'Brien, Jr. (ext)/OU=R&D/O=Acme", "O'Brien, Jr. (ext)/R&D/Acme", "O'Brien, Jr. (ext)"},
		{"John Doe /\tSales / Acme ", "CN=John Doe/OU=Sales/O=Acme", "John Doe/Sales/Acme", "John Doe"},
		{"John Doe/Sales/", "CN=John Doe/OU=Sales/", "John Doe/Sales/", "John Doe"},
		{"山田 太郎/営業/Acme/JP", "CN=山田 太郎/OU=営業/O=Acme/C=JP", "山田 太郎/営業/Acme/JP", "山田 太郎"},
	} {
		if got := Canonical(c.in); got != c.canonical {
			t.Errorf("Canonical(%q): got %q, want %q", c.in, got, c.canonical)
		}
		if got := Abbreviate(c.in); got != c.abbreviated {
			t.Errorf("Abbreviate(%q): got %q, want %q", c.in, got, c.abbreviated)
		}
		if got := CommonName(c.in); got != c.common {
			t.Errorf("CommonName(%q): got %q, want %q", c.in, got, c.common)
		}
	}
}

func TestSameName(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"CN=Server-704/O=Acme", "Server-704/Acme", true},
		{"cn=server-704/o=acme", "SERVER-704/ACME", true},
		{"John  Doe/Acme", "CN=John Doe/O=Acme", true},
		{"Kyūzō/Acme", "KYŪZŌ/acme", true},
		{"Kyuzo/Acme", "Kyūzō/Acme", false},
		{"John Doe/Acme", "John Doe", false},
		{"John.Doe/Acme", "John Doe/Acme", false},
		{"John Doe/Sales/Acme", "John Doe/Acme", false},
		{"Gr\xfc/Acme", "gr\xfc/Acme", true},
		{"Zoe\u0308/Acme", "ZO\u00cb/Acme", true},
		{"Zoe/Acme", "Zoë/Acme", false},
		{"Strasse/Acme", "Straße/Acme", false},
		{"ΝΙΚΟΣ/Acme", "νικος/Acme", true},
		{"ΝΙΚΟΣ/Acme", "Νίκος/Acme", false},
		{"ИВАН ЁЛКИН/Acme", "иван ёлкин/Acme", true},
		{"Ivan/Acme", "\u0130van/Acme", false},
		{"Ivan/Acme", "\u0131van/Acme", false},
		{"山田\u3000太郎/Acme", "山田 太郎/Acme", true},
		{"John\u00a0Doe/Acme", "John Doe/Acme", true},
		{"H\u0331al/Acme", "\u1e96al/Acme", true},
		{"A/East/Sales/Acme", "A/Sales/East/Acme", false},
		{"A/1/2/3/4/5/Acme", "CN=A/OU=1/OU=2/OU=3/OU=4/OU=5/O=Acme", true},
		{"John Doe / Acme", "John Doe/Acme", true},
		{"a\u200bb/Acme", "ab/Acme", false},
	} {
		if got := SameName(c.a, c.b); got != c.want {
			t.Errorf("SameName(%q, %q): got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestMatchName(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*/O=Acme", "CN=Server-704/O=Acme", true},
		{"*/Acme", "Server-704/Acme", true},
		{"*/Acme", "John Doe/Sales/Acme", true},
		{"*/Sales/Acme", "John Doe/Sales/Acme", true},
		{"*/Sales/Acme", "John Doe/Acme", false},
		{"*/Acme", "Server-704/NotAcme", false},
		{"*/Acme", "Acme", false},
		{"*/Acme", "/Acme", false},
		{"*", "anybody", true},
		{"*", "", false},
		{"Server-704/Acme", "CN=server-704/O=ACME", true},
		{"Server-*/Acme", "Server-704/Acme", false},
		{"*bc/Acme", "abc/Acme", false},
		{"*/Zürich/Acme", "A/ZU\u0308RICH/Acme", true},
		{"*/Zurich/Acme", "A/Zürich/Acme", false},
		{" * / Sales / Acme ", "A/Sales/Acme", true},
		{"*/Acme", "A/Acme/US", false},
		{"*/Sales/*", "A/Sales/Acme", false},
		{"**", "A/Acme", false},
		{"*", "A/Sales/Acme", true},
		{"*($Users)", "A/Acme", false},
		{"", "", false},
		{"", "x", false},
	} {
		if got := MatchName(c.pattern, c.name); got != c.want {
			t.Errorf("MatchName(%q, %q): got %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

func TestSplitAddress(t *testing.T) {
	for _, c := range []struct{ in, local, domain string }{
		{"john.doe@acme.com", "john.doe", "acme.com"},
		{" john.doe @ acme.com ", "john.doe", "acme.com"},
		{`"John Doe" <john.doe@acme.com>`, "john.doe", "acme.com"},
		{"a@b@acme.com", "a@b", "acme.com"},
		{"John Doe/Acme", "John Doe/Acme", ""},
		{"John Doe/Acme @ AcmeDomain", "John Doe/Acme @ AcmeDomain", ""},
		{"@acme.com", "@acme.com", ""},
		{"Sales", "Sales", ""},
		{"", "", ""},
		{">", ">", ""},
	} {
		if local, domain := SplitAddress(c.in); local != c.local || domain != c.domain {
			t.Errorf("SplitAddress(%q): got %q, %q, want %q, %q", c.in, local, domain, c.local, c.domain)
		}
	}
}

// TestNameRoundTrip: a canonical name survives its abbreviation, and all its forms
// are one name.
func TestNameRoundTrip(t *testing.T) {
	component := rapid.StringMatching(`[A-Za-zÄéß山\\*'.,_-]{1,4}( [a-z]{1,3})?`)
	rapid.Check(t, func(t *rapid.T) {
		name := "CN=" + component.Draw(t, "common name")
		for _, unit := range rapid.SliceOfN(component, 0, 6).Draw(t, "units") {
			name += "/OU=" + unit
		}
		name += "/O=" + component.Draw(t, "organization")
		if rapid.Bool().Draw(t, "with a country") {
			name += "/C=" + rapid.StringMatching(`[A-Za-z]{2}`).Draw(t, "country")
		}
		if strings.Contains(name, "=*") {
			return // a pattern has no type to come back to
		}
		short := Abbreviate(name)
		if got := Canonical(short); got != name {
			t.Fatalf("Canonical(%q): got %q, want %q", short, got, name)
		}
		if got := Canonical(name); got != name {
			t.Fatalf("Canonical(%q): got %q", name, got)
		}
		if got := Abbreviate(short); got != short {
			t.Fatalf("Abbreviate(%q): got %q", short, got)
		}
		spaced := strings.ToUpper(strings.ReplaceAll(short, "/", " /  "))
		for _, form := range []string{short, spaced} {
			// A few characters have no capital of one character, as ß.
			if form == spaced && strings.Contains(name, "ß") {
				continue
			}
			if !SameName(form, name) || !MatchName(form, name) && !strings.HasPrefix(form, "*") {
				t.Fatalf("%q is not %q", form, name)
			}
		}
	})
}

// FuzzNames holds for any text: no panic, a name is the same as its canonical
// and its abbreviated form, and it matches itself when it is not blank.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"CN=John Doe/O=Acme", "a/b/c/US", "*/Acme", "/", "=/=", "CN=CN=x/O=y", "Gr\xfc/\u0130", "John <x@y.z>", "a@b@c",
		"CN=a/C=b", "O=x/OU=US", "G=a/b", "e\u0301\u0345/\u1fb3", "\u212b\u2126\u1fef/x", "CN=\u0338"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, c := Abbreviate(s), Canonical(s)
		if !SameName(a, s) || !SameName(c, s) {
			t.Fatalf("%q is not its abbreviated form %q or not its canonical form %q", s, a, c)
		}
		if again := Canonical(c); again != c {
			t.Fatalf("%q: canonical %q, once more %q", s, c, again)
		}
		if MatchName(s, s) != (len(appendName(nil, s, exact)) > 0) && s != "" && s[0] != '*' {
			t.Fatalf("MatchName(%q, itself): got %v", s, MatchName(s, s))
		}
		local, domain := SplitAddress(s)
		if domain != "" && local == "" {
			t.Fatalf("SplitAddress(%q): a domain %q without local part", s, domain)
		}
		splitTail(s)
	})
}
