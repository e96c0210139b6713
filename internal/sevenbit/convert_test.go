package sevenbit

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// conversions are written with bare LFs; want is "" where nothing changes.
var conversions = []struct {
	name, in, want string
}{
	{"7 bit", "Subject: a\n\nplain\n", ""},
	{"only a header", "Subject: a\n", ""},
	{"nothing", "", ""},
	{"8 bit in the header only", "Subject: gr\xfc\xdfe\nContent-Transfer-Encoding: 8bit\n\nplain\n", ""},
	{"label without need", "Content-Transfer-Encoding: 8bit\n\nplain\n", ""},
	{"text", "Subject: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\nX-Last: b\n\ngr\xfc\xdfe = \n",
		"Subject: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\nX-Last: b\n\ngr=FC=DFe =3D=20\n"},
	{"no line end at the end", "Mime-version: 1.0\nContent-Type: text/plain\n\ngr\xfc\xdfe ",
		"Mime-version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe=20"},
	{"not MIME", "Subject: a\n\ngr\xfc\xdfe\n",
		"Subject: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe\n"},
	{"no header at all", "\ngr\xfc\xdfe\n",
		"MIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe\n"},
	{"the header ends without an empty line", "Subject: a\nnot a field \xfc and more text\n",
		"Subject: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\nnot a field =FC and more text\n"},
	{"mbox line in front", "From a@b Mon Jan  1 00:00:00 2024\nMIME-Version: 1.0\nContent-Type: text/plain\n\ngr\xfc\xdfe\n",
		"From a@b Mon Jan  1 00:00:00 2024\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe\n"},
	{"lines that a mail system touches", "MIME-Version: 1.0\nContent-Type: text/plain\n\n.\nFrom here gr\xfc\xdfe\n-- \nFrom: not\n\ttab\t\n",
		"MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=2E\n=46rom here gr=FC=DFe\n=2D-=20\nFrom: not\n\ttab=09\n"},
	{"mostly 8 bit text", "MIME-Version: 1.0\nContent-Type: text/plain; charset=koi8-r\n\n\xf0\xf2\xe9\xf7\xe5\xf4\n",
		"MIME-Version: 1.0\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n8PLp9+X0DQo=\n"},
	{"two and folded and commented encodings", "MIME-Version: 1.0\nContent-Type: text/html\ncontent-transfer-encoding :\n (really) 8BIT (yes)\nX: y\nContent-Transfer-Encoding: base64\n\ngr\xfc\xdfe\n",
		"MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\nX: y\n\ngr=FC=DFe\n"},
	{"unknown encoding", "MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: 8-bit\n\ngr\xfc\xdfe\n",
		"MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe\n"},
	{"broken quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n=C3=BC \xfc=\n=\xfc=2\xfc\n--a\n-b\n",
		"Content-Transfer-Encoding: quoted-printable\n\n=C3=BC =FC=\n=3D=FC=3D2=FC\n=2D-a\n-b\n"},
	{"broken quoted-printable in long lines", "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("x", 100) + "\n\xfc" + strings.Repeat("x", 71) + "=C3=BC--.\n\xfc" + strings.Repeat("x", 72) + ".\n" + "\xfc" + strings.Repeat("x", 72) + "--\n\xfc" + strings.Repeat("x", 70) + "=      \n\xfc=" + strings.Repeat(" ", 100) + "\n",
		"Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("x", 100) + "\n=FC" + strings.Repeat("x", 71) + "=\n=C3=BC--.\n=FC" + strings.Repeat("x", 72) + "=\n=2E\n=FC" + strings.Repeat("x", 72) + "=\n=2D-\n=FC" + strings.Repeat("x", 70) + "=\n=      \n=FC=" + strings.Repeat(" ", 100) + "\n"},
	{"two encodings, the first counts", "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: 8bit\n\n=FC \xfc\n",
		"MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: 8bit\n\n=FC =FC\n"},
	{"broken base64", "Content-Transfer-Encoding: base64\n\nYWJj\n--\xe4\xf6\n",
		"Content-Transfer-Encoding: base64\n\nYWJj\n?-??\n"},
	{"all that is not text", "MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: binary\n\n0\x82\x06\n\n",
		"MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\nMIIGDQoNCg==\n"},
	{"multipart", "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"b\"\nContent-Transfer-Encoding: 8bit\n\npre\xe4\n--b\n\ntext \xe4\n--b  \nContent-Type: image/png\n\n\x89PNG\n--b\nContent-Transfer-Encoding: 8bit\n\n7 bit, labelled\n--b\n\n7 bit\n--b--\npost\xe4\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"b\"\nContent-Transfer-Encoding: 7bit\n\npre?\n--b\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\ntext =E4\n--b  \nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw==\n--b\nContent-Transfer-Encoding: 7bit\n\n7 bit, labelled\n--b\n\n7 bit\n--b--\npost?\n"},
	{"labelled binary, and it is", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n\xe4\xf6\xfc\xdf\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: binary\n\na\x00b\n--b--\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: base64\n\n5Pb83w==\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=00b\n--b--\n"},
	{"boundaries that begin alike", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b1\n\n--b1\n\none \xe4\n--b2\n--b1--\n--b\n\ntwo \xe4\n--b--\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n=2D-b2\n--b1--\n--b\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\ntwo =E4\n--b--\n"},
	{"inner multipart not closed", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: text/plain\n\none \xe4\n--b\nContent-Type: text/plain\n\ntwo \xe4",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\ntwo =E4"},
	{"boundary that nobody quoted", "MIME-Version: 1.0\nContent-Type: multipart/mixed charset=x; boundary=----=_Part:1\n\n------=_Part:1\nContent-Type: text/plain\n\none \xe4\n------=_Part:1--\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed charset=x; boundary=----=_Part:1\n\n------=_Part:1\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n------=_Part:1--\n"},
	{"boundary that never comes", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n\none \xe4\n--c\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: quoted-printable\n\n\none =E4\n=2D-c\n"},
	{"boundary that only encoding would make", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a=E4\"\n\n--a=E4\nContent-Type: text/plain\n\n--a\xe4\n--a=E4--\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a=E4\"\n\n--a=E4\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=2D-a=E4\n--a=E4--\n"},
	{"part behind the closing boundary", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b--\n--b\nContent-Type: text/plain\n\none \xe4\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b--\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n"},
	{"equal boundaries", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\none \xe4\n--b--\n--b\nContent-Type: text/plain\n\ntwo \xe4\n--b--\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n--b--\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\ntwo =E4\n--b--\n"},
	{"inner boundary is the closing one of the outer", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b--\n\n--b--\nContent-Type: text/plain\n\none \xe4\n--b----\n--b--\nContent-Type: text/plain\n\ntwo \xe4\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b--\n\n--b--\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n--b----\n--b--\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\ntwo =E4\n"},
	{"two types", "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Type: image/png\n\none \xe4\n",
		"MIME-Version: 1.0\nContent-Type: text/plain\nContent-Type: image/png\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n"},
	{"type longer than what is kept", "MIME-Version: 1.0\nContent-Type: image/png; x=" + strings.Repeat("y", maxField) + "; boundary=b\n\none \xe4\n",
		"MIME-Version: 1.0\nContent-Type: image/png; x=" + strings.Repeat("y", maxField) + "; boundary=b\nContent-Transfer-Encoding: base64\n\nb25lIOQNCg==\n"},
	{"header cut by a boundary", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n--b\nContent-Type: text/plain\n\none \xe4\n",
		"Content-Type: multipart/mixed; boundary=b\nMIME-Version: 1.0\n\n--b\nContent-Type: text/plain\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\none =E4\n"},
	{"nested message", "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: \xe4\n\n\xe4 inside\n",
		"MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\nSubject: \xe4\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\n=E4 inside\n"},
	{"nested message without a header, in a part whose header does not end", "MIME-Version: 1.0\nContent-Type: message/rfc822\nbad \xe4\n",
		"MIME-Version: 1.0\nContent-Type: message/rfc822\n\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\nbad =E4\n"},
	{"digest", "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\nMIME-Version: 1.0\n\n\xe4 inside\n--b--\n",
		"MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: quoted-printable\n\n=E4 inside\n--b--\n"},
	{"message/global is a leaf", "MIME-Version: 1.0\nContent-Type: message/global\nContent-Transfer-Encoding: 8bit\n\nSubject: \xc3\xa4\n\n\xc3\xa4 inside\n",
		"MIME-Version: 1.0\nContent-Type: message/global\nContent-Transfer-Encoding: quoted-printable\n\nSubject: =C3=A4\n\n=C3=A4 inside\n"},
	{"nested message in base64 is a leaf", "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nYWJj\n\xe4\n",
		"MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nYWJj\n?\n"},
	{"signature beside a converted part", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\xe4 outside\n--b\n" + signed("8bit", "7 bit", "sign\xe4ture") + "--b--\n",
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=E4 outside\n--b\n" +
			strings.Replace(signed("8bit", "7 bit", "c2lnbuR0dXJl"), "signature\n", "signature\nContent-Transfer-Encoding: base64\n", 1) + "--b--\n"},
}

// signed is a multipart/signed with two parts.
func signed(label, text, signature string) string {
	return "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\n\n" +
		"--s\nContent-Type: multipart/mixed; boundary=t\nContent-Transfer-Encoding: " + label + "\n\n" +
		"--t\nContent-Type: text/plain\nContent-Transfer-Encoding: " + label + "\n\n" + text + "\n--t--\n" +
		"--s\nContent-Type: application/pgp-signature\n\n" + signature + "\n--s--\n"
}

// around begins a multipart/signed whose signed part is a multipart, with open
// boundaries.
func around(label string) string {
	return "Content-Type: multipart/signed; boundary=v\n\n--v\nContent-Type: multipart/mixed; boundary=w\nContent-Transfer-Encoding: " + label + "\n\n--w\n"
}

// convert scans and converts in, both by readers that give an octet at a time.
func convert(t *testing.T, in string, o Options) (string, *Plan) {
	t.Helper()
	plan, err := Scan(iotest.OneByteReader(strings.NewReader(in)), o)
	if err != nil {
		t.Fatalf("Scan(%q): %v", in, err)
	}
	var out bytes.Buffer
	if err := plan.Convert(&out, iotest.OneByteReader(strings.NewReader(in))); err != nil {
		t.Fatalf("Convert(%q): %v", in, err)
	}
	return out.String(), plan
}

func TestConvert(t *testing.T) {
	for _, c := range conversions {
		t.Run(c.name, func(t *testing.T) {
			want, changes := wire(c.want), c.want != ""
			if !changes {
				want = wire(c.in)
			}
			got, plan := convert(t, wire(c.in), Options{})
			if got != want {
				t.Errorf("%q became\ngot  %q\nwant %q", c.in, got, want)
			}
			if plan.Needed() != changes {
				t.Errorf("%q: Needed %t, want %t", c.in, plan.Needed(), changes)
			}
		})
	}
}

// TestLongLines has line ends and boundaries around the end of the buffer, and
// octets that are no line ends.
func TestLongLines(t *testing.T) {
	head := wire("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n")
	part := "Content-Type: application/x\r\n\r\n"
	for n := bufferSize - 4; n < bufferSize+4; n++ {
		for _, text := range []string{
			strings.Repeat("a", n),                                    // one line over the buffer's end
			strings.Repeat("a", n-len(head)-len(part)),                // line end at the buffer's end
			"\n--b\n\r--b" + strings.Repeat("\n--b\r ", n/6) + "\r\r", // no boundary
			"--b" + strings.Repeat(" ", n) + "x",
			strings.Repeat("a", n) + "\n--b",
		} {
			content := "\xe4" + text + "\r\n\xe4" + text
			in := head + part + content + "\r\n--b--\r\n"
			out, _ := convert(t, in, Options{})
			got, err := parseMessage(out)
			if err != nil || len(got.parts) != 1 || got.parts[0].content != content {
				t.Fatalf("%d octets of %.20q: %v, %d parts", len(text), text, err, len(got.parts))
			}
			if wire(out) != out {
				t.Errorf("%d octets of %.20q: a bare CR or LF came out", len(text), text)
			}
		}
	}
}

// TestFieldBound: what is kept of a field is bounded, however long it is.
func TestFieldBound(t *testing.T) {
	var h header
	h.begin([]byte("content-type"))
	for range 100 {
		h.add(make([]byte, 1000))
	}
	if len(h.typ) != maxField {
		t.Errorf("kept %d octets, want %d", len(h.typ), maxField)
	}
}

func TestRefused(t *testing.T) {
	deep := func(text string) string {
		var b strings.Builder
		for i := range maxDepth + 2 {
			b.WriteString("Content-Type: multipart/mixed; boundary=b" + string(rune('a'+i)) + "\n\n--b" + string(rune('a'+i)) + "\n")
		}
		return b.String() + "\n" + text + "\n"
	}
	many := func(text string) string {
		return "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\na\n", maxEntities) + text
	}
	outer := "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b\n"
	for _, c := range []struct {
		name, in string
		want     error
		part     string
	}{
		{"signed", signed("8bit", "\xe4", ""), errSigned, "1.1"},
		{"signed below", outer + signed("8bit", "\xe4", ""), errSigned, "2.1.1"},
		{"preamble in the signed part", strings.Replace(signed("7bit", "a", ""), "7bit\n\n", "7bit\n\n\xe4\n", 1), errSigned, "1"},
		{"signature", signed("8bit", "a", "\xe4"), nil, ""},
		{"header in the signed part", strings.Replace(signed("7bit", "a", ""), "Content", "X: \xe4\nContent", 3), nil, ""},
		{"partial", outer + "Content-Type: message/partial; id=a; number=1\n\n\xe4", errFragment, "2"},
		{"external", outer + "Content-Type: message/external-body; access-type=URL\n\nContent-Type: text/plain\n\n\xe4", errFragment, "2"},
		{"external without need", outer + "Content-Type: message/external-body; access-type=URL\n\nContent-Type: text/plain\n\na", nil, ""},
		{"deep", deep("\xe4"), errTooComplex, strings.TrimSuffix(strings.Repeat("1.", maxDepth), ".")},
		{"deep without need", deep("a"), nil, ""},
		{"many, later", many("\xe4"), errTooComplex, "65536"},
		{"many, earlier", strings.Replace(many(""), "\na\n", "\n\xe4\n", 1), errTooComplex, "65536"},
		{"many without need", many(""), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := wire(c.in)
			plan, err := Scan(strings.NewReader(in), Options{})
			if !errors.Is(err, c.want) {
				t.Fatalf("Scan(%.200q): got %v, want %v", c.in, err, c.want)
			}
			if c.want == nil {
				var out strings.Builder
				if err := plan.Convert(&out, strings.NewReader(in)); err != nil || !plan.Needed() && out.String() != in {
					t.Errorf("Convert(%.200q): %v; got %.200q", c.in, err, out.String())
				}
				return
			}
			if e := new(Error); !errors.As(err, &e) || e.Part != c.part || !strings.Contains(err.Error(), e.Type) {
				t.Errorf("Scan(%.200q): got %#v, want part %s", c.in, err, c.part)
			}
		})
	}
}

func TestBreakSignatures(t *testing.T) {
	in := wire(signed("8bit", "gr\xfc\xdfe an alle", "a"))
	got, _ := convert(t, in, Options{BreakSignatures: true})
	want := wire("Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\nMIME-Version: 1.0\n\n" +
		"--s\nContent-Type: multipart/mixed; boundary=t\nContent-Transfer-Encoding: 7bit\n\n" +
		"--t\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DFe an alle\n--t--\n" +
		"--s\nContent-Type: application/pgp-signature\n\na\n--s--\n")
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	// One beside it without need keeps its octets, one around it does not.
	whole := wire(signed("8bit", "plain", "a"))
	converted := strings.Replace(want, "MIME-Version: 1.0\r\n", "", 1)
	head := wire("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n")
	for _, c := range []struct{ name, in, want string }{
		{"behind", head + in + "\r\n--b\r\n" + whole, head + converted + "\r\n--b\r\n" + whole},
		{"in front", head + whole + "\r\n--b\r\n" + in, head + whole + "\r\n--b\r\n" + converted},
		{"around", wire("MIME-Version: 1.0\n"+around("8bit")) + in, wire("MIME-Version: 1.0\n"+around("7bit")) + converted},
	} {
		got, _ := convert(t, c.in, Options{BreakSignatures: true})
		if got != c.want {
			t.Errorf("%s: %q became\ngot  %q\nwant %q", c.name, c.in, got, c.want)
		}
	}
}

func TestAnyHigh(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		in   io.Reader
		want bool
		err  error
	}{
		{"7 bit", strings.NewReader(strings.Repeat("a", 100_001)), false, nil},
		{"last octet", strings.NewReader(strings.Repeat("a", 100_001) + "\x80"), true, nil},
		{"nothing", strings.NewReader(""), false, nil},
		{"stops at the first", io.MultiReader(strings.NewReader("a\xff"), iotest.ErrReader(broken)), true, nil},
		{"error", io.MultiReader(strings.NewReader("a"), iotest.ErrReader(broken)), false, broken},
		{"octets with the end", iotest.DataErrReader(strings.NewReader("aaaaaaaaa\xff")), true, nil},
	} {
		if got, err := anyHigh(c.in); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %t, %v; want %t, %v", c.name, got, err, c.want, c.err)
		}
	}
}

// failWriter takes n octets.
type failWriter struct{ n int }

func (f *failWriter) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestConvertErrors(t *testing.T) {
	in := wire("MIME-Version: 1.0\nContent-Type: text/plain\n\n" + strings.Repeat("gr\xfc\xdfe\n", 20_000))
	plan, err := Scan(strings.NewReader(in), Options{})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if _, err := Scan(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), Options{}); !errors.Is(err, broken) {
		t.Errorf("Scan: got %v, want the error of the reader", err)
	}
	if err := plan.Convert(io.Discard, io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("Convert: got %v, want the error of the reader", err)
	}
	for _, n := range []int{0, 50_000, 200_000} {
		if err := plan.Convert(&failWriter{n: n}, strings.NewReader(in)); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("Convert, %d octets taken: got %v, want the error of the writer", n, err)
		}
	}
	for _, other := range []string{"", in + "a", in[:100], wire("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\n\n")} {
		if err := plan.Convert(io.Discard, strings.NewReader(other)); !errors.Is(err, errOther) {
			t.Errorf("Convert of %.60q: got %v, want %v", other, err, errOther)
		}
	}
}
