package rules

import (
	"bytes"
	"strings"

	"domigo/internal/mimefield"
)

// Bounds of a look into a message: how deep its parts may be nested, and how
// many are looked at.
const (
	maxDepth = 8
	maxParts = 200
)

// Content reads the text and the names of the attachments out of a message or
// the first part of one (RFC 2045, RFC 2046, RFC 2183). What is against those
// rules it reads as mail programs do, or takes as it stands, so that a broken
// message does not pass a rule by. Parts beyond the 200th or nested more than
// eight deep are left out. It gives no more octets than a few times those of
// data.
func Content(data []byte) (body string, attachments []string) {
	r := &reader{left: maxParts}
	r.part(data, plain, 0)
	return r.text.String(), r.attachments
}

// Words decodes the encoded words of a header field (RFC 2047); what is none
// stays as it is.
func Words(s string) string {
	if t, err := mimefield.WordDecoder().DecodeHeader(s); err == nil {
		return t
	}
	return s
}

// Media types that a part without one has (RFC 2045, 5.2, and RFC 2046, 5.1.5).
const (
	plain   = "text/plain"
	message = "message/rfc822"
)

// reader collects what is in the parts of a message. It reads a bounded piece from
// memory, and more than is there by the rules: internal/sevenbit walks the same
// structure as a stream, and must not see a part where another reader sees none.
type reader struct {
	left        int // parts that may still be looked at
	text        strings.Builder
	attachments []string
}

// part reads a message or a part; otherwise is its media type if it names none.
func (r *reader) part(data []byte, otherwise string, depth int) {
	if r.left--; r.left < 0 || depth > maxDepth {
		return
	}
	h, body := r.header(data)
	kind, params := mimefield.Parse(h.contentType)
	if !strings.Contains(kind, "/") {
		kind = otherwise
	}
	// A name does not close a part: mail programs show what is in it all the same.
	name, attached, named := h.attachment(params)
	if named || attached {
		r.attachments = append(r.attachments, name)
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		otherwise = plain
		if kind == "multipart/digest" {
			otherwise = message
		}
		if !r.parts(body, strings.TrimRight(params["boundary"], blanks), otherwise, depth+1) {
			r.add(mimefield.Text("", body))
		}
	case kind == message || kind == "message/global":
		r.part(decode(h.encoding, body), plain, depth+1)
	case strings.HasPrefix(kind, "text/") && !attached:
		r.add(mimefield.Text(params["charset"], decode(h.encoding, body)))
	}
}

func (r *reader) add(text string) {
	r.text.WriteString(text)
	r.text.WriteByte('\n')
}

// parts reads what stands between the boundaries (RFC 2046, 5.1.1), and reports
// whether there is one. Parts behind the last are parts.
func (r *reader) parts(data []byte, boundary, otherwise string, depth int) (found bool) {
	if boundary == "" {
		return false
	}
	mark := []byte("--" + boundary)
	start := -1 // of a part
	for at := 0; at < len(data) && r.left > 0; {
		end := lineEnd(data, at)
		rest, ok := bytes.CutPrefix(bytes.TrimRight(data[at:end], blanks), mark)
		if last := string(rest) == "--"; ok && (last || len(rest) == 0) {
			if start >= 0 {
				r.part(data[start:at], otherwise, depth)
			}
			if found, start = true, end; last {
				start = -1
			}
		}
		at = end
	}
	if start >= 0 {
		r.part(data[start:], otherwise, depth)
	}
	return found
}

// blanks stand behind what a line says.
const blanks = " \t\r\n"

// lineEnd gives where the line that begins at an index ends, its LF included.
func lineEnd(data []byte, at int) int {
	if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(data)
}

// header has the fields that tell what a part is; of several the first.
type header struct{ contentType, disposition, encoding string }

// header reads the header section of a part. A line that is no field does not end
// it, as it does not in mail programs; it counts as text, too, for that is what
// it may be where there is no header section.
func (r *reader) header(data []byte) (h header, body []byte) {
	for at := 0; at < len(data); {
		end := lineEnd(data, at)
		line := bytes.TrimRight(data[at:end], "\r\n")
		if len(line) == 0 {
			return h, data[end:]
		}
		for end < len(data) && (data[end] == ' ' || data[end] == '\t') {
			end = lineEnd(data, end)
		}
		name, value, ok := bytes.Cut(data[at:end], []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !ok || len(name) == 0 || bytes.ContainsAny(name, blanks) {
			r.add(mimefield.Text("", data[at:end]))
		} else {
			h.note(strings.ToLower(string(name)), value)
		}
		at = end
	}
	return h, nil
}

func (h *header) note(name string, value []byte) {
	var field *string
	switch name {
	case "content-type":
		field = &h.contentType
	case "content-disposition":
		field = &h.disposition
	case "content-transfer-encoding":
		field = &h.encoding
	}
	if field != nil && *field == "" {
		*field = string(bytes.TrimSpace(value))
	}
}

// attachment gives the name of a part, and whether it says that it is an attachment
// or has a name, which makes it one too.
func (h *header) attachment(typeParams map[string]string) (name string, attached, named bool) {
	disposition, params := mimefield.Parse(h.disposition)
	if name = params["filename"]; name == "" {
		name = typeParams["name"]
	}
	return Words(name), disposition == "attachment", name != ""
}
