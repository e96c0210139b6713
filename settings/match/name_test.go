package match

import "testing"

func TestNames(t *testing.T) {
	entries := []string{"CN=Jane Doe/OU=Sales/O=Acme", "*/Contract/Acme", "People", "Wild*/Acme", "Jim"}
	l := NamesOf(entries, testGroups())
	for _, c := range []struct{ name, want string }{
		{"Jane Doe/Sales/Acme", "CN=Jane Doe/OU=Sales/O=Acme"},
		{"cn=jane doe/ou=sales/o=acme", "CN=Jane Doe/OU=Sales/O=Acme"},
		{"Jane Doe/Acme", ""},
		{"CN=Bob Ross/OU=Contract/O=Acme", "*/Contract/Acme"},
		{"CN=Bob Ross/OU=East/OU=Contract/O=Acme", "*/Contract/Acme"},
		{"Bob Ross/XContract/Acme", ""},
		{"CN=John Doe/O=Acme", "People"},
		{"jim", "Jim"},
		{"", ""},
	} {
		if got := l.Match(c.name).Entry; got != c.want {
			t.Errorf("Match(%q) = %q, want %q", c.name, got, c.want)
		}
	}
	if len(l.Unusable()) != 1 || l.Unusable()[0].Entry != "Wild*/Acme" {
		t.Errorf("Unusable() = %v, want Wild*/Acme alone", l.Unusable())
	}
	all := NamesOf([]string{"*"}, NoGroups{})
	if hit := all.Match("Anybody"); !hit.All || all.Dead() {
		t.Errorf("* matches %v, dead %v", hit, all.Dead())
	}
	dead := NamesOf([]string{"a*b"}, NoGroups{})
	if !dead.Dead() {
		t.Error("a list of what can never match is not dead")
	}
}

func TestMailboxes(t *testing.T) {
	l := Mailboxes([]string{"Jim@Acme.com", "People", "acme.com", "@acme.com", "*@acme.com"}, testGroups())
	for _, c := range []struct{ local, domain, want string }{
		{"jim", "acme.com", "Jim@Acme.com"},
		{"John.Doe", "ACME.com", "People"},
		{"jane", "acme.com", "People"},
		{"other", "acme.com", ""},
	} {
		if got := l.Match(c.local, c.domain).Entry; got != c.want {
			t.Errorf("Match(%s@%s) = %q, want %q", c.local, c.domain, got, c.want)
		}
	}
	if len(l.Unusable()) != 4 {
		t.Errorf("Unusable() = %v, want the bare domain, @domain, the wildcard and the member without an address", l.Unusable())
	}
}
