package mailbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"
)

// fakeClock is moved by hand.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// content gives n octets that differ for each seed.
func content(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b[:n]
}

func testEnvelope(to ...string) Envelope {
	env := Envelope{
		Received: time.Date(2026, 3, 1, 11, 59, 59, 123456789, time.UTC), Sender: "john.doe@acme.com",
		EnvID: "QQ314159", Return: "HDRS", Body: "8BITMIME", UTF8: true, MessageID: "<1@acme.com>", User: "John Doe/Acme", Client: "192.0.2.7",
	}
	for _, a := range to {
		env.Recipients = append(env.Recipients, Recipient{Address: a, ORcpt: "rfc822;" + a, Notify: []string{"FAILURE", "DELAY"}})
	}
	return env
}

func put(t testing.TB, s Store, env Envelope, body []byte) ID {
	t.Helper()
	d, err := s.Create(t.Context())
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	for rest := body; len(rest) > 0; {
		n := min(len(rest), 3000)
		if _, err := d.Write(rest[:n]); err != nil {
			t.Fatalf("write: %v", err)
		}
		rest = rest[n:]
	}
	if err := d.Commit(t.Context(), env); err != nil {
		t.Fatalf("commit: %v", err)
	}
	return d.ID()
}

func claim(t testing.TB, s Store, limit int, without ...string) []Claim {
	t.Helper()
	list, err := s.Claim(t.Context(), "test", time.Minute, Want{Limit: limit, Without: without})
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	return list
}

func claimOne(t testing.TB, s Store) Claim {
	t.Helper()
	list := claim(t, s, 1)
	if len(list) != 1 {
		t.Fatalf("claim: got %d units, want 1", len(list))
	}
	return list[0]
}

func body(t testing.TB, s Store, id ID) []byte {
	t.Helper()
	r, err := s.Body(t.Context(), id)
	if err != nil {
		t.Fatalf("body of %s: %v", id, err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read body of %s: %v", id, err)
	}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func wantCounts(t testing.TB, s Store, want Counts) {
	t.Helper()
	got, err := s.Counts(t.Context())
	must(t, err)
	if got.Pending == 0 && (got.Recipients != 0 || got.Deferred != 0) || got.Deferred > got.Pending || got.Recipients < got.Pending {
		t.Errorf("counts do not agree: %+v", got)
	}
	got.Recipients, got.Deferred = 0, 0 // see testPendingCounts
	if got != want {
		t.Errorf("counts: got %+v, want %+v", got, want)
	}
}

func targets(keys ...string) []Target {
	var list []Target
	for _, k := range keys {
		list = append(list, Target{Recipient: Recipient{Address: k}, To: k, MailFile: "mail/x.nsf", Path: []string{"group", k}})
	}
	return list
}

// suite is what every store must do.
func suite(t *testing.T, open func(t *testing.T, o Options) Store) {
	cases := []struct {
		name string
		run  func(t *testing.T, s Store, clock *fakeClock)
	}{
		{"commit, claim, done", testCycle},
		{"sizes", testSizes},
		{"draft", testDraft},
		{"unicode and other bytes", testBytes},
		{"split", testSplit},
		{"reschedule", testReschedule},
		{"hold, dead, requeue", testPark},
		{"held from the start", testHeldFromStart},
		{"requeue all", testRequeueAll},
		{"delete", testDelete},
		{"leases", testLeases},
		{"order and without", testOrder},
		{"concurrent claimers", testConcurrent},
		{"one message, many hands", testContention},
		{"hint and next due", testHint},
		{"want", testWant},
		{"lanes", testLanes},
		{"without fifty keys", testManyWithout},
		{"defer", testDefer},
		{"defer what changes", testDeferChanging},
		{"defer at once", testDeferOrder},
		{"edit", testEdit},
		{"edit before routing", testEditFresh},
		{"edit, get and defer among workers", testEditContention},
		{"since and dead tries", testSince},
		{"eight bits", testEightBit},
		{"find", testFind},
		{"list", testList},
		{"ids", testIDs},
		{"counts of pending work", testPendingCounts},
		{"closed", testClosed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			clock := newFakeClock()
			s := open(t, Options{Clock: clock.Now, Log: t.Logf})
			c.run(t, s, clock)
			must(t, s.Close())
		})
	}
}

func testCycle(t *testing.T, s Store, clock *fakeClock) {
	env := testEnvelope("a@acme.com", "b@acme.com")
	id := put(t, s, env, []byte("Subject: x\r\n\r\nhello\r\n"))
	wantCounts(t, s, Counts{Messages: 1, Pending: 1})
	c := claimOne(t, s)
	env.ID, env.Size = id, 21
	if !reflect.DeepEqual(c.Envelope, env) {
		t.Errorf("envelope:\n got %+v\nwant %+v", c.Envelope, env)
	}
	want := Work{Message: id, State: Pending, Due: clock.Now(), Recipients: []Target{
		{Recipient: env.Recipients[0], To: "a@acme.com"}, {Recipient: env.Recipients[1], To: "b@acme.com"},
	}}
	if !reflect.DeepEqual(c.Work, want) {
		t.Errorf("work:\n got %+v\nwant %+v", c.Work, want)
	}
	if want := clock.Now().Add(time.Minute); !c.Expires.Equal(want) {
		t.Errorf("expires: got %v, want %v", c.Expires, want)
	}
	if got := claim(t, s, 10); len(got) != 0 {
		t.Errorf("second claim: got %d units, want none", len(got))
	}
	must(t, s.Done(t.Context(), c.Token))
	wantErr(t, "done twice", s.Done(t.Context(), c.Token), ErrLost)
	_, err := s.Body(t.Context(), id)
	wantErr(t, "body after done", err, ErrNotFound)
	wantCounts(t, s, Counts{})
}

func testSizes(t *testing.T, s Store, _ *fakeClock) {
	want := make(map[ID][]byte)
	for i, n := range []int{0, 1, 4 << 10, 200 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 4 << 10, 1 << 20} {
		b := content(n, uint64(i))
		want[put(t, s, testEnvelope("a@acme.com"), b)] = b
	}
	for id, b := range want {
		if got := body(t, s, id); !bytes.Equal(got, b) {
			t.Errorf("content of %d octets differs: got %d", len(b), len(got))
		}
	}
	for _, c := range claim(t, s, 100) {
		if got := c.Envelope.Size; got != int64(len(want[c.Message])) {
			t.Errorf("size: got %d, want %d", got, len(want[c.Message]))
		}
		r, err := s.Body(t.Context(), c.Message)
		must(t, err)
		must(t, s.Done(t.Context(), c.Token))
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want[c.Message]) {
			t.Errorf("content opened before done differs: %d octets, %v", len(got), err)
		}
		must(t, r.Close())
	}
	wantCounts(t, s, Counts{})
}

func testDraft(t *testing.T, s Store, _ *fakeClock) {
	for _, n := range []int{10, 200 << 10} {
		d, err := s.Create(t.Context())
		must(t, err)
		_, err = d.Write(content(n, 1))
		must(t, err)
		_, err = s.Body(t.Context(), d.ID())
		wantErr(t, "body of a draft", err, ErrNotFound)
		must(t, d.Discard())
		must(t, d.Discard())
		wantErr(t, "commit after discard", d.Commit(t.Context(), testEnvelope("a@acme.com")), ErrClosed)
		_, err = d.Write([]byte("x"))
		wantErr(t, "write after discard", err, ErrClosed)

		d, err = s.Create(t.Context())
		must(t, err)
		_, err = d.Write(content(n, 2))
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantErr(t, "commit with an ended context", d.Commit(ctx, testEnvelope("a@acme.com")), context.Canceled)
		wantCounts(t, s, Counts{})
		must(t, d.Commit(t.Context(), testEnvelope("a@acme.com")))
		must(t, d.Discard())
		wantErr(t, "commit twice", d.Commit(t.Context(), testEnvelope("a@acme.com")), ErrClosed)
		if got := body(t, s, d.ID()); !bytes.Equal(got, content(n, 2)) {
			t.Errorf("content after discard of a committed draft differs")
		}
		must(t, s.Delete(t.Context(), d.ID()))
	}
}

func testBytes(t *testing.T, s Store, _ *fakeClock) {
	env := testEnvelope("jürgen@größe.example", "\xe9\xff@latin.example", "")
	env.Sender = ""
	env.Report = true
	put(t, s, env, []byte("ü\x00\xff"))
	c := claimOne(t, s)
	if c.Envelope.Sender != "" || !c.Envelope.Report || !reflect.DeepEqual(c.Envelope.Recipients, env.Recipients) {
		t.Errorf("envelope: got %+v, want %+v", c.Envelope, env)
	}
	key := "smtp/größe.example:25/\x01"
	must(t, s.Split(t.Context(), c.Token, []Work{{Key: key, State: Pending, Recipients: targets("ü/\xff")}}))
	c = claimOne(t, s)
	if c.Key != key || !reflect.DeepEqual(c.Recipients, targets("ü/\xff")) {
		t.Errorf("work: got %+v", c.Work)
	}
	must(t, s.Dead(t.Context(), c.Token, c.Recipients, "550 ünknown \xfe"))
	rows, _, err := s.List(t.Context(), Query{Key: key})
	must(t, err)
	if len(rows) != 1 || rows[0].LastError != "550 ünknown \xfe" {
		t.Errorf("list: got %+v", rows)
	}
}

func testSplit(t *testing.T, s Store, clock *fakeClock) {
	id := put(t, s, testEnvelope("a@x", "b@y", "c@z"), []byte("x"))
	c := claimOne(t, s)
	later := clock.Now().Add(time.Hour)
	works := []Work{
		{Key: "local", State: Pending, Due: clock.Now(), Recipients: targets("a")},
		{Key: "smtp:y", State: Pending, Due: later, Attempts: 3, LastError: "421", Delayed: true, Recipients: targets("b")},
		{Key: "smtp:z", State: Held, Recipients: targets("c"), Since: clock.Now()},
	}
	for _, bad := range [][]Work{
		{{Key: "k", State: "odd"}}, {{Key: "k"}, {Key: "k"}},
	} {
		if err := s.Split(t.Context(), c.Token, bad); err == nil {
			t.Errorf("split into %+v: got no error", bad)
		}
	}
	must(t, s.Split(t.Context(), c.Token, works))
	wantErr(t, "done after split", s.Done(t.Context(), c.Token), ErrLost)
	wantCounts(t, s, Counts{Messages: 1, Pending: 2, Held: 1})
	rows, next, err := s.List(t.Context(), Query{})
	must(t, err)
	if len(rows) != 3 || next != "" {
		t.Fatalf("list: got %d rows, cursor %q", len(rows), next)
	}
	for i, w := range works {
		w.Message = id
		got := rows[i].Work
		if !got.Due.Equal(w.Due) {
			t.Errorf("due: got %v, want %v", got.Due, w.Due)
		}
		got.Due = w.Due
		if !reflect.DeepEqual(got, w) {
			t.Errorf("work:\n got %+v\nwant %+v", got, w)
		}
	}
	c = claimOne(t, s)
	if c.Key != "local" {
		t.Fatalf("claim: got %q, want local", c.Key)
	}
	wantErr(t, "split onto another unit", s.Split(t.Context(), c.Token, []Work{{Key: "smtp:z"}}), ErrExists)
	must(t, s.Split(t.Context(), c.Token, []Work{{Key: "local", Due: clock.Now(), Recipients: targets("a")}}))
	must(t, s.Split(t.Context(), claimOne(t, s).Token, nil))
	wantCounts(t, s, Counts{Messages: 1, Pending: 1, Held: 1})
	clock.Advance(2 * time.Hour)
	must(t, s.Done(t.Context(), claimOne(t, s).Token))
	if got := body(t, s, id); string(got) != "x" {
		t.Errorf("content with one unit left: got %q", got)
	}
	must(t, s.Requeue(t.Context(), id, "smtp:z", clock.Now()))
	must(t, s.Done(t.Context(), claimOne(t, s).Token))
	wantCounts(t, s, Counts{})
}
