//go:build unix

package peers

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
)

// report is a delivery status notification, read by nothing that has written
// it: the standard library's parsers of messages and of multiparts, and the few
// lines below for its fields.
type report struct {
	header     mail.Header
	text       string              // what the sender reads
	message    map[string]string   // fields about the message
	recipients []map[string]string // fields about each recipient
	kind       string              // media type of the third part
	original   string
}

// readReport reads a report (RFC 3462, RFC 3464).
func readReport(text string) (*report, error) {
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "delivery-status" {
		return nil, fmt.Errorf("content is %s %v, want multipart/report of delivery-status: %v", kind, params, err)
	}
	r := &report{header: m.Header}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for i := 0; ; i++ {
		part, err := parts.NextRawPart()
		if err == io.EOF && i == 3 {
			return r, nil
		}
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
		if err := r.read(i, part); err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
	}
}

func (r *report) read(i int, part *multipart.Part) error {
	kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	var in io.Reader = part
	if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "base64") {
		in = base64.NewDecoder(base64.StdEncoding, part)
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	switch {
	case i == 0 && kind == "text/plain":
		r.text = string(data)
	case i == 1 && kind == "message/delivery-status":
		r.message, r.recipients, err = readStatus(string(data))
		return err
	case i == 2:
		r.kind, r.original = kind, string(data)
	default:
		return fmt.Errorf("it is %s", kind)
	}
	return nil
}

// readStatus reads the groups of fields between blank lines. The line end of a
// folded field goes, what is behind it stays (RFC 5322, 2.2.3).
func readStatus(text string) (message map[string]string, recipients []map[string]string, err error) {
	text = strings.NewReplacer("\r\n ", " ", "\r\n\t", "\t").Replace(strings.Trim(text, "\r\n"))
	for _, group := range strings.Split(text, "\r\n\r\n") {
		fields := map[string]string{}
		for _, line := range strings.Split(strings.Trim(group, "\r\n"), "\r\n") {
			name, value, ok := strings.Cut(line, ":")
			if !ok {
				return nil, nil, fmt.Errorf("no field: %q", line)
			}
			fields[strings.ToLower(name)] = strings.TrimSpace(value)
		}
		recipients = append(recipients, fields)
	}
	if len(recipients) < 2 {
		return nil, nil, fmt.Errorf("%d groups of fields, want at least two", len(recipients))
	}
	return recipients[0], recipients[1:], nil
}

// want is what a report must say.
type want struct {
	to     string   // the recipient it is about
	action string   // "failed" when empty
	status string   // the code, or its beginning
	reason []string // each in the text for the sender and in the Diagnostic-Code
}

// check compares a report about one recipient.
func (r *report) check(t testing.TB, w want) {
	t.Helper()
	if len(r.recipients) != 1 {
		t.Fatalf("%d recipients %v, want one", len(r.recipients), r.recipients)
	}
	got := r.recipients[0]
	if w.action == "" {
		w.action = "failed"
	}
	if got["action"] != w.action || !strings.HasPrefix(got["status"], w.status) {
		t.Errorf("action %q and status %q, want %q and %q", got["action"], got["status"], w.action, w.status)
	}
	if kind, address, _ := strings.Cut(got["final-recipient"], ";"); !strings.EqualFold(kind, "rfc822") || strings.TrimSpace(address) != w.to {
		t.Errorf("Final-Recipient: got %q, want %s", got["final-recipient"], w.to)
	}
	for _, reason := range w.reason {
		// Domino folds a Diagnostic-Code inside words, so blanks do not count.
		if !strings.Contains(squeeze(got["diagnostic-code"]), squeeze(reason)) {
			t.Errorf("Diagnostic-Code: got %q, want %q in it", got["diagnostic-code"], reason)
		}
		if !strings.Contains(squeeze(r.text), squeeze(reason)) {
			t.Errorf("text: got %q, want %q in it", r.text, reason)
		}
	}
	if !strings.Contains(r.text, w.to) {
		t.Errorf("text: got %q, want %q in it", r.text, w.to)
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// reported waits for the report on a letter and checks what all of Domigo's
// reports have in common: the null reverse path, Postmaster as author, and the
// letter itself, whole, at its end.
func (l *lab) reported(t testing.TB, maildir string, m *letter, by string) *report {
	t.Helper()
	text := l.arrived(t, maildir, m.mark)
	r, err := readReport(text)
	if err != nil {
		t.Fatalf("report on %s: %v\n%s", m.mark, err, text)
	}
	if got := r.header.Get("Return-Path"); got != "<>" {
		t.Errorf("Return-Path of the report: got %q, want <>", got)
	}
	if got := r.header.Get("Subject"); !strings.HasPrefix(got, "DELIVERY FAILURE: ") {
		t.Errorf("Subject of the report: got %q", got)
	}
	if got, err := r.header.AddressList("From"); err != nil || len(got) != 1 || !strings.HasPrefix(got[0].Address, "Postmaster@") {
		t.Errorf("From of the report: got %v, %v", got, err)
	}
	if got, err := r.header.AddressList("To"); err != nil || len(got) != 1 || got[0].Address != m.from {
		t.Errorf("To of the report: got %v, %v, want %s", got, err, m.from)
	}
	if got := r.message["reporting-mta"]; !strings.EqualFold(squeeze(got), "dns;"+by) {
		t.Errorf("Reporting-MTA: got %q, want %s", got, by)
	}
	if r.kind != "message/rfc822" || !strings.HasSuffix(strings.TrimRight(r.original, "\r\n"), strings.TrimRight(m.text(), "\r\n")) {
		t.Errorf("third part: got %s %q, want %q at its end", r.kind, r.original, m.text())
	}
	return r
}

// TestReadReport: the parser takes a report of RFC 3464's own layout apart, and
// refuses what is none.
func TestReadReport(t *testing.T) {
	const text = "From: <Postmaster@a.example>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nTm8=\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a.example\r\n\r\n" +
		"Final-Recipient: rfc822; x@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 N\r\n o\r\n\r\n" +
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: s\r\n\r\n--b--\r\n"
	r, err := readReport(text)
	if err != nil {
		t.Fatal(err)
	}
	r.recipients[0]["diagnostic-code"] = strings.TrimPrefix(r.recipients[0]["diagnostic-code"], "smtp; ")
	if got, want := fmt.Sprint(r.text, r.message, r.recipients, r.kind), "No"+"map[reporting-mta:dns; a.example] "+
		"[map[action:failed diagnostic-code:550 N o final-recipient:rfc822; x@b.example status:5.1.1]]text/rfc822-headers"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for name, bad := range map[string]string{
		"another type":        strings.Replace(text, "multipart/report", "multipart/mixed", 1),
		"parts in disorder":   strings.Replace(text, "text/plain", "text/html", 1),
		"no recipient":        strings.Replace(text, "a.example\r\n\r\nFinal", "a.example\r\nFinal", 1),
		"a line that is none": strings.Replace(text, "Status: 5.1.1", "Status", 1),
		"no end":              strings.TrimSuffix(text, "--b--\r\n"),
	} {
		if _, err := readReport(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
