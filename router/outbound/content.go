package outbound

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-smtp"

	"domigo/internal/smtpwire"
)

// copyBuffer is what one session reads content with.
const copyBuffer = 32 << 10

// open opens the content. What fails here is no fault of the next hop.
func (t *transaction) open() (io.ReadCloser, error) {
	body, err := t.m.Content(t.ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLocal, err)
	}
	return body, nil
}

// content sends the content behind the reply to DATA, and settles the
// recipients that were accepted.
func (t *transaction) content(body io.Reader) {
	s := t.s
	s.peer.data = true
	err := t.copy(body)
	if err == nil {
		s.peer.trace.command(endOfData)
		if s.lmtp {
			t.lmtpReplies()
		} else if taken, closeErr := t.cmd.CloseWithResponse(); closeErr == nil {
			s.dirty = false
			t.settle(func(string) error { return nil })
			t.words(func(string) *smtp.DataResponse { return taken })
		} else {
			err = t.uncertain(closeErr)
		}
	} else {
		// Without the end of data nothing is sent; closing takes care of that.
		err = s.stopped(err)
		_ = s.abort()
	}
	s.peer.data = false
	if err != nil {
		err = s.note(err)
		t.settle(func(string) error { return err })
	}
}

// copy sends the content without its end. A source that fails, and a conversion
// that does, never look like the end of the content.
func (t *transaction) copy(body io.Reader) error {
	out := &smtpwire.LineEnds{W: t.cmd}
	to, from := &writer{w: out}, &reader{r: body}
	var err error
	if t.s.converts(t.m) {
		err = t.m.Downgrade(to, from)
	} else {
		if t.s.buffer == nil {
			t.s.buffer = make([]byte, copyBuffer)
		}
		_, err = io.CopyBuffer(to, from, t.s.buffer)
	}
	switch {
	case to.err != nil:
		return to.err
	case from.err != nil:
		return fmt.Errorf("%w: %w", errLocal, from.err)
	case err != nil:
		return fmt.Errorf("%w: %w", errConvert, err)
	}
	return out.Finish()
}

// stopped looks for the reason of a next hop that would not take more content.
func (s *Session) stopped(err error) error {
	if errors.Is(err, errLocal) || errors.Is(err, errConvert) || s.peer.writeErr == nil {
		return err
	}
	if refused := s.peer.lastWords(); refused != nil {
		return refused
	}
	return err
}

// uncertain marks an error of the reply to the end of data. If a write failed,
// the end of data did not go out.
func (t *transaction) uncertain(err error) error {
	var reply *smtp.SMTPError
	switch {
	case errors.As(err, &reply) && reply.Code >= 400:
		return err
	case reply != nil:
		return uncertainError{fmt.Errorf("%w: %s", errReply, replyText(reply))}
	case t.s.peer.writeErr != nil:
		return t.s.stopped(err)
	}
	return uncertainError{err}
}

// lmtpReplies takes the replies behind the end of data apart: each recipient
// that was accepted has one (RFC 2033, 4.2).
func (t *transaction) lmtpReplies() {
	s := t.s
	good, err := t.cmd.CloseWithLMTPResponse()
	var bad smtp.LMTPDataError
	errors.As(err, &bad)
	for _, e := range bad {
		_ = s.note(e)
	}
	var lost error
	if len(good)+len(bad) < t.taken {
		// err may hold the replies to others as well; they say nothing here.
		lost = t.uncertain(cmp.Or(s.peer.readErr, io.ErrUnexpectedEOF))
		_ = s.abort()
	}
	s.dirty = lost != nil
	t.settle(func(address string) error {
		switch {
		case bad[address] != nil:
			return bad[address]
		case good[address] != nil:
			return nil
		}
		return lost
	})
	t.words(func(address string) *smtp.DataResponse { return good[address] })
}

// words keeps what the next hop said on each recipient that it took.
func (t *transaction) words(of func(address string) *smtp.DataResponse) {
	for _, i := range t.who {
		if r := &t.results[i]; r.Kind == Done {
			if said := of(t.m.Recipients[i].Address); said != nil {
				r.Reply = bounded("250 " + strings.ReplaceAll(said.StatusText, "\n", " "))
			}
		}
	}
}

// writer and reader keep their own error, which a conversion between them may
// word as its own, or forget.
type writer struct {
	w   io.Writer
	err error
}

// Write is that of w.
func (w *writer) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	if err != nil {
		w.err = err
	}
	return n, err
}

type reader struct {
	r   io.Reader
	err error
}

// Read is that of r.
func (r *reader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
