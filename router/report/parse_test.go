package report

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"

	"domigo/internal/smtpwire"
)

// field is one field of a delivery-status, its lines as they came.
type field struct {
	name string
	rows []string // without the line ends
}

// value unfolds after RFC 5322, 2.2.3: the line end goes, the blank stays.
func (f field) value() string { return strings.TrimSpace(strings.Join(f.rows, "")) }

// hard unfolds what was cut inside words: the blank goes too.
func (f field) hard() string {
	s := f.rows[0]
	for _, row := range f.rows[1:] {
		s += row[1:]
	}
	return strings.TrimSpace(s)
}

type group []field

func (g group) get(name string) (field, bool) {
	for _, f := range g {
		if strings.EqualFold(f.name, name) {
			return f, true
		}
	}
	return field{rows: []string{""}}, false
}

func (g group) value(name string) string { f, _ := g.get(name); return f.value() }

// typed gives the part behind the type of a field such as "rfc822;a@b".
func (g group) typed(name string) (kind, value string) {
	kind, value, _ = strings.Cut(g.value(name), ";")
	return strings.TrimSpace(kind), strings.TrimSpace(value)
}

// parseStatus reads the content of message/delivery-status after RFC 3464, 2.1:
// groups of fields with an empty line between them, per-message fields first,
// no field twice in a group, every mandatory field there.
func parseStatus(content string) ([]group, error) {
	var groups []group
	open := false
	for row := range strings.SplitSeq(strings.TrimSuffix(content, "\r\n"), "\r\n") {
		switch {
		case strings.ContainsAny(row, "\r\n\x00"):
			return nil, fmt.Errorf("stray octet in %q", row)
		case row == "":
			open = false
		case row[0] == ' ' || row[0] == '\t':
			if !open || strings.TrimSpace(row) == "" {
				return nil, fmt.Errorf("continuation of nothing or with nothing: %q", row)
			}
			g := groups[len(groups)-1]
			g[len(g)-1].rows = append(g[len(g)-1].rows, row)
		default:
			name, value, ok := strings.Cut(row, ":")
			if !ok || name == "" || strings.ContainsAny(name, " \t") {
				return nil, fmt.Errorf("no field: %q", row)
			}
			if !open {
				groups, open = append(groups, nil), true
			}
			g := &groups[len(groups)-1]
			if _, twice := g.get(name); twice {
				return nil, fmt.Errorf("field %s twice", name)
			}
			*g = append(*g, field{name, []string{value}})
		}
	}
	if len(groups) < 2 {
		return nil, fmt.Errorf("%d groups", len(groups))
	}
	if kind, _ := groups[0].typed("Reporting-MTA"); kind != "dns" {
		return nil, fmt.Errorf("Reporting-MTA of type %q", kind)
	}
	for _, g := range groups[1:] {
		for _, name := range []string{"Final-Recipient", "Action", "Status"} {
			if _, ok := g.get(name); !ok {
				return nil, fmt.Errorf("no %s", name)
			}
		}
	}
	return groups, nil
}

// parsed is a report as a program reads it.
type parsed struct {
	header   mail.Header
	subject  string
	text     string
	message  group
	rcpts    []group
	kind     string // media type of the third part
	encoding string
	original string
}

// parse reads a report with the standard library's MIME parser, which knows
// nothing of this package.
func parse(content string) (*parsed, error) {
	for line := range strings.SplitSeq(content, "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") {
			return nil, fmt.Errorf("line of %d octets or with a stray one: %.80q", len(line), line)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(content))
	if err != nil {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "delivery-status" {
		return nil, fmt.Errorf("Content-Type %q: %v", m.Header.Get("Content-Type"), err)
	}
	p := &parsed{header: m.Header}
	if p.subject, err = (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return nil, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for i, want := range []string{"text/plain; charset=UTF-8", "message/delivery-status", ""} {
		part, err := parts.NextRawPart()
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		if got := part.Header.Get("Content-Type"); want != "" && got != want {
			return nil, fmt.Errorf("part %d is %q", i+1, got)
		}
		switch i {
		case 0:
			text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(b), "\r\n", ""))
			if err != nil {
				return nil, err
			}
			p.text = string(text)
		case 1:
			if !smtpwire.IsASCII(b) {
				return nil, fmt.Errorf("delivery-status outside ASCII: %q", b)
			}
			groups, err := parseStatus(string(b))
			if err != nil {
				return nil, err
			}
			p.message, p.rcpts = groups[0], groups[1:]
		case 2:
			p.original, p.kind = string(b), part.Header.Get("Content-Type")
			p.encoding = part.Header.Get("Content-Transfer-Encoding")
			if !smtpwire.IsASCII(b) != (p.encoding == "8bit") {
				return nil, fmt.Errorf("encoding %q of %.80q", p.encoding, b)
			}
		}
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		return nil, fmt.Errorf("after part 3: %v", err)
	}
	return p, nil
}

func mustParse(t *testing.T, n *Notice) *parsed {
	t.Helper()
	content := written(t, n)
	p, err := parse(content)
	if err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	return p
}

func written(t *testing.T, n *Notice) string {
	t.Helper()
	var b strings.Builder
	size, err := n.WriteTo(&b)
	if err != nil || size != int64(b.Len()) {
		t.Fatalf("WriteTo: %d of %d octets, %v", size, b.Len(), err)
	}
	return b.String()
}

func TestParseStatusRefuses(t *testing.T) {
	const good = "Reporting-MTA: dns;a\r\n\r\nFinal-Recipient: rfc822;b\r\nAction: failed\r\nStatus: 5.0.0\r\n"
	if _, err := parseStatus(good); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, content string }{
		{"no recipient", "Reporting-MTA: dns;a\r\n"},
		{"no status", strings.Replace(good, "Status", "State", 1)},
		{"twice", good + "Action: delayed\r\n"},
		{"line without a name", good + "and so on\r\n"},
		{"bare LF", good + "X: a\nb\r\n"},
	}
	for _, tt := range tests {
		if _, err := parseStatus(tt.content); err == nil {
			t.Errorf("%s: taken: %q", tt.name, tt.content)
		}
	}
}
