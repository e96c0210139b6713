package router

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What room lets in finds a thread, whatever it turns out to be, and no number
// is ever passed. Work that is put back would cost a write each time.
func TestRoomProperty(t *testing.T) {
	keys := []string{"", LocalDelivery, "mx:a.example", "mx:b.example", "relay:c.example:25"}
	rapid.Check(t, func(t *rapid.T) {
		most := threads{routing: 2, delivery: rapid.IntRange(1, 3).Draw(t, "delivery"), transfer: rapid.IntRange(1, 5).Draw(t, "transfer")}
		most.concurrent = rapid.IntRange(1, most.transfer).Draw(t, "concurrent")
		b := newBusy()
		var running []string
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			limit, without := b.room(most)
			if len(running) > 0 && (limit == 0 || rapid.Bool().Draw(t, "end")) {
				i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
				b.give(running[i])
				running = slices.Delete(running, i, i+1)
				continue
			}
			full := b.transfer >= most.transfer
			for range limit {
				key := rapid.SampledFrom(keys).Draw(t, "key")
				if slices.Contains(without, key) {
					continue
				}
				if b.take(key, most) {
					running = append(running, key)
				} else if !(full && isTransfer(key)) {
					t.Fatalf("no thread for %q: %+v of %+v, limit %d", key, b, most, limit)
				}
			}
			if b.routing > most.routing || b.delivery > most.delivery || b.transfer > most.transfer {
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

func TestAutomaticThreads(t *testing.T) {
	s := acmeSettings()
	r := New(Config{})
	if got := r.threads(s); got.transfer != 25 || got.concurrent != 12 || got.delivery < 4 || got.delivery > 25 {
		t.Errorf("left blank: %+v", got)
	}
	s.Router.TransferThreads, s.Router.DeliveryThreads, s.Router.ConcurrentTransfers = 1, 3, 9
	if got := r.threads(s); got != (threads{routingThreads, 3, 1, 1}) {
		t.Errorf("set: %+v", got)
	}
}
