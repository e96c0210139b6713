package directory

import "testing"

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

// FuzzNames holds for any text: no panic, a name is the same as its canonical
// and its abbreviated form, and it matches itself when it is not blank.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"CN=John Doe/O=Acme", "a/b/c/US", "*/Acme", "/", "=/=", "CN=CN=x/O=y", "Gr\xfc/\u0130", "John <x@y.z>", "a@b@c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// A value that itself looks typed (CN=O=x) loses a type each time.
		a := Abbreviate(s)
		if Abbreviate(a) == a {
			if !SameName(a, s) {
				t.Fatalf("%q is not its abbreviated form %q", s, a)
			}
			if c := Canonical(a); !SameName(c, a) {
				t.Fatalf("%q is not its canonical form %q", a, c)
			}
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
