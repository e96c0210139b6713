package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"domigo/mailbox"
)

// maxMadeUp bounds a message that is made up, in octets.
const maxMadeUp = 64 << 20

// messageOf gives the message as it goes over the wire.
func messageOf(c Case) (io.Reader, string) {
	if c.Message != nil {
		return bytes.NewReader(stuffed(c.Message)), ""
	}
	head := fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: test\r\n\r\n", c.From, strings.Join(c.To, ", "))
	note := "the message is made up: From is the sender"
	size := c.Size - int64(len(head))
	if size > maxMadeUp {
		size, note = maxMadeUp, note+", and "+strconv.Itoa(maxMadeUp)+" octets of it are sent"
	}
	return io.MultiReader(strings.NewReader(head), io.LimitReader(&padding{}, max(0, size-size%int64(len(paddingLine))))), note
}

// stuffed doubles dots and ends lines as SMTP has them (RFC 5321, 4.5.2).
func stuffed(message []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(message) {
		if line[0] == '.' {
			out.WriteByte('.')
		}
		out.Write(bytes.TrimRight(line, "\r\n"))
		out.WriteString("\r\n")
	}
	return out.Bytes()
}

const paddingLine = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"

// padding is lines of text without end.
type padding struct{ at int }

func (p *padding) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		k := copy(b[n:], paddingLine[p.at:])
		n, p.at = n+k, (p.at+k)%len(paddingLine)
	}
	return n, nil
}

// box takes one message and keeps its envelope.
type box struct{ taken *mailbox.Envelope }

// Create gives a draft whose content goes nowhere.
func (b *box) Create(context.Context) (mailbox.Draft, error) { return &draft{box: b}, nil }

type draft struct {
	box  *box
	size int64
}

var errNoDraft = errors.New("the draft is over")

func (d *draft) ID() mailbox.ID { return "0000000000000000" }
func (d *draft) Discard() error { d.box = nil; return nil }

func (d *draft) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	return len(p), nil
}

func (d *draft) Commit(_ context.Context, e mailbox.Envelope) error {
	if d.box == nil {
		return errNoDraft
	}
	e.Size = d.size
	d.box.taken = &e
	return nil
}
