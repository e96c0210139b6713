package queue

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"domigo/mailbox"
)

// Bounds of what show reads of a content.
const (
	maxHeader  = 256 << 10
	maxShown   = 4 << 10 // octets of one line; a longer one goes on in the next
	bodyOctets = 1 << 20 // of the content, in a page
	jsonOctets = 48 << 10
)

// shown is a message as JSON shows it. A content follows in objects of Content.
type shown struct {
	Envelope mailbox.Envelope `json:"envelope"`
	Units    []row            `json:"units"`
	Header   []string         `json:"header"`
}

// content is a part of the content of a message, base64 in JSON.
type content struct {
	ID      mailbox.ID `json:"id"`
	Content []byte     `json:"content"`
}

// show tells all that is known of one message, page by page if its content is
// asked for.
func (r *run) show(ctx context.Context) error {
	id, err := r.find(ctx, r.IDs[0])
	if err != nil {
		return err
	}
	if r.Cursor == "" {
		if err := r.showEnvelope(ctx, id); err != nil || !r.Body {
			return err
		}
	}
	return r.showBody(ctx, id)
}

func (r *run) showEnvelope(ctx context.Context, id mailbox.ID) error {
	rows, err := r.Store.Get(ctx, id)
	if errors.Is(err, mailbox.ErrNotFound) {
		return refuse(err, "%s: no such message", id)
	}
	if err != nil {
		return fmt.Errorf("read mail.box: %w", err)
	}
	header, err := r.header(ctx, id)
	if err != nil {
		return err
	}
	if r.JSON {
		v := shown{Envelope: rows[0].Envelope, Header: header}
		for i := range rows {
			v.Units = append(v.Units, rowOf(&rows[i], r.now))
		}
		return r.object(v)
	}
	r.envelope(&rows[0].Envelope)
	for i := range rows {
		r.work(&rows[i])
	}
	r.line("")
	r.line("Header:")
	for _, text := range header {
		r.line("  " + clean(text))
	}
	return nil
}

// field adds a line of show; one without a value is left out.
func (r *run) field(label, value string) {
	if value != "" {
		r.line(fmt.Sprintf("%-14s%s", label+":", clean(value)))
	}
}

func (r *run) envelope(e *mailbox.Envelope) {
	r.field("Message", string(e.ID))
	r.field("Sender", addressText(e.Sender))
	for i := range e.Recipients {
		r.field("Recipient", e.Recipients[i].Address+asked(&e.Recipients[i]))
	}
	r.field("Received", r.Time(e.Received)+" ("+age(r.now.Sub(e.Received))+" ago)")
	r.field("Client", e.Client)
	r.field("User", e.User)
	r.field("Message-ID", e.MessageID)
	r.field("Size", fmt.Sprintf("%d octets", e.Size))
	var flags []string
	add := func(set bool, name string) {
		if set {
			flags = append(flags, name)
		}
	}
	add(e.Body != "", "BODY="+e.Body)
	add(e.EightBit, "8-bit content")
	add(e.UTF8, "SMTPUTF8")
	add(e.Return != "", "RET="+e.Return)
	add(e.EnvID != "", "ENVID="+e.EnvID)
	add(e.Priority != "", "priority "+e.Priority)
	add(e.Report, "delivery report")
	add(e.Journal, "to be journaled")
	r.field("Flags", strings.Join(flags, ", "))
	r.field("Rule", rule(e))
}

// rule gives what a server mail rule decided.
func rule(e *mailbox.Envelope) string {
	switch {
	case e.Refuse != "":
		return "refused: " + e.Refuse
	case e.Hold != "":
		return "held: " + e.Hold
	case e.MoveTo != "":
		return "moved to " + e.MoveTo
	}
	return ""
}

// asked gives what the client asked for a recipient (RFC 3461, 4).
func asked(r *mailbox.Recipient) string {
	text := ""
	if len(r.Notify) > 0 {
		text += " NOTIFY=" + strings.Join(r.Notify, ",")
	}
	if r.ORcpt != "" {
		text += " ORCPT=" + r.ORcpt
	}
	return text
}

// work shows a unit.
func (r *run) work(w *mailbox.Listed) {
	r.line("")
	r.field("Work", destination(w.Key)+" (key \""+w.Key+"\")")
	state := stateText(w)
	if !w.Since.IsZero() {
		state += " since " + r.Time(w.Since)
	}
	r.field("State", state)
	r.field("Attempts", fmt.Sprint(w.Attempts))
	if w.State == mailbox.Pending {
		r.field("Next try", r.Time(w.Due))
	}
	r.field("Last error", w.LastError)
	if w.Delayed {
		r.field("Delay report", "sent")
	}
	if w.DeadTries > 0 {
		r.field("Dead tries", fmt.Sprint(w.DeadTries))
	}
	for i := range w.Recipients {
		t := &w.Recipients[i]
		text := t.To
		if t.To != t.Address {
			text += " for " + t.Address
		}
		if len(t.Path) > 0 {
			text += " through " + strings.Join(t.Path, ", ")
		}
		if t.MailFile != "" {
			text += " in " + t.MailFile
		}
		r.field("To", text)
	}
}

// header reads the lines of the header, which ends at an empty line, and cuts
// off what is beyond 256 KiB.
func (r *run) header(ctx context.Context, id mailbox.ID) (lines []string, err error) {
	in, err := r.Store.Body(ctx, id)
	if err != nil {
		return nil, ended(id, err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	br := bufio.NewReaderSize(io.LimitReader(in, maxHeader), maxShown)
	for {
		part, err := br.ReadSlice('\n')
		text := strings.TrimRight(string(part), "\r\n")
		if text != "" {
			lines = append(lines, text)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF), err == nil && text == "":
			return lines, nil
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", id, err)
		}
	}
}

// ended gives the error of a content that could not be opened.
func ended(id mailbox.ID, err error) error {
	if errors.Is(err, mailbox.ErrNotFound) {
		return refuse(err, "%s: has ended meanwhile", id.Short())
	}
	return fmt.Errorf("read %s: %w", id, err)
}

// showBody adds a page of the content; cursor.Done octets of it were shown.
func (r *run) showBody(ctx context.Context, id mailbox.ID) (err error) {
	in, err := r.Store.Body(ctx, id)
	if err != nil {
		return ended(id, err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if _, err := io.CopyN(io.Discard, in, int64(r.Done)); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	if r.Done == 0 && !r.JSON {
		r.line("")
		r.line("Content:")
	}
	read := r.bodyLines
	if r.JSON {
		read = r.bodyObjects
	}
	more, err := read(id, in)
	if err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	if more {
		r.next = r.cursor.String()
	}
	return nil
}

// bodyLines adds lines of text until the page is full.
func (r *run) bodyLines(_ mailbox.ID, in io.Reader) (more bool, err error) {
	br := bufio.NewReaderSize(in, maxShown)
	for page := 0; page < bodyOctets; {
		part, err := br.ReadSlice('\n')
		page += len(part)
		r.Done += len(part)
		if len(part) > 0 {
			r.line("  " + clean(strings.TrimRight(string(part), "\r\n")))
		}
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
	return true, nil
}

// bodyObjects adds objects with parts of the content until the page is full.
func (r *run) bodyObjects(id mailbox.ID, in io.Reader) (more bool, err error) {
	b := make([]byte, jsonOctets)
	for page := 0; page < bodyOctets; {
		n, err := io.ReadFull(in, b)
		page += n
		r.Done += n
		if n > 0 {
			if err := r.object(content{id, b[:n]}); err != nil {
				return false, err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return false, nil
		case err != nil:
			return false, err
		}
	}
	return true, nil
}
