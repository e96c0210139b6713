package outbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/emersion/go-smtp"
)

func TestDSN(t *testing.T) {
	for _, tt := range []struct{ option, offered bool }{{true, true}, {true, false}, {false, true}} {
		s, o := &sink{}, options()
		o.DSN = tt.option
		ses := connect(t, s.serve(t, func(srv *smtp.Server) { srv.EnableDSN = tt.offered }), o)
		m := mail(content, "x@example.org", "y@example.org", "z@example.org")
		m.EnvID, m.Return = "QQ+1", "HDRS"
		m.Recipients[0].ORcpt, m.Recipients[0].Notify = "rfc822;o=r@example.org", []string{"failure", "DELAY"}
		m.Recipients[1].ORcpt, m.Recipients[1].Notify = "x400;c=us", []string{"NEVER", "DELAY"} // neither can be said
		both := tt.option && tt.offered
		for _, r := range ses.Send(t.Context(), m) {
			if r.Kind != Done || r.PeerDSN != both {
				t.Errorf("%+v: %+v", tt, r)
			}
		}
		want := smtp.MailOptions{Size: m.Size}
		var wantRcpt smtp.RcptOptions
		if both {
			want.EnvelopeID, want.Return = "QQ+1", "HDRS"
			wantRcpt = smtp.RcptOptions{OriginalRecipientType: "RFC822", OriginalRecipient: "o=r@example.org", Notify: []smtp.DSNNotify{"FAILURE", "DELAY"}}
		}
		got := s.got()
		if len(got) != 1 || got[0].opts != want {
			t.Fatalf("%+v: got %+v, want %+v", tt, got, want)
		}
		r := got[0].rcpt[0]
		if r.OriginalRecipient != wantRcpt.OriginalRecipient || !strings.EqualFold(string(r.OriginalRecipientType), string(wantRcpt.OriginalRecipientType)) || len(r.Notify) != len(wantRcpt.Notify) {
			t.Errorf("%+v: RCPT %+v, want %+v", tt, r, wantRcpt)
		}
		if r := got[0].rcpt[1]; r.OriginalRecipient != "" || r.Notify != nil {
			t.Errorf("%+v: RCPT %+v, want no parameters", tt, r)
		}
	}
}

func TestSIZE(t *testing.T) {
	tests := []struct {
		name   string
		option bool
		limit  int64 // of the next hop
		size   int64
		kind   Kind
		said   int64
	}{
		{"said", true, 1000, 1000, Done, 1000},
		{"over the limit", true, 1000, 1001, Failed, 0},
		{"off", false, 1000, 1001, Done, 0},
		{"no limit", true, 0, 1 << 30, Done, 1 << 30},
		{"not known", true, 1000, 0, Done, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, o := &sink{}, options()
			o.Size = tt.option
			ses := connect(t, s.serve(t, func(srv *smtp.Server) { srv.MaxMessageBytes = tt.limit }), o)
			m := mail(content, "x@example.org")
			m.Size = tt.size
			r := one(t, ses, m)
			if r.Kind != tt.kind || r.Kind == Failed && r.Status != "5.3.4" {
				t.Errorf("%+v, want %v", r, tt.kind)
			}
			if got := s.got(); tt.kind == Done && (len(got) != 1 || got[0].opts.Size != tt.said) || tt.kind == Failed && len(got) != 0 {
				t.Errorf("got %+v", got)
			}
			if !ses.Usable() {
				t.Error("not usable")
			}
		})
	}
}

const eightBit = "Subject: x\r\n\r\nGr\xfc\xdfe\r\n"

// mask is a conversion that is easy to see.
func mask(dst io.Writer, src io.Reader) error {
	b, err := io.ReadAll(src)
	if err != nil {
		return nil // as a bad conversion would: the content is short
	}
	for i := range b {
		b[i] &= 0x7f
	}
	_, err = dst.Write(b)
	return err
}

func TestEightBit(t *testing.T) {
	with, without := "250-hop\r\n250-SIZE\r\n250 8bitmime\r\n", "250-hop\r\n250 SIZE\r\n"
	fail := func(dst io.Writer, _ io.Reader) error {
		io.WriteString(dst, "Subject: x\r\n")
		return errors.New("no part 2")
	}
	tests := []struct {
		name    string
		option  bool
		ehlo    string
		m       Message
		want    string // MAIL's parameters
		data    string
		outcome string // of what is not sent
	}{
		{"offered", true, with, Message{EightBit: true, Downgrade: mask}, " BODY=8BITMIME SIZE=21", eightBit, ""},
		{"7-bit content", true, with, Message{}, " SIZE=21", eightBit, ""},
		{"not offered", true, without, Message{EightBit: true, Downgrade: mask}, "", "Subject: x\r\n\r\nGr|_e\r\n", ""},
		{"turned off", false, with, Message{EightBit: true, Downgrade: mask}, "", "Subject: x\r\n\r\nGr|_e\r\n", ""},
		{"no conversion there", true, without, Message{EightBit: true}, "", "", "failed 5.6.3 conversion of 8-bit content failed: the remote server takes 7-bit content only"},
		{"conversion fails", true, without, Message{EightBit: true, Downgrade: fail}, "", "", "failed 5.6.3 conversion of 8-bit content failed: no part 2"},
		{"SMTPUTF8 goes as it is", false, with[:9] + "250-SMTPUTF8\r\n250 8BITMIME\r\n", Message{EightBit: true, UTF8: true, Downgrade: fail}, " BODY=8BITMIME SMTPUTF8", eightBit, ""},
		{"SMTPUTF8 without 8BITMIME", true, with[:9] + "250 SMTPUTF8\r\n", Message{EightBit: true, UTF8: true, Downgrade: fail}, " SMTPUTF8", eightBit, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"EHLO": tt.ehlo}, nil)}, see: func(s string) { out.WriteString(s) }}
				o := options()
				o.Dial, o.EightBit = h.dial, tt.option
				m := tt.m
				m.Sender, m.Recipients, m.Size, m.Content = "a@acme.com", []Recipient{{Address: "x@example.org"}}, int64(len(eightBit)), text(eightBit)
				r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, &m)
				h.wg.Wait()
				if tt.outcome != "" {
					got := r.Kind.String() + " " + r.Status + " " + r.Cause
					if got != tt.outcome || strings.Contains(out.String(), "\r\n.\r\n") {
						t.Errorf("got %q, want %q; out:\n%s", got, tt.outcome, out.String())
					}
					return
				}
				want := "MAIL FROM:<a@acme.com>" + tt.want + "\r\nRCPT TO:<x@example.org>\r\nDATA\r\n" + tt.data + ".\r\nQUIT\r\n"
				if _, got, _ := strings.Cut(out.String(), "acme.com\r\n"); r.Kind != Done || got != want {
					t.Errorf("%+v, out\n%q, want\n%q", r, got, want)
				}
			})
		})
	}
}

// half gives an error in the middle of the content.
type half struct{ io.Reader }

func (h half) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if err == io.EOF {
		err = errors.New("bad block")
	}
	return n, err
}

// Content that cannot be read to its end is never ended, converted or not.
func TestContentBreaksOff(t *testing.T) {
	for _, convert := range []bool{false, true} {
		s, o := &sink{}, options()
		o.EightBit = false
		ses := connect(t, s.serve(t, nil), o)
		m := mail(content, "x@example.org")
		m.EightBit, m.Downgrade = convert, mask
		m.Content = func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(half{strings.NewReader(content)}), nil
		}
		r := one(t, ses, m)
		want := Result{Kind: Deferred, Status: "4.3.0", Cause: "message content not readable: bad block"}
		if r != want || r.Reason() != want.Cause || len(s.got()) != 0 || ses.Usable() {
			t.Errorf("convert %v: %+v, got %+v", convert, r, s.got())
		}
	}
}

func TestSMTPUTF8(t *testing.T) {
	for _, offered := range []bool{true, false} {
		s := &sink{}
		ses := connect(t, s.serve(t, func(srv *smtp.Server) { srv.EnableSMTPUTF8 = offered }), options())
		m := mail("Subject: Grüße\r\n\r\n", "用户@Bücher.example", `"ü ä"@xn--bcher-kva.example`)
		m.Sender, m.UTF8 = "jürgen@acme.com", true
		m.Recipients[0].ORcpt = "utf-8;用户@Bücher.example"
		rs := ses.Send(t.Context(), m)
		got := s.got()
		if !offered {
			want := Result{Kind: Failed, Status: "5.6.7", Remote: "sink.example", Cause: "the remote server does not offer SMTPUTF8", NextHost: true}
			if rs[0] != want || rs[1] != want || len(got) != 0 || !ses.Usable() {
				t.Errorf("%+v, got %+v", rs, got)
			}
			continue
		}
		if rs[0].Kind != Done || len(got) != 1 || !got[0].opts.UTF8 || got[0].opts.Body != smtp.Body8BitMIME || got[0].from != m.Sender {
			t.Fatalf("%+v, got %+v", rs, got)
		}
		if to := strings.Join(got[0].to, "|"); to != "用户@Bücher.example|ü ä@xn--bcher-kva.example" || got[0].rcpt[0].OriginalRecipient != "用户@Bücher.example" {
			t.Errorf("recipients %q, ORCPT %q", to, got[0].rcpt[0].OriginalRecipient)
		}
	}
}

// A server without EHLO gets HELO, and no extensions.
func TestHELO(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"EHLO": "502 what\r\n", "HELO": "250-SIZE 1\r\n250-SIZE 1\r\n250 DSN\r\n"}, nil)}, see: func(s string) { out.WriteString(s) }}
		o := options()
		o.Dial = h.dial
		m := mail(content, "x@example.org")
		m.EnvID = "1"
		r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, m)
		h.wg.Wait()
		if r.Kind != Done || r.PeerDSN || !strings.Contains(out.String(), "\r\nHELO server-704.acme.com\r\nMAIL FROM:<jdoe@acme.com>\r\nRCPT TO:<x@example.org>\r\n") {
			t.Errorf("%+v, out:\n%s", r, out.String())
		}
	})
}

func TestReadFeatures(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  features
	}{
		{"none", nil, features{}},
		{"the name is none", []string{"DSN"}, features{}},
		{"case", []string{"h", "StartTLS", "dsn", "8bitmime", "SmtpUtf8", "Pipelining"}, features{startTLS: true, dsn: true, eightBit: true, utf8: true, pipelining: true}},
		{"SIZE", []string{"h", "SIZE 10"}, features{size: true, maxSize: 10}},
		{"SIZE without a number", []string{"h", "SIZE x"}, features{size: true}},
		{"SIZE below 0", []string{"h", "SIZE -5"}, features{size: true}},
		{"SIZE too large", []string{"h", "SIZE 99999999999999999999"}, features{size: true}},
		{"AUTH twice", []string{"h", "AUTH LOGIN", "AUTH=PLAIN"}, features{auth: "LOGIN PLAIN"}},
		{"unknown", []string{"h", "XFOO", "", " DSN"}, features{}},
	}
	for _, tt := range tests {
		if got := readFeatures(tt.lines); got != tt.want {
			t.Errorf("%s: %q gives %+v, want %+v", tt.name, tt.lines, got, tt.want)
		}
	}
}
