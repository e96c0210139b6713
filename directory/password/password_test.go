package password

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestVerifyPublishedVectors(t *testing.T) {
	for _, v := range published() {
		t.Run(v.name, func(t *testing.T) {
			if got, err := Inspect(v.stored); got.Form != v.form || err != nil {
				t.Errorf("Inspect(%q): got %v, %v, want %v", v.stored, got.Form, err, v.form)
			}
			res, err := Verify(v.stored, v.typed)
			if v.typed == "" {
				if res.OK || !errors.Is(err, ErrEmpty) {
					t.Errorf("empty password: got %+v, %v, want ErrEmpty", res, err)
				}
				return
			}
			if err != nil || !res.OK || res.Form != v.form || res.Encoding != ASCII {
				t.Errorf("Verify(%q, %q): got %+v, %v", v.stored, v.typed, res, err)
			}
			for what, wrong := range spoilt(v.typed) {
				if res, err := Verify(v.stored, wrong); res.OK || err != nil && wrong != "" {
					t.Errorf("%s: Verify(%q, %q): got %+v, %v, want not OK", what, v.stored, wrong, res, err)
				}
			}
		})
	}
}

// spoilt gives wrong passwords close to a right one.
func spoilt(right string) map[string]string {
	m := map[string]string{
		"empty":          "",
		"trailing blank": right + " ",
		"leading blank":  " " + right,
		"one changed":    right[:len(right)-1] + string(right[len(right)-1]^1),
		"one missing":    right[:len(right)-1],
	}
	if i := strings.IndexFunc(right, unicode.IsLower); i >= 0 {
		m["case"] = right[:i] + strings.ToUpper(right[i:i+1]) + right[i+1:]
	}
	return m
}

// TestRepack holds the published V2 and V3 values against the writer: with the
// salt that was read the very same text comes out, the spare bits included.
func TestRepack(t *testing.T) {
	for _, v := range published() {
		r := parse(v.stored)
		var got string
		switch v.form {
		case V1:
			got = HashV1([]byte(v.typed))
			if want := strings.ToUpper(strings.Trim(v.stored, "()")); strings.Trim(got, "()") != want {
				t.Errorf("%s: got %s, want %s", v.name, got, want)
			}
			continue
		case V2:
			got = HashV2([]byte(v.typed), [5]byte(r.salt[:5]))
		case V3:
			got = HashV3([]byte(v.typed), r.salt, r.Iterations)
		}
		if got != v.stored {
			t.Errorf("%s: got %s, want %s", v.name, got, v.stored)
		}
	}
}

func TestDerivedVectors(t *testing.T) {
	for _, v := range derivedVectors() {
		t.Run(v.typed+" "+v.encoding.String(), func(t *testing.T) {
			two, three := parse(v.v2), parse(v.v3)
			if three.Iterations != v.rounds || three.Tail != UsualTail {
				t.Errorf("V3 record: %d rounds, tail %q, want %d, %q", three.Iterations, three.Tail, v.rounds, UsualTail)
			}
			for _, c := range []struct{ got, want string }{
				{HashV1([]byte(v.octets)), v.v1},
				{HashV2([]byte(v.octets), [5]byte(two.salt[:5])), v.v2},
				{HashV3([]byte(v.octets), three.salt, three.Iterations), v.v3},
			} {
				if c.got != c.want {
					t.Errorf("hash of %q: got %s, want %s", v.octets, c.got, c.want)
				}
			}
			if v.typed == "" {
				return
			}
			for _, stored := range []string{v.v1, v.v2, v.v3} {
				res, err := Verify(stored, v.typed)
				if err != nil || !res.OK || res.Encoding != v.encoding {
					t.Errorf("Verify(%s, %q): got %+v, %v, want OK as %v", stored, v.typed, res, err, v.encoding)
				}
			}
		})
	}
}

func TestVerifyWorkedV3(t *testing.T) {
	r := parse("(HsjFebq0Kh9kH7aAZYc7kY30mC30mC3KmC30mCluagXrvWKj1)")
	if got := HashV2([]byte("hashcat"), [5]byte(r.salt[:5])); got != "(GsjFebq3Wtc0qppQH+aT)" {
		t.Errorf("the V2 string inside: got %s, want (GsjFebq3Wtc0qppQH+aT)", got)
	}
}

func TestInspectForm(t *testing.T) {
	const v3 = "HsjFebq0Kh9kH7aAZYc7kY30mC30mC3KmC30mCluagXrvWKj1"
	for _, c := range []struct {
		name, stored string
		want         Form
	}{
		{"empty", "", None},
		{"blank", " \t\r\n", None},
		{"V1", "(355E98E7C7B59BD810ED845AD0FD2FC4)", V1},
		{"V1 lower case", "(355e98e7c7b59bd810ed845ad0fd2fc4)", V1},
		{"V1 without parentheses", "355E98E7C7B59BD810ED845AD0FD2FC4", V1},
		{"V1 in white space", "\n  (355E98E7C7B59BD810ED845AD0FD2FC4) ", V1},
		{"V1 too short", "(355E98E7C7B59BD810ED845AD0FD2FC)", Unsupported},
		{"V1 no hex", "(355E98E7C7B59BD810ED845AD0FD2FCX)", Unsupported},
		{"V2", "(GDpOtD35gGlyDksQRxEU)", V2},
		{"V2 too long", "(GDpOtD35gGlyDksQRxEUU)", Unsupported},
		{"V2 foreign symbol", "(GDpOtD35gGlyDksQRxE-)", Unsupported},
		{"V2 without parentheses", "GDpOtD35gGlyDksQRxEU", Clear},
		{"V3", "(" + v3 + ")", V3},
		{"V3 cut", "(" + v3[:48] + ")", Unsupported},
		{"V3 count is no number", "(" + v3[:24] + "z" + v3[25:] + ")", Unsupported},
		{"next version", "(I" + v3[1:] + ")", Unsupported},
		{"opening parenthesis", "(", Unsupported},
		{"both parentheses", "()", Unsupported},
		{"SHA", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", Unsupported},
		{"bcrypt", "$2a$10$abcdefghijklmnopqrstuv", Unsupported},
		{"clear", "secret", Clear},
	} {
		if got, _ := Inspect(c.stored); got.Form != c.want {
			t.Errorf("%s: Inspect(%q): got %v, want %v", c.name, c.stored, got.Form, c.want)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	const v1 = "(355E98E7C7B59BD810ED845AD0FD2FC4)"
	for _, c := range []struct {
		name, stored, typed string
		want                error
	}{
		{"nothing stored", "", "secret", ErrNone},
		{"clear text stored", "secret", "secret", ErrClear},
		{"unsupported", "(Isecret)", "(Isecret)", ErrUnsupported},
		{"empty typed, empty hashed", "(GVMroLzc50YK/Yd+L8KH)", "", ErrEmpty},
		{"empty typed, nothing stored", "", "", ErrEmpty},
		{"too long", v1, strings.Repeat("x", MaxTyped+1), ErrTooLong},
		{"longest", HashV1(bytes.Repeat([]byte("x"), MaxTyped)), strings.Repeat("x", MaxTyped), nil},
		{"no rounds", withRounds(0), "x", ErrIterations},
		{"too many rounds", withRounds(MaxIterations + 1), "x", ErrIterations},
		{"all the rounds there is room for", withRounds(9_999_999_999), "x", ErrIterations},
	} {
		res, err := Verify(c.stored, c.typed)
		if !errors.Is(err, c.want) || res.OK != (c.want == nil) {
			t.Errorf("%s: Verify(%q, %.20q): got %+v, %v, want %v", c.name, c.stored, c.typed, res, err, c.want)
		}
	}
	if res, err := Verify(v1, v1); res.OK || err != nil {
		t.Errorf("the stored value typed: got %+v, %v, want not OK", res, err)
	}
}

// withRounds gives a V3 value with a count that HashV3 would not write.
func withRounds(n int64) string {
	rec := make([]byte, octetsV3)
	digits := []byte("0000000000")
	for i := len(digits) - 1; n > 0; i-- {
		digits[i] += byte(n % 10)
		n /= 10
	}
	copy(rec[saltV3:], digits)
	copy(rec[saltV3+countV3:], UsualTail)
	return "(H" + pack(rec) + ")"
}

func TestInspectTellsTheTail(t *testing.T) {
	rec := make([]byte, octetsV3)
	copy(rec[saltV3:], "000000500003")
	info, err := Inspect("(H" + pack(rec) + ")")
	if err != nil || info.Form != V3 || info.Iterations != 5000 || info.Tail != "03" {
		t.Errorf("got %+v, %v, want V3 with 5000 rounds and tail 03", info, err)
	}
}

func TestHashV3Bounds(t *testing.T) {
	for _, n := range []int{-1, 0, MaxIterations + 1} {
		if got := HashV3([]byte("x"), [16]byte{}, n); got != "" {
			t.Errorf("%d rounds: got %q, want nothing", n, got)
		}
	}
}

func TestCandidates(t *testing.T) {
	type octets = map[Encoding]string
	for _, c := range []struct {
		name, typed string
		want        octets
	}{
		{"ASCII", "secret", octets{ASCII: "secret"}},
		{"umlauts", "Grüße", octets{LMBCS: "Gr\x81\xe1e", UTF8: "Gr\xc3\xbc\xc3\x9fe", Latin1: "Gr\xfc\xdfe"}},
		{"composed first", "e\u0301ñ", octets{LMBCS: "\x82\xa4", UTF8: "\xc3\xa9\xc3\xb1", Latin1: "\xe9\xf1"}},
		{"Polish", "Łx", octets{LMBCS: "\x06\x9dx", UTF8: "\xc5\x81x"}},
		{"Russian", "Ж", octets{LMBCS: "\x05\xc6", UTF8: "\xd0\x96"}},
		{"Greek", "Ω", octets{LMBCS: "\x02\xd5", UTF8: "\xce\xa9"}},
		{"Japanese", "日", octets{LMBCS: "\x14\x65\xe5", UTF8: "\xe6\x97\xa5"}},
		{"beyond 16 bits", "😀", octets{LMBCS: "\x14\xd8\x3d\x14\xde\x00", UTF8: "\xf0\x9f\x98\x80"}},
		{"no UTF-8", "Gr\xfc\xdfe", octets{LMBCS: "Gr\x81\xe1e", UTF8: "Gr\xc3\xbc\xc3\x9fe", Latin1: "Gr\xfc\xdfe"}},
	} {
		got := candidates(c.typed)
		if len(got) != len(c.want) {
			t.Errorf("%s: %d candidates %v, want %d", c.name, len(got), got, len(c.want))
		}
		for i, g := range got {
			if string(g.octets) != c.want[g.encoding] {
				t.Errorf("%s as %v: got %q, want %q", c.name, g.encoding, g.octets, c.want[g.encoding])
			}
			if i > 0 && g.encoding < got[i-1].encoding {
				t.Errorf("%s: %v after %v", c.name, g.encoding, got[i-1].encoding)
			}
		}
	}
}

// TestRounds holds what Burn relies on: the rounds of all tries are counted.
func TestRounds(t *testing.T) {
	stored := HashV3([]byte("other"), [16]byte{}, 7)
	for typed, want := range map[string]int{"wrong": 7, "fälsch": 21} {
		res, err := Verify(stored, typed)
		if err != nil || res.OK || res.Rounds != want {
			t.Errorf("Verify with %q: got %+v, %v, want %d rounds", typed, res, err, want)
		}
	}
}
