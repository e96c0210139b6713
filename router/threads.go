package router

import (
	"runtime"
	"slices"
	"strings"

	"domigo/settings"
)

// Threads with automatic numbers. Domino takes them from the memory there is.
const (
	routingThreads   = 4
	leastDelivery    = 4
	automaticMaximum = 25
)

// threads are the highest numbers of work at a time.
type threads struct{ routing, delivery, transfer, concurrent int }

// threads reads the fields "Maximum delivery threads", "Maximum transfer
// threads" and "Maximum concurrent transfer threads"; left blank these are
// twice the processors (4 to 25), 25, and half of the transfer threads.
func (r *Router) threads(s *settings.Snapshot) threads {
	t := threads{routingThreads, s.Router.DeliveryThreads, s.Router.TransferThreads, s.Router.ConcurrentTransfers}
	if t.delivery <= 0 {
		t.delivery = min(max(leastDelivery, 2*runtime.GOMAXPROCS(0)), automaticMaximum)
	}
	if t.transfer <= 0 {
		t.transfer = automaticMaximum
	}
	if t.concurrent <= 0 {
		t.concurrent = t.transfer / 2
	}
	t.concurrent = max(1, min(t.concurrent, t.transfer))
	return t
}

// busy counts the threads at work. The caller holds the Router's lock.
type busy struct {
	routing, delivery, transfer int
	keys                        map[string]int // transfers by key
	highest                     int            // most transfers to one destination at a time
	// blocked are the destinations that are left out because no transfer thread
	// was free, those at work among them, longest waiting first. One comes back
	// for each free thread, so that every destination gets its turn.
	blocked []string
}

func newBusy() busy { return busy{keys: make(map[string]int)} }

// isRouting: "" and the work that was set apart, which is routed anew.
func isRouting(key string) bool {
	return key != LocalDelivery && !isTransfer(key)
}

func isTransfer(key string) bool {
	return strings.HasPrefix(key, relayPrefix) || strings.HasPrefix(key, smartPrefix) || strings.HasPrefix(key, mxPrefix)
}

// room gives how many units may be claimed, so that each finds a thread
// whatever its kind and destination, and the keys to leave out. Only with every
// transfer thread taken, a claim can bring a destination that it did not know;
// that is put back and blocked.
func (b *busy) room(most threads) (limit int, without []string) {
	free := func(n int, keys ...string) {
		if n <= 0 {
			without = append(without, keys...)
		} else if limit == 0 || n < limit {
			limit = n
		}
	}
	free(most.routing-b.routing, "")
	free(most.delivery-b.delivery, LocalDelivery)
	full := b.transfer >= most.transfer
	if !full {
		free(min(most.transfer-b.transfer, most.concurrent))
	}
	for key, n := range b.keys {
		if full || n >= most.concurrent {
			without = append(without, key)
		} else {
			free(most.concurrent - n)
		}
	}
	return limit, append(without, b.blocked...)
}

// take reserves a thread for a key. Without one, a transfer's key is blocked.
func (b *busy) take(key string, most threads) bool {
	switch {
	case key == LocalDelivery:
		if b.delivery >= most.delivery {
			return false
		}
		b.delivery++
	case isRouting(key):
		// Work that was set apart is rare; it may go over the number.
		b.routing++
	default:
		if b.transfer >= most.transfer {
			b.block(key)
			return false
		}
		if b.keys[key] >= most.concurrent {
			return false
		}
		b.transfer++
		b.keys[key]++
		b.highest = max(b.highest, b.keys[key])
		if b.transfer == most.transfer {
			for running := range b.keys {
				b.block(running)
			}
		}
	}
	return true
}

func (b *busy) block(key string) {
	if !slices.Contains(b.blocked, key) {
		b.blocked = append(b.blocked, key)
	}
}

// give frees the thread of a key, for the destination that waited longest.
func (b *busy) give(key string) {
	switch {
	case key == LocalDelivery:
		b.delivery--
	case isRouting(key):
		b.routing--
	default:
		b.transfer--
		if b.keys[key]--; b.keys[key] == 0 {
			delete(b.keys, key)
		}
		if len(b.blocked) > 0 {
			b.blocked = b.blocked[1:]
		}
	}
}

// unblock lets the longest waiting destination take part again, if a transfer
// thread is free.
func (b *busy) unblock(most threads) bool {
	if len(b.blocked) == 0 || b.transfer >= most.transfer {
		return false
	}
	b.blocked = b.blocked[1:]
	return true
}
