package sevenbit

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tree is a message or part as another parser sees it.
type tree struct {
	header  textproto.MIMEHeader
	content string // of a leaf, decoded
	parts   []tree
}

// parse reads an entity with the standard library's parsers.
func parse(h textproto.MIMEHeader, body io.Reader) (tree, error) {
	t := tree{header: maps.Clone(h)}
	mediaType, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && h.Get("Content-Type") != "" {
		return t, err
	}
	switch {
	case strings.HasPrefix(mediaType, "multipart/"):
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return t, nil
			}
			if err != nil {
				return t, err
			}
			part, err := parse(p.Header, p)
			if err != nil {
				return t, err
			}
			t.parts = append(t.parts, part)
		}
	case mediaType == "message/rfc822":
		m, err := mail.ReadMessage(body)
		if err != nil {
			return t, err
		}
		inner, err := parse(textproto.MIMEHeader(m.Header), m.Body)
		t.parts = []tree{inner}
		return t, err
	}
	switch h.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	t.content = string(content)
	return t, err
}

func parseMessage(s string) (tree, error) {
	m, err := mail.ReadMessage(strings.NewReader(s))
	if err != nil {
		return tree{}, err
	}
	return parse(textproto.MIMEHeader(m.Header), m.Body)
}

// forget takes from got's headers what a conversion may add to want's or
// replace there.
func forget(got, want tree) {
	for _, h := range []textproto.MIMEHeader{got.header, want.header} {
		delete(h, "Content-Transfer-Encoding")
	}
	if want.header.Get("Mime-Version") == "" && got.header.Get("Mime-Version") == "1.0" {
		delete(got.header, "Mime-Version")
	}
	if want.header.Get("Content-Type") == "" && got.header.Get("Content-Type") == "text/plain; charset=unknown-8bit" {
		delete(got.header, "Content-Type")
	}
	for i := range min(len(got.parts), len(want.parts)) {
		forget(got.parts[i], want.parts[i])
	}
}

// generator writes random entities; each boundary is used once.
type generator struct {
	t          *rapid.T
	boundaries int
}

var words = []string{"a", "word ", " ", "\t", ".", "-", "--", "--b1x", "--b", "=", "=E4", "From ", "\xe4", "\xc3\xbc", "\xff\xfe\x80", "\x00", "\x7f",
	strings.Repeat("x", 70), strings.Repeat("\xe4", 30), "\r\n", "\r\n", "\r\n.\r\n", "\r\nFrom ", " \r\n"}

func (g *generator) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(g.t, label)
}

func (g *generator) fields() string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"X-A: one\r\n", "X-B: two\r\n\tfolded\r\n", "Content-ID: <a@b>\r\n", "Subject: -- b\r\n"}), 0, 3).Draw(g.t, "fields"), "")
}

// leaf gives header and content of a leaf.
func (g *generator) leaf() string {
	content := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 25).Draw(g.t, "content"), "")
	head := g.pick("type", "", "Content-Type: text/plain; charset=utf-8\r\n", "Content-Type: text/html\r\n", "Content-Type: image/png\r\n", "Content-Type: message/global\r\n")
	switch label := g.pick("encoding", "", "7bit", "8bit", "binary", "base64", "quoted-printable"); label {
	case "":
	case "base64":
		head += "Content-Transfer-Encoding: base64\r\n"
		content = base64.StdEncoding.EncodeToString([]byte(content))
	case "quoted-printable":
		head += "Content-Transfer-Encoding: quoted-printable\r\n"
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		io.WriteString(w, content)
		w.Close()
		content = b.String()
		if rapid.Bool().Draw(g.t, "broken") {
			content = strings.ReplaceAll(content, "=E4", "\xe4")
		}
	default:
		head += "Content-Transfer-Encoding: " + label + "\r\n"
	}
	return head + g.fields() + "\r\n" + content
}

// entity gives header and content of anything.
func (g *generator) entity(depth int) string {
	what := "leaf"
	if depth < 4 {
		what = g.pick("entity", "leaf", "multipart", "message")
	}
	label := ""
	if what != "leaf" {
		label = g.pick("encoding", "", "Content-Transfer-Encoding: 8bit\r\n", "Content-Transfer-Encoding: 7bit\r\n", "content-transfer-encoding: Binary\r\n")
	}
	switch what {
	case "message":
		return g.fields() + label + "Content-Type: message/rfc822\r\n\r\n" + g.message(depth+1)
	case "multipart":
		g.boundaries++
		boundary := fmt.Sprintf("b%d", g.boundaries)
		s := "Content-Type: multipart/" + g.pick("subtype", "mixed", "alternative", "report") + ";\r\n boundary=" + boundary + "\r\n" + label + g.fields() + "\r\n"
		s += g.pick("preamble", "", "pre\xe4mble\r\n", "--b\xe4\r\n")
		for range rapid.IntRange(1, 3).Draw(g.t, "parts") {
			s += "--" + boundary + g.pick("padding", "", " ") + "\r\n" + g.entity(depth+1) + "\r\n"
		}
		return s + "--" + boundary + "--" + g.pick("epilogue", "", "\r\n", "\r\nepil\xf6gue\r\n")
	}
	return g.leaf()
}

func (g *generator) message(depth int) string {
	return "From: a@b\r\n" + g.pick("version", "", "MIME-Version: 1.0\r\n") + g.entity(depth)
}

// TestDecodedEquality: for a random MIME tree the result is 7-bit, has
// short lines that end with CR LF, and decodes to the same tree.
func TestDecodedEquality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{t: t}
		in := g.message(0)
		plan, err := Scan(strings.NewReader(in), Options{})
		if err != nil {
			t.Fatalf("Scan(%q): %v", in, err)
		}
		var b strings.Builder
		if err := plan.Convert(&b, strings.NewReader(in)); err != nil {
			t.Fatalf("Convert(%q): %v", in, err)
		}
		out := b.String()
		if strings.ContainsFunc(out, func(c rune) bool { return c > 0x7f }) {
			t.Errorf("%q became %q, which is not 7-bit", in, out)
		}
		if high := firstHigh([]byte(in)) < len(in); plan.Needed() != high {
			t.Errorf("Needed of %q: got %t, want %t", in, plan.Needed(), high)
		} else if !high && in != out {
			t.Errorf("without need, %q became %q", in, out)
		}
		for line := range strings.SplitSeq(out, "\r\n") {
			if len(line) > maxLine || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%q became %q, with the line %q", in, out, line)
			}
		}
		want, err := parseMessage(in)
		if err != nil {
			t.Fatalf("the test's message %q: %v", in, err)
		}
		got, err := parseMessage(out)
		if err != nil {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
		forget(got, want)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q became %q:\ngot  %+q\nwant %+q", in, out, got, want)
		}
	})
}
