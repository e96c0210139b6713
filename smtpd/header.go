package smtpd

import (
	"bytes"
	"net/mail"
	"strings"

	"domigo/internal/mimefield"
)

// header is what the listener wants to know of a message's header section.
type header struct {
	messageID string
	date      bool
	received  int
	from      []string // bodies of From fields
	sender    []string // bodies of Sender fields
	fields    bool     // it begins with a field
}

// maxMessageID bounds the Message-ID that is kept, in octets.
const maxMessageID = 998

// readHeader reads the fields at the start of b, whose lines end in CRLF, up to
// the first line that is none.
func readHeader(b []byte) header {
	var h header
	for len(b) > 0 {
		name, body, rest, ok := nextField(b)
		if !ok {
			break
		}
		h.fields = true
		h.note(name, body)
		b = rest
	}
	return h
}

// nextField takes one field with its continuation lines off b.
func nextField(b []byte) (name string, body, rest []byte, ok bool) {
	colon := bytes.IndexByte(b, ':')
	if colon < 1 {
		return "", nil, nil, false
	}
	word := bytes.TrimRight(b[:colon], " \t")
	for _, c := range word {
		if c <= ' ' || c >= 0x7f {
			return "", nil, nil, false
		}
	}
	end := colon
	for {
		i := bytes.Index(b[end:], []byte("\r\n"))
		if i < 0 {
			return string(word), b[colon+1:], nil, len(word) > 0
		}
		end += i + 2
		if end == len(b) || b[end] != ' ' && b[end] != '\t' {
			return string(word), b[colon+1 : end], b[end:], len(word) > 0
		}
	}
}

func (h *header) note(name string, body []byte) {
	switch strings.ToLower(name) {
	case "message-id":
		if h.messageID == "" {
			id := strings.TrimSpace(string(body))
			h.messageID = id[:min(len(id), maxMessageID)]
		}
	case "date":
		h.date = true
	case "received":
		h.received++
	case "from":
		h.from = append(h.from, string(body))
	case "sender":
		h.sender = append(h.sender, string(body))
	}
}

// author gives the addresses that SMTPVerifyAuthenticatedSender looks at: those
// of Sender, or without one those of From. A field that cannot be read gives
// none at all, so that the message does not pass by it.
func (h *header) author() []string {
	bodies := h.sender
	if len(bodies) == 0 {
		bodies = h.from
	}
	var out []string
	for _, b := range bodies {
		list, err := (&mail.AddressParser{WordDecoder: mimefield.WordDecoder()}).ParseList(unfold(b))
		if err != nil {
			return nil
		}
		for _, a := range list {
			out = append(out, a.Address)
		}
	}
	return out
}

// unfold takes the line ends out of a field body (RFC 5322, 2.2.3).
func unfold(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", ""))
}
