package router

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
)

// picky is a next hop, at every address, that objects to one recipient or content
// among many, or takes few or slowly.
type picky struct {
	rcpt, dot string        // the reply to RCPT for poison@, to the end of content with POISON
	cut       bool          // it closes the connection within that content
	most      int           // recipients that it takes in a transaction; 0: all
	wait      time.Duration // before it replies to RCPT

	mu    sync.Mutex
	taken map[string]int // how often each recipient has got a message
}

func (p *picky) dial(context.Context, string, string) (net.Conn, error) {
	a, b := net.Pipe()
	go func() {
		defer b.Close()
		p.talk(b)
	}()
	return a, nil
}

func (p *picky) talk(conn net.Conn) {
	var to []string
	content, poison := false, false
	br := bufio.NewReader(conn)
	reply := "220 picky.example"
	for {
		if reply != "" {
			if _, err := conn.Write([]byte(reply + "\r\n")); err != nil || strings.HasPrefix(reply, "421") || strings.HasPrefix(reply, "221") {
				return
			}
		}
		line, err := br.ReadString('\n')
		if err != nil {
			return
		}
		reply = "250 ok"
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case content && line != ".\r\n":
			reply = ""
			if poison = poison || strings.HasPrefix(line, "POISON"); poison && p.cut {
				return
			}
		case content:
			if content = false; poison && p.dot != "" {
				reply = p.dot
				continue
			}
			p.take(to)
		case verb == "MAIL":
			to, poison = nil, false
		case verb == "RCPT":
			time.Sleep(p.wait)
			switch {
			case p.rcpt != "" && strings.Contains(line, "poison@"):
				reply = p.rcpt
			case p.most > 0 && len(to) == p.most:
				reply = "452 4.5.3 too many recipients"
			default:
				to = append(to, line[strings.Index(line, "<")+1:strings.Index(line, ">")])
			}
		case verb == "DATA":
			content, reply = true, "354 go on"
		case verb == "QUIT":
			reply = "221 bye"
		}
	}
}

func (p *picky) take(to []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken == nil {
		p.taken = map[string]int{}
	}
	for _, a := range to {
		p.taken[a]++
	}
}

// got gives how many recipients have the message, and how often the one has it
// that got it most often.
func (p *picky) got() (n, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, times := range p.taken {
		most = max(most, times)
	}
	return len(p.taken), most
}

// pickyLab is a lab in a bubble of synctest whose outside world is one picky.
func pickyLab(t *testing.T, p *picky) (*lab, *forgetful) {
	l, _, fs := farLab(t)
	l.config.Dial = p.dial
	l.restart()
	return l, fs
}

// poisonous is content that does not fit into what the connection buffers.
var poisonous = message + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1000) + "POISON\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1000)

// A message that the next hop does not bear delays nobody else's: neither mail to
// the same destination nor all that goes over a relay host.
func TestOneMessageDelaysNoOther(t *testing.T) {
	tests := []struct {
		name  string
		hop   *picky
		relay bool
	}{
		{"421 to its recipient", &picky{rcpt: "421 4.7.0 too many errors"}, false},
		{"421 to its recipient, relay host", &picky{rcpt: "421 4.7.0 too many errors"}, true},
		{"421 to its content", &picky{dot: "421 4.7.0 suspicious"}, true},
		{"closed within its content", &picky{cut: true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, fs := pickyLab(t, tt.hop)
				bad, good := "poison@[192.0.2.1]", "good%d@[192.0.2.1]"
				if tt.relay {
					l.settings.Router.RelayHost = "[192.0.2.1]"
					bad, good = "poison@example.net", "good%d@example.org"
				}
				l.put("jane.roe@acme.com", poisonous, bad)
				defer l.run()()
				for i := range 200 { // twenty hours
					pass(6 * time.Minute)
					l.put("jdoe@acme.com", message, fmt.Sprintf(good, i))
					pass(time.Second)
					if n, _ := tt.hop.got(); n != i+1 {
						t.Fatalf("round %d: %d messages were taken, left %+v", i, n, l.rows())
					}
				}
				if rows := l.rows(); len(rows) != 1 || rows[0].Attempts < 5 || len(fs.mails("jdoe")) != 0 {
					t.Errorf("left %+v, want the bad message with its attempts", rows)
				}
			})
		})
	}
}

// More recipients than the next hop takes in a transaction, or within a session's
// time, get the message at once, each once.
func TestManyRecipientsGoAtOnce(t *testing.T) {
	tests := []struct {
		name   string
		hop    *picky
		n      int
		within time.Duration
	}{
		{"a hundred at a time", &picky{most: 100}, 1500, time.Second},
		{"thirty at a time", &picky{most: 30}, 500, time.Second},
		{"one at a time", &picky{most: 1}, 50, time.Second},
		{"longer than a session", &picky{wait: time.Second}, 5000, 90 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, fs := pickyLab(t, tt.hop)
				var to []string
				for i := range tt.n {
					to = append(to, fmt.Sprintf("u%d@[192.0.2.1]", i))
				}
				l.put("jdoe@acme.com", message, to...)
				defer l.run()()
				pass(tt.within)
				n, most := tt.hop.got()
				if n != tt.n || most != 1 || len(l.rows()) != 0 || len(fs.mails("jdoe")) != 0 {
					t.Errorf("%d of %d have the message, at most %d times; %d units left, %d reports", n, tt.n, most, len(l.rows()), len(fs.mails("jdoe")))
				}
			})
		})
	}
}

// A long transfer is recorded as it goes on, and the recipients that it has not
// come to are no attempt.
func TestLongTransferIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hop := &picky{wait: time.Second}
		l, _ := pickyLab(t, hop)
		var to []string
		for i := range 3000 {
			to = append(to, fmt.Sprintf("u%d@[192.0.2.1]", i))
		}
		l.put("jdoe@acme.com", message, to...)
		stop := l.run()
		pass(25 * time.Minute)
		rows := l.rows()
		if len(rows) != 1 || len(rows[0].Recipients) > 2000 || len(rows[0].Recipients) < 1500 || rows[0].Attempts != 0 {
			t.Errorf("after 25 minutes: %d units, %d recipients, %d attempts", len(rows), len(rows[0].Recipients), rows[0].Attempts)
		}
		stop()
		pass(time.Hour) // the next hop ends
	})
}

// A recipient at which the next hop ends the session does not stand in the way of
// those behind it for ever, and they do not wait for it.
func TestPoisonAmongMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hop := &picky{rcpt: "421 4.7.0 too many errors"}
		l, _ := pickyLab(t, hop)
		to := []string{"poison@[192.0.2.1]"}
		for i := range 250 {
			to = append(to, fmt.Sprintf("u%d@[192.0.2.1]", i))
		}
		l.put("jdoe@acme.com", message, to...)
		defer l.run()()
		pass(time.Minute)
		if n, _ := hop.got(); n != 0 {
			t.Errorf("%d have the message after the first attempt", n)
		}
		pass(20 * time.Minute)
		if n, most := hop.got(); n < 151 || most != 1 {
			t.Errorf("%d have the message after the second attempt, want those behind the first hundred at least; at most %d times", n, most)
		}
	})
}

// What one host of a destination cannot take waits for another that is down; mail
// that the first one takes does not.
func TestOneMessageForTheHostThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		l.settings.Router.RelayHost = "two.example"
		l.zone.empty["two.example"] = true
		l.zone.addrs["two.example"] = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}
		f.down["192.0.2.2"] = true
		l.putEnvelope(mailbox.Envelope{Sender: "jane.roe@acme.com", UTF8: true, Recipients: []mailbox.Recipient{{Address: "x@example.org"}}}, message)
		defer l.run()()
		pass(time.Minute)
		l.put("jdoe@acme.com", message, "y@example.org")
		pass(time.Second)
		if rows := l.rows(); len(rows) != 1 || rows[0].Attempts != 1 || !rows[0].Envelope.UTF8 || len(fs.mails("emea/jroe")) != 0 {
			t.Errorf("left %+v, want the message for the other host alone", rows)
		}
	})
}
