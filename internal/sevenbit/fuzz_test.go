package sevenbit

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// wire makes every line end CR LF, as the mail.box holds them.
func wire(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// FuzzConvert: nothing panics, content without 8-bit octets is copied, and what
// is converted needs no conversion any more and has no line end that is not CR LF.
func FuzzConvert(f *testing.F) {
	for _, c := range conversions {
		f.Add([]byte(wire(c.in)), false)
	}
	f.Add([]byte("Content-Type: multipart/mixed; boundary=\"a=E4\"\n\n--a=E4\n\n--a\xe4\n--a=E4--\n"), true)
	f.Add([]byte("Content-Type: multipart/mixed; boundary=\"b?\"\n\n--b\xe4\n--b?\nContent-Transfer-Encoding: quoted-printable\n\n--b\xe4=\xff==\n"), true)
	f.Fuzz(func(t *testing.T, in []byte, clean bool) {
		if clean {
			in = []byte(wire(string(in)))
		}
		plan, err := Scan(bytes.NewReader(in), Options{BreakSignatures: true})
		if err != nil {
			if e := new(Error); !errors.As(err, &e) {
				t.Fatalf("Scan(%q): %v", in, err)
			}
			return
		}
		var out bytes.Buffer
		if err := plan.Convert(&out, bytes.NewReader(in)); err != nil {
			t.Fatalf("Convert(%q): %v", in, err)
		}
		if !plan.Needed() {
			if !bytes.Equal(out.Bytes(), in) {
				t.Errorf("without need, %q became %q", in, out.Bytes())
			}
			return
		}
		again, err := Scan(bytes.NewReader(out.Bytes()), Options{})
		if err != nil {
			t.Fatalf("Scan(%q) of the result %q: %v", in, out.Bytes(), err)
		}
		if again.Needed() {
			t.Errorf("%q became %q, which has 8-bit content", in, out.Bytes())
		}
		if len(again.records) != len(plan.records) {
			t.Errorf("%q became %q: %d entities, were %d", in, out.Bytes(), len(again.records), len(plan.records))
		}
		if clean && wire(out.String()) != out.String() {
			t.Errorf("%q became %q, which has a bare CR or LF", in, out.Bytes())
		}
	})
}
