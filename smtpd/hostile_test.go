package smtpd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// sent plays lines that each get one reply, and gives the codes; a missing
// reply is "none", more than one shows as it is.
func sent(t *testing.T, r *rig, kind Kind, from string, lines ...string) []string {
	t.Helper()
	conn := r.dial(kind, from)
	defer conn.Close()
	h := listenTo(conn)
	synctest.Wait()
	h.take()
	var out []string
	for _, line := range lines {
		if _, err := io.WriteString(conn, line+"\r\n"); err != nil {
			return append(out, "closed")
		}
		synctest.Wait()
		s, _ := h.take()
		switch {
		case s == "":
			s = "none"
		case oneReply.MatchString(s):
			s = s[:3]
		}
		out = append(out, s)
	}
	return out
}

// TestSmugglingVariants: whatever is not CRLF.CRLF is content, in the header
// section and in the body, and what stands behind it is no command.
func TestSmugglingVariants(t *testing.T) {
	variants := []string{
		"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r\n.\r\r\n", "\n\r.\r\n", "\n.\r", "\r.\n",
		"\r\n\x00.\r\n", "\r\n.\x00\r\n", "\r\x00\n.\r\n", "\r\n.\r\x00\n", "\x00\r\n.\r\x00\n",
		"\v.\v", "\f.\f", "\r\n.\v", "\r\n.\f\r\n", "\u0085.\u0085", "\u2028.\u2028", "\u2029.\u2029", "\x85.\x85",
		"\r\n\xae\r\n", "\x8d\x8a.\x8d\x8a", "\r\n. \r\n", "\r\n.\t\r\n", "\r\n .\r\n", "\r\n..\r\n", "\r\n.=\r\n",
	}
	const smuggled = "MAIL FROM:<evil@b.com>\r\nRCPT TO:<jane@acme.com>\r\nDATA\r\nSubject: evil\r\n"
	for _, v := range variants {
		for _, before := range []string{"Subject: one", "Subject: one\r\n\r\nbody"} {
			t.Run(fmt.Sprintf("%q in %q", v, before), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := newRig(t)
					defer r.close()
					for _, way := range []string{"off", "on"} {
						r.set("SMTP.NonStandardLineEnd", way) // it counts for commands only
						got := sent(t, r, Plain, "10.10.1.8", "EHLO x", "MAIL FROM:<a@b.com>", "RCPT TO:<x@acme.com>", "DATA",
							before+v+smuggled, ".", "NOOP")
						if want := "[250 250 250 354 none 250 250]"; fmt.Sprint(got) != want {
							t.Errorf("got %v, want %s", got, want)
						}
					}
					all := r.box.all()
					if len(all) != 2 || all[0].env.Sender != "a@b.com" || !strings.Contains(all[0].content, "\r\nRCPT TO:<jane@acme.com>\r\n") {
						t.Fatalf("stored %+v, want one message that holds all of it", all)
					}
					if strings.ContainsAny(strings.ReplaceAll(all[0].content, "\r\n", ""), "\r\n") {
						t.Errorf("stray CR or LF in %q", all[0].content)
					}
				})
			})
		}
	}
}

// TestLongLines: lines of any length are kept whole, so that no dot in them
// comes to stand at the beginning of a line.
func TestLongLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		for _, n := range []int{998, 999, 1000, 4096, 32<<10 - 1, 32 << 10, 200_000} {
			line := strings.Repeat(".", n)
			p := join(t, r, "220")
			p.toData()
			p.say("a: b\r\n\r\nx"+line+"\r\n."+line+"\r\n.", "250")
			p.conn.Close()
			all := r.box.all()
			if got := all[len(all)-1].content; !strings.HasSuffix(got, "+0530 \r\na: b\r\n\r\nx"+line+"\r\n"+line+"\r\n") {
				t.Errorf("lines of %d octets come out otherwise: %.400q", n, got)
			}
		}
	})
}

// TestPipelinedReplies: commands in one packet get the replies that they get
// one by one, in the same order.
func TestPipelinedReplies(t *testing.T) {
	lines := []string{"EHLO x", "FOO", "MAIL FROM:<a@b.com> SIZE=1", "RCPT TO:<x@ibm.com>", "RCPT TO:<x@acme.com>", "VRFY x", "MAIL FROM:<>",
		"", "RCPT TO:<@>", "HELP", "NOOP", "NOOP \x01", "DATA x", "RSET", "DATA", "EXPN x", "MAIL FROM:<a@b.com", "QUIT"}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("Relay.DenyHosts", "*")
		one := sent(t, r, Plain, "10.10.1.8", lines...)
		if got, want := strings.Join(one, " "), "250 500 250 554 250 252 503 500 501 214 250 501 501 250 503 252 501 221"; got != want {
			t.Errorf("one by one %s, want %s", got, want)
		}
		conn := r.dial(Plain, "10.10.1.8")
		defer conn.Close()
		h := listenTo(conn)
		if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		text, _ := h.take()
		var all []string
		for line := range strings.Lines(text) {
			if line[3] == ' ' {
				all = append(all, line[:3])
			}
		}
		if want := append([]string{"220"}, one...); !slices.Equal(all, want) {
			t.Errorf("in one packet %v, one by one %v", all, want)
		}
	})
}

// TestParameters: values that are no values, too many, too large.
func TestParameters(t *testing.T) {
	cases := []struct{ param, want string }{
		{"SIZE=10", "250"}, {"SIZE=60", "250"}, {"SIZE=61", "552"}, {"SIZE=9223372036854775807", "552"},
		{"SIZE=9223372036854775808", "501"}, {"SIZE=99999999999999999999999", "501"}, {"SIZE=-1", "501"}, {"SIZE=+1", "501"},
		{"SIZE=0x10", "501"}, {"SIZE=1e3", "501"}, {"SIZE=", "501"}, {"SIZE", "501"}, {"SIZE=1 SIZE=2", "501"}, {"SIZE=\u0663", "501"},
		{"BODY=8BITMIME", "250"}, {"BODY=9BIT", "501"}, {"BODY", "501"}, {"SMTPUTF8", "555"}, {"FOO=1", "555"}, {"=1", "501"}, {"A==1", "501"},
		{"RET=NONE", "501"}, {"ENVID=+4", "501"}, {"ENVID=+0A", "501"}, {"ENVID=" + strings.Repeat("x", 101), "501"},
		{"AUTH=<>", "250"}, {"AUTH=+00", "501"}, {"AUTH=x", "250"}, {"SIZE=1;BODY=7BIT", "501"},
		{strings.Repeat("X", 1000), "555"}, {strings.Repeat("X", 1300), "500"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%.40s", c.param), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				r.set("SMTP.MaxMessageSize", "60")
				r.set("Extensions.DSN", "on")
				r.set("Extensions.EightBit", "on")
				got := sent(t, r, Plain, "10.10.1.8", "EHLO x", "MAIL FROM:<a@b.com> "+c.param)
				if got[1] != c.want {
					t.Errorf("MAIL with %.60q: got %s, want %s", c.param, got[1], c.want)
				}
			})
		})
	}
}

// TestBdatSizes: a size that is none ends the connection, because it is unknown
// what follows; one that is too large is refused before its octets come.
func TestBdatSizes(t *testing.T) {
	for arg, want := range map[string]string{
		"": "501", "x": "501", "-1": "501", "+1": "501", "1 FIRST": "501", "1 LAST LAST": "501", "0x1": "501", "1e3": "501",
		"9223372036854775808": "501", "99999999999999999999 LAST": "501", "9223372036854775807": "552", "268435457 LAST": "552", "0": "250",
	} {
		t.Run(arg, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				r.set("Own.Chunking", "on")
				r.set("SMTP.MaxMessageSize", "60")
				got := sent(t, r, Plain, "10.10.1.8", "EHLO x", "MAIL FROM:<a@b.com>", "RCPT TO:<x@acme.com>", "BDAT "+arg, "NOOP")
				end := "closed"
				if want == "250" {
					end = "250"
				}
				if got[3] != want || got[4] != end {
					t.Errorf("BDAT %s: got %v, want %s and then %s", arg, got[3:], want, end)
				}
			})
		})
	}
}

// TestHostileHeaders: no header section costs more than time in proportion to
// its length, which is bounded.
func TestHostileHeaders(t *testing.T) {
	for name, unit := range map[string]string{
		"comments": "(", "quotes": `"`, "escapes": `\`, "commas": ",", "brackets": "<", "groups": "a:;,", "at": "@", "literals": "a@[",
		"words": "=?utf-8?q?=61?= ", "charsets": "=?x?b?", "addresses": "a@b,", "folds": "\r\n ", "dots": "a.",
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Repeat(unit, maxHeader/len(unit)-8)
			for _, head := range []string{"From: " + body, "Sender:" + body + "\r\n", strings.Repeat("From:"+unit+"\r\n", maxHeader/(len(unit)+7))} {
				start := time.Now()
				h := readHeader([]byte(head))
				h.author()
				if d := time.Since(start); d > 2*time.Second {
					t.Errorf("%d octets of %q took %v", len(head), unit, d)
				}
			}
		})
	}
}
