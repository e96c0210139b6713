package queue

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"domigo/mailbox"
)

func TestShowText(t *testing.T) {
	b := newBench(t)
	id := b.commit(t, mailbox.Envelope{
		Received: start, Sender: "a@b", EnvID: "QQ", Return: "HDRS", Body: "8BITMIME", MessageID: "<1@b>", User: "CN=John/O=Acme", Client: "192.0.2.1", Hold: "a rule",
		Recipients: []mailbox.Recipient{{Address: "list@x.com", ORcpt: "rfc822;l@x", Notify: []string{"FAILURE", "DELAY"}}},
	}, "Received: by a\r\n\tfor b\r\nSubject: \x1b]0;owned\x07\r\n\r\nsecret\r\n")
	must(t, b.store.Edit(t.Context(), id, "", func(w *mailbox.Work) error {
		w.Key, w.Attempts, w.LastError, w.Delayed, w.DeadTries = "held:1:[LocalDelivery]", 4, "mail file is full", true, 1
		w.Recipients[0].To, w.Recipients[0].Path, w.Recipients[0].MailFile = "j@x.com", []string{"list@x.com", "Group"}, "mail/j"
		return nil
	}))
	b.now = start.Add(time.Minute)
	got, err := b.run(t, "show "+id.Short())
	must(t, err)
	compareText(t, "show", got, id, `Message:      WHOLE-IDIDIDID
Sender:       a@b
Recipient:    list@x.com NOTIFY=FAILURE,DELAY ORCPT=rfc822;l@x
Received:     2009-01-04 09:53:09 (1m ago)
Client:       192.0.2.1
User:         CN=John/O=Acme
Message-ID:   <1@b>
Size:         55 octets
Flags:        BODY=8BITMIME, RET=HDRS, ENVID=QQ
Rule:         held: a rule

Work:         [LocalDelivery] (key "held:1:[LocalDelivery]")
State:        Held since 2009-01-04 09:53:09
Attempts:     4
Last error:   mail file is full
Delay report: sent
Dead tries:   1
To:           j@x.com for list@x.com through list@x.com, Group in mail/j

Header:
  Received: by a
   for b
  Subject: ?]0;owned?`)
}

func TestShowBody(t *testing.T) {
	b := newBench(t)
	text := "Subject: x\r\n\r\nb\xe4d\x1b\r\n" + strings.Repeat(strings.Repeat("long", 3000)+"\r\n", 200)
	id := b.put(t, "a@b", text, "c@d")
	lines, err := b.run(t, "show -body "+id.Short())
	must(t, err)
	all := strings.Join(lines, "\n")
	_, body, found := strings.Cut(all, "\nContent:\n")
	if !found || !strings.HasPrefix(body, "  Subject: x\n  \n  b?d?\n  longlong") {
		t.Errorf("got %.300q", all)
	}
	if got := strings.Count(body, "long"); got != 600_000 {
		t.Errorf("%d of 600000 words came over", got)
	}
	if strings.Count(all, "Content:") != 1 {
		t.Error("the content has several beginnings")
	}
}

func TestShowJSON(t *testing.T) {
	b := newBench(t)
	text := "Subject: x\r\n\r\n" + strings.Repeat("\xe4\x00\r\n", 700_000)
	id := b.put(t, "a@b", text, "c@d")
	lines, err := b.run(t, "show -json -body "+string(id))
	must(t, err)
	var got struct {
		Envelope mailbox.Envelope
		Units    []row
		Header   []string
	}
	must(t, json.Unmarshal([]byte(lines[0]), &got))
	if got.Envelope.ID != id || len(got.Units) != 1 || got.Units[0].Recipients[0].To != "c@d" || len(got.Header) != 1 || got.Header[0] != "Subject: x" {
		t.Errorf("got %+v", got)
	}
	var body strings.Builder
	for _, line := range lines[1:] {
		var part content
		must(t, json.Unmarshal([]byte(line), &part))
		body.Write(part.Content)
	}
	if body.String() != text {
		t.Errorf("the content came over as %d octets, want %d", body.Len(), len(text))
	}
}

func TestShowNothing(t *testing.T) {
	b := newBench(t)
	for _, line := range []string{"show 00000000", "show -body -json 00000000"} {
		if lines, err := b.run(t, line); err == nil || err.Error() != "00000000: no such message" || len(lines) > 0 {
			t.Errorf("%s: got %q, %v", line, lines, err)
		}
	}
	id := b.put(t, "a@b", "", "c@d")
	lines, err := b.run(t, "show -body "+id.Short())
	if err != nil || lines[len(lines)-1] != "Content:" {
		t.Errorf("an empty message: got %q, %v", lines, err)
	}
}

// TestHeaderIsBounded: a header without end is cut.
func TestHeaderIsBounded(t *testing.T) {
	b := newBench(t)
	id := b.put(t, "a@b", strings.Repeat("X: "+strings.Repeat("y", 10_000)+"\r\n", 100), "c@d")
	lines, err := b.run(t, "show "+id.Short())
	must(t, err)
	if n := len(strings.Join(lines, "\n")); n > maxHeader+2000 || n < maxHeader/2 {
		t.Errorf("got %d octets", n)
	}
}
