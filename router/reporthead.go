package router

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"strings"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
)

// Bounds of what a report takes from the original.
const (
	mostHeader  = 64 << 10
	mostContent = 256 << 10
)

// original is the part of a message that a report looks at.
type original struct {
	raw    []byte // the header, at most mostHeader octets, whole lines
	fields mail.Header
}

// originalHeader reads the header of a message in the mail.box. A header that
// is none gives no fields.
func (r *Router) originalHeader(ctx context.Context, id mailbox.ID) (*original, error) {
	body, err := r.c.Store.Body(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	return readOriginal(body)
}

func readOriginal(body io.Reader) (*original, error) {
	br := bufio.NewReaderSize(io.LimitReader(body, mostHeader), 4096)
	h := &original{}
	for {
		line, err := br.ReadString('\n')
		if err == nil && strings.TrimRight(line, "\r\n") != "" {
			h.raw = append(h.raw, line...)
			continue
		}
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("read message: %w", err)
		}
		break
	}
	if m, err := mail.ReadMessage(strings.NewReader(string(h.raw) + "\r\n")); err == nil {
		h.fields = m.Header
	}
	return h, nil
}

// subject gives the decoded subject, fit for one line.
func (h *original) subject() string {
	raw := h.fields.Get("Subject")
	text, err := (&mime.WordDecoder{}).DecodeHeader(raw)
	if err != nil {
		text = raw
	}
	return smtpwire.Clean(text)
}

// author gives the one address of Sender, or of From when there is no Sender;
// "" when there is none or more than one.
func (h *original) author() string {
	for _, name := range [...]string{"Sender", "From"} {
		if h.fields.Get(name) == "" {
			continue
		}
		list, err := h.fields.AddressList(name)
		if err != nil || len(list) != 1 {
			return ""
		}
		if _, ok := parse(list[0].Address); !ok {
			return ""
		}
		return list[0].Address
	}
	return ""
}
