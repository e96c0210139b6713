package router

import (
	"bufio"
	"encoding/base64"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domigo/mailbox"
)

var update = flag.Bool("update", false, "write the golden files anew")

// parsed is a failure report as a program reads it.
type parsed struct {
	subject, to, from, text              string
	reporting, recipient, status, remote string
	reason                               string // of Diagnostic-Code, unfolded
	original, kind                       string
}

// readReport reads a report with the standard library's MIME parser.
func readReport(t *testing.T, content string) parsed {
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
	r := parsed{subject: subject, to: m.Header.Get("To"), from: m.Header.Get("From")}
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
	rd := textproto.NewReader(bufioReader(b + "\r\n\r\n"))
	message, err := rd.ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	r.reporting = message.Get("Reporting-MTA")
	// The fold may stand inside a word, so unfolding takes the blank away.
	recipient, err := textproto.NewReader(bufioReader(strings.ReplaceAll(b[strings.Index(b, "\r\n\r\n")+4:], "\r\n ", "") + "\r\n\r\n")).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	r.recipient = strings.TrimPrefix(recipient.Get("Final-Recipient"), "rfc822;")
	r.status, r.remote = recipient.Get("Status"), strings.TrimPrefix(recipient.Get("Remote-MTA"), "smtp;")
	r.reason = strings.TrimPrefix(recipient.Get("Diagnostic-Code"), "X-Notes; ")
	if recipient.Get("Action") != "failed" {
		t.Errorf("Action: %q", recipient.Get("Action"))
	}
}

func newNotice(content string, failures ...outcome) *notice {
	head, err := readOriginal(strings.NewReader(content))
	if err != nil {
		panic(err)
	}
	return &notice{
		identity: acmeSettings().Identity, domain: "acme.com", now: time.Date(2026, 11, 2, 9, 5, 0, 0, time.FixedZone("", 3600)),
		id: "00000190A1B2C3D4E5F60718", to: "a@b.example", failures: failures, head: head, full: []byte(content),
	}
}

func failure(to, reason, status string) outcome {
	return outcome{target: mailbox.Target{To: to}, result: failed, reason: reason, status: status}
}

func TestReportGolden(t *testing.T) {
	transfer := failure("x@example.org", "Error transferring to mx.example.org; Maximum hop count exceeded.  Message probably in a routing loop.", "5.0.0")
	transfer.remote = "mx.example.org"
	transfer.target.ORcpt = "rfc822;first@example.org"
	second := transfer
	second.target.To = "y@example.org"
	withID := newNotice("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@b.example\r\n\r\nHallo\r\n", transfer, second)
	withID.envID = "QQ314159"
	headers := newNotice("Subject: s\r\nFrom: a@b.example\r\n\r\nleft out\r\n", failure("jane@acme.com", reasonSize, "5.3.4"))
	headers.full = nil
	tests := []struct {
		name string
		n    *notice
	}{
		{"unknown", newNotice("Subject: Lunch\r\nFrom: a@b.example\r\n\r\nToday?\r\n",
			failure("nobody@acme.com", "User nobody (nobody@acme.com) not listed in Domino Directory", "5.1.1"))},
		{"transfer", withID},
		{"headers", headers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(tt.n.bytes())
			file := filepath.Join("testdata", "report", tt.name+".eml")
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			r := readReport(t, got)
			if r.subject != "DELIVERY FAILURE: "+tt.n.failures[0].reason || r.reason != tt.n.failures[0].reason {
				t.Errorf("subject %q, reason %q", r.subject, r.reason)
			}
			for _, line := range strings.Split(got, "\r\n") {
				if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
					t.Errorf("line %q", line)
				}
			}
		})
	}
}

func TestReportText(t *testing.T) {
	n := newNotice("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", failure("nobody@acme.com", "because of that", "5.1.1"))
	want := "Your message\r\n\r\n  Subject: Grüße\r\n\r\nwas not delivered to:\r\n\r\n  nobody@acme.com\r\n\r\nbecause:\r\n\r\n  because of that\r\n"
	if got := readReport(t, string(n.bytes())).text; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReportHostileOriginal(t *testing.T) {
	tests := []struct{ name, content, reason string }{
		{"no header", "just text", "r"},
		{"empty", "", "r"},
		{"header without end", "Subject: x", "r"},
		{"boundary inside", "Subject: x\r\n\r\n--" + boundary + "\r\n\r\nx\r\n--" + boundary + "--\r\n", "r"},
		{"eight bits", "Subject: Gr\xfc\xdfe\r\n\r\n\xff\xfe\r\n", "r"},
		{"line end in the reason", "Subject: x\r\n\r\n", "550 x\r\nBcc: evil@example.org"},
		{"reason outside ASCII", "Subject: x\r\n\r\n", "550 Empfänger unbekannt " + strings.Repeat("ü", 100)},
		{"line end in the subject", "Subject: =?utf-8?q?a=0D=0ABcc:_evil?=\r\n\r\n", "r"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(newNotice(tt.content, failure("a@acme.com", tt.reason, "")).bytes())
			if strings.Contains(got, "\nBcc:") {
				t.Errorf("a field was smuggled in:\n%s", got)
			}
			r := readReport(t, got)
			if strings.TrimSpace(r.original) != strings.TrimSpace(tt.content) {
				t.Errorf("original: got %q, want %q", r.original, tt.content)
			}
			if r.status != "5.0.0" {
				t.Errorf("status %q", r.status)
			}
		})
	}
}

func TestFoldHard(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"short", strings.Repeat("a", 70), strings.Repeat("a", 70)},
		{"one more", strings.Repeat("a", 71), strings.Repeat("a", 70) + "\r\n a"},
		{"twice", strings.Repeat("a", 141), strings.Repeat("a", 70) + "\r\n " + strings.Repeat("a", 70) + "\r\n a"},
	}
	for _, tt := range tests {
		if got := foldHard(tt.in); got != tt.want {
			t.Errorf("%s: foldHard(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func bufioReader(s string) *bufio.Reader { return bufio.NewReader(strings.NewReader(s)) }

// Whatever the original and the next hop's words are, the report stays one that
// programs can read.
func FuzzReport(f *testing.F) {
	f.Add("Subject: x\r\n\r\nbody\r\n", "reason", "a@acme.com")
	f.Add("Subject: =?utf-8?q?=0D=0A?=\r\n\r\n--"+boundary+"--\r\n", "a\r\n.\r\nb", "x")
	f.Add("", strings.Repeat("é ", 100), "")
	f.Fuzz(func(t *testing.T, content, reason, to string) {
		n := newNotice(content, failure(to, bounded(reason), "5.0.0"))
		r := readReport(t, string(n.bytes()))
		if r.to != "a@b.example" || r.from != "Postmaster@acme.com" {
			t.Errorf("header changed: %+v", r)
		}
	})
}
