package smtpd

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestReceivedField(t *testing.T) {
	at := time.Date(2019, 11, 1, 10, 0, 52, 940e6, time.FixedZone("", 8*3600))
	base := trace{helo: "fox-host8.localdomain", client: netip.MustParseAddr("10.74.120.8"), host: "szsmtp06.zte.com.cn",
		product: "Lotus Domino Release 8.5.3FP6", esmtp: true, number: 235130, received: at}
	cases := []struct {
		name   string
		change func(*trace)
		want   string
	}{
		{"as in the sample", func(*trace) {}, "Received: from fox-host8.localdomain ([10.74.120.8])\r\n" +
			"          by szsmtp06.zte.com.cn (Lotus Domino Release 8.5.3FP6)\r\n" +
			"          with ESMTP id 2019110110005294-235130 ;\r\n" +
			"          Fri, 1 Nov 2019 10:00:52 +0800 \r\n"},
		{"Release 5", func(tr *trace) { tr.old = true }, "*with ESMTP id 2019110110005294:235130 ;*"},
		{"no version", func(tr *trace) { tr.product = "" }, "*by szsmtp06.zte.com.cn\r\n          with ESMTP id*"},
		{"HELO", func(tr *trace) { tr.esmtp = false }, "*with SMTP id*"},
		{"TLS", func(tr *trace) { tr.tls = true }, "*with ESMTPS id*"},
		{"AUTH", func(tr *trace) { tr.auth = true }, "*with ESMTPA id*"},
		{"TLS and AUTH", func(tr *trace) { tr.tls, tr.auth = true, true }, "*with ESMTPSA id*"},
		{"SMTPUTF8", func(tr *trace) { tr.utf8 = true }, "*with UTF8SMTP id*"},
		{"SMTPUTF8 and TLS", func(tr *trace) { tr.utf8, tr.tls = true, true }, "*with UTF8SMTPS id*"},
		{"SMTPUTF8 and AUTH", func(tr *trace) { tr.utf8, tr.auth = true, true }, "*with UTF8SMTPA id*"},
		{"SMTPUTF8, TLS and AUTH", func(tr *trace) { tr.utf8, tr.tls, tr.auth = true, true, true }, "*with UTF8SMTPSA id*"},
		{"IPv6", func(tr *trace) { tr.client = netip.MustParseAddr("2001:db8::1") }, "*([2001:db8::1])*"},
		{"no HELO", func(tr *trace) { tr.helo = "" }, "Received: from [10.74.120.8] ([10.74.120.8])\r\n*"},
		{"literal", func(tr *trace) { tr.helo = "[192.0.2.1]" }, "Received: from [192.0.2.1] (*"},
		{"forged clause", func(tr *trace) { tr.helo = "a (b)\r\nX: y; \u00e9" }, "Received: from a??b???X:?y??? (*"},
		{"product", func(tr *trace) { tr.product = "x) by y (" }, "*by szsmtp06.zte.com.cn (x? by y ?)\r\n*"},
		{"for", func(tr *trace) { tr.forAddrs = []string{"a@b.com"} }, "*-235130\r\n          for <a@b.com> ;\r\n          Fri*"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tr := base
			c.change(&tr)
			got := string(tr.field())
			if !glob(strings.ReplaceAll(c.want, "\r\n", "|"), strings.ReplaceAll(got, "\r\n", "|")) {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

func TestReceivedLines(t *testing.T) {
	tr := trace{client: netip.MustParseAddr("10.0.0.1"), helo: strings.Repeat("h", 5000)}
	for range 100 {
		tr.forAddrs = append(tr.forAddrs, strings.Repeat("l", 255)+"@example.com")
	}
	for line := range strings.SplitSeq(string(tr.field()), "\r\n") {
		if len(line) > 998 {
			t.Errorf("line of %d octets, want at most 998 (RFC 5322, 2.1.1)", len(line))
		}
	}
}

func TestReadHeader(t *testing.T) {
	cases := []struct {
		name, text        string
		id, author        string
		received          int
		fields, dateThere bool
	}{
		{name: "empty"},
		{name: "no header", text: "Hello: world is not\r\n", fields: true},
		{name: "text", text: "Hello world\r\nFrom: a@b\r\n"},
		{name: "mbox line", text: "From a@b Sat Jul 25 16:51:40 2009\r\nDate: x\r\n"},
		{name: "folded", text: "Message-ID:\r\n  <1@b>\r\nreceived: a\r\n\tb\r\nReceived:c\r\nDATE : x\r\n", id: "<1@b>", received: 2, fields: true, dateThere: true},
		{name: "ends at the empty line", text: "From: a@b.com\r\n\r\nFrom: c@d.com\r\nReceived: x\r\n", author: "a@b.com", fields: true},
		{name: "sender goes first", text: "From: a@b.com\r\nSender: X <c@d.com>\r\n", author: "c@d.com", fields: true},
		{name: "two From", text: "From: a@b.com\r\nFrom: c@d.com\r\n", author: "a@b.com c@d.com", fields: true},
		{name: "first Message-ID counts", text: "Message-ID: <1@b>\r\nMessage-ID: <2@b>\r\n", id: "<1@b>", fields: true},
		{name: "broken From", text: "From: a@b.com, <\r\n", fields: true},
		{name: "no line end", text: "From: a@b.com", author: "a@b.com", fields: true},
		{name: "colon first", text: ": x\r\nFrom: a@b\r\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := readHeader([]byte(c.text))
			if h.messageID != c.id || h.received != c.received || h.fields != c.fields || h.date != c.dateThere {
				t.Errorf("%q: got %+v", c.text, h)
			}
			if got := strings.Join(h.author(), " "); got != c.author {
				t.Errorf("%q: author %q, want %q", c.text, got, c.author)
			}
		})
	}
}

// TestHeaderInPieces holds the stored message to the same text however its
// content arrives.
func TestHeaderInPieces(t *testing.T) {
	long := "X: " + strings.Repeat("y", maxHeader) + "\r\n"
	for _, text := range []string{"", "\r\n", "a: b\r\n", "a: b\r\n\r\nbody\r\n", "no header\r\n\r\n", "\r\nbody\r\n", long + "\r\nbody\r\n", long} {
		want := ""
		for _, piece := range []int{1 << 20, 7, 2, 1} {
			r := newRig(t)
			s := r.server.newSession(netip.MustParseAddr("10.10.1.8"), Plain)
			s.open = true
			s.env.Recipients = append(s.env.Recipients, recipient("x@acme.com"))
			m, bad := s.begin(t.Context(), true)
			if bad != nil {
				t.Fatal(bad)
			}
			if bad, err := m.receive(t.Context(), pieces{text, piece}, nil); bad != nil || err != nil {
				t.Fatalf("%v, %v", bad, err)
			}
			got := r.box.all()[0].content
			if want == "" {
				want = got
			}
			if got != want || !strings.HasSuffix(got, text) {
				t.Errorf("%.40q in pieces of %d: got %.400q, want %.400q", text, piece, got, want)
			}
		}
	}
}
