package router

import (
	"domigo/mailbox"
	"domigo/router/route"
	"domigo/settings"
)

// Threads with automatic numbers. Domino takes them from the memory there is.
const (
	routingThreads   = 4
	automaticMaximum = 25
	// automaticFiles are deliveries into Maildirs: they wait for the disk, and the
	// more wait together, the more share a write.
	automaticFiles = 100
)

// threads are the highest numbers of work at a time.
type threads struct{ routing, delivery, transfer, concurrent int }

// threads reads the fields "Maximum delivery threads", "Maximum transfer
// threads" and "Maximum concurrent transfer threads"; left blank these are
// 100 into Maildirs and 25 over LMTP, 25, and half of the transfer threads.
func (r *Router) threads(s *settings.Snapshot) threads {
	t := threads{routingThreads, s.Router.DeliveryThreads, s.Router.TransferThreads, s.Router.ConcurrentTransfers}
	if t.delivery <= 0 {
		t.delivery = automaticFiles
		if d, ok := s.Own.LocalDelivery(); ok && d.LMTP != "" {
			t.delivery = automaticMaximum
		}
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

// patient is how many transfers may be of mail that was tried before or to slow
// destinations: half, so that destinations that do not answer never keep out those
// that do.
func (t threads) patient() int { return max(1, t.transfer/2) }

// slow is how many of those may be to slow destinations, which keep them for long:
// half again, for most of what is tried again is not slow.
func (t threads) slow() int { return max(1, t.patient()/2) }

// lane is a kind of work that is claimed by itself.
type lane uint8

// The lanes, in the order in which they are filled.
const (
	laneRouting lane = iota
	laneDelivery
	laneFirst // transfers that were not tried yet
	laneRetry
	lanes
)

// busy counts the threads at work. The caller holds the Router's lock.
type busy struct {
	routing, delivery, transfer int
	patient                     int            // transfers of mail that was tried before, or to slow destinations
	slow                        int            // transfers to slow destinations
	keys                        map[string]int // transfers by key
	highest                     int            // most transfers to one destination at a time
	// served are the destinations that had a thread since the last time that all
	// had, so that each gets its turn before one has two.
	served recent
	slowed recent // destinations that had a thread for long the last time
}

// thread is one at work.
type thread struct {
	lane  lane
	key   string
	known bool // its destination was slow before: it is not broken off
	slow  bool // it is counted among those to slow destinations
	long  bool // it has lasted longer than slowAfter
	last  bool // the end of the content is out: it is not broken off
	cut   bool // it is broken off
}

func newBusy() busy { return busy{keys: make(map[string]int)} }

// want gives what may be claimed in a lane, so that each claim finds a thread;
// false if there is none free.
func (b *busy) want(l lane, most threads) (mailbox.Want, bool) {
	var w mailbox.Want
	switch l {
	case laneRouting:
		w.Limit, w.Only = most.routing-b.routing, []string{""}
	case laneDelivery:
		w.Limit, w.Only = most.delivery-b.delivery, []string{route.LocalDelivery}
	default:
		w.Limit, w.Tries = min(most.transfer-b.transfer, most.concurrent), mailbox.FirstTry
		if l == laneRetry {
			w.Limit, w.Tries = min(w.Limit, most.patient()-b.patient), mailbox.Retries
		}
		w.Without = append(w.Without, "", route.LocalDelivery)
		for key, n := range b.keys {
			if n >= most.concurrent {
				w.Without = append(w.Without, key)
			} else {
				w.Limit = min(w.Limit, most.concurrent-n)
			}
		}
		w.Without = append(w.Without, b.served.list...)
		switch room := min(most.slow()-b.slow, most.patient()-b.patient); {
		case len(b.slowed.list) == 0:
		case room > 0:
			w.Limit = min(w.Limit, room) // all of them may be slow ones
		default:
			w.Without = append(w.Without, b.slowed.list...)
		}
	}
	return w, w.Limit > 0
}

// take reserves a thread for a claim of a lane.
func (b *busy) take(l lane, key string) *thread {
	t := &thread{lane: l, key: key}
	switch l {
	case laneRouting:
		b.routing++
		return t
	case laneDelivery:
		b.delivery++
		return t
	case laneRetry:
		b.patient++
	}
	b.transfer++
	b.keys[key]++
	b.highest = max(b.highest, b.keys[key])
	b.served.add(key)
	if b.slowed.has(key) {
		t.known = true
		b.count(t)
	}
	return t
}

// give frees the thread.
func (b *busy) give(t *thread) {
	switch t.lane {
	case laneRouting:
		b.routing--
		return
	case laneDelivery:
		b.delivery--
		return
	case laneRetry:
		b.patient--
	}
	b.transfer--
	if b.keys[t.key]--; b.keys[t.key] == 0 {
		delete(b.keys, t.key)
	}
	b.uncount(t)
	if !t.long {
		b.slowed.drop(t.key)
	}
}

// again lets the destinations that were served take part in claims anew; false
// if none was left out.
func (b *busy) again() bool {
	had := len(b.served.list) > 0
	b.served.clear()
	return had
}
