//go:build unix

package peers

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// letter is a message to send. Its mark stands in a header field, so that it is
// found wherever it ends up, also inside a report.
type letter struct {
	mark string
	at   string // address of the server to send it to
	from string
	to   []string
	body string
	mail smtp.MailOptions
	rcpt smtp.RcptOptions // for each recipient
}

// field is the header field of a mark.
func field(mark string) string { return "X-Peers-Mark: <" + mark + ">" }

// text gives the message, lines ended by CR LF.
func (m *letter) text() string {
	body := m.body
	if body == "" {
		body = "Hello\r\n"
	}
	return "From: <" + m.from + ">\r\nTo: undisclosed-recipients:;\r\nSubject: " + m.mark + "\r\n" +
		"Date: Mon, 2 Nov 2026 09:05:00 +0100\r\nMessage-ID: <" + m.mark + "@peers.example>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n" +
		field(m.mark) + "\r\n\r\n" + body
}

// send sends a letter and fails unless all its recipients are taken.
func (l *lab) send(t testing.TB, m *letter) {
	t.Helper()
	if l.sent[m.mark] {
		t.Fatalf("the mark %q is used twice", m.mark)
	}
	l.sent[m.mark] = true
	if err := l.transact(m); err != nil {
		t.Fatalf("send %s to %s by %s: %v", m.mark, m.to, m.at, err)
	}
}

func (l *lab) transact(m *letter) (err error) {
	c, err := smtp.Dial(m.at + ":" + l.port)
	if err != nil {
		return err
	}
	c.CommandTimeout, c.SubmissionTimeout = patience, patience
	defer func() {
		if quit := c.Quit(); err == nil {
			err = quit
		}
	}()
	m.mail.Body = smtp.Body8BitMIME
	if err := c.Mail(m.from, &m.mail); err != nil {
		return fmt.Errorf("MAIL: %w", err)
	}
	for _, to := range m.to {
		if err := c.Rcpt(to, &m.rcpt); err != nil {
			return fmt.Errorf("RCPT %s: %w", to, err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return fmt.Errorf("DATA: %w", err)
	}
	if _, err := w.Write([]byte(m.text())); err != nil {
		return err
	}
	return w.Close()
}

// maildirs of the three mail stores.
func (l *lab) atPostfix(domain, user string) string {
	return filepath.Join(l.dir, "postfix", "mail", domain, user)
}

func (l *lab) atAcme(s *site, user string) string { return filepath.Join(s.dir, "mail", user) }

func (l *lab) atDovecot(user string) string {
	return filepath.Join(l.dir, "dovecot", "mail", user, "Maildir")
}

// withMark gives the messages of a Maildir that hold a mark, lines ended by CR
// LF whatever the store makes of them.
func withMark(maildir, mark string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(maildir, "new", "*"))
	if err != nil {
		return nil, err
	}
	var list []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		text := string(data)
		if !strings.Contains(text, "\r\n") {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		if strings.Contains(text, field(mark)) {
			list = append(list, text)
		}
	}
	return list, nil
}

// arrived waits until a message with a mark is in a Maildir.
func (l *lab) arrived(t testing.TB, maildir, mark string) string {
	t.Helper()
	l.arrivals = append(l.arrivals, arrival{maildir, mark})
	return await(t, "mail "+mark+" in "+strings.TrimPrefix(maildir, l.dir), func() (string, error) {
		list, err := withMark(maildir, mark)
		if err != nil {
			return "", err
		}
		if len(list) == 0 {
			return "", os.ErrNotExist
		}
		return list[0], nil
	})
}

// arrivedAsSent waits for a letter and compares what came with what was sent:
// only fields in front of it may be new, and they must hold each of the texts.
func (l *lab) arrivedAsSent(t testing.TB, maildir string, m *letter, added ...string) {
	t.Helper()
	got := l.arrived(t, maildir, m.mark)
	top, ok := strings.CutSuffix(got, m.text())
	if !ok {
		t.Fatalf("%s: %d octets do not end with what was sent (%d octets):\ngot  %.600q\nwant %.600q", m.mark, len(got), len(m.text()), got, m.text())
	}
	for _, want := range added {
		if !strings.Contains(top, want) {
			t.Errorf("%s: no %q is in what was added:\n%s", m.mark, want, top)
		}
	}
}

// decoded gives the body of a message of one part without its transfer encoding.
func decoded(text string) (string, error) {
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		return "", err
	}
	body := m.Body
	switch kind := strings.ToLower(m.Header.Get("Content-Transfer-Encoding")); kind {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "7bit":
	default:
		return "", fmt.Errorf("content transfer encoding %q", kind)
	}
	data, err := io.ReadAll(body)
	return string(data), err
}
