package report

import (
	"bytes"
	"errors"
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domigo/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 2, 9, 5, 0, 0, time.FixedZone("", 3600))

func original(t testing.TB, content string, whole bool) *Original {
	t.Helper()
	o, err := ReadOriginal(strings.NewReader(content), whole)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func notice(t testing.TB, k Kind, content string, rcpts ...Recipient) *Notice {
	t.Helper()
	return &Notice{
		Kind: k, Host: "server-704.acme.com", Domain: "acme.com", To: "a@b.example",
		MessageID: "<OF00000190A1B2C3D4E5F60718@acme.com>", Now: now, Arrival: now.Add(-4 * time.Hour),
		Recipients: rcpts, Original: original(t, content, true),
	}
}

const lunch = "Subject: Lunch\r\nFrom: a@b.example\r\n\r\nToday?\r\n"

const greetings = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@b.example\r\n\r\nHallo\r\n"

// samples are the notices of the golden files.
func samples(t testing.TB) map[string]*Notice {
	unknown := Recipient{Address: "nobody@acme.com", Reason: "User nobody (nobody@acme.com) not listed in Domino Directory",
		Status: "5.1.1", Class: UsernameFailure}
	hops := Recipient{Address: "x@example.org", ORcpt: "rfc822;first@example.org", Status: "5.0.0", Remote: "mx.example.org",
		Reason: "Error transferring to mx.example.org; Maximum hop count exceeded.  Message probably in a routing loop."}
	second := hops
	second.Address = "y@example.org"
	size := Recipient{Address: "jane@acme.com", Status: "5.3.4",
		Reason: "The size of this message exceeds the administrator specified maximum message size for this server"}
	reply := Recipient{Address: "x@example.org", Status: "5.7.1", Remote: "mx.example.org", Class: RestrictionFailure,
		Reason: "Error transferring to mx.example.org; SMTP Protocol Returned a Permanent Error 550 5.7.1 Not taken.\n" +
			"See https://example.org/why\nand ask there."}
	late := Recipient{Address: "x@example.org", Status: "4.4.2", Remote: "mx.example.org", Class: DelayNotification,
		Reason:      "Error transferring to mx.example.org; the remote server is not responding",
		LastAttempt: now.Add(-time.Minute), RetryUntil: now.Add(20 * time.Hour)}
	low := Recipient{Address: "x@example.org", Status: "4.0.0"}
	there := Recipient{Address: "jane@acme.com", ORcpt: "rfc822;jane.doe@acme.com", Status: "2.1.5", LastAttempt: now}
	gone := Recipient{Address: "x@example.org", Status: "2.0.0", Remote: "mx.example.org", LastAttempt: now}

	transfer := notice(t, Failure, greetings, hops, second)
	transfer.EnvID = "QQ314159"
	headers := notice(t, Failure, "Subject: s\r\nFrom: a@b.example\r\n\r\nleft out\r\n", size)
	headers.Original = original(t, "Subject: s\r\nFrom: a@b.example\r\n\r\nleft out\r\n", false)
	custom := notice(t, Failure, lunch, reply)
	custom.Texts = map[Class]string{RestrictionFailure: "Call the help desk:\n\t+1 555 0100", SizeFailure: "unused"}
	waits := notice(t, Delay, lunch, low)
	waits.LowPriorityRange = "12:00 AM - 06:00 AM"
	waits.Texts = map[Class]string{DelayNotification: "Large mail leaves at night."}
	bare := notice(t, Failure, lunch, unknown)
	bare.MessageID = ""
	return map[string]*Notice{
		"unknown": notice(t, Failure, lunch, unknown), "transfer": transfer, "headers": headers, "custom": custom,
		"delay": notice(t, Delay, lunch, late), "lowpriority": waits, "delivered": notice(t, Delivered, greetings, there),
		"relayed": notice(t, Relayed, lunch, gone), "nomessageid": bare,
	}
}

// Each sample is written in English and in German; the text that the base64
// hides stands beside it.
func TestReportGolden(t *testing.T) {
	for name, n := range samples(t) {
		for _, language := range []string{"", "de"} {
			file := name
			if n.Language = language; language != "" {
				file += "." + language
			}
			t.Run(file, func(t *testing.T) {
				file := filepath.Join("testdata", file)
				golden.File(t, file+".eml", *update, written(t, n))
				p := mustParse(t, n)
				golden.File(t, file+".txt", *update, p.subject+"\r\n\r\n"+p.text)
			})
		}
	}
}

func TestReportFields(t *testing.T) {
	type want struct{ action, status, original, retry, last, arrival, code, kind, body string }
	all := Recipient{Address: "x@example.org", ORcpt: "rfc822;o@example.org", Reason: "because", Status: "4.4.7", Remote: "mx", LastAttempt: now, RetryUntil: now}
	const date = "Mon, 2 Nov 2026 09:05:00 +0100"
	const arrival = "Mon, 2 Nov 2026 05:05:00 +0100"
	header := "Subject: Lunch\r\nFrom: a@b.example\r\n"
	tests := []struct {
		kind Kind
		want want
	}{
		{Failure, want{"failed", "5.4.7", "o@example.org", "", "", "", "because", "message/rfc822", lunch}},
		{Delay, want{"delayed", "4.4.7", "o@example.org", date, date, arrival, "because", "text/rfc822-headers", header}},
		{Delivered, want{"delivered", "2.0.0", "o@example.org", "", date, arrival, "because", "text/rfc822-headers", header}},
		{Relayed, want{"relayed", "2.0.0", "o@example.org", "", date, arrival, "because", "text/rfc822-headers", header}},
	}
	for _, tt := range tests {
		t.Run(tt.kind.String(), func(t *testing.T) {
			p := mustParse(t, notice(t, tt.kind, lunch, all))
			g := p.rcpts[0]
			_, orcpt := g.typed("Original-Recipient")
			_, code := g.typed("Diagnostic-Code")
			got := want{g.value("Action"), g.value("Status"), orcpt, g.value("Will-Retry-Until"), g.value("Last-Attempt-Date"),
				p.message.value("Arrival-Date"), code, p.kind, p.original}
			if got != tt.want {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
			if _, remote := g.typed("Remote-MTA"); remote != "mx" {
				t.Errorf("Remote-MTA %q", remote)
			}
		})
	}
}

func TestStatusOf(t *testing.T) {
	tests := []struct {
		kind     Kind
		in, want string
	}{
		{Failure, "5.1.1", "5.1.1"}, {Failure, "4.4.7", "5.4.7"}, {Failure, "", "5.0.0"}, {Failure, "2.0.0", "5.0.0"},
		{Failure, "5.1.1000", "5.0.0"}, {Failure, "5.1.1\r\nX: y", "5.0.0"}, {Failure, "5..1", "5.0.0"},
		{Delay, "4.4.3", "4.4.3"}, {Delay, "5.4.4", "4.4.4"}, {Delay, "", "4.0.0"},
		{Delivered, "2.1.5", "2.1.5"}, {Delivered, "", "2.0.0"}, {Relayed, "5.0.0", "2.0.0"}, {Relayed, "2.6.0", "2.6.0"},
	}
	for _, tt := range tests {
		if got := statusOf(tt.kind, tt.in); got != tt.want {
			t.Errorf("statusOf(%v, %q) = %q, want %q", tt.kind, tt.in, got, tt.want)
		}
	}
}

func TestWanted(t *testing.T) {
	tests := []struct {
		name   string
		notify []string
		want   [kinds]bool // in the order of the kinds
	}{
		{"none", nil, [kinds]bool{true, true, false, false}},
		{"NEVER", []string{"NEVER"}, [kinds]bool{}},
		{"SUCCESS", []string{"SUCCESS"}, [kinds]bool{false, false, true, true}},
		{"FAILURE,DELAY", []string{"FAILURE", "delay"}, [kinds]bool{true, true, false, false}},
		{"FAILURE", []string{"FAILURE"}, [kinds]bool{true, false, false, false}},
	}
	for _, tt := range tests {
		for k := range Kind(kinds) {
			if got := k.Wanted(tt.notify); got != tt.want[k] {
				t.Errorf("%s: %v wanted: got %v, want %v", tt.name, k, got, tt.want[k])
			}
		}
	}
}

func TestWriteToErrors(t *testing.T) {
	if _, err := notice(t, Failure, lunch).WriteTo(&bytes.Buffer{}); !errors.Is(err, ErrNoRecipients) {
		t.Errorf("no recipients: %v", err)
	}
	if _, err := notice(t, Kind(kinds), lunch, Recipient{}).WriteTo(&bytes.Buffer{}); !errors.Is(err, ErrKind) {
		t.Errorf("unknown kind: %v", err)
	}
	n := notice(t, Failure, lunch, Recipient{Address: "a@b", Reason: "r"})
	whole := len(written(t, n))
	for most := range whole {
		size, err := n.WriteTo(&full{most: most})
		if !errors.Is(err, errFull) || size != int64(most) {
			t.Fatalf("full after %d octets: %d, %v", most, size, err)
		}
	}
}

var errFull = errors.New("full")

// full is a disk that takes so many octets.
type full struct{ most int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.most {
		n := f.most
		f.most = 0
		return n, errFull
	}
	f.most -= len(p)
	return len(p), nil
}

func TestUTF8(t *testing.T) {
	const content = "Subject: Grüße\r\nFrom: jürgen@b.example\r\n\r\nHallo\r\n"
	tests := []struct {
		name                string
		utf8, whole         bool
		content, kind       string
		address, orcpt      string
		wantFinal, wantOrig string
	}{
		{"global", true, true, content, "message/global", "ä+b@acme.com", "utf-8;ö@acme.com", `utf-8;\x{E4}\x{2B}b@acme.com`, `utf-8;\x{F6}@acme.com`},
		{"global headers", true, false, content, "message/global-headers", "a@acme.com", "rfc822;o@acme.com", "rfc822;a@acme.com", "rfc822;o@acme.com"},
		{"ASCII header", true, true, "Subject: x\r\n\r\nö\r\n", "message/rfc822", "a@acme.com", "", "rfc822;a@acme.com", ""},
		{"not SMTPUTF8", false, true, content, "message/rfc822", "a@acme.com", "utf-8;\\x{F6}@acme.com", "rfc822;a@acme.com", `utf-8;\x{F6}@acme.com`},
		{"not UTF-8", true, true, "Subject: Gr\xfc\xdfe\r\n\r\n", "message/rfc822", "a@acme.com", "", "rfc822;a@acme.com", ""},
		{"non-ASCII of type rfc822", false, true, content, "message/rfc822", "a@acme.com", "rfc822;ö@acme.com", "rfc822;a@acme.com", `utf-8;\x{F6}@acme.com`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := notice(t, Failure, "", Recipient{Address: tt.address, ORcpt: tt.orcpt, Reason: "r"})
			n.Original, n.UTF8 = original(t, tt.content, tt.whole), tt.utf8
			p := mustParse(t, n)
			if p.kind != tt.kind || !n.EightBit() || n.NeedsUTF8() {
				t.Errorf("kind %q, EightBit %v, NeedsUTF8 %v; want %q, true, false", p.kind, n.EightBit(), n.NeedsUTF8(), tt.kind)
			}
			if got := p.rcpts[0].value("Final-Recipient"); got != tt.wantFinal {
				t.Errorf("Final-Recipient %q, want %q", got, tt.wantFinal)
			}
			if got := p.rcpts[0].value("Original-Recipient"); got != tt.wantOrig {
				t.Errorf("Original-Recipient %q, want %q", got, tt.wantOrig)
			}
		})
	}
	n := notice(t, Failure, lunch, Recipient{Address: "a@b", Reason: "r"})
	if n.EightBit() || n.NeedsUTF8() {
		t.Errorf("ASCII report: EightBit %v, NeedsUTF8 %v", n.EightBit(), n.NeedsUTF8())
	}
	if n.To = "jürgen@b.example"; !n.EightBit() || !n.NeedsUTF8() || mustParse(t, n).header.Get("To") != n.To {
		t.Errorf("To %q: EightBit %v, NeedsUTF8 %v", n.To, n.EightBit(), n.NeedsUTF8())
	}
}

// What is too long for SMTP is left out where half of it would mislead.
func TestLimits(t *testing.T) {
	tests := []struct {
		name, envid, orcpt, wantEnvid, wantOrcpt string
	}{
		{"at the limit", strings.Repeat("e", 100), "rfc822;" + strings.Repeat("o", 493), strings.Repeat("e", 100), "rfc822;" + strings.Repeat("o", 493)},
		{"over it", strings.Repeat("e", 101), "rfc822;" + strings.Repeat("o", 494), "", ""},
		{"no type", "a\r\nb", "o@example.org", "a??b", ""},
		{"type that is none", "", "rf c822;o@example.org", "", ""},
		{"grows too long", "", "utf-8;" + strings.Repeat("ö", 200), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := notice(t, Failure, lunch, Recipient{Address: strings.Repeat("ä", 300) + "@b", ORcpt: tt.orcpt, Reason: strings.Repeat("r", 9000)})
			n.EnvID = tt.envid
			p := mustParse(t, n)
			if got := p.message.value("Original-Envelope-Id"); got != tt.wantEnvid {
				t.Errorf("Original-Envelope-Id %q, want %q", got, tt.wantEnvid)
			}
			if got := p.rcpts[0].value("Original-Recipient"); got != tt.wantOrcpt {
				t.Errorf("Original-Recipient %q, want %q", got, tt.wantOrcpt)
			}
			if f, _ := p.rcpts[0].get("Diagnostic-Code"); f.hard() != "X-Notes; "+strings.Repeat("r", 4093)+"..." {
				t.Errorf("Diagnostic-Code of %d octets", len(f.hard()))
			}
		})
	}
}
