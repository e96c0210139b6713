package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// content is one message to send; a last line without its end gets one on the
// wire, as RFC 5321, 4.1.1.4 has it.
type content struct {
	name, text string
}

const head = "Subject: content\r\n\r\n"

// contents are texts that a careless server changes.
func contents() []content {
	list := []content{
		{"plain", head + "Hello\r\n"},
		{"header only", "Subject: content\r\n\r\n"},
		{"header without a blank line", "Subject: content\r\n"},
		{"one dot", head + ".\r\n"},
		{"two dots", head + "..\r\n"},
		{"dots", head + ".a\r\n..b\r\n...c\r\n.\r\n.\r\n\r\n.\r\n"},
		{"dot last without end", head + "a\r\n."},
		{"no final CRLF", head + "no end"},
		{"blank lines at the end", head + "a\r\n\r\n\r\n\r\n"},
		{"blank line first", head + "\r\n\r\na\r\n"},
		{"trailing blanks and tabs", head + "a \r\n\t\r\n \r\nb\t \r\n"},
		{"From at a line's begin", head + "From somebody\r\n>From somebody\r\n"},
		{"8 bit", head + "\xe4\xf6\xfc \xff\xfe gr\xc3\xbc\xc3\x9fe\r\n"},
		{"8 bit in the header", "Subject: gr\xc3\xbc\xc3\x9fe\r\n\r\na\r\n"},
		{"control characters", head + "\x00\x01\x02\x1a\x1b\x7f\r\n"},
		{"line of 998", head + strings.Repeat("x", 998) + "\r\n"},
		{"line of 100,000", head + strings.Repeat("y", 100_000) + "\r\n"},
		{"dot in the middle of a long line", head + strings.Repeat("z", 4095) + "\r\n." + strings.Repeat(".", 4096) + "\r\n"},
		{"folded header", "Subject: a\r\n b\r\n\tc\r\nX-Empty:\r\nx-lower: 1\r\n\r\na\r\n"},
		{"commands", head + "QUIT\r\nMAIL FROM:<a@b>\r\nDATA\r\nRSET\r\n"},
		{"own Received fields", "Received: from a by b; Sat, 25 Jul 2009 16:51:40 +0530\r\nReturn-Path: <x@y>\r\n" + head + "a\r\n"},
		{"200 KiB", head + strings.Repeat("0123456789abcdef 0123456789abcdef 0123456789abcdef 0123456789\r\n", 200*1024/64)},
	}
	r := rand.New(rand.NewSource(1))
	for i := range 12 {
		list = append(list, content{fmt.Sprintf("random %d", i), head + randomText(r, 1<<uint(i+2))})
	}
	return list
}

// randomText makes lines of pieces that are hard to carry.
func randomText(r *rand.Rand, n int) string {
	pieces := []string{".", "..", "\r\n", "\r\n.", "\r\n..\r\n", " ", "\t", "a", "\x80\xff", "=20", "\x00", strings.Repeat("w", 70)}
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(pieces[r.Intn(len(pieces))])
	}
	return b.String()
}

// stored is what arrives of a text below the added header.
func (c content) stored() string {
	if !strings.HasSuffix(c.text, "\r\n") {
		return c.text + "\r\n"
	}
	return c.text
}

func sendMail(addr, from, to, text string) error {
	c, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SendMail(from, []string{to}, strings.NewReader(text)); err != nil {
		return err
	}
	return c.Quit()
}

// received is the trace header of one server.
func received(host string) string {
	return `Received: from \S+ \(\[127\.0\.0\.1\]\)\r\n          by ` + regexp.QuoteMeta(host) +
		` \(.* Release .*\)\r\n          with E?SMTPA? id \d+-\d+ ;\r\n          ` + rfcDate + ` \r\n`
}

// TestContentToMaildir: what a client sends arrives in the Maildir byte for
// byte below the header fields that the server adds.
func TestContentToMaildir(t *testing.T) {
	free := newPorts()
	acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
	acme.start()
	added := regexp.MustCompile(`^Return-Path: <a@abc\.com>\r\nDelivered-To: \S+@acme\.com\r\n` + received("Server-704.acme.com") + `$`)
	box := filepath.Join(acme.dir, "mail", "jdoe")
	var seen []string
	for i, c := range contents() {
		t.Run(c.name, func(t *testing.T) {
			if err := sendMail(acme.addr(), "a@abc.com", "john.doe@acme.com", c.text); err != nil {
				t.Fatalf("send: %v", err)
			}
			files, err := waitMail(box, i+1)
			if err != nil {
				t.Fatalf("%v\n%s", err, acme.run.output())
			}
			for _, f := range files {
				if slices.Contains(seen, f) {
					continue
				}
				seen = append(seen, f)
				compareContent(t, f, added, c.stored())
			}
		})
	}
}

func compareContent(t *testing.T, file string, added *regexp.Regexp, want string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	top, ok := bytes.CutSuffix(data, []byte(want))
	if !ok {
		t.Fatalf("%d bytes do not end as sent (%d bytes): got %.300q..., want %.300q...", len(data), len(want), data, want)
	}
	if !added.Match(top) {
		t.Errorf("added above the message: got %q, want %s", top, added)
	}
}

// sink is a foreign mail server that keeps what it gets.
type sink struct {
	got chan relayed
}

// relayed is one message that a sink got.
type relayed struct {
	from, to, text string
}

func newSink(t *testing.T, addr string) *sink {
	t.Helper()
	s := &sink{got: make(chan relayed, 100)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }))
	server.Addr, server.Domain = addr, "sink.example"
	server.MaxLineLength = 1 << 20 // longer lines are a matter of the sender here
	l, err := listenTCP(addr)
	if err != nil {
		t.Fatalf("sink: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close the sink: %v", err)
		}
		if err := <-done; err != nil && err != smtp.ErrServerClosed {
			t.Errorf("sink: %v", err)
		}
	})
	return s
}

type sinkSession struct {
	sink *sink
	mail relayed
}

func (s *sinkSession) Mail(from string, _ *smtp.MailOptions) error {
	s.mail.from = from
	return nil
}

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = to
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.text = string(text)
	s.sink.got <- s.mail
	return nil
}

func (s *sinkSession) Reset()        { s.mail = relayed{} }
func (s *sinkSession) Logout() error { return nil }
