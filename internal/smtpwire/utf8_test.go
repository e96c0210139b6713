package smtpwire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParsePathUTF8(t *testing.T) {
	tests := []struct {
		name, arg, local, domain, ascii, rest string
	}{
		{"ASCII", "<john.doe@ACME.com> SIZE=1", "john.doe", "ACME.com", "acme.com", "SIZE=1"},
		{"null", "<> SMTPUTF8", "", "", "", "SMTPUTF8"},
		{"local part", "<jürgen@acme.com>", "jürgen", "acme.com", "acme.com", ""},
		{"decomposed stays so", "<ju\u0308rgen@acme.com>", "ju\u0308rgen", "acme.com", "acme.com", ""},
		{"quoted", `<"jürgen müller"@acme.com>`, `"jürgen müller"`, "acme.com", "acme.com", ""},
		{"U-label", "<用户@例え.テスト>", "用户", "例え.テスト", "xn--r8jz45g.xn--zckzah", ""},
		{"U-label in upper case", "<a@BÜCHER.Example>", "a", "BÜCHER.Example", "xn--bcher-kva.example", ""},
		{"U-label, decomposed", "<a@bu\u0308cher.example>", "a", "bu\u0308cher.example", "xn--bcher-kva.example", ""},
		{"A-label", "<a@XN--BCHER-KVA.example>", "a", "XN--BCHER-KVA.example", "xn--bcher-kva.example", ""},
		{"sharp s is a letter of its own", "<a@straße.example>", "a", "straße.example", "xn--strae-oqa.example", ""},
		{"full width is ASCII", "<a@ａｃｍｅ.com>", "a", "ａｃｍｅ.com", "acme.com", ""},
		{"literal", "<ü@[192.0.2.1]>", "ü", "[192.0.2.1]", "[192.0.2.1]", ""},
		{"parameter", "<a@b> ORCPT=utf-8;ü", "a", "b", "b", "ORCPT=utf-8;ü"},
		{"route", "<@bücher.example:ü@b>", "ü", "b", "b", ""},
		{"longest local part", "<" + strings.Repeat("ü", MaxLocal/2) + "x@b>", strings.Repeat("ü", MaxLocal/2) + "x", "b", "b", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, rest, err := ParsePathUTF8(tt.arg, true)
			if err != nil || p.Local != tt.local || p.Domain != tt.domain || rest != tt.rest {
				t.Fatalf("ParsePathUTF8(%q): got %q, %q, %q, %v", tt.arg, p.Local, p.Domain, rest, err)
			}
			if got := ASCIIDomain(p.Domain); got != tt.ascii {
				t.Errorf("ASCIIDomain(%q): got %q, want %q", p.Domain, got, tt.ascii)
			}
			if _, _, err := ParsePath(tt.arg, true); (err == nil) != IsASCII(tt.arg) {
				t.Errorf("ParsePath(%q): got %v", tt.arg, err)
			}
			if got := p.IsASCII(); got != IsASCII(p.Raw) {
				t.Errorf("IsASCII of %q: %v", p.Raw, got)
			}
		})
	}
}

func TestParsePathUTF8Refused(t *testing.T) {
	label := strings.Repeat("a", 63)
	tests := []struct {
		name, arg string
		want      error
	}{
		{"Latin-1", "<j\xfcrgen@b>", errUTF8},
		{"overlong", "<j\xc0\xafrgen@b>", errUTF8},
		{"surrogate", "<\xed\xa0\x80@b>", errUTF8},
		{"cut short", "<a@b> X=\xc3", errUTF8},
		{"C1", "<j\u0085rgen@b>", errControl},
		{"DEL", "<ü\x7f@b>", errControl},
		{"LF", "<ü\n@b>", errControl},
		{"line separator", "<j\u2028rgen@b>", errControl},
		{"direction of text", "<j\u202ergen@b>", errControl},
		{"replacement character", "<j\ufffdrgen@b>", errControl},
		{"behind the path", "<a@b> X=\u0085", errControl},
		{"local part too long", "<" + strings.Repeat("ü", MaxLocal/2+1) + "@b>", errTooLong},
		{"domain too long as typed", "<a@" + strings.Repeat("ü", 128) + ">", errTooLong},
		{"domain too long in A-labels", "<a@" + strings.Repeat(label+".", 3) + strings.Repeat("ü.", 7) + strings.Repeat("b", 20) + ">", errTooLong},
		{"label too long in A-labels", "<a@ü" + label + ".example>", errDomain},
		{"no letter", "<a@☃\ufe0f\u200d.example>", errDomain},
		{"hyphen last", "<a@ü-.example>", errDomain},
		{"mixed directions", "<a@aא.example>", errDomain},
		{"underscore", "<a@my_büro.example>", errDomain},
		{"dot of another script", "<a@b。example>", errDomain},
		{"dot of another script at the end", "<a@ü.example。>", errDomain},
		{"full width address", "<a@１９２.0.2.1>", errNumericDomain},
		{"vanishing label", "<a@\u00ad.example>", errDomain},
		{"full width at", "<a＠b.example>x", ErrTrailing},
		{"literal", "<a@[ü]>", errDomain},
		{"route", "<@ü-.example:a@b>", errRoute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, rest, err := ParsePathUTF8(tt.arg, false)
			var typed *AddressError
			if !errors.Is(err, tt.want) || !errors.As(err, &typed) || typed.Text != tt.arg {
				t.Errorf("ParsePathUTF8(%q): got %+v, %q, %v, want %v", tt.arg, p, rest, err, tt.want)
			}
		})
	}
	if IsDomain("bücher.example") || !IsDomain("xn--bcher-kva.example") {
		t.Error("IsDomain is for names in ASCII")
	}
	if got := ASCIIDomain("ü-.Example"); got != "ü-.example" {
		t.Errorf("ASCIIDomain of what is no name: got %q", got)
	}
}

func FuzzParsePathUTF8(f *testing.F) {
	for _, s := range []string{
		"<jürgen@bücher.example> SMTPUTF8", `<"ü \"@b"@c>`, "<@ü,@[IPv6:::1]:b@c>", "ü ä@例え.テスト", "<a@ａｃｍｅ.com>", "<a@b。c>", "<a@\u200d.x>", "<\xff@b>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		p, rest, err := ParsePathUTF8(arg, false)
		if plain, more, perr := ParsePath(arg, false); perr == nil && (err != nil || !reflect.DeepEqual(plain, p) || more != rest) {
			t.Fatalf("%q: ParsePath gives %+v, %q; ParsePathUTF8 %+v, %q, %v", arg, plain, more, p, rest, err)
		} else if perr != nil && err == nil && IsASCII(arg) {
			t.Fatalf("%q: ASCII, and only ParsePathUTF8 takes it: %v", arg, perr)
		}
		if err != nil {
			return
		}
		s := p.String()
		if s != Clean(s) || !utf8.ValidString(s) || len(s) > MaxPath {
			t.Fatalf("%q: address %q", arg, s)
		}
		domain := ASCIIDomain(p.Domain)
		if domain != ASCIIDomain(domain) || domain != "" && !p.Literal && !IsDomain(domain) || len(domain) > maxDomain {
			t.Fatalf("%q: domain %q is %q", arg, p.Domain, domain)
		}
		again, more, err := ParsePathUTF8("<"+s+">", false)
		if err != nil || more != "" || again.Local != p.Local || again.Domain != p.Domain || again.Literal != p.Literal {
			t.Fatalf("%q gives %q, which gives %+v, %q, %v", arg, s, again, more, err)
		}
	})
}

func TestUTF8Address(t *testing.T) {
	tests := []struct {
		name, coded, want string
		ascii             string // encoded again; "" as coded
	}{
		{"ASCII", "john.doe@acme.com", "john.doe@acme.com", ""},
		{"encoded", `j\x{FC}rgen@b\x{FC}cher.example`, "jürgen@bücher.example", ""},
		{"as it is", "jürgen@bücher.example", "jürgen@bücher.example", `j\x{FC}rgen@b\x{FC}cher.example`},
		{"beyond the first plane", `\x{1f600}@b`, "😀@b", `\x{1F600}@b`},
		{"specials", `a\x{2B}b\x{3D}\x{5C}\x{20}c`, `a+b=\ c`, ""},
	}
	for _, tt := range tests {
		got, err := DecodeUTF8Address(tt.coded)
		if err != nil || got != tt.want {
			t.Errorf("%s: DecodeUTF8Address(%q): got %q, %v, want %q", tt.name, tt.coded, got, err, tt.want)
		}
		want := tt.ascii
		if want == "" {
			want = tt.coded
		}
		if got := EncodeUTF8Address(tt.want); got != want {
			t.Errorf("%s: EncodeUTF8Address(%q): got %q, want %q", tt.name, tt.want, got, want)
		}
	}
	for _, bad := range []string{"", `a\`, `a\b`, `a\x{}`, `a\x{FC`, `a\x{+1}`, `a\x{110000}`, `a\x{D800}`, `a\x{0A}`, `a\x{85}`, "a\xfc", "a\u202e", `a\x{FFFFFFFFF}`} {
		if got, err := DecodeUTF8Address(bad); !errors.Is(err, errUTF8Address) {
			t.Errorf("DecodeUTF8Address(%q): got %q, %v", bad, got, err)
		}
	}
}

func FuzzUTF8Address(f *testing.F) {
	f.Add(`j\x{FC}rgen@b`)
	f.Add("ü\\x{2B}")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := DecodeUTF8Address(s)
		if err != nil {
			return
		}
		coded := EncodeUTF8Address(got)
		if !IsASCII(coded) || Clean(got) != got {
			t.Fatalf("%q gives %q, encoded %q", s, got, coded)
		}
		if again, err := DecodeUTF8Address(coded); err != nil || again != got {
			t.Fatalf("%q gives %q, encoded %q, which gives %q, %v", s, got, coded, again, err)
		}
	})
}

func BenchmarkParsePathUTF8(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p, _, err := ParsePathUTF8("<jürgen@bücher.example> SMTPUTF8", false)
		if err != nil || ASCIIDomain(p.Domain) == "" {
			b.Fatal(err)
		}
	}
}
