package outbound

import (
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
)

// traced plays a session and gives its trace.
func traced(t *testing.T, answers map[string]string, change func(*Options), m *Message) string {
	var lines []string
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){dialogue("220-hop\r\n220 hi\x07\r\n", answers, nil)}}
		o := options()
		o.Dial, o.Trace = h.dial, func(line string) { lines = append(lines, line) }
		change(&o)
		attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25", Name: "mx.example.org"}, o, m)
		h.wg.Wait()
	})
	return strings.ReplaceAll(strings.Join(lines, "\n"), "SMTPClient: ", "")
}

func TestTrace(t *testing.T) {
	const hello = `ReceiveResponse: 220-hop
ReceiveResponse: 220 hi?
SendCommand: EHLO server-704.acme.com
ReceiveResponse: 250-hop.example
ReceiveResponse: 250-PIPELINING
ReceiveResponse: 250 8BITMIME
`
	one := func(o *Options) { o.Pipelining = false }
	auth := func(o *Options) {
		o.Pipelining, o.Auth = false, Auth{Mode: AuthRequired, User: "acme", Password: "secret"}
	}
	tests := []struct {
		name    string
		answers map[string]string
		change  func(*Options)
		want    string
	}{
		{"refused at the end of data", map[string]string{".": "554 Transaction failed\r\n"}, one, hello + `SendCommand: MAIL FROM:<jdoe@acme.com>
ReceiveResponse: 250 ok
SendCommand: RCPT TO:<x@example.org>
ReceiveResponse: 250 ok
SendCommand: DATA
ReceiveResponse: 354 go on
SendCommand: EODT
ReceiveResponse: 554 Transaction failed
ReceiveResponse: Server: mx.example.org Command:EODT Error:554 Transaction failed
SendCommand: QUIT
ReceiveResponse: 221 bye`},
		{"pipelining, refused in two lines", map[string]string{"RCPT": "550-no\r\n550 such user\r\n", "DATA": "503 no\r\n"}, func(*Options) {}, hello + `SendCommand: MAIL FROM:<jdoe@acme.com>
SendCommand: RCPT TO:<x@example.org>
SendCommand: DATA
ReceiveResponse: 250 ok
ReceiveResponse: 550-no
ReceiveResponse: 550 such user
ReceiveResponse: Server: mx.example.org Command:RCPT Error:550 no such user
ReceiveResponse: 503 no
ReceiveResponse: Server: mx.example.org Command:DATA Error:503 no
SendCommand: QUIT
ReceiveResponse: 221 bye`},
		{"lost", map[string]string{"MAIL": ""}, one, hello + `SendCommand: MAIL FROM:<jdoe@acme.com>
ReceiveResponse: Server: mx.example.org Command:MAIL Error:the remote server closed the connection`},
		{"PLAIN", map[string]string{"EHLO": "250-hop\r\n250 AUTH LOGIN PLAIN\r\n", "AUTH": "535 secret AGFjbWUAc2VjcmV0 c2VjcmV0\r\n"}, auth, `ReceiveResponse: 220-hop
ReceiveResponse: 220 hi?
SendCommand: EHLO server-704.acme.com
ReceiveResponse: 250-hop
ReceiveResponse: 250 AUTH LOGIN PLAIN
SendCommand: AUTH PLAIN ***
ReceiveResponse: 535 *** *** ***
ReceiveResponse: Server: mx.example.org Command:AUTH Error:535 *** *** ***
SendCommand: QUIT
ReceiveResponse: 221 bye`},
		{"LOGIN", map[string]string{"EHLO": "250-hop\r\n250 AUTH LOGIN\r\n", "AUTH": "334 VXNlcm5hbWU6\r\n", "YWNTZQ==": "334 UGFzc3dvcmQ6\r\n", "C2VJCMV0": "535 no\r\n"}, auth, `ReceiveResponse: 220-hop
ReceiveResponse: 220 hi?
SendCommand: EHLO server-704.acme.com
ReceiveResponse: 250-hop
ReceiveResponse: 250 AUTH LOGIN
SendCommand: AUTH LOGIN
ReceiveResponse: 334 VXNlcm5hbWU6
SendCommand: ***
ReceiveResponse: 334 UGFzc3dvcmQ6
SendCommand: ***
ReceiveResponse: 535 no
ReceiveResponse: Server: mx.example.org Command:AUTH Error:535 no
SendCommand: QUIT
ReceiveResponse: 221 bye`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := traced(t, tt.answers, tt.change, mail(content, "x@example.org")); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func FuzzReply(f *testing.F) {
	for _, reply := range []string{"220 hi\r\n", "250-a\r\n250 b\r\n", "250-a\r\n550 b\r\n", "25", "abc\r\n", "250\r\n", "250-\n250 \n", "999 x\r\n", "554-5.7.1 a\n554 5.7.1 b\n"} {
		f.Add(reply)
	}
	f.Fuzz(func(t *testing.T, in string) {
		p := newPeer(&fixed{Reader: strings.NewReader(in)}, DefaultLimits(), tracer{say: func(line string) {
			if strings.ContainsAny(line, "\r\n\x00") || len(line) > 4*replyLine {
				t.Errorf("trace line %q", line)
			}
		}})
		code, lines, err := p.reply()
		if err == nil && (code < 200 || code > 599 || len(lines) == 0 || len(lines) > replyLines) {
			t.Errorf("reply to %q: %d, %q", in, code, lines)
		}
		if err == nil && code >= 400 {
			r := verdict(t.Context(), "mx.example", replyError(code, lines))
			if len(r.Cause) > 1200 || strings.ContainsAny(r.Cause, "\r\n\x00\x1b") || r.Status[0] != byte('0'+code/100) {
				t.Errorf("verdict on %q: %+v", in, r)
			}
		}
	})
}

// FuzzSession holds that whatever a next hop says, a transaction comes to an end
// without a panic, and is done only with a reply that takes it.
func FuzzSession(f *testing.F) {
	for _, said := range []string{
		"220 hi\r\n250-a\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n",
		"220 hi\r\n250-a\r\n250 AUTH PLAIN LOGIN\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n",
		"220 hi\r\n502 a\r\n250 b\r\n250 ok\r\n550 ok\r\n",
		"220 hi\r\n250-a\r\n250 AUTH LOGIN\r\n334 !\r\n",
		"421 no\r\n",
	} {
		f.Add(said, true)
		f.Add(said, false)
	}
	f.Fuzz(func(t *testing.T, said string, lmtp bool) {
		o := options()
		o.Auth = Auth{Mode: AuthEnabled, User: "acme", Password: "secret"}
		o.Dial = fixedDial(said)
		s, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25", LMTP: lmtp}, o)
		if err != nil {
			var ce *ConnectError
			if !errors.As(err, &ce) || ce.Result.Kind == Done || ce.Result.Status == "" {
				t.Errorf("%q: %#v", said, err)
			}
			return
		}
		defer s.Close()
		for range 2 {
			for _, r := range s.Send(t.Context(), mail(content, "x@example.org", "y@example.org")) {
				if r.Kind == Done && !strings.Contains(said, "3") {
					t.Errorf("%q: %+v", said, r)
				}
				if r.Kind != Done && (r.Status == "" || r.Cause == "") {
					t.Errorf("%q: %+v", said, r)
				}
			}
		}
	})
}
