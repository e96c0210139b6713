package mailbox

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

func seedRecords() (stored, storedWork) {
	env := testEnvelope("a@acme.com", "\xff@x")
	env.ID, env.Size = "019CA9450A00C4A7BCE6DD718673", 1<<40
	due := time.Date(2026, 3, 1, 12, 15, 0, 1, time.UTC)
	return stored{env, true}, storedWork{written: due, Work: Work{
		Message: env.ID, Key: "smtp:acme.com", State: Dead, Due: due, Attempts: 3, LastError: "550", Delayed: true, Recipients: targets("a", "b"),
	}}
}

func TestRecord(t *testing.T) {
	env, work := seedRecords()
	gotEnv, err := decodeEnvelope(encodeEnvelope(&env))
	if err != nil || !reflect.DeepEqual(*gotEnv, env) {
		t.Errorf("envelope:\n got %+v, %v\nwant %+v", gotEnv, err, env)
	}
	gotWork, err := decodeWork(encodeWork(&work))
	if err != nil || !reflect.DeepEqual(*gotWork, work) {
		t.Errorf("work:\n got %+v, %v\nwant %+v", gotWork, err, work)
	}
	plain := env
	plain.UTF8 = false
	if got, err := decodeEnvelope(encodeEnvelope(&plain)); err != nil || !reflect.DeepEqual(*got, plain) {
		t.Errorf("envelope without SMTPUTF8:\n got %+v, %v\nwant %+v", got, err, plain)
	}
	if with, without := len(encodeEnvelope(&env)), len(encodeEnvelope(&plain)); with != without+1 {
		t.Errorf("SMTPUTF8 takes %d octets; without it an envelope is to be as before the field", with-without)
	}
	for _, ruled := range []Envelope{{Refuse: "policy"}, {MoveTo: "spam"}, {Hold: "rule", UTF8: true}} {
		s := plain
		s.Refuse, s.MoveTo, s.Hold, s.UTF8 = ruled.Refuse, ruled.MoveTo, ruled.Hold, ruled.UTF8
		if got, err := decodeEnvelope(encodeEnvelope(&s)); err != nil || !reflect.DeepEqual(*got, s) {
			t.Errorf("envelope with what a rule decided:\n got %+v, %v\nwant %+v", got, err, s)
		}
	}
	for _, more := range []Envelope{{EightBit: true}, {Journal: true, UTF8: true}, {Priority: "L", Hold: "rule"}} {
		s := plain
		s.EightBit, s.Journal, s.Priority, s.UTF8, s.Hold = more.EightBit, more.Journal, more.Priority, more.UTF8, more.Hold
		if got, err := decodeEnvelope(encodeEnvelope(&s)); err != nil || !reflect.DeepEqual(*got, s) {
			t.Errorf("envelope with more:\n got %+v, %v\nwant %+v", got, err, s)
		}
	}
	for _, more := range []Work{{Since: work.Due}, {DeadTries: 2}, {Priority: "H"}, {PolicyLow: true}, {LowNotice: true}} {
		w := work
		w.Since, w.DeadTries, w.Priority, w.PolicyLow, w.LowNotice = more.Since, more.DeadTries, more.Priority, more.PolicyLow, more.LowNotice
		b := encodeWork(&w)
		if got, err := decodeWork(b); err != nil || !reflect.DeepEqual(*got, w) {
			t.Errorf("work with more:\n got %+v, %v\nwant %+v", got, err, w)
		}
		if len(b) <= len(encodeWork(&work)) {
			t.Errorf("work without more takes as much as %+v; it is to be as before these fields", more)
		}
	}
	for what, w := range map[string]Work{
		"attempts": {State: Pending, Attempts: -1}, "tries": {State: Pending, DeadTries: -1}, "state": {State: "odd"},
	} {
		if got, err := decodeWork(encodeWork(&storedWork{Work: w})); err == nil {
			t.Errorf("work with bad %s: got %+v, want an error", what, got)
		}
	}
	zero := stored{}
	if got, err := decodeEnvelope(encodeEnvelope(&zero)); err != nil || !got.Received.IsZero() {
		t.Errorf("zero envelope: got %+v, %v", got, err)
	}
	sum := contentSum{1 << 40, 0xfedcba98}
	if got, err := decodeSum(encodeSum(sum)); err != nil || got != sum {
		t.Errorf("check sum: got %+v, %v, want %+v", got, err, sum)
	}
	if got, err := decodeSum(encodeSum(contentSum{size: -1})); err == nil {
		t.Errorf("check sum of a content without size: got %+v, want an error", got)
	}
	for name, b := range map[string][]byte{"envelope": encodeEnvelope(&env), "work": encodeWork(&work), "check sum": encodeSum(sum)} {
		for i := range b {
			for _, bad := range [][]byte{b[:i], append(bytes.Clone(b[:i]), append([]byte{b[i] ^ 0x40}, b[i+1:]...)...)} {
				if _, err := decodeEnvelope(bad); err == nil {
					t.Fatalf("%s with damage at %d reads as an envelope", name, i)
				}
				if _, err := decodeWork(bad); err == nil {
					t.Fatalf("%s with damage at %d reads as work", name, i)
				}
				if _, err := decodeSum(bad); err == nil {
					t.Fatalf("%s with damage at %d reads as a check sum", name, i)
				}
			}
		}
	}
}

// FuzzRecord gives the decoders fields with a right checksum. What they accept
// must come back the same.
func FuzzRecord(f *testing.F) {
	env, work := seedRecords()
	f.Add(encodeEnvelope(&env)[recordHead:])
	f.Add(encodeWork(&work)[recordHead:])
	work.fresh, work.Recipients = true, nil
	f.Add(encodeWork(&work)[recordHead:])
	env.EightBit, env.Journal, env.Priority = true, true, "H"
	f.Add(encodeEnvelope(&env)[recordHead:])
	work.Since, work.DeadTries, work.Priority, work.PolicyLow, work.LowNotice = work.Due, 3, "L", true, true
	f.Add(encodeWork(&work)[recordHead:])
	f.Add(encodeSum(contentSum{1 << 40, 0xfedcba98})[recordHead:])
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, fields []byte) {
		e := newEncoder(recordHead + len(fields))
		e.b = append(e.b, fields...)
		b := e.seal()
		if env, err := decodeEnvelope(b); err == nil {
			again, err := decodeEnvelope(encodeEnvelope(env))
			if err != nil || !reflect.DeepEqual(again, env) {
				t.Errorf("envelope %x:\n got %+v, %v\nwant %+v", fields, again, err, env)
			}
		}
		if sum, err := decodeSum(b); err == nil {
			if again, err := decodeSum(encodeSum(sum)); err != nil || again != sum {
				t.Errorf("check sum %x:\n got %+v, %v\nwant %+v", fields, again, err, sum)
			}
		}
		if work, err := decodeWork(b); err == nil {
			again, err := decodeWork(encodeWork(work))
			if err != nil || !reflect.DeepEqual(again, work) {
				t.Errorf("work %x:\n got %+v, %v\nwant %+v", fields, again, err, work)
			}
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	env, work := seedRecords()
	b.ReportAllocs()
	for b.Loop() {
		encodeEnvelope(&env)
		encodeWork(&work)
	}
}

func BenchmarkRecordDecode(b *testing.B) {
	env, work := seedRecords()
	x, y := encodeEnvelope(&env), encodeWork(&work)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeEnvelope(x); err != nil {
			b.Fatal(err)
		}
		if _, err := decodeWork(y); err != nil {
			b.Fatal(err)
		}
	}
}
