package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"domigo/mailbox"
)

func TestListText(t *testing.T) {
	b := newBench(t)
	id := b.put(t, "", "Subject: x\r\n\r\n", "a@b\x1b[2J", "c@d", "e@f", "g@h", "i@j")
	must(t, b.store.Edit(t.Context(), id, "", func(w *mailbox.Work) error {
		w.Key, w.Attempts, w.LastError, w.Due = "relay:relay.acme.com:25", 2, "451 not now\r\n\x07and\ttab", start.Add(time.Hour)
		return nil
	}))
	b.now = start.Add(26*time.Hour + 5*time.Minute)
	got, err := b.run(t, "list")
	must(t, err)
	compareText(t, "list", got, id, listHead+`
IDIDIDID  Retry 2     1d2h       1K  2009-01-04 10:53:09     RELAY.ACME.COM            <> -> a@b?[2J, c@d, e@f (+2)
          Last error: 451 not now???and tab
1 unit in 1 message: 1 pending, 0 held, 0 dead`)
	b.claim(t)
	got, err = b.run(t, "list "+string(id))
	must(t, err)
	if len(got) != 3 || !strings.Contains(got[1], "  Busy ") || !strings.Contains(got[1], "  -    ") {
		t.Errorf("list of claimed work: got %q", got)
	}
}

func TestListNothing(t *testing.T) {
	b := newBench(t)
	got, err := b.run(t, "list")
	must(t, err)
	compareLines(t, "empty", got, []string{listHead, "0 units in 0 messages: 0 pending, 0 held, 0 dead"})
	if got, err := b.run(t, "list -state held"); err == nil || len(got) != 2 {
		t.Errorf("with a filter: got %q, %v; want an error", got, err)
	}
	if got, err := b.run(t, "list -json 00000000"); err == nil || fmt.Sprint(got) != `[{"error":"00000000: no such message"}]` {
		t.Errorf("without the message: got %q, %v; want an error", got, err)
	}
}

func TestListJSON(t *testing.T) {
	b := newBench(t)
	id := b.commit(t, mailbox.Envelope{Received: start, Sender: "jürgen@\U0001f600.x\u202e\x7f\x1b", UTF8: true, Recipients: []mailbox.Recipient{{Address: "c@d"}}}, "x")
	lines, err := b.run(t, "list -json")
	must(t, err)
	if len(lines) != 1 || strings.ContainsFunc(lines[0], func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Fatalf("got %q; want one line of printable ASCII", lines)
	}
	var got row
	must(t, json.Unmarshal([]byte(lines[0]), &got))
	if got.ID != id || got.Sender != "jürgen@\U0001f600.x\u202e\x7f\x1b" || got.State != mailbox.Pending || got.Destination != "[Routing]" ||
		!got.Next.Equal(start) || got.Recipients[0].To != "c@d" {
		t.Errorf("got %+v from %s", got, lines[0])
	}
}

// TestPages: a long queue comes in pages that have everything once, whatever the
// command does meanwhile, and the total of all.
func TestPages(t *testing.T) {
	const messages = 1234
	for _, c := range []struct {
		line, last string
		lines      int
	}{
		{"list", "1234 units in 1234 messages: 1234 pending, 0 held, 0 dead", messages + 2},
		{"list -json", "", messages},
		{"list -to r7@*", "1 unit in 1 message: 1 pending, 0 held, 0 dead", 3},
		{"hold -all", "1234 units held", messages + 1},
		{"delete -all", "1234 units deleted", messages + 1},
		{"delete -all -json", "", messages},
	} {
		t.Run(c.line, func(t *testing.T) {
			b := newBench(t)
			for i := range messages {
				b.put(t, "a@b", "x", fmt.Sprintf("r%d@x.com", i))
			}
			cmd, err := Parse(strings.Fields(c.line))
			must(t, err)
			page, err := b.Do(t.Context(), cmd)
			must(t, err)
			if len(page.Lines) > pageUnits+rowsOfList+1 {
				t.Errorf("a page has %d lines", len(page.Lines))
			}
			if again := ReadPage(page.Print(cmd.JSON)); again.Cursor != page.Cursor || len(again.Lines) != len(page.Lines) {
				t.Errorf("ReadPage: got %d lines and cursor %q, want %d and %q", len(again.Lines), again.Cursor, len(page.Lines), page.Cursor)
			}
			if c.line != "list -to r7@*" && page.Cursor == "" {
				t.Error("the first page is the only one")
			}
			lines := page.Lines
			for page.Cursor != "" {
				cmd.Cursor = page.Cursor
				page, err = b.Do(t.Context(), cmd)
				must(t, err)
				lines = append(lines, page.Lines...)
			}
			seen := map[string]bool{}
			for _, l := range lines {
				seen[l] = true
			}
			if len(lines) != c.lines || len(seen) != c.lines || c.last != "" && lines[len(lines)-1] != c.last {
				t.Errorf("got %d lines, %d different, the last %q; want %d, %q", len(lines), len(seen), lines[len(lines)-1], c.lines, c.last)
			}
		})
	}
}

// TestAmbiguous: eight digits that end two ids name none.
func TestAmbiguous(t *testing.T) {
	b := newBench(t)
	b.Queue.Store = twice{b.store}
	id := b.put(t, "a@b", "x", "c@d")
	lines, err := b.run(t, "delete "+id.Short())
	if err == nil || len(lines) != 1 || !strings.Contains(lines[0], "2 messages end so, such as "+string(id)) {
		t.Errorf("got %q, %v; want a refusal", lines, err)
	}
	compareLines(t, "units", b.units(t, id), []string{"=pending c@d"})
}

// twice is a store in which every id ends another.
type twice struct{ mailbox.Store }

func (s twice) Find(ctx context.Context, name string) ([]mailbox.ID, error) {
	ids, err := s.Store.Find(ctx, name)
	return append(ids, ids...), err
}

func TestChangeTexts(t *testing.T) {
	c := Change{Who: "root\x1b", What: Release, Message: "0000000000000000000000A1B2C3", Key: "mx:d", Sender: "", Recipients: []string{"c@d", "e@\r\nf"},
		Was: mailbox.Dead, Is: mailbox.Pending, ToSender: true}
	if got, want := c.String(), "Message 00A1B2C3 from <> to c@d (+1) released to its sender by root?"; got != want {
		t.Errorf("console: got %q, want %q", got, want)
	}
	var log bytes.Buffer
	c.Log(zerolog.New(&log))
	want := `{"level":"info","who":"root\u001b","what":"release","mail":"0000000000000000000000A1B2C3","key":"mx:d","from":"","to":["c@d","e@\r\nf"],` +
		`"recipients":2,"was":"dead","is":"pending","to_sender":true,"message":"queue changed"}` + "\n"
	if got := log.String(); got != want {
		t.Errorf("log: got %s, want %s", got, want)
	}
	c = Change{Who: "root", What: EditRecipient, Message: "0000000000000000000000A1B2C3", Sender: "a@b", Recipients: []string{"c@d"}, Old: "c@d", New: "e@f"}
	if got, want := c.String(), "Message 00A1B2C3 from a@b: recipient c@d changed to e@f by root"; got != want {
		t.Errorf("console: got %q, want %q", got, want)
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{-1: "0s", 59 * time.Second: "59s", time.Minute: "1m", 90 * time.Minute: "1h30m", 49 * time.Hour: "2d1h"} {
		if got := age(d); got != want {
			t.Errorf("age(%v) = %q, want %q", d, got, want)
		}
	}
}

func BenchmarkList(b *testing.B) {
	s := newBench(b)
	for i := range 2000 {
		s.put(b, "a@b", "x", fmt.Sprintf("r%d@x.com", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.run(b, "list"); err != nil {
			b.Fatal(err)
		}
	}
}
