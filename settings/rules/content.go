package rules

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"unicode/utf8"
)

// Bounds of a look into a message: how deep its parts may be nested, and how
// many are looked at.
const (
	maxDepth = 8
	maxParts = 200
)

// Content reads the text and the names of the attachments out of a message or
// the first part of one (RFC 2045, RFC 2046, RFC 2183). What it cannot read it
// takes as it stands, or leaves out; it gives no more octets than a few times
// those of data.
func Content(data []byte) (body string, attachments []string) {
	msg, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return string(data), nil
	}
	r := &reader{left: maxParts}
	r.part(textproto.MIMEHeader(msg.Header), msg.Body, 0)
	return r.text.String(), r.attachments
}

// reader collects what is in the parts of a message.
type reader struct {
	left        int // parts that may still be looked at
	text        strings.Builder
	attachments []string
}

func (r *reader) part(h textproto.MIMEHeader, body io.Reader, depth int) {
	if r.left--; r.left < 0 || depth > maxDepth {
		return
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain"
	}
	if name, ok := attachment(h, params); ok {
		r.attachments = append(r.attachments, name)
		return
	}
	switch {
	case strings.HasPrefix(kind, "multipart/") && params["boundary"] != "":
		mr := multipart.NewReader(body, params["boundary"])
		for r.left > 0 {
			p, err := mr.NextRawPart()
			if err != nil {
				return
			}
			r.part(p.Header, p, depth+1)
		}
	case kind == "message/rfc822":
		if msg, err := mail.ReadMessage(body); err == nil {
			r.part(textproto.MIMEHeader(msg.Header), msg.Body, depth+1)
		}
	case strings.HasPrefix(kind, "text/"):
		r.text.WriteString(decode(h, params["charset"], body))
		r.text.WriteByte('\n')
	}
}

// attachment gives the name of a part that is one: it says so, or it has a name.
func attachment(h textproto.MIMEHeader, typeParams map[string]string) (name string, ok bool) {
	disposition, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err == nil {
		name = params["filename"]
	}
	if name == "" {
		name = typeParams["name"]
	}
	return Words(name), name != "" || strings.EqualFold(disposition, "attachment")
}

// Words decodes the encoded words of a header field (RFC 2047); one in an
// unknown character set stays as it is.
func Words(s string) string {
	d := mime.WordDecoder{}
	if t, err := d.DecodeHeader(s); err == nil {
		return t
	}
	return s
}

// decode reads a part's text. What comes before an error counts: a message that
// is looked at in part ends anywhere.
func decode(h textproto.MIMEHeader, charset string, body io.Reader) string {
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	var b bytes.Buffer
	_, _ = b.ReadFrom(body) // see above
	text := b.Bytes()
	switch strings.ToLower(charset) {
	case "iso-8859-1", "iso-8859-15", "windows-1252", "latin1":
		if !utf8.Valid(text) {
			runes := make([]rune, len(text))
			for i, c := range text {
				runes[i] = rune(c)
			}
			return string(runes)
		}
	}
	return string(text)
}
