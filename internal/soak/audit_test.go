package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"domigo/internal/soak/site"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// put writes a message as a server would have delivered it.
func put(t *testing.T, box, name, id string, at time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(box, "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	body := id + "\r\n"
	sum := sha256.Sum256([]byte(strings.ReplaceAll("X-Load-Id: "+id+"\r\n\r\n"+body, "\r\n", "\n")))
	text := fmt.Sprintf("Return-Path: <a@b>\r\nReceived: from x\r\n\tby y with ESMTP id 1; %s\r\nX-Load-Id: %s\r\nX-Load-Sum: %s\r\n\r\n%s",
		at.Format(time.RFC1123Z), id, hex.EncodeToString(sum[:]), body)
	if err := os.WriteFile(filepath.Join(box, "new", name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// audited gives a run with one stream that has acknowledged the messages 1 to n
// of round 1, for two Maildirs, which do not exist yet.
func audited(t *testing.T, n int) (r *run, one, two string) {
	t.Helper()
	dir := t.TempDir()
	one, two = filepath.Join(dir, "one"), filepath.Join(dir, "two")
	s := &stream{name: "s", boxes: []string{one, two}}
	if err := s.open(dir); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := s.ledger.Add(id(i + 1)); err != nil {
			t.Fatal(err)
		}
		s.acknowledged++
	}
	if err := s.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	all := []*stream{s}
	return &run{o: &options{}, log: &bytes.Buffer{}, begun: time.Now(), all: all, house: &house{dir: dir, acme: &site.Server{Name: "acme"}, isp: &site.Server{Name: "isp"}, sink: &sink{}}, audit: newAuditor(dir, all)}, one, two
}

func id(n int) string { return fmt.Sprintf("s.1.%d.1", n) }

// files gives the names of what is in a Maildir's new.
func files(t *testing.T, box string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(box, "new"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// TestAuditFinds: a message that is in one of its two Maildirs only is lost; one
// that is there twice without a reason, and one of nobody, are found.
func TestAuditFinds(t *testing.T) {
	r, one, two := audited(t, 2)
	put(t, one, "1", id(1), noon)
	put(t, one, "2", id(2), noon)
	put(t, two, "1", id(1), noon)
	put(t, two, "2", id(1), noon.Add(time.Minute))
	if err := os.WriteFile(filepath.Join(two, "new", "3"), []byte("Subject: report\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rep, err := r.report(time.Second, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Lost != 1 || !slices.Equal(rep.Boxes[1].Lost, []string{id(2)}) || rep.Foreign != 1 || !slices.Equal(rep.Duplicates.Unexplained, []string{id(1)}) {
		t.Errorf("got %+v", rep)
	}
	if len(rep.Violations) != 3 {
		t.Errorf("got %q, want three violations", rep.Violations)
	}
	r.all[0].acknowledged++
	if _, err := r.report(time.Second, time.Second, nil); err == nil {
		t.Error("no error for a ledger that is shorter than what was acknowledged")
	}
}

// TestSweep: what was audited under load is removed and counts at the end; what
// is young, damaged or of nobody stays; a delivery done again is no duplicate,
// another copy is, and what was taken away before it was seen is lost.
func TestSweep(t *testing.T) {
	r, one, two := audited(t, 4)
	for n := range 4 {
		put(t, one, fmt.Sprint("a", n+1), id(n+1), noon)
		put(t, two, fmt.Sprint("b", n+1), id(n+1), noon)
	}
	if err := r.audit.sweep(time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := len(files(t, one)); got != 4 {
		t.Errorf("%d of 4 young messages are left", got)
	}
	damaged := filepath.Join(one, "new", "a3")
	text, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, append(text, '!'), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(two, "new", "b4")); err != nil {
		t.Fatal(err)
	}
	put(t, two, "stranger", "t.1.1.1", noon)
	for range 2 { // what stays is counted once
		if err := r.audit.sweep(0); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := files(t, one), files(t, two); !slices.Equal(a, []string{"a3"}) || !slices.Equal(b, []string{"stranger"}) {
		t.Errorf("%q and %q are left, want the damaged one and that of nobody", a, b)
	}
	put(t, one, "a1", id(1), noon)                      // the delivery of before
	put(t, one, "a9", id(2), noon.Add(time.Minute))     // another
	put(t, two, "b5", "s.1.5.1", noon.Add(time.Second)) // acknowledged, but the reply was lost
	rep, err := r.report(time.Second, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, y := rep.Boxes[0], rep.Boxes[1]
	if x.Acknowledged != 4 || x.Delivered != 4 || len(x.Lost) != 0 || x.Duplicates != 1 || x.Unconfirmed != 0 ||
		!slices.Equal(x.Damaged, []string{id(3) + " in a3"}) {
		t.Errorf("one: got %+v", x)
	}
	if y.Acknowledged != 4 || y.Delivered != 3 || !slices.Equal(y.Lost, []string{id(4)}) || y.Duplicates != 0 || y.Unconfirmed != 1 || len(y.Damaged) != 1 {
		t.Errorf("two: got %+v", y)
	}
	if !slices.Equal(rep.Duplicates.Unexplained, []string{id(2)}) || len(rep.Violations) != 5 {
		t.Errorf("got the duplicates %q and the violations %q, want 2 damaged, 1 lost, 1 duplicate, 1 that nothing explains", rep.Duplicates.Unexplained, rep.Violations)
	}
}

// TestAuditFindsOthers: a message in the Maildir of somebody whom it was not for, one
// with a line end that was not sent, and updates that nobody took are found.
func TestAuditFindsOthers(t *testing.T) {
	r, one, two := audited(t, 2)
	third := &stream{name: "t", boxes: []string{filepath.Join(r.house.dir, "third")}}
	if err := third.open(r.house.dir); err != nil {
		t.Fatal(err)
	}
	if err := third.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	r.all = append(r.all, third)
	r.audit = newAuditor(r.house.dir, r.all)
	for _, box := range []string{one, two} {
		put(t, box, "1", id(1), noon)
		put(t, box, "2", id(2), noon)
	}
	put(t, third.boxes[0], "3", id(1), noon)
	file := filepath.Join(two, "new", "2")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	r.o.reload, r.reloads = true, map[string]int{"acme smtp": 1, "isp smtp": 2, "isp router": 1}
	r.events = []event{{Kind: killed, Server: "acme", Begin: noon, End: noon}}
	rep, err := r.report(time.Minute, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(rep.Violations, "\n")
	for _, want := range []string{"third: 1 messages are not as they were sent: " + id(1) + ", which is for somebody else, in 3",
		"two: 1 messages are not as they were sent: " + id(2) + ", with a line that does not end in CRLF, in 2", "no configuration update was taken by acme router"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	if len(rep.Violations) != 3 {
		t.Errorf("got %d violations, want 3: %s", len(rep.Violations), got)
	}
}

// TestKey: an id and its key say the same; what no stream gives has none.
func TestKey(t *testing.T) {
	k := newKeys([]*stream{{name: "a"}, {name: "acme-local"}})
	seen := map[key]string{}
	for _, id := range []string{"a.1.1.1", "acme-local.1.1.1", "acme-local.16777215.65535.65535", "a.2.1.1", "a.1.2.1", "a.1.1.2"} {
		got, ok := k.key(id)
		if !ok || k.id(got) != id || seen[got] != "" {
			t.Errorf("%s: got the key %x, %v, which is %s and was that of %q", id, got, ok, k.id(got), seen[got])
		}
		seen[got] = id
	}
	for _, id := range []string{"", "a", "a.1.1", "a.1.1.1.1", "b.1.1.1", "a.16777216.1.1", "a.1.65536.1", "a.1.1.65536", "a.01.1.1", "a.-1.1.1", "a.+1.1.1", "a.1.1.x"} {
		if got, ok := k.key(id); ok {
			t.Errorf("%q: got the key %x", id, got)
		}
	}
}

// TestWindow holds which faults explain a duplicate.
func TestWindow(t *testing.T) {
	at := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	kill := event{Kind: killed, Begin: at(100.5), End: at(100.6)}
	long := event{Kind: badSync, Begin: at(200.5), End: at(208)}
	dns := event{Kind: noDNS, Begin: at(300), End: at(308)}
	for _, c := range []struct {
		name   string
		copies []float64
		want   string // kinds
		left   int
	}{
		{"in the second of the kill", []float64{100, 101}, "map[kill:1]", 0},
		{"a little before", []float64{97, 130}, "map[kill:1]", 0},
		{"long before", []float64{90, 130}, "map[]", 1},
		{"both before", []float64{97, 98}, "map[]", 1},
		{"after", []float64{102, 130}, "map[]", 1},
		{"in the midst of failing syncs", []float64{204, 220}, "map[fsync:1]", 0},
		{"three copies, two faults", []float64{99, 204, 230}, "map[fsync:1 kill:1]", 0},
		{"three copies, one fault", []float64{99, 103, 150}, "map[kill:1]", 1},
		{"an outage of DNS cuts nothing off", []float64{301, 309}, "map[]", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var times []time.Time
			for _, s := range c.copies {
				times = append(times, at(s))
			}
			d := duplicates{ByKind: map[string]int{}}
			d.explain(copies{"id": times}, []event{kill, long, dns})
			if got := fmt.Sprint(d.ByKind); got != c.want || len(d.Unexplained) != c.left || d.Count != len(times)-1 {
				t.Errorf("got %s, %d unexplained, %d in all; want %s, %d, %d", got, len(d.Unexplained), d.Count, c.want, c.left, len(times)-1)
			}
		})
	}
}

// TestEventsFor: a fault of the sink explains no copy at a site, one of a site any.
func TestEventsFor(t *testing.T) {
	r, one, _ := audited(t, 1)
	r.house.sink = &sink{dir: filepath.Join(r.house.dir, "sink")}
	r.events = []event{{Kind: killed, Server: "acme"}, {Kind: killed, Server: sinkName}, {Kind: noDNS}}
	for dir, want := range map[string]int{one: 2, r.house.sink.dir: 3} {
		if got := r.eventsFor(&box{dir: dir}); len(got) != want {
			t.Errorf("%s: got %v, want %d", dir, got, want)
		}
	}
	if len(r.events) != 3 {
		t.Errorf("the run has lost faults: %v", r.events)
	}
}

// TestThrough: mail waits for a process that is down if it is handed in elsewhere and
// has a Maildir there.
func TestThrough(t *testing.T) {
	h := &house{acme: &site.Server{Name: "acme", Dir: "/s/acme"}, isp: &site.Server{Name: "isp", Dir: "/s/isp"}, sink: &sink{dir: "/s/sink"}}
	want := map[string][]string{"acme": {"isp-acme"}, "isp": {"acme-isp", "acme-group"}, sinkName: {"acme-sink"}}
	for _, p := range h.processes() {
		var got []string
		for _, s := range newStreams(h) {
			if s.through(p) {
				got = append(got, s.name)
			}
		}
		if !slices.Equal(got, want[p.name]) {
			t.Errorf("%s: got %q, want %q", p.name, got, want[p.name])
		}
	}
}

func TestPlan(t *testing.T) {
	h := &house{acme: &site.Server{Name: "acme"}, isp: &site.Server{Name: "isp"}, sink: &sink{}}
	names := func(seed uint64) (out []string) {
		o := &options{kills: 20, fsync: true, full: true, dns: true}
		for _, s := range plan(o, h, rand.New(rand.NewPCG(seed, 0))) {
			out = append(out, strings.TrimSpace(s.kind+" "+s.name()))
		}
		return out
	}
	one := names(1)
	if !slices.Equal(one, names(1)) {
		t.Error("the same seed gives another plan")
	}
	if slices.Equal(one, names(2)) {
		t.Error("another seed gives the same plan")
	}
	count := map[string]int{}
	for _, n := range one {
		count[n]++
	}
	if len(one) != 24 || count["kill acme"] == 0 || count["kill isp"] == 0 || count["kill sink"] == 0 || count["fsync acme"] != 1 || count["fsync isp"] != 1 || count["full acme"] != 1 || count["dns-outage"] != 1 {
		t.Errorf("got %v", count)
	}
}

func TestQuarters(t *testing.T) {
	if got := quarters([]int{1, 2, 3, 9, 8, 7, 4, 4, 4, 5, 6, 7}); !slices.Equal(got, []int{2, 8, 4, 6}) {
		t.Errorf("got %v", got)
	}
	if got := quarters([]int{1, 2, 3}); got != nil {
		t.Errorf("too few: got %v", got)
	}
}

func TestCounter(t *testing.T) {
	var c counter
	done := make(chan error)
	go func() { done <- c.reach(t.Context(), 100) }()
	for range 100 {
		c.add()
	}
	if err := <-done; err != nil || c.get() != 100 {
		t.Errorf("got %v, %d", err, c.get())
	}
	if err := c.reach(t.Context(), 50); err != nil {
		t.Errorf("reached before: %v", err)
	}
}
