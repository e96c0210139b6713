package outbound

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
)

// people are n recipients.
func people(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("u%d@example.org", i)
	}
	return list
}

// Recipients go out a hundred at a time, or as many as the next hop takes, in
// transactions of one session, and each gets the message once.
func TestTransactionsOfASession(t *testing.T) {
	tests := []struct {
		name      string
		to, limit int
		reply     *smtp.SMTPError // to RCPT over the limit
		want      []int           // recipients of each transaction
	}{
		{"a hundred", 100, 1000, nil, []int{100}},
		{"more", 250, 1000, nil, []int{100, 100, 50}},
		{"452 with a status", 100, 30, &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 5, 3}, Message: "too many"}, []int{30, 30, 30, 10}},
		{"452 alone", 45, 20, &smtp.SMTPError{Code: 452, EnhancedCode: smtp.NoEnhancedCode, Message: "too many"}, []int{20, 20, 5}},
		{"552 alone", 45, 20, &smtp.SMTPError{Code: 552, EnhancedCode: smtp.NoEnhancedCode, Message: "too many"}, []int{20, 20, 5}},
		{"552 with a status", 45, 20, &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 5, 3}, Message: "too many"}, []int{20, 20, 5}},
		{"one at a time", 3, 1, &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 5, 3}, Message: "too many"}, []int{1, 1, 1}},
	}
	for _, tt := range tests {
		for _, lmtp := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/lmtp=%v", tt.name, lmtp), func(t *testing.T) {
				n, refused := 0, 0
				s := &sink{onMail: func(string) error { n = 0; return nil }}
				s.onRcpt = func(string) error {
					if n == tt.limit {
						refused++
						return tt.reply
					}
					n++
					return nil
				}
				if lmtp {
					s.lmtp = map[string]error{}
				}
				to := s.serve(t, func(srv *smtp.Server) { srv.LMTP = lmtp })
				to.LMTP = lmtp
				ses := connect(t, to, options())
				m := mail(content, append(people(tt.to), people(1)...)...)
				for i, r := range ses.Send(t.Context(), m) {
					if r.Kind != Done || r.Reply == "" {
						t.Fatalf("%d: %+v", i, r)
					}
				}
				got, next := s.got(), 0
				if len(got) != len(tt.want) {
					t.Fatalf("%d transactions, want %v", len(got), tt.want)
				}
				for i, mail := range got {
					if len(mail.to) != tt.want[i] {
						t.Errorf("transaction %d: %d recipients, want %d", i, len(mail.to), tt.want[i])
					}
					for _, a := range mail.to {
						if want := fmt.Sprintf("u%d@example.org", next); a != want {
							t.Fatalf("transaction %d: %s, want %s", i, a, want)
						}
						next++
					}
				}
				if over := tt.to - tt.limit; over > 0 && refused > over {
					t.Errorf("%d RCPT refused: the limit was not kept in mind", refused)
				}
				if s.connections() != 1 {
					t.Errorf("%d connections", s.connections())
				}
			})
		}
	}
}

// A full mail file among others is no limit: the rest are not asked again.
func TestFullIsNotTooMany(t *testing.T) {
	asked := map[string]int{}
	s := &sink{onRcpt: func(to string) error {
		if asked[to]++; to == "u1@example.org" {
			return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.NoEnhancedCode, Message: "no room"}
		}
		return nil
	}}
	ses := connect(t, s.serve(t, nil), options())
	rs := ses.Send(t.Context(), mail(content, people(3)...))
	if rs[0].Kind != Done || rs[1].Kind != Deferred || rs[1].Unsent || rs[2].Kind != Done || asked["u1@example.org"] != 1 {
		t.Errorf("%+v, asked %v", rs, asked)
	}
}

// What ends a session behind a transaction leaves what that one did, and the
// others unsent.
func TestUnsent(t *testing.T) {
	tests := []struct {
		name    string
		lost    int  // the first recipient without Done
		unsent  int  // the first that is Unsent
		nextHop bool // NextHost of those between the two
		onMail  func(n int) error
		onRcpt  func(n int) error
	}{
		{name: "421 to the second MAIL", lost: 100, unsent: 100, onMail: func(n int) error { return after(n, 2, 421) }},
		{name: "451 to the second MAIL", lost: 100, unsent: 300, onMail: func(n int) error { return after(n, 2, 451) }},
		{name: "421 to a RCPT of the second", lost: 100, unsent: 150, nextHop: true, onRcpt: func(n int) error { return after(n, 150, 421) }},
		{name: "421 to a RCPT of the first", lost: 0, unsent: 50, nextHop: true, onRcpt: func(n int) error { return after(n, 50, 421) }},
		{name: "no more in this session", lost: 100, unsent: 100, onRcpt: func(n int) error { return after(n, 101, 452) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mails, rcpts := 0, 0
			s := &sink{}
			s.onMail = func(string) error {
				if mails++; tt.onMail != nil {
					return tt.onMail(mails)
				}
				return nil
			}
			s.onRcpt = func(string) error {
				if rcpts++; tt.onRcpt != nil {
					return tt.onRcpt(rcpts)
				}
				return nil
			}
			ses := connect(t, s.serve(t, nil), options())
			for i, r := range ses.Send(t.Context(), mail(content, people(300)...)) {
				want := Result{Kind: Deferred, NextHost: tt.nextHop && i < tt.unsent, Unsent: i >= tt.unsent}
				if i < tt.lost {
					want = Result{Kind: Done}
				}
				got := Result{Kind: r.Kind, NextHost: r.NextHost, Unsent: r.Unsent, Stale: r.Stale, Unready: r.Unready}
				if got != want || r.Kind != Done && r.Cause == "" {
					t.Fatalf("%d: %+v, want %+v", i, r, want)
				}
			}
		})
	}
}

func after(n, first, code int) error {
	if n < first {
		return nil
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: "enough"}
}

// For ten minutes further transactions begin.
func TestTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){func(conn net.Conn) { dialogue("220 hi\r\n", nil, nil)(&slow{conn}) }}}
		o := options()
		o.Dial, o.Pipelining = h.dial, false
		ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
		if err != nil {
			t.Fatal(err)
		}
		ses.most = 1
		begun := time.Now()
		rs := ses.Send(t.Context(), mail(content, people(3)...))
		if rs[0].Kind != Done || rs[1].Kind != Deferred || !rs[1].Unsent || !rs[2].Unsent || !ses.Usable() {
			t.Errorf("after %v: %+v", time.Since(begun), rs)
		}
		ses.Close()
		h.wg.Wait()
	})
}

// A next hop so slow that a hundred RCPT take longer than a session may has fewer,
// and the content.
func TestSlowRcpt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){func(conn net.Conn) { dialogue("220 hi\r\n", nil, nil)(&slow{conn}) }}}
		o := options()
		o.Dial, o.Pipelining = h.dial, false
		rs := sent(t, o, mail(content, people(100)...))
		n := 0
		for _, r := range rs {
			switch {
			case r.Kind == Done:
				n++
			case !r.Unsent:
				t.Fatalf("%+v", r)
			}
		}
		if n == 0 {
			t.Errorf("nobody has the message: %+v", rs[0])
		}
		h.wg.Wait()
	})
}

// sent sends over a session of its own.
func sent(t *testing.T, o Options, m *Message) []Result {
	t.Helper()
	ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer ses.Close()
	return ses.Send(t.Context(), m)
}

// Only what comes before a transaction speaks against the host.
func TestUnready(t *testing.T) {
	tests := []struct {
		name     string
		greeting string
		answers  map[string]string
		utf8     bool
		want     bool
	}{
		{name: "no greeting", want: true},
		{name: "554 for a greeting", greeting: "554 no\r\n", want: true},
		{name: "421 for a greeting", greeting: "421 busy\r\n", want: true},
		{name: "421 to MAIL", greeting: "220 hi\r\n", answers: map[string]string{"MAIL": "421 busy\r\n"}, want: true},
		{name: "closed at MAIL", greeting: "220 hi\r\n", answers: map[string]string{"MAIL": ""}, want: true},
		{name: "450 to MAIL", greeting: "220 hi\r\n", answers: map[string]string{"MAIL": "450 later\r\n"}},
		{name: "421 to RCPT", greeting: "220 hi\r\n", answers: map[string]string{"RCPT": "421 busy\r\n"}},
		{name: "421 to DATA", greeting: "220 hi\r\n", answers: map[string]string{"DATA": "421 busy\r\n"}},
		{name: "421 to the content", greeting: "220 hi\r\n", answers: map[string]string{".": "421 busy\r\n"}},
		{name: "closed at the content", greeting: "220 hi\r\n", answers: map[string]string{".": ""}},
		{name: "no SMTPUTF8", greeting: "220 hi\r\n", utf8: true},
	}
	for _, tt := range tests {
		for _, pipelining := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := &hops{list: []func(net.Conn){dialogue(tt.greeting, tt.answers, nil)}}
				o := options()
				o.Dial, o.Pipelining = h.dial, pipelining
				m := mail(content, "x@example.org")
				m.UTF8 = tt.utf8
				var r Result
				ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
				var ce *ConnectError
				if errors.As(err, &ce) {
					r = ce.Result
				} else {
					r = one(t, ses, m)
					ses.Close()
				}
				h.wg.Wait()
				if r.Kind == Done || r.Unready != tt.want {
					t.Errorf("%s, pipelining %v: %+v, want unready %v", tt.name, pipelining, r, tt.want)
				}
			})
		}
	}
}

// A 421 is the reason for all that is lost with it, though more was said by then.
func TestReasonOfTheEnd(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			hop := func(conn net.Conn) {
				dialogue("220 hi\r\n", map[string]string{"RCPT TO:<U1@EXAMPLE.ORG>": "421 4.3.2 stop\r\n"}, nil)(&last{conn})
			}
			h := &hops{list: []func(net.Conn){hop}}
			o := options()
			o.Dial, o.Pipelining = h.dial, pipelining
			for i, r := range sent(t, o, mail(content, people(3)...)) {
				if r.Kind != Deferred || r.Status != "4.3.2" || r.Unready {
					t.Errorf("pipelining %v, %d: %+v", pipelining, i, r)
				}
			}
			h.wg.Wait()
		})
	}
}

// last is a next hop's side of a connection that ends with a 421.
type last struct{ net.Conn }

func (l *last) Write(b []byte) (int, error) {
	n, err := l.Conn.Write(b)
	if err == nil && string(b[:3]) == "421" {
		err = l.Close()
	}
	return n, err
}
