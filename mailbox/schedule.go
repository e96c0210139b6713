package mailbox

import (
	"cmp"
	"container/heap"
	"strconv"
	"strings"
	"sync"
	"time"
)

// schedule is the state of all work in memory: which unit waits, until when,
// and who holds it. It does no I/O; the records beside it are the truth after
// a restart, and every change of them is written before it shows here.
//
// Its queues are described at queue. A message with one unit costs some 250
// bytes.
type schedule struct {
	clock func() time.Time
	base  time.Time // zero of all offsets; keeps the monotonic clock in force
	nonce string    // makes the tokens of this run unlike those of any other

	mu       sync.Mutex
	free     sync.Cond // a message is no longer busy
	messages map[ID]*message
	queues   map[string]*queue
	heads    [lanes]pile[*queue]
	mark     uint64 // of the last walk
	loading  bool   // nothing is in order yet; see loaded
	leases   map[Token]*lease
	ending   pile[*lease]
	serial   uint64
	counts   Counts
}

// message is busy while somebody writes a change of its work. Then all others
// who would change it wait, and its taken units cannot be claimed.
type message struct {
	id     ID
	inFile bool
	busy   bool
	gone   bool
	units  []*unit
}

// unit gives the unit of a key, or nil.
func (m *message) unit(key string) *unit {
	for _, u := range m.units {
		if u.queue.key == key {
			return u
		}
	}
	return nil
}

// unit is kept small: there may be hundreds of thousands.
type unit struct {
	msg   *message
	queue *queue
	at    time.Duration // due, after schedule.base
	lease *lease
	pos   int32  // place in its lane, -1 if it is in none
	rev   uint16 // changes when the unit does
	phase phase
	lane  lane

	recipients int32 // how many
}

// phase is a State in one byte.
type phase uint8

const (
	pending phase = iota
	held
	dead
)

func phaseOf(s State) phase {
	switch s {
	case Held:
		return held
	case Dead:
		return dead
	}
	return pending
}

type lease struct {
	token   Token
	unit    *unit
	expires time.Duration
	pos     int32
}

func newSchedule(clock func() time.Time, nonce string) *schedule {
	s := &schedule{
		clock: clock, base: clock(), nonce: nonce,
		messages: make(map[ID]*message), queues: make(map[string]*queue), leases: make(map[Token]*lease),
	}
	s.free.L = &s.mu
	for i := range lane(lanes) {
		s.heads[i] = pile[*queue]{place: func(q *queue) *int32 { return &q.pos[i] }, less: func(a, b *queue) bool {
			return earlier(a.lanes[i].items[0], b.lanes[i].items[0])
		}}
	}
	s.ending = pile[*lease]{place: func(l *lease) *int32 { return &l.pos }, less: func(a, b *lease) bool {
		return a.expires < b.expires
	}}
	return s
}

func earlier(a, b *unit) bool {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(string(a.msg.id), string(b.msg.id)),
		strings.Compare(a.queue.key, b.queue.key)) < 0
}

// far bounds offsets, so that sums of two do not overflow.
const far = time.Duration(1) << 61

func (s *schedule) now() (time.Time, time.Duration) {
	t := s.clock()
	return t, t.Sub(s.base)
}

// offset places a time on the schedule's own line by its distance from now,
// which a step of the wall clock between base and now does not change.
func (s *schedule) offset(t time.Time) time.Duration {
	now, at := s.now()
	return min(max(t.Sub(now), -far), far) + at
}

func (s *schedule) count(u *unit, n int) {
	switch u.phase {
	case pending:
		s.counts.Pending += n
		s.counts.Recipients += n * int(u.recipients)
		if u.lane == again {
			s.counts.Deferred += n
		}
	case held:
		s.counts.Held += n
	case dead:
		s.counts.Dead += n
	}
}

func (s *schedule) addMessage(id ID, inFile bool) *message {
	m := &message{id: id, inFile: inFile}
	s.messages[id] = m
	s.counts.Messages++
	return m
}

func (s *schedule) addUnit(m *message, w *Work, recipients int) {
	u := &unit{msg: m, queue: s.join(w.Key), phase: phaseOf(w.State), lane: laneOf(w.Attempts), at: s.offset(w.Due), pos: -1,
		recipients: int32(recipients)}
	m.units = append(m.units, u)
	s.count(u, 1)
	s.enqueue(u)
}

// removeUnit forgets a unit, and its message with the last one.
func (s *schedule) removeUnit(u *unit) {
	s.dequeue(u)
	s.endLease(u)
	s.count(u, -1)
	s.leave(u.queue)
	m := u.msg
	for i, other := range m.units {
		if other == u {
			m.units = append(m.units[:i], m.units[i+1:]...)
			break
		}
	}
	if len(m.units) == 0 {
		m.gone = true
		delete(s.messages, m.id)
		s.counts.Messages--
	}
}

func (s *schedule) endLease(u *unit) {
	if u.lease == nil {
		return
	}
	if u.lease.pos >= 0 {
		heap.Remove(&s.ending, int(u.lease.pos))
	}
	delete(s.leases, u.lease.token)
	u.lease = nil
}

// expire gives back the units whose lease ended; their tokens are lost.
func (s *schedule) expire(now time.Duration) {
	for s.ending.Len() > 0 && s.ending.items[0].expires <= now {
		u := s.ending.items[0].unit
		s.endLease(u)
		s.enqueue(u)
	}
}

// claim leases due units that are wanted, earliest first.
func (s *schedule) claim(length time.Duration, want Want) []*lease {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, now := s.now()
	s.expire(now)
	var taken []*lease
	s.walk(want, func(u *unit) bool {
		if len(taken) >= want.Limit || u.at > now {
			return false
		}
		s.dequeue(u)
		s.serial++
		l := &lease{token: Token(s.nonce + "-" + strconv.FormatUint(s.serial, 36)), unit: u, expires: now + length}
		u.lease = l
		s.leases[l.token] = l
		heap.Push(&s.ending, l)
		taken = append(taken, l)
		return true
	})
	return taken
}

// nextDue gives the due time of the first unit that is wanted.
func (s *schedule) nextDue(want Want) (due time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, at := s.now()
	s.expire(at)
	s.walk(want, func(u *unit) bool {
		due, ok = now.Add(u.at-at), true
		return false
	})
	return due, ok
}

// release gives claimed units back at once.
func (s *schedule) release(list []*lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range list {
		if u := l.unit; u.lease == l && !u.msg.busy {
			s.endLease(u)
			s.enqueue(u)
		}
	}
}

func (s *schedule) renew(t Token, length time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, now := s.wait(t)
	if l == nil {
		return ErrLost
	}
	l.expires = now + length
	heap.Fix(&s.ending, int(l.pos))
	return nil
}

// wait gives the lease of a token once nobody writes its message, or nil.
func (s *schedule) wait(t Token) (*lease, time.Duration) {
	for {
		_, now := s.now()
		s.expire(now)
		l := s.leases[t]
		if l == nil || !l.unit.msg.busy {
			return l, now
		}
		s.free.Wait()
	}
}

// begin reserves the message of a token for a write. The lease cannot end
// before finish.
func (s *schedule) begin(t Token) (*unit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, _ := s.wait(t)
	if l == nil {
		return nil, ErrLost
	}
	l.unit.msg.busy = true
	heap.Remove(&s.ending, int(l.pos))
	return l.unit, nil
}

// beginMessage reserves a message for a write, whoever holds its work.
func (s *schedule) beginMessage(id ID) (*message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		m := s.messages[id]
		if m == nil {
			return nil, ErrNotFound
		}
		if !m.busy {
			_, now := s.now()
			s.expire(now)
			m.busy = true
			for _, u := range m.units {
				if u.lease == nil {
					s.dequeue(u)
				} else {
					heap.Remove(&s.ending, int(u.lease.pos))
				}
			}
			return m, nil
		}
		s.free.Wait()
	}
}

// finish ends a write: change, if any, shows its result, then every unit of
// the message that is in no heap goes where it belongs.
func (s *schedule) finish(m *message, change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if change != nil {
		change()
	}
	m.busy = false
	for _, u := range m.units {
		switch {
		case u.lease != nil && u.lease.pos < 0:
			heap.Push(&s.ending, u.lease)
		case u.lease == nil && u.pos < 0:
			s.enqueue(u)
		}
	}
	s.free.Broadcast()
}

// successor is an empty schedule that goes on with the tokens and the time
// line of s.
func (s *schedule) successor() *schedule {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := newSchedule(s.clock, s.nonce)
	n.base, n.serial = s.base, s.serial
	return n
}

// inherit takes over the claims of work that is still pending.
func (s *schedule) inherit(old *schedule) {
	for token, l := range old.leases {
		m := s.messages[l.unit.msg.id]
		if m == nil {
			continue
		}
		for _, u := range m.units {
			if u.queue.key == l.unit.queue.key && u.phase == pending {
				s.dequeue(u)
				u.lease = &lease{token: token, unit: u, expires: l.expires, pos: -1}
				s.leases[token] = u.lease
				heap.Push(&s.ending, u.lease)
			}
		}
	}
}
