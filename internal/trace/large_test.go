package trace

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// generate writes lines of a busy server to w, up to so many octets: for each
// message that it is received, routed and delivered, and the end of its session.
// Each message has its own sender, user-N@example.org.
func generate(t testing.TB, path string, octets int) (messages int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	when := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for written := 0; written < octets; messages++ {
		b.Reset()
		id, at := fmt.Sprintf("01A20432E491E80E44B8%08X", messages), when.Add(time.Duration(messages)*10*time.Millisecond).Format(time.RFC3339)
		sender := fmt.Sprintf("user-%d@example.org", messages)
		fmt.Fprintf(&b, `{"level":"info","session":"6B031F75-%d","mail":"%s","message_id":"<%d.x@example.org>","sender":"%s","recipients":1,"to":["john.doe@acme.com"],"size":4096,"client":"203.0.113.7","port":"plain","helo":"mx.example.org","time":"%s","message":"message received"}`+"\n", messages, id, messages, sender, at)
		fmt.Fprintf(&b, `{"level":"info","mail":"%s","message_id":"<%d.x@example.org>","from":"%s","key":"","next":"[LocalDelivery]","to":["john.doe@acme.com"],"time":"%s","message":"routed"}`+"\n", id, messages, sender, at)
		fmt.Fprintf(&b, `{"level":"info","mail":"%s","message_id":"<%d.x@example.org>","from":"%s","key":"[LocalDelivery]","to":"john.doe@acme.com","mail_file":"mail/jdoe","reply":"","size":4096,"time":"%s","message":"delivered"}`+"\n", id, messages, sender, at)
		fmt.Fprintf(&b, `{"level":"info","session":"6B031F75-%d","activity":"Domino.SMTP.Session","OrgName":"Acme","ServerName":"CN=Server-704/O=Acme","SessionId":"6B031F75-%d","EventType":4,"RemoteIP":"203.0.113.7","BytesFromServer":512,"BytesToServer":4300,"MessageCount":1,"RecipientCount":1,"TotalOpenTime":12,"time":"%s","message":"disconnected"}`+"\n", messages, messages, at)
		if _, err := f.Write(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		written += b.Len()
	}
	return messages
}

// largeLog is what TestLargeLog reads, in octets. What it allocates must not grow
// with it.
const largeLog = 48 << 20

// TestLargeLog: one message of a large log is found in bounded memory, and so are
// the newest of very many.
func TestLargeLog(t *testing.T) {
	dir := t.TempDir()
	n := generate(t, filepath.Join(dir, LogName), largeLog)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := find(t, dir, Query{Text: fmt.Sprintf("user-%d@example.org", n/2)}, nil)
	runtime.ReadMemStats(&after)
	if len(r.Messages) != 1 || len(r.Messages[0].Steps) != 3 || r.Messages[0].Result.Delivered != 1 || r.Logs.Unread != 0 {
		t.Errorf("got %d messages, %+v", len(r.Messages), r.Logs)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
		t.Errorf("%d octets allocated for a log of %d", got, largeLog)
	}
	r = find(t, dir, Query{Text: "john.doe@acme.com"}, nil)
	if len(r.Messages) != maxStories || r.More != n-maxStories || r.Messages[maxStories-1].Sender != fmt.Sprintf("user-%d@example.org", n-1) {
		t.Errorf("%d messages and %d more of %d, the last from %s", len(r.Messages), r.More, n, r.Messages[len(r.Messages)-1].Sender)
	}
}

// TestMoreThanStories: of messages that are heard of again and again the newest
// are kept, and each of the others counts once, however its lines lie.
func TestMoreThanStories(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	const n, times = maxStories + 100, 4
	for range times {
		for i := range n {
			fmt.Fprintf(&b, `{"level":"info","mail":"01A20432E491E80E44B8%08X","from":"a@abc.com","key":"mx:example.net","to":["b@example.net"],"time":"2026-01-31T10:00:00Z","message":"put off"}`+"\n", i)
		}
	}
	write(t, filepath.Join(dir, LogName), b.Bytes())
	r := find(t, dir, Query{Text: "b@example.net"}, []string{"01A20432E491E80E44B800000001"})
	if len(r.Messages) != maxStories || r.More != n-maxStories || r.Messages[0].ID != fmt.Sprintf("01A20432E491E80E44B8%08X", n-maxStories) {
		t.Errorf("%d messages and %d more of %d, the first %s", len(r.Messages), r.More, n, r.Messages[0].ID)
	}
	if got := len(r.Messages[0].Steps); got != times {
		t.Errorf("%d steps, want %d", got, times)
	}
}

// TestTextIsFull: a message whose steps do not fit is told of as such.
func TestTextIsFull(t *testing.T) {
	for left, want := range map[int]string{
		0:   "  ... 2 steps left out\n  Now",
		400: "  2026-01-31 10:00:00  first\n  ... 1 step left out\n  Now",
	} {
		s := &Story{Waiting: []Unit{{}}}
		tell := &teller{left: left}
		for _, what := range []string{"first", "second"} {
			tell.add(s, Step{What: what, Time: time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)})
		}
		var out bytes.Buffer
		if err := (&Report{Messages: []*Story{s}}).WriteText(&out, plainTime); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%d octets left: got %q, want %q in it", left, out.String(), want)
		}
	}
}

// TestManySteps: a message with very many events keeps the first and the last.
func TestManySteps(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	for i := range 3 * maxSteps {
		fmt.Fprintf(&b, `{"level":"info","mail":"01A20432E491E80E44B827AEB0C1","from":"a@abc.com","key":"[LocalDelivery]","to":"u%d@acme.com","time":"2026-01-31T10:00:00Z","message":"delivered"}`+"\n", i)
	}
	write(t, filepath.Join(dir, LogName), b.Bytes())
	s := find(t, dir, Query{Text: "27AEB0C1"}, nil).Messages[0]
	if len(s.Steps) != maxSteps || s.Left != 2*maxSteps || s.Result.Delivered != 3*maxSteps {
		t.Errorf("%d steps, %d left out, %d delivered", len(s.Steps), s.Left, s.Result.Delivered)
	}
	if first, last := s.Steps[0].Recipients[0], s.Steps[maxSteps-1].Recipients[0]; first != "u0@acme.com" || last != fmt.Sprintf("u%d@acme.com", 3*maxSteps-1) {
		t.Errorf("from %s to %s", first, last)
	}
}

// BenchmarkFind looks for one message.
func BenchmarkFind(b *testing.B) {
	dir := b.TempDir()
	const octets = 16 << 20
	n := generate(b, filepath.Join(dir, LogName), octets)
	b.SetBytes(octets)
	b.ReportAllocs()
	for b.Loop() {
		if r := find(b, dir, Query{Text: fmt.Sprintf("user-%d@example.org", n/2)}, nil); len(r.Messages) != 1 {
			b.Fatal("not found")
		}
	}
}

// pack compresses a file as logrotate does.
func pack(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path+".gz", b.Bytes())
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
