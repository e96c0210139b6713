package queue

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
)

// TestChange: one message with a unit in each state, and what a command leaves.
func TestChange(t *testing.T) {
	const pend, held, dead = "mx:p.com=pending", "mx:h.com=held", "mx:d.com=dead"
	for _, c := range []struct {
		line    string
		want    string // units, separated by "; "
		refused string // part of the error
		changes int
	}{
		{"hold ID", "held:1:mx:p.com=held p@p.com; mx:d.com=dead d@d.com; mx:h.com=held h@h.com", "", 1},
		{"hold -all", "held:1:mx:p.com=held p@p.com; mx:d.com=dead d@d.com; mx:h.com=held h@h.com", "", 1},
		{"hold ID -state held", "same", "nothing to hold", 0},
		{"hold -all -dest h.com", "same", "nothing matches", 0},
		{"hold -all -to nobody*", "same", "nothing matches", 0},
		{"release ID", "mx:d.com=pending d@d.com; mx:h.com=pending h@h.com; mx:p.com=pending p@p.com", "", 2},
		{"release -all -state dead", "mx:d.com=pending d@d.com; mx:h.com=held h@h.com; mx:p.com=pending p@p.com", "", 1},
		{"release -all -state dead -to-recipient", "mx:d.com=pending d@d.com; mx:h.com=held h@h.com; mx:p.com=pending p@p.com", "", 1},
		{"release -all -state pending", "same", "nothing matches", 0},
		{"release ID -to-sender", "mx:p.com=pending p@p.com; report:1:mx:d.com=pending d@d.com; report:1:mx:h.com=pending h@h.com", "", 2},
		{"release ID -to-sender -dest h.com", "mx:d.com=dead d@d.com; mx:p.com=pending p@p.com; report:1:mx:h.com=pending h@h.com", "", 1},
		{"release ID -to-sender -state pending", "mx:d.com=dead d@d.com; mx:h.com=held h@h.com; report:1:mx:p.com=pending p@p.com", "", 1},
		{"release ID -to-sender -dest p.com", "same", "-state pending gives up what waits", 0},
		{"retry ID", "mx:d.com=pending d@d.com; mx:h.com=held h@h.com; mx:p.com=pending p@p.com", "", 2},
		{"retry -all -state held", "same", "nothing matches", 0},
		{"delete ID", "", "", 3},
		{"delete -all", "", "", 3},
		{"delete -all -state dead", "mx:h.com=held h@h.com; mx:p.com=pending p@p.com", "", 1},
		{"delete ID -to h@H.com", "mx:d.com=dead d@d.com; mx:p.com=pending p@p.com", "", 1},
		{"delete -all -from a@b -older 1m", "same", "nothing matches", 0},
		{"delete 00000000", "same", "1 refused", 0},
		{"delete 00000000 ID", "", "1 refused", 3},
		{"edit-recipient ID h@h.com x@y.com", "edited:1:=held x@y.com; mx:d.com=dead d@d.com; mx:p.com=pending p@p.com", "", 1},
		{"edit-recipient ID P@P.COM x@y.com", "=pending x@y.com; mx:d.com=dead d@d.com; mx:h.com=held h@h.com", "", 1},
		{"edit-recipient ID h@h.com P@p.com", "same", "is a recipient already", 0},
		{"edit-recipient ID nobody@h.com x@y.com", "same", "no recipient that is open", 0},
		{"edit-recipient ID h@h.com jürgen@y.com", "same", "came without SMTPUTF8", 0},
	} {
		t.Run(c.line, func(t *testing.T) {
			b := newBench(t)
			id := b.put(t, "a@b", "Subject: x\r\n\r\n", "p@p.com", "h@h.com", "d@d.com")
			b.spread(t, pend, held, dead)
			before := b.units(t, id)
			lines, err := b.run(t, strings.ReplaceAll(c.line, "ID", id.Short()))
			var refused *RefusedError
			if (err != nil) != (c.refused != "") || err != nil && (!errors.As(err, &refused) || !strings.Contains(strings.Join(append(lines, err.Error()), "\n"), c.refused)) {
				t.Errorf("%s: got %q, %v; want an error with %q", c.line, lines, err, c.refused)
			}
			want := strings.Split(c.want, "; ")
			switch c.want {
			case "same":
				want = before
			case "":
				want = nil
			}
			compareLines(t, c.line, b.units(t, id), want)
			if len(b.changes) != c.changes {
				t.Errorf("%s: %d changes noted, want %d: %+v", c.line, len(b.changes), c.changes, b.changes)
			}
		})
	}
}

// TestRelease: the work is due at once, and its clocks start anew; retry leaves
// them.
func TestRelease(t *testing.T) {
	for _, c := range []struct {
		line     string
		state    mailbox.State
		attempts int
		delayed  bool
	}{
		{"release -all", mailbox.Held, 0, false},
		{"release -all", mailbox.Dead, 0, false},
		{"retry -all", mailbox.Dead, 0, false},
		{"retry -all", mailbox.Pending, 3, true},
	} {
		t.Run(c.line+" "+string(c.state), func(t *testing.T) {
			b := newBench(t)
			id := b.put(t, "a@b", "x", "c@d")
			b.spread(t, "mx:d="+string(c.state))
			must(t, b.store.Edit(t.Context(), id, "mx:d", func(w *mailbox.Work) error {
				w.Attempts, w.Delayed, w.DeadTries, w.LastError = 3, true, 2, "why"
				return nil
			}))
			b.now = b.now.Add(time.Minute)
			if _, err := b.run(t, c.line); err != nil {
				t.Fatal(err)
			}
			got := b.claim(t)
			if got.Attempts != c.attempts || got.Delayed != c.delayed || !got.Due.Equal(b.now) || got.LastError != "why" {
				t.Errorf("got %+v; want attempts %d, delayed %v, due %v, error kept", got.Work, c.attempts, c.delayed, b.now)
			}
		})
	}
}

func TestReleaseToSender(t *testing.T) {
	b := newBench(t)
	null := b.put(t, "", "x", "c@d")
	b.spread(t, "mx:d=dead")
	if lines, err := b.run(t, "release -to-sender "+null.Short()); err == nil || !strings.Contains(strings.Join(lines, ""), "has the null sender") {
		t.Errorf("null sender: got %q, %v; want a refusal", lines, err)
	}
	report := b.commit(t, mailbox.Envelope{Received: start, Report: true, Recipients: []mailbox.Recipient{{Address: "a@b"}}}, "x")
	b.spread(t, "mx:b=dead")
	if _, err := b.run(t, "release -to-sender "+report.Short()); err != nil {
		t.Error(err)
	}
	compareLines(t, "a report is itself what the sender gets", b.units(t, report), []string{"mx:b=pending a@b"})
	twice := b.put(t, "a@b", "x", "c@d", "e@d")
	must(t, b.store.Edit(t.Context(), report, "mx:b", func(w *mailbox.Work) error { w.Due = b.now.Add(time.Hour); return nil }))
	b.spread(t, "held:1:mx:d=held", "held:2:mx:d=held")
	if _, err := b.run(t, "release -to-sender "+twice.Short()); err != nil {
		t.Error(err)
	}
	compareLines(t, "keys are numbered", b.units(t, twice), []string{"report:1:mx:d=pending c@d", "report:2:mx:d=pending e@d"})
}

// TestDeleteRecipients: of a unit with several recipients only those that -to
// names go.
func TestDeleteRecipients(t *testing.T) {
	b := newBench(t)
	id := b.put(t, "a@b", "x", "c@bad", "d@good", "e@bad")
	lines, err := b.run(t, "delete -all -to *@bad")
	must(t, err)
	compareText(t, "delete", lines, id, "IDIDIDID: a@b -> c@bad, e@bad deleted\n1 unit deleted")
	compareLines(t, "what is left", b.units(t, id), []string{"=pending d@good"})
	if got := b.changes[0]; got.Was != mailbox.Pending || got.Is != "" || strings.Join(got.Recipients, " ") != "c@bad e@bad" {
		t.Errorf("change: got %+v", got)
	}
}

// TestEditRecipient: what the client said stays beside the new address, and the
// message may have unrouted work besides.
func TestEditRecipient(t *testing.T) {
	b := newBench(t)
	env := mailbox.Envelope{Received: start, Sender: "a@b", UTF8: true, Recipients: []mailbox.Recipient{
		{Address: "one@d", ORcpt: "rfc822;first@d", Notify: []string{"FAILURE"}}, {Address: "two@d"}}}
	id := b.commit(t, env, "x")
	b.spread(t, "mx:d=dead", "=held")
	lines, err := b.run(t, "edit-recipient "+string(id)+" one@d jürgen@e")
	must(t, err)
	compareText(t, "answer", lines, id, "IDIDIDID: one@d is now jürgen@e")
	compareLines(t, "units", b.units(t, id), []string{"=held two@d", "edited:1:=dead jürgen@e"})
	rows, err := b.store.Get(t.Context(), id)
	must(t, err)
	got := rows[1].Recipients[0]
	if got.Address != "one@d" || got.ORcpt != "rfc822;first@d" || got.Notify[0] != "FAILURE" {
		t.Errorf("target: got %+v; want what the client said kept", got)
	}
	if c := b.changes[0]; c.Old != "one@d" || c.New != "jürgen@e" || c.What != EditRecipient || c.Key != "mx:d" {
		t.Errorf("change: got %+v", c)
	}
}

// TestBusy: a command waits for work that is claimed, and then says so.
func TestBusy(t *testing.T) {
	for _, line := range []string{"hold ID", "delete ID", "delete -all", "retry ID", "edit-recipient ID c@d e@f"} {
		t.Run(line, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.Patience = 0
				id := b.put(t, "a@b", "x", "c@d")
				c := b.claim(t)
				began := time.Now()
				lines, err := b.run(t, strings.ReplaceAll(line, "ID", id.Short()))
				if text := strings.Join(lines, "\n"); err == nil || !strings.Contains(text, "the Router works on it now ([Routing]); try again") {
					t.Errorf("got %q, %v; want a refusal", lines, err)
				}
				if waited := time.Since(began); waited != defaultPatience {
					t.Errorf("waited %v, want %v", waited, defaultPatience)
				}
				// The holder's result counts.
				must(t, b.store.Reschedule(t.Context(), c.Token, mailbox.Retry{Recipients: c.Recipients, Due: b.now.Add(time.Hour)}))
				compareLines(t, "units", b.units(t, id), []string{"=pending c@d"})
				if len(b.changes) > 0 {
					t.Errorf("changes were noted: %+v", b.changes)
				}
			})
		})
	}
}

// TestBusyEnds: the claim ends while a command waits.
func TestBusyEnds(t *testing.T) {
	for _, c := range []struct {
		name, want, refused string
		end                 func(*bench, mailbox.Claim) error
	}{
		{"put back", "held:1:=held c@d", "", func(b *bench, c mailbox.Claim) error {
			return b.store.Reschedule(context.Background(), c.Token, mailbox.Retry{Recipients: c.Recipients, Due: b.now})
		}},
		{"done", "", "has ended meanwhile", func(b *bench, c mailbox.Claim) error {
			return b.store.Done(context.Background(), c.Token)
		}},
		{"dead", "=dead c@d", "nothing to hold", func(b *bench, c mailbox.Claim) error {
			return b.store.Dead(context.Background(), c.Token, nil, "why")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.Patience = 0
				id := b.put(t, "a@b", "x", "c@d")
				claim := b.claim(t)
				go func() {
					time.Sleep(time.Second)
					must(t, c.end(b, claim))
				}()
				lines, err := b.run(t, "hold "+id.Short())
				if text := strings.Join(lines, "\n"); (err != nil) != (c.refused != "") || !strings.Contains(text, c.refused) {
					t.Errorf("got %q, %v; want %q", lines, err, c.refused)
				}
				got := strings.Join(b.units(t, id), "; ")
				if got != c.want {
					t.Errorf("units: got %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestRetryAllLeavesBusy: what is being tried needs no retry.
func TestRetryAllLeavesBusy(t *testing.T) {
	b := newBench(t)
	b.put(t, "a@b", "x", "c@d")
	b.claim(t)
	if lines, err := b.run(t, "retry -all"); !errors.Is(err, errNothing) || len(lines) > 0 {
		t.Errorf("got %q, %v; want nothing", lines, err)
	}
}

func TestRecordFails(t *testing.T) {
	b := newBench(t)
	full := errors.New("disk full")
	b.Record = func(Change) error { return full }
	id := b.put(t, "a@b", "x", "c@d")
	lines, err := b.run(t, "hold -all")
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "held, but not in the log") || len(lines) != 1 {
		t.Errorf("got %q, %v; want the line, and the error of the log", lines, err)
	}
	compareLines(t, "units", b.units(t, id), []string{"held:1:=held c@d"})
}

// TestHoldTwice: what is held again finds a key, and the destination stays
// known.
func TestHoldTwice(t *testing.T) {
	b := newBench(t)
	id := b.put(t, "a@b", "x", "c@d", "e@d", "f@d")
	b.spread(t, "held:1:mx:d=held", "mx:d=pending", "dead:1:mx:d=pending")
	if _, err := b.run(t, "hold -all -dest d"); err != nil {
		t.Fatal(err)
	}
	compareLines(t, "units", b.units(t, id), []string{"dead:1:mx:d=held f@d", "held:1:mx:d=held c@d", "held:2:mx:d=held e@d"})
}

// TestTrying: the Router is told of a destination before its work is due.
func TestTrying(t *testing.T) {
	for line, want := range map[string]string{
		"release -all": "mx:a mx:b", "retry -all": "mx:a mx:c", "release -all -state dead -to-sender": "", "hold -all": "", "delete -all": "",
	} {
		b := newBench(t)
		id := b.put(t, "a@b", "x", "c@d", "e@d", "f@d")
		b.spread(t, "dead:1:mx:a=dead", "held:1:mx:b=held", "mx:c=pending")
		var told []string
		b.Trying = func(key string) {
			for _, u := range b.units(t, id) {
				if strings.Contains(u, key+"=pending ") && key != "mx:c" {
					t.Errorf("%s: %s is pending before the Router was told", line, key)
				}
			}
			told = append(told, key)
		}
		if _, err := b.run(t, line); err != nil {
			t.Error(err)
		}
		if got := strings.Join(told, " "); got != want {
			t.Errorf("%s: the Router was told of %q, want %q", line, got, want)
		}
	}
}

func TestDoRefusesUsage(t *testing.T) {
	b := newBench(t)
	for _, c := range []Command{{}, {Verb: Delete}, {Verb: List, Cursor: "!"}, {Verb: EditRecipient, IDs: []string{"00A1B2C3"}}} {
		if page, err := b.Do(t.Context(), &c); !errors.Is(err, ErrUsage) || len(page.Lines) > 0 {
			t.Errorf("Do(%+v) = %v, %v; want an error of usage", c, page, err)
		}
	}
}
