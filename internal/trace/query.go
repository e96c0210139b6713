package trace

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// Query is what is looked for.
type Query struct {
	Text  string    // a Message-ID, a queue id (whole or its last eight digits), or an address
	Since time.Time // nothing before; the zero time is from the beginning
}

// ErrQuery: the text cannot be looked for.
var ErrQuery = errors.New("give a Message-ID, a queue id or an address")

// matcher finds the lines of a query.
type matcher struct {
	text   string // without angle brackets
	id     string // upper case, of a queue id; "" for another text
	needle []byte // lower case, stands in every line that fits; nil: none is known
	lower  []byte // scratch
}

func newMatcher(q Query) (*matcher, error) {
	m := &matcher{text: trimID(q.Text)}
	if m.text == "" || strings.ContainsFunc(m.text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, ErrQuery
	}
	if IsID(m.text) {
		m.id = strings.ToUpper(m.text)
	}
	m.needle = fragment(m.text)
	return m, nil
}

// IsID tells whether a text has the form of a queue id: 28 hexadecimal digits, or
// the last eight.
func IsID(s string) bool {
	return (len(s) == 28 || len(s) == 8) && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// fragment gives the longest part of a text that stands in a line of JSON as it
// is, in ASCII and lower case.
func fragment(text string) []byte {
	best := ""
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r < ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
		if len(part) > len(best) {
			best = part
		}
	}
	if best == "" {
		return nil
	}
	return []byte(strings.ToLower(best))
}

// may tells whether a line can fit, which costs little.
func (m *matcher) may(line []byte) bool {
	if m.needle == nil {
		return true
	}
	m.lower = append(m.lower[:0], line...)
	for i, b := range m.lower {
		if 'A' <= b && b <= 'Z' {
			m.lower[i] = b | 0x20
		}
	}
	return bytes.Contains(m.lower, m.needle)
}

// isID tells whether a queue id is the one looked for.
func (m *matcher) isID(id string) bool {
	return m.id != "" && (id == m.id || len(m.id) == 8 && len(id) == 28 && strings.HasSuffix(id, m.id))
}

// address tells whether an address is the one looked for. Local parts are
// compared in any case, as the Router does.
func (m *matcher) address(list ...string) bool {
	for _, a := range list {
		if a != "" && strings.EqualFold(trimID(a), m.text) {
			return true
		}
	}
	return false
}

// fits tells whether a line is about what is looked for.
func (m *matcher) fits(e *event) bool {
	return m.isID(e.Mail) || e.MessageID != "" && trimID(e.MessageID) == m.text || m.concerns(e)
}

// concerns tells whether a line names the address looked for.
func (m *matcher) concerns(e *event) bool {
	return m.address(e.From, e.Sender, e.Recipient, e.Old, e.New) || m.address(e.To...) || m.address(e.For...)
}
