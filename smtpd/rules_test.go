package smtpd

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"domigo/mailbox"
	"domigo/settings/rules"
)

// rules sets the server mail rules of a rig.
func (r *rig) rules(texts ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	next := *r.view
	next.Rules = nil
	for i, text := range texts {
		rule, err := rules.Parse(text)
		if err != nil {
			r.t.Fatal(err)
		}
		rule.Name = fmt.Sprintf("MailRule_%d", i+1)
		next.Rules = append(next.Rules, rule)
	}
	r.view = &next
}

// TestRuleMarks holds what each action makes of a message's envelope.
func TestRuleMarks(t *testing.T) {
	const all = "WHEN All documents THEN "
	for _, c := range []struct {
		rule, reply string
		want        *mailbox.Envelope // nil: nothing is stored
	}{
		{all + "Don't accept message", "554", nil},
		{all + "Don't deliver message: silently delete", "250", nil},
		{all + "Don't deliver message: send NDR", "250", &mailbox.Envelope{Refuse: reasonRule}},
		{all + "Change routing state to held", "250", &mailbox.Envelope{Hold: reasonHeld + "MailRule_1"}},
		{all + "Move to database junk.nsf", "250", &mailbox.Envelope{MoveTo: "junk.nsf"}},
		{all + "Stop processing", "250", &mailbox.Envelope{}},
		{all + "Journal this message", "250", &mailbox.Envelope{Journal: true}},
		{all + "Journal this message AND Change routing state to held", "250", &mailbox.Envelope{Journal: true, Hold: reasonHeld + "MailRule_1"}},
		{all + "Journal this message AND Move to database junk.nsf", "250", &mailbox.Envelope{Journal: true, MoveTo: "junk.nsf"}},
		{all + "Journal this message AND Don't deliver message: send NDR", "250", &mailbox.Envelope{Journal: true, Refuse: reasonRule}},
		{all + "Journal this message AND Don't deliver message: silently delete", "250", nil},
		{"WHEN Size is greater than 1000000 THEN Journal this message", "250", &mailbox.Envelope{}},
	} {
		r := newRig(t)
		r.rules(c.rule)
		cl := join(t, r, "220")
		cl.say("HELO c.example", "250")
		cl.say("MAIL FROM:<a@b.example>", "250")
		cl.say("RCPT TO:<John.Doe@acme.com>", "250")
		cl.say("DATA", "354")
		cl.say("Subject: x\r\n\r\nhello\r\n.", c.reply)
		cl.conn.Close()
		r.close()
		got := r.box.all()
		if r.box.open != 0 {
			t.Errorf("%s: a draft is left open", c.rule)
		}
		if c.want == nil {
			if len(got) != 0 {
				t.Errorf("%s: stored %+v", c.rule, got)
			}
			continue
		}
		if len(got) != 1 {
			t.Errorf("%s: stored %d messages, want 1", c.rule, len(got))
			continue
		}
		if e := got[0].env; e.Refuse != c.want.Refuse || e.Hold != c.want.Hold || e.MoveTo != c.want.MoveTo || e.Journal != c.want.Journal {
			t.Errorf("%s: envelope %+v, want %+v", c.rule, e, c.want)
		}
	}
}

// TestRuleSample holds that content is kept only for rules that look at it, and
// no more than the bound.
func TestRuleSample(t *testing.T) {
	piece := []byte(strings.Repeat("x", 100<<10))
	for text, want := range map[string]int{
		"WHEN Sender contains x THEN Stop processing": 0,
		"WHEN Body contains x THEN Stop processing":   maxSample,
	} {
		rule, err := rules.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		list := []rules.Rule{rule}
		r := &ruling{list: list, keep: rules.NeedContent(list)}
		for range 5 {
			r.see(piece)
		}
		if len(r.sample) != want {
			t.Errorf("%s: %d octets are kept, want %d", text, len(r.sample), want)
		}
	}
	var none *ruling
	none.see(piece)
	if none.mark(&mailbox.Envelope{}) {
		t.Error("without rules a message is deleted")
	}
}

// TestRuleFields holds what of a header section the conditions see.
func TestRuleFields(t *testing.T) {
	head := strings.Join([]string{"From: =?utf-8?q?J=C3=B6?= <joe@b.example>", "To: John <john@acme.com>,", " jane@acme.com",
		"Cc: not an address", "Bcc: boss@acme.com", "Subject: a", " =?utf-8?q?long_=C3=9F?=", "X-Priority: 1 (Highest)",
		"Priority: non-urgent", "", "To: body@b.example", ""}, "\r\n")
	got := rules.Message{Importance: "Normal", Priority: "Normal"}
	readRuleFields([]byte(head), &got)
	want := rules.Message{
		Sender: []string{"Jö <joe@b.example>", "joe@b.example"}, To: []string{"John <john@acme.com>, jane@acme.com", "john@acme.com", "jane@acme.com"},
		CC: []string{"not an address"}, BCC: []string{"boss@acme.com", "boss@acme.com"}, Subject: "a long ß", Importance: "High", Priority: "Low",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q:\n got %+v\nwant %+v", head, got, want)
	}
}
