package settings

import "testing"

// TestCover holds when an entry covers another one, and above all when it does
// not: a list must not be called without effect when a part of it has one.
func TestCover(t *testing.T) {
	for _, c := range []struct {
		kind       func([]string) func(string) string
		denied     []string
		entry, yes string
	}{
		{hostCover, []string{"[10.0.0.0/24]"}, "[10.0.0.0/24]", "[10.0.0.0/24]"},
		{hostCover, []string{"[10.0.0.0/25]"}, "[10.0.0.0/24]", ""},
		{hostCover, []string{"[10.0.0.128/25]"}, "[10.0.0.0/24]", ""},
		{hostCover, []string{"[10.0.0.0/25]", "[10.0.0.128/25]"}, "[10.0.0.0/24]", ""}, // no single one does
		{hostCover, []string{"[10.0.0-1.*]"}, "[10.0.0.0/23]", "[10.0.0-1.*]"},
		{hostCover, []string{"[10.0.0-1.1-9]"}, "[10.0.0.0/23]", ""},
		{hostCover, []string{"[10.0.0.0/8]"}, "[10.1-2.*.7]", "[10.0.0.0/8]"},
		{hostCover, []string{"[10.0.0.1-9]"}, "[10.0.0.5-10]", ""},
		{hostCover, []string{"[2001:db8::/32]"}, "[2001:db8:1::/48]", "[2001:db8::/32]"},
		{hostCover, []string{"[2001:db8:1::/48]"}, "[2001:db8::/32]", ""},
		{hostCover, []string{"abc.com"}, "mx.ABC.com", "abc.com"},
		{hostCover, []string{"mx.abc.com"}, "abc.com", ""},
		{hostCover, []string{"Partners"}, "partners", "Partners"},
		{hostCover, []string{"abc.com"}, "Partners", ""},
		{hostCover, []string{"*"}, "[nonsense", ""},
		{domainCover, []string{"abc.com"}, "@sub.abc.com", "abc.com"},
		{domainCover, []string{"@abc.com"}, "abc.com", ""},
		{domainCover, []string{"@abc.com"}, "@abc.com", "@abc.com"},
		{addressCover, []string{"@abc.com"}, "abc.com", ""},
		{addressCover, []string{"@abc.com"}, "a@abc.com", "@abc.com"},
		{domainCover, []string{"@abc.com"}, "sub.abc.com", ""},
		{domainCover, []string{"%Acme"}, "%acme", "%Acme"},
		{addressCover, []string{"abc.com"}, "a@abc.com", "abc.com"},
		{addressCover, []string{"a@abc.com"}, "@abc.com", ""},
		{addressCover, []string{"*"}, "@abc.com", "*"},
	} {
		if got := c.kind(c.denied)(c.entry); got != c.yes {
			t.Errorf("of %q, what covers %q: got %q, want %q", c.denied, c.entry, got, c.yes)
		}
	}
}
