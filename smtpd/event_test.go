package smtpd

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// events gives the lines of the log with a message, as objects.
func (r *rig) events(message string) (list []map[string]any) {
	r.t.Helper()
	for line := range strings.Lines(r.logged()) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			r.t.Fatalf("%s: %v", line, err)
		}
		if e["message"] == message {
			list = append(list, e)
		}
	}
	return list
}

// has fails unless a line has the fields.
func has(t *testing.T, e map[string]any, want map[string]any) {
	t.Helper()
	for field, value := range want {
		if got := fmt.Sprint(e[field]); got != fmt.Sprint(value) {
			t.Errorf("%s: got %s, want %v, in %v", field, got, value, e)
		}
	}
}

// TestReceivedEvent: one line tells all that is known of a message, and names all
// of its recipients, a hundred in a line.
func TestReceivedEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.dns.ptr["10.10.1.8"] = []string{"mypc.acme.com"}
		r.set("Connection.VerifyHostName", "on")
		r.set("Ports.NamePassword", "on")
		p := join(t, r, "220")
		p.say("EHLO mypc", "250", "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235", "MAIL FROM:<a@b.com>", "250")
		for i := range 150 {
			p.say(fmt.Sprintf("RCPT TO:<u%d@acme.com>", i), "250")
		}
		p.say("DATA", "354", "Message-ID: <1@b.com>\r\n\r\nx\r\n.", "250", "QUIT", "221")
		p.conn.Close()
		r.close()
		got := r.events("message received")
		if len(got) != 1 {
			t.Fatalf("%d lines, want 1", len(got))
		}
		id := r.box.all()[0].env.ID
		has(t, got[0], map[string]any{"mail": id, "message_id": "<1@b.com>", "sender": "a@b.com", "recipients": 150, "client": "10.10.1.8",
			"helo": "mypc", "name": "mypc.acme.com", "port": "plain", "user": "John Doe/Acme", "size": len("Message-ID: <1@b.com>\r\n\r\nx\r\n")})
		more := r.events("more recipients")
		if len(more) != 1 {
			t.Fatalf("%d lines with more recipients, want 1", len(more))
		}
		has(t, more[0], map[string]any{"mail": id, "sender": "a@b.com"})
		all := append(got[0]["to"].([]any), more[0]["to"].([]any)...)
		for i := range 150 {
			if want := fmt.Sprintf("u%d@acme.com", i); i >= len(all) || all[i] != want {
				t.Fatalf("recipient %d of %d is not %s", i, len(all), want)
			}
		}
		if session := got[0]["session"]; session == "" || more[0]["session"] != session {
			t.Errorf("sessions %v and %v", session, more[0]["session"])
		}
	})
}

// TestRefusedEvents: a refusal is logged with the reply, with whom it is about and
// with what decided.
func TestRefusedEvents(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   []string
		say   []string
		event string
		want  map[string]any
	}{
		{"sender", []string{"Senders.Deny", "b.com"}, []string{"MAIL FROM:<a@b.com>", "554"}, "refused",
			map[string]any{"code": 554, "reply": "Mail from a@b.com rejected for policy reasons.", "sender": "a@b.com", "client": "10.10.1.8"}},
		{"recipient", []string{"Recipients.Deny", "x@acme.com"}, []string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<X@acme.com>", "554"}, "refused",
			map[string]any{"code": 554, "sender": "a@b.com", "recipient": "X@acme.com"}},
		{"recipient behind a refused sender", []string{"Senders.Deny", "b.com"}, []string{"MAIL FROM:<a@b.com>", "554", "RCPT TO:<x@acme.com>", "503"}, "refused",
			map[string]any{"code": 503, "sender": "a@b.com", "recipient": "x@acme.com"}},
		{"recipient without MAIL", nil, []string{"RCPT TO:<x@acme.com>", "503"}, "refused",
			map[string]any{"code": 503, "recipient": "x@acme.com", "rule": nil, "sender": nil}},
		{"forgotten with RSET", []string{"Senders.Deny", "b.com"}, []string{"MAIL FROM:<a@b.com>", "554", "RSET", "250", "RCPT TO:<x@acme.com>", "503"}, "refused",
			map[string]any{"code": 503, "rule": nil, "sender": nil}},
		{"too many", []string{"SMTP.MaxRecipients", "1"}, []string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250", "RCPT TO:<y@acme.com>", "552"}, "refused",
			map[string]any{"code": 552, "recipient": "y@acme.com", "rule": "SMTPMaxRecipientCount"}},
		{"declared size", []string{"SMTP.MaxMessageSize", "10"}, []string{"MAIL FROM:<a@b.com> SIZE=11", "552"}, "refused",
			map[string]any{"code": 552, "sender": "a@b.com", "rule": "MailMaxSize"}},
		{"content", []string{"SMTP.MaxMessageSize", "10"}, []string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250", "DATA", "354",
			"Message-ID: <1@b.com>\r\n\r\nx\r\n.", "552"}, "message refused",
			map[string]any{"code": 552, "message_id": "<1@b.com>", "sender": "a@b.com", "to": []string{"x@acme.com"}, "size": 28, "rule": "MailMaxSize",
				"reply": "Message size exceeds fixed maximum message size"}},
		{"no command", nil, []string{"NONSENSE", "500"}, "refused", map[string]any{"code": 500, "sender": nil, "recipient": nil}},
		{"DATA without recipients", nil, []string{"MAIL FROM:<a@b.com>", "250", "DATA", "503"}, "refused", map[string]any{"code": 503, "sender": "a@b.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				for i := 0; i+1 < len(c.set); i += 2 {
					r.set(c.set[i], c.set[i+1])
				}
				p := join(t, r, "220")
				p.say(c.say...)
				p.conn.Close()
				synctest.Wait() // until the session has ended: its 421 to a stop would be the last line
				r.close()
				got := r.events(c.event)
				if len(got) == 0 {
					t.Fatalf("no line %q in\n%s", c.event, r.logged())
				}
				has(t, got[len(got)-1], c.want)
				if rule := got[len(got)-1]["rule"]; len(c.set) > 0 && c.want["code"] != 503 && (rule == nil || rule == "") {
					t.Errorf("no rule in %v", got[len(got)-1])
				}
			})
		})
	}
}

// TestCutOffEvent: a message that the client did not send to its end is told of.
func TestCutOffEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		p := join(t, r, "220")
		p.toData()
		if _, err := io.WriteString(p.conn, "Message-ID: <1@b.com>\r\nSubject: half\r\n"); err != nil {
			t.Fatal(err)
		}
		p.conn.Close()
		synctest.Wait()
		r.close()
		got := r.events("message cut off")
		if len(got) != 1 {
			t.Fatalf("%d lines, want 1", len(got))
		}
		has(t, got[0], map[string]any{"message_id": "<1@b.com>", "recipients": 1, "client": "10.10.1.8"})
	})
}

// TestActivityRecord: a session has one record with the fields of Domino's.
func TestActivityRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Now = time.Now })
		r.set("Ports.NamePassword", "on")
		p := join(t, r, "220")
		p.say("EHLO mypc", "250", "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235", "NONSENSE", "500")
		for range 2 {
			p.say("MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250", "RCPT TO:<y@acme.com>", "250", "DATA", "354", "x\r\n.", "250")
		}
		time.Sleep(1234 * time.Millisecond)
		synctest.Wait()
		info := r.server.Sessions()
		if len(info) != 1 || info[0].User != "John Doe/Acme" || info[0].Messages != 2 || info[0].State != "wait" || time.Since(info[0].Last) != 1234*time.Millisecond || info[0].TLS {
			t.Errorf("session %+v, want user, 2 messages, wait, and the time since the last command", info)
		}
		p.say("QUIT", "221")
		p.conn.Close()
		r.close()
		stats := r.server.Stats()
		got := r.events("disconnected")
		if len(got) != 1 {
			t.Fatalf("%d records, want 1", len(got))
		}
		has(t, got[0], map[string]any{"activity": "Domino.SMTP.Session", "OrgName": "Acme", "ServerName": "CN=Server-704/O=Acme",
			"SessionId": got[0]["session"], "EventType": 4, "RemoteIP": "10.10.1.8", "BytesFromServer": stats.BytesSent, "BytesToServer": stats.BytesReceived,
			"MessageCount": 2, "RecipientCount": 4, "TotalOpenTime": 123, "port": "plain", "refusals": 1, "helo": "mypc", "user": "John Doe/Acme"})
	})
}

// TestEventsHaveNoPassword: no line holds what was typed in AUTH, whatever the
// level of the log.
func TestEventsHaveNoPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.set("Ports.NamePassword", "on")
		r.set("SMTP.DebugIO", "4")
		r.set("SMTP.Debug", "4")
		for _, talk := range [][]string{
			{"AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235"},
			{"AUTH PLAIN AGpkb2UAdG9wLXNlY3JldA==", "535"},
			{"AUTH LOGIN", "334", "amRvZQ==", "334", "dG9wLXNlY3JldA==", "535"},
			{"AUTH LOGIN amRvZQ==", "334", "dG9wLXNlY3JldA", "501"},
			{"AUTH", "501", "dG9wLXNlY3JldA==", "500", "top-secret", "500"},
			{"AUTH CRAM-MD5 dG9wLXNlY3JldA==", "504"},
		} {
			p := join(t, r, "220")
			p.say(talk...)
			p.conn.Close()
			synctest.Wait()
		}
		r.close()
		text := r.logged() + strings.Join(r.lines(), "\n")
		for _, secret := range []string{"top-secret", "dG9wLXNlY3JldA", "AGpkb2UA", "cGFzc3dvcmQ", "355E98E7C7B59BD810ED845AD0FD2FC4"} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%q in %s", secret, text[max(0, i-200):min(len(text), i+100)])
			}
		}
		if !slices.ContainsFunc(r.lines(), func(l string) bool { return strings.Contains(l, "R: AUTH PLAIN "+hidden) }) {
			t.Error("no trace was written")
		}
	})
}
