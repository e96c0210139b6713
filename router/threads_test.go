package router

import (
	"slices"
	"testing"

	"domigo/mailbox"
	"domigo/router/route"

	"pgregory.net/rapid"
)

// What want lets in finds a thread, whatever it turns out to be, and no number
// is ever passed.
func TestWantProperty(t *testing.T) {
	keys := []string{"mx:a.example", "mx:b.example", "mx:c.example", "relay:c.example:25"}
	rapid.Check(t, func(t *rapid.T) {
		most := threads{routing: 2, delivery: rapid.IntRange(1, 3).Draw(t, "delivery"), transfer: rapid.IntRange(1, 6).Draw(t, "transfer")}
		most.concurrent = rapid.IntRange(1, most.transfer).Draw(t, "concurrent")
		b := newBusy()
		for _, key := range keys {
			if rapid.Bool().Draw(t, "slow") {
				b.slowed.add(key)
			}
		}
		var running []*thread
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			l := lane(rapid.IntRange(0, int(lanes)-1).Draw(t, "lane"))
			w, ok := b.want(l, most)
			if len(running) > 0 && (!ok || rapid.Bool().Draw(t, "end")) {
				i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
				b.give(running[i])
				running = slices.Delete(running, i, i+1)
				continue
			}
			for range w.Limit {
				key := rapid.SampledFrom(keys).Draw(t, "key")
				switch l {
				case laneRouting:
					key = ""
				case laneDelivery:
					key = route.LocalDelivery
				}
				if slices.Contains(w.Without, key) || w.Only != nil && !slices.Contains(w.Only, key) {
					continue
				}
				running = append(running, b.take(l, key))
			}
			if b.routing > most.routing || b.delivery > most.delivery || b.transfer > most.transfer || b.patient > most.patient() || b.slow > most.slow() {
				t.Fatalf("too many: %+v of %+v", b, most)
			}
			for key, n := range b.keys {
				if n > most.concurrent {
					t.Fatalf("%d for %q: %+v", n, key, most)
				}
			}
		}
	})
}

// Retries never have all threads, and first tries can.
func TestRetriesHaveHalf(t *testing.T) {
	most := threads{routing: 1, delivery: 1, transfer: 5, concurrent: 5}
	b := newBusy()
	b.take(laneRetry, "mx:a.example")
	b.take(laneRetry, "mx:b.example")
	if w, ok := b.want(laneRetry, most); ok {
		t.Errorf("a third retry of five threads is wanted: %+v", w)
	}
	if w, ok := b.want(laneFirst, most); !ok || w.Tries != mailbox.FirstTry || w.Limit != 3 {
		t.Errorf("first tries: %+v, %v; want 3", w, ok)
	}
}

// A destination that was served waits until the others had their turn.
func TestDestinationsTakeTurns(t *testing.T) {
	most := threads{routing: 1, delivery: 1, transfer: 2, concurrent: 1}
	b := newBusy()
	b.give(b.take(laneFirst, "mx:a.example"))
	if w, _ := b.want(laneFirst, most); !slices.Contains(w.Without, "mx:a.example") {
		t.Errorf("a.example is not left out: %+v", w)
	}
	if !b.again() {
		t.Error("nothing was left out")
	}
	if w, _ := b.want(laneFirst, most); slices.Contains(w.Without, "mx:a.example") {
		t.Errorf("a.example is left out for good: %+v", w)
	}
}

// TestE30TransferThreads: 5 transfer threads and none named for one destination
// are 2 to one destination ("Setting transfer limits").
func TestE30TransferThreads(t *testing.T) {
	s := acmeSettings()
	s.Router.TransferThreads = 5
	if got := New(Config{}).threads(s); got.transfer != 5 || got.concurrent != 2 {
		t.Errorf("got %+v, want 5 and 2", got)
	}
}

func TestAutomaticThreads(t *testing.T) {
	s := acmeSettings()
	r := New(Config{})
	if got := r.threads(s); got != (threads{routingThreads, 100, 25, 12}) {
		t.Errorf("left blank: %+v", got)
	}
	s.Own.Delivery = "lmtp:127.0.0.1:24"
	if got := r.threads(s); got.delivery != 25 {
		t.Errorf("left blank, LMTP: %+v", got)
	}
	s.Router.TransferThreads, s.Router.DeliveryThreads, s.Router.ConcurrentTransfers = 1, 3, 9
	if got := r.threads(s); got != (threads{routingThreads, 3, 1, 1}) {
		t.Errorf("set: %+v", got)
	}
}
