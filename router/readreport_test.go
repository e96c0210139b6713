package router

import (
	"bufio"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
)

type parsed struct {
	subject, to, from, text              string
	reporting, recipient, status, remote string
	reason                               string // of Diagnostic-Code, unfolded
	original, kind                       string
	action, orcpt, envid                 string
	retryUntil                           string
	messageID                            string
}

// readReport reads a report on a failure.
func readReport(t *testing.T, content string) parsed {
	t.Helper()
	r := readAnyReport(t, content)
	if r.action != "failed" {
		t.Errorf("Action: %q", r.action)
	}
	return r
}

// readAnyReport reads a report with the standard library's MIME parser.
func readAnyReport(t *testing.T, content string) parsed {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(content))
	if err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "delivery-status" {
		t.Fatalf("Content-Type %q: %v", m.Header.Get("Content-Type"), err)
	}
	subject, err := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	r := parsed{subject: subject, to: m.Header.Get("To"), from: m.Header.Get("From"), messageID: m.Header.Get("Message-ID")}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for i := range 3 {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("part %d: %v\n%s", i+1, err, content)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		switch i {
		case 0:
			text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(b), "\r\n", ""))
			if err != nil || p.Header.Get("Content-Transfer-Encoding") != "base64" {
				t.Fatalf("text part: %v %q", err, b)
			}
			r.text = string(text)
		case 1:
			r.status1(t, string(b))
		case 2:
			r.original, r.kind = string(b), p.Header.Get("Content-Type")
		}
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Errorf("after part 3: %v", err)
	}
	return r
}

func (r *parsed) status1(t *testing.T, b string) {
	t.Helper()
	rd := textproto.NewReader(bufio.NewReader(strings.NewReader(b + "\r\n\r\n")))
	message, err := rd.ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	r.reporting, r.envid = message.Get("Reporting-MTA"), message.Get("Original-Envelope-Id")
	// The fold may stand inside a word, so unfolding takes the blank away.
	recipient, err := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.ReplaceAll(b[strings.Index(b, "\r\n\r\n")+4:], "\r\n ", "") + "\r\n\r\n"))).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	r.recipient = strings.TrimPrefix(recipient.Get("Final-Recipient"), "rfc822;")
	r.status, r.remote = recipient.Get("Status"), strings.TrimPrefix(recipient.Get("Remote-MTA"), "smtp;")
	r.reason = strings.TrimPrefix(recipient.Get("Diagnostic-Code"), "X-Notes; ")
	r.action, r.orcpt, r.retryUntil = recipient.Get("Action"), recipient.Get("Original-Recipient"), recipient.Get("Will-Retry-Until")
}
