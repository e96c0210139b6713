package sevenbit

import (
	"bytes"
	"strings"

	"domigo/internal/mimefield"
)

// maxField bounds what is kept of a Content-Type or Content-Transfer-Encoding
// field; a longer one counts as far as it was kept.
const maxField = 16 << 10

// maxBoundary is far above the 70 characters of RFC 2046, 5.1.1.
const maxBoundary = 998

// field says which header field a piece belongs to.
type field int

const (
	fieldOther field = iota
	fieldType
	fieldEncoding
	fieldVersion
)

// label is what a Content-Transfer-Encoding field says.
type label int

const (
	label7 label = iota // 7bit, absent
	label8              // 8bit, binary
	labelQP
	labelBase64
	labelUnknown
)

// kind is what the walk makes of an entity.
type kind int

const (
	kindLeaf kind = iota
	kindMultipart
	kindMessage  // message/rfc822
	kindFragment // message/partial, message/external-body
	kindTooDeep  // a composite below the last level that is walked
)

// entity is a message, a part, or a message in a part.
type entity struct {
	index  int // in the order of the headers
	depth  int
	up     int  // index of the message it is in, for a message of the one around; -1
	root   bool // it is a message
	seal   int  // the innermost signed part that it is in or is, -1 for none
	digest bool // without Content-Type it is message/rfc822

	// from the header, known at its end
	hasType    bool
	hasVersion bool
	kind       kind
	label      label
	mediaType  string
	boundary   string
	textual    bool // quoted-printable suits it
}

// header collects the fields of one header that the walk obeys.
type header struct {
	lines    int // lines so far
	current  field
	keep     bool // current is the first of its name
	seen     [4]bool
	typ, cte []byte
}

func (h *header) reset() {
	*h = header{typ: h.typ[:0], cte: h.cte[:0]}
}

// begin notes that a field begins with line.
func (h *header) begin(name []byte) {
	h.current = fieldOther
	switch {
	case bytes.EqualFold(name, []byte("Content-Type")):
		h.current = fieldType
	case bytes.EqualFold(name, []byte("Content-Transfer-Encoding")):
		h.current = fieldEncoding
	case bytes.EqualFold(name, []byte("MIME-Version")):
		h.current = fieldVersion
	}
	h.keep = !h.seen[h.current]
	h.seen[h.current] = true
}

// add keeps a piece of the current field.
func (h *header) add(text []byte) {
	var to *[]byte
	switch {
	case !h.keep:
		return
	case h.current == fieldType:
		to = &h.typ
	case h.current == fieldEncoding:
		to = &h.cte
	default:
		return
	}
	*to = append(*to, text[:min(len(text), maxField-len(*to))]...)
}

// fill completes e with what the header says.
func (h *header) fill(e *entity) {
	e.hasType, e.hasVersion = h.seen[fieldType], h.seen[fieldVersion]
	e.label = parseEncoding(value(h.cte))
	if !e.hasType {
		e.mediaType, e.textual = "text/plain", true
		if e.digest { // RFC 2046, 5.1.5
			e.mediaType = "message/rfc822"
		}
	} else {
		e.mediaType, e.boundary = parseType(value(h.typ))
	}
	top, _, _ := strings.Cut(e.mediaType, "/")
	switch {
	case top == "multipart" && e.boundary != "":
		e.kind = kindMultipart
	case e.mediaType == "message/rfc822" && e.label != labelQP && e.label != labelBase64:
		e.kind = kindMessage
	case e.mediaType == "message/partial", e.mediaType == "message/external-body":
		e.kind = kindFragment
	}
	if e.depth >= maxDepth && (e.kind == kindMultipart || e.kind == kindMessage) {
		e.kind = kindTooDeep
	}
	switch top {
	case "text", "message", "multipart", "":
		e.textual = true
	}
}

// fieldName gives the name of the header field that line begins; ok is false if
// it begins none. Octets above 127 may stand in a name: what RFC 5322, 2.2
// forbids must not end the header of somebody's message.
func fieldName(line []byte) (name []byte, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return nil, false
	}
	name = bytes.TrimRight(line[:colon], " \t")
	for _, c := range name {
		if c <= ' ' || c == 0x7f {
			return nil, false
		}
	}
	return name, len(name) > 0
}

// fromLine reports whether line is the "From " line of an mbox, which some
// mailers leave in front of a message.
func fromLine(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(line, []byte(">")), []byte("From "))
}

// value is what stands behind the colon.
func value(field []byte) string {
	_, v, _ := bytes.Cut(field, []byte(":"))
	return strings.Trim(string(v), " \t")
}

// parseEncoding reads the value of a Content-Transfer-Encoding field (RFC 2045, 6).
func parseEncoding(v string) label {
	for strings.HasPrefix(v, "(") {
		_, rest, _ := strings.Cut(v, ")")
		v = strings.TrimLeft(rest, " \t")
	}
	if i := strings.IndexAny(v, " \t;("); i >= 0 {
		v = v[:i]
	}
	switch strings.ToLower(strings.Trim(v, `"`)) {
	case "", "7bit":
		return label7
	case "8bit", "binary":
		return label8
	case "quoted-printable":
		return labelQP
	case "base64":
		return labelBase64
	}
	return labelUnknown
}

// parseType reads the value of a Content-Type field: the type in lower case,
// empty if there is none, and a usable boundary or "".
func parseType(v string) (mediaType, boundary string) {
	mediaType, params := mimefield.Parse(v)
	if top, sub, ok := strings.Cut(mediaType, "/"); !ok || top == "" || sub == "" {
		return "", ""
	}
	boundary = strings.TrimRight(params["boundary"], " \t")
	if len(boundary) > maxBoundary || strings.ContainsFunc(boundary, unusable) {
		boundary = ""
	}
	return mediaType, boundary
}

// unusable: such a boundary could not stand in 7-bit content.
func unusable(c rune) bool { return c < ' ' && c != '\t' || c >= 0x7f }
