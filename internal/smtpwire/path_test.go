package smtpwire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	type want struct {
		local, domain, rest string
	}
	tests := []struct {
		name, arg string
		strict    bool // accepted with strict too
		want      want
	}{
		{"plain", "<john.doe@acme.com>", true, want{"john.doe", "acme.com", ""}},
		{"null", "<>", true, want{"", "", ""}},
		{"null after a blank", " <>", true, want{"", "", ""}},
		{"blank before the bracket", "  <a@b>", true, want{"a", "b", ""}},
		{"parameters", "<a@b> SIZE=10 BODY=8BITMIME ", true, want{"a", "b", "SIZE=10 BODY=8BITMIME"}},
		{"postmaster", "<postmaster>", true, want{"postmaster", "", ""}},
		{"name alone", "<jdoe>", true, want{"jdoe", "", ""}},
		{"case kept", "<John.Doe@ACME.com>", true, want{"John.Doe", "ACME.com", ""}},
		{"bare", "bogus.user@bogus.com", false, want{"bogus.user", "bogus.com", ""}},
		{"bare after a blank", " test", false, want{"test", "", ""}},
		{"bare with parameters", "a@b\tSIZE=10  AUTH=<>", false, want{"a", "b", "SIZE=10  AUTH=<>"}},
		{"bare quoted", `"a b <c>"@d SIZE=1`, false, want{`"a b <c>"`, "d", "SIZE=1"}},
		{"display name", "John <a@b> SIZE=1", false, want{"a", "b", "SIZE=1"}},
		{"display name of two words", "John Doe<a@b>", false, want{"a", "b", ""}},
		{"quoted display name", `"Doe, <John>" <a@b>`, false, want{"a", "b", ""}},
		{"address as display name", "x@y <a@b>", false, want{"a", "b", ""}},
		{"blanks inside the brackets", "< a@b >", false, want{"a", "b", ""}},
		{"blank only", "< >", false, want{"", "", ""}},
		{"Notes name", "<John Doe/Sales/Acme@Acme>", false, want{"John Doe/Sales/Acme", "Acme", ""}},
		{"Notes name without blanks", "<CN=John_Doe/O=Acme@Acme>", true, want{"CN=John_Doe/O=Acme", "Acme", ""}},
		{"percent", "<a%b.org@local>", true, want{"a%b.org", "local", ""}},
		{"bang", "<b.org!a@local>", true, want{"b.org!a", "local", ""}},
		{"quoted at", `<"a@b.org"@local>`, true, want{`"a@b.org"`, "local", ""}},
		{"two ats", "<a@b.org@local>", true, want{"a@b.org", "local", ""}},
		{"two ats, foreign last", "<a@local@b.org>", true, want{"a@local", "b.org", ""}},
		{"quoted pair", `<"a\"@\\b"@local>`, true, want{`"a\"@\\b"`, "local", ""}},
		{"quoted bracket", `<"a>b"@local>`, true, want{`"a>b"`, "local", ""}},
		{"empty quotes", `<""@local>`, true, want{`""`, "local", ""}},
		{"dots anywhere", "<.a..b.@local>", true, want{".a..b.", "local", ""}},
		{"underscore", "<a@my_host.example>", true, want{"a", "my_host.example", ""}},
		{"digits first", "<a@3com.com>", true, want{"a", "3com.com", ""}},
		{"literal", "<a@[192.0.2.1]>", true, want{"a", "[192.0.2.1]", ""}},
		{"IPv6 literal", "<a@[IPv6:2001:db8::1]>", true, want{"a", "[IPv6:2001:db8::1]", ""}},
		{"longest local part", "<" + strings.Repeat("a", MaxLocal) + "@b>", true, want{strings.Repeat("a", MaxLocal), "b", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, rest, err := ParsePath(tt.arg, false)
			if got := (want{p.Local, p.Domain, rest}); err != nil || got != tt.want {
				t.Errorf("ParsePath(%q, false): got %q, %v, want %q", tt.arg, got, err, tt.want)
			}
			if p.Literal != strings.Contains(tt.want.domain, "[") {
				t.Errorf("ParsePath(%q, false): Literal is %v", tt.arg, p.Literal)
			}
			strict, srest, err := ParsePath(tt.arg, true)
			if (err == nil) != tt.strict {
				t.Fatalf("ParsePath(%q, true): got %v, want accepted %v", tt.arg, err, tt.strict)
			}
			if err == nil && (!reflect.DeepEqual(strict, p) || srest != rest) {
				t.Errorf("ParsePath(%q, true): got %+v, %q, want as without strict: %+v, %q", tt.arg, strict, srest, p, rest)
			}
		})
	}
}

func TestParsePathRefused(t *testing.T) {
	label := strings.Repeat("a", 63)
	tests := []struct {
		name, arg string
		want      error
	}{
		{"nothing", "", ErrNoAddress},
		{"blanks", " \t", ErrNoAddress},
		{"unclosed", "<addr", errUnclosed},
		{"unclosed, lone", "<", errUnclosed},
		{"unclosed quote", `<"a@b>`, errUnclosed},
		{"unclosed quote, bare", `"a@b`, errUnclosed},
		{"bracket twice", "<<a@b>>", errUnclosed},
		{"bracket within", "<a@b<c@d>", errUnclosed},
		{"closed only", "a@b>", errDomain},
		{"text behind", "<a@b>SIZE=1", ErrTrailing},
		{"NUL", "<a\x00@b>", errControl},
		{"CR", "<a@b>\rRCPT", errControl},
		{"LF", "<a\n@b>", errControl},
		{"DEL", "<a\x7f@b>", errControl},
		{"tab in the local part", "<a\tb@c>", errControl},
		{"8-bit", "<j\xfcrgen@b>", errNonASCII},
		{"UTF-8", "<jürgen@b>", errNonASCII},
		{"no local part", "<@local>", errRoute},
		{"no domain", "<a@>", errDomain},
		{"no domain, bare", "a@", errDomain},
		{"dot at the end", "<a@b.org.>", errDomain},
		{"dot first", "<a@.b.org>", errDomain},
		{"two dots", "<a@b..org>", errDomain},
		{"dot alone", "<a@.>", errDomain},
		{"hash", "<a@#1234>", errDomain},
		{"number", "<a@12345>", errNumericDomain},
		{"address without brackets", "<a@192.0.2.1>", errNumericDomain},
		{"hexadecimal address", "<a@0x7f.1>", errNumericDomain},
		{"hyphen first", "<a@-b.org>", errDomain},
		{"hyphen last", "<a@b-.org>", errDomain},
		{"blank in the domain", "<a@b c>", errDomain},
		{"parameter in the domain", "<a@b SIZE=1>", errDomain},
		{"literal unclosed", "<a@[192.0.2.1>", errDomain},
		{"literal short", "<a@[127.1]>", errDomain},
		{"literal IPv6 untagged", "<a@[::1]>", errDomain},
		{"literal IPv4 tagged", "<a@[IPv6:192.0.2.1]>", errDomain},
		{"literal with zone", "<a@[IPv6:fe80::1%eth0]>", errDomain},
		{"literal of another kind", "<a@[x400:c=de]>", errDomain},
		{"at first, behind a route", "<@a.org:@b@c>", errLocal},
		{"quote within", `<a"b"@c>`, errLocal},
		{"text behind the quote", `<"a"b@c>`, errLocal},
		{"at behind the quote", `<"a"@b@c>`, errLocal},
		{"backslash", `<a\@b@c>`, errLocal},
		{"comment", "<a(b)@c>", errLocal},
		{"two addresses", "<a@b,c@d>", errLocal},
		{"blank before the at", "<a @b>", errLocal},
		{"two blanks", "<a  b@c>", errLocal},
		{"label too long", "<a@" + label + "a.org>", errDomain},
		{"domain too long", "<a@" + strings.Repeat(label+".", 4) + "org>", errTooLong},
		{"local part too long", "<" + strings.Repeat("a", MaxLocal+1) + "@b>", errTooLong},
		{"path too long", "<" + strings.Repeat("@a.org,", 100) + "@b.org:c@d>", errTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, rest, err := ParsePath(tt.arg, false)
			var typed *AddressError
			if !errors.Is(err, tt.want) || !errors.As(err, &typed) || typed.Text != tt.arg {
				t.Errorf("ParsePath(%q): got %+v, %q, %v, want %v", tt.arg, p, rest, err, tt.want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\r\n\x00") {
				t.Errorf("ParsePath(%q): error holds control characters: %q", tt.arg, err)
			}
			if _, _, err := ParsePath(tt.arg, true); err == nil {
				t.Errorf("ParsePath(%q, true): accepted", tt.arg)
			}
		})
	}
	if _, _, err := ParsePath("a@b", true); !errors.Is(err, errNoBrackets) {
		t.Errorf("bare address with strict: got %v, want %v", err, errNoBrackets)
	}
}

func TestParsePathRoute(t *testing.T) {
	tests := []struct {
		arg   string
		route []string
		want  string
		ok    bool
	}{
		{"<@one.example:a@b>", []string{"one.example"}, "a@b", true},
		{"<@one.example,@two.example:a@b>", []string{"one.example", "two.example"}, "a@b", true},
		{"<@[IPv6:::1],@[192.0.2.1]:a@b>", []string{"[IPv6:::1]", "[192.0.2.1]"}, "a@b", true},
		{"<@local:a@b@c>", []string{"local"}, "a@b@c", true},
		{"<@local:postmaster>", []string{"local"}, "postmaster", true},
		{"<@one.example>", nil, "", false},
		{"<@one.example:>", nil, "", false},
		{"<@one.example,:a@b>", nil, "", false},
		{"<@one.example,two.example:a@b>", nil, "", false},
		{"<@:a@b>", nil, "", false},
		{"<@one.example.:a@b>", nil, "", false},
		{"<@[IPv6:::1]x:a@b>", nil, "", false},
		{"<@[IPv6:::1:a@b>", nil, "", false},
		{"<@[IPv6:::1]>", nil, "", false},
		{"<@one@two:a@b>", nil, "", false},
	}
	for _, tt := range tests {
		for _, strict := range []bool{false, true} {
			p, _, err := ParsePath(tt.arg, strict)
			if (err == nil) != tt.ok || !reflect.DeepEqual(p.Route, tt.route) || p.String() != tt.want {
				t.Errorf("ParsePath(%q, %v): got %q via %q, %v, want %q via %q", tt.arg, strict, p, p.Route, err, tt.want, tt.route)
			}
			if tt.ok && "<"+p.Raw+">" != tt.arg {
				t.Errorf("ParsePath(%q, %v): Raw is %q", tt.arg, strict, p.Raw)
			}
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{
		"<a@b>", "<>", "a@b AUTH=<>", `"x <y>" <a@b> SIZE=1`, `<"a\"@b"@c>`, "<@a,@[IPv6:::1]:b@c>", "<a b@c>", "<a@b@[1.2.3.4]>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		p, rest, err := ParsePath(arg, false)
		if sp, srest, serr := ParsePath(arg, true); serr == nil && (err != nil || !reflect.DeepEqual(sp, p) || srest != rest) {
			t.Fatalf("%q: strict gives %+v, %q; lenient %+v, %q, %v", arg, sp, srest, p, rest, err)
		}
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("%q: error of several lines: %q", arg, err)
			}
			return
		}
		s := p.String()
		if s != Clean(s) || len(s) > MaxPath || p.IsNull() != (s == "") {
			t.Fatalf("%q: address %q", arg, s)
		}
		if strings.Contains(p.Domain, "@") || strings.HasSuffix(p.Domain, ".") {
			t.Fatalf("%q: domain %q", arg, p.Domain)
		}
		again, more, err := ParsePath("<"+s+">", false)
		if err != nil || more != "" || again.Local != p.Local || again.Domain != p.Domain || again.Literal != p.Literal {
			t.Fatalf("%q gives %q, which gives %+v, %q, %v", arg, s, again, more, err)
		}
	})
}

func BenchmarkParsePath(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParsePath("<john.doe@acme.com> SIZE=4096", false); err != nil {
			b.Fatal(err)
		}
	}
}
