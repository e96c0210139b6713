package mailbox

import "container/heap"

// queue is the work of one key. Its units wait in two heaps, one for the first
// attempt and one for those after, and for each of these lanes the queues stand
// in a heap by their first unit. So a claim costs the logarithm of the queue and
// one step for each key that it leaves out, however much waits behind that key
// or in the other lane, and ended work leaves nothing to skip over.
type queue struct {
	key   string // the only copy: units point here
	lanes [lanes]pile[*unit]
	pos   [lanes]int32 // in schedule.heads, -1 if that lane is empty
	units int          // with this key, waiting or not
	mark  uint64       // of the last walk that left it out, or has it already
}

// lane is which heap of its queue a unit waits in.
type lane uint8

const (
	first lane = iota
	again
	lanes
)

func laneOf(attempts int) lane {
	if attempts > 0 {
		return again
	}
	return first
}

func (t Tries) has(l lane) bool {
	return t == AnyTries || t == FirstTry && l == first || t == Retries && l == again
}

// pile is a heap whose items know their place.
type pile[T any] struct {
	items []T
	less  func(a, b T) bool
	place func(T) *int32
}

func (p *pile[T]) Len() int           { return len(p.items) }
func (p *pile[T]) Less(i, j int) bool { return p.less(p.items[i], p.items[j]) }

func (p *pile[T]) Swap(i, j int) {
	p.items[i], p.items[j] = p.items[j], p.items[i]
	*p.place(p.items[i]), *p.place(p.items[j]) = int32(i), int32(j)
}

func (p *pile[T]) Push(x any) {
	*p.place(x.(T)) = int32(len(p.items))
	p.items = append(p.items, x.(T))
}

func (p *pile[T]) Pop() any {
	last := len(p.items) - 1
	x := p.items[last]
	var zero T
	p.items[last] = zero
	p.items = p.items[:last]
	*p.place(x) = -1
	return x
}

// join gives the queue of a key to one more unit.
func (s *schedule) join(key string) *queue {
	q := s.queues[key]
	if q == nil {
		q = &queue{key: key}
		for i := range q.lanes {
			q.lanes[i] = pile[*unit]{less: earlier, place: func(u *unit) *int32 { return &u.pos }}
			q.pos[i] = -1
		}
		s.queues[key] = q
	}
	q.units++
	return q
}

// leave takes a unit off its queue, which ends with the last one.
func (s *schedule) leave(q *queue) {
	q.units--
	if q.units == 0 {
		delete(s.queues, q.key)
	}
}

// enqueue makes a unit wait, if its state is pending.
func (s *schedule) enqueue(u *unit) {
	if u.phase != pending {
		return
	}
	q := u.queue
	if s.loading {
		q.lanes[u.lane].Push(u)
		return
	}
	heap.Push(&q.lanes[u.lane], u)
	if q.pos[u.lane] < 0 {
		heap.Push(&s.heads[u.lane], q)
	} else {
		heap.Fix(&s.heads[u.lane], int(q.pos[u.lane]))
	}
}

// loaded puts in order what was added while loading, at far less cost than one
// after the other.
func (s *schedule) loaded() {
	s.loading = false
	for _, q := range s.queues {
		for i := range q.lanes {
			if q.lanes[i].Len() > 0 {
				heap.Init(&q.lanes[i])
				s.heads[i].Push(q)
			}
		}
	}
	for i := range s.heads {
		heap.Init(&s.heads[i])
	}
}

// dequeue takes a unit out of its lane, if it is in one.
func (s *schedule) dequeue(u *unit) {
	if u.pos < 0 {
		return
	}
	q := u.queue
	line, heads := &q.lanes[u.lane], &s.heads[u.lane]
	if line.Len() == 1 && q.pos[u.lane] >= 0 {
		heap.Remove(heads, int(q.pos[u.lane]))
	}
	heap.Remove(line, int(u.pos))
	if q.pos[u.lane] >= 0 {
		heap.Fix(heads, int(q.pos[u.lane]))
	}
}

// walk offers the waiting units that are wanted to take, earliest first, until
// it gives false. What take accepts, it takes out of its lane.
func (s *schedule) walk(want Want, take func(u *unit) bool) {
	s.mark++
	for _, key := range want.Without {
		if q := s.queues[key]; q != nil {
			q.mark = s.mark
		}
	}
	if want.Only != nil {
		s.walkOnly(want, take)
		return
	}
	var aside [lanes][]*queue
	for {
		u := s.next(want.Tries, &aside)
		if u == nil || !take(u) {
			break
		}
	}
	for i, list := range aside {
		for _, q := range list {
			heap.Push(&s.heads[i], q)
		}
	}
}

// next gives the earliest unit of the lanes, and puts aside the queues before
// it that the walk leaves out.
func (s *schedule) next(t Tries, aside *[lanes][]*queue) *unit {
	var u *unit
	for i := range lane(lanes) {
		if !t.has(i) {
			continue
		}
		heads := &s.heads[i]
		for heads.Len() > 0 && heads.items[0].mark == s.mark {
			aside[i] = append(aside[i], heap.Pop(heads).(*queue))
		}
		if heads.Len() == 0 {
			continue
		}
		if head := heads.items[0].lanes[i].items[0]; u == nil || earlier(head, u) {
			u = head
		}
	}
	return u
}

// front is the lane of a queue that a walk of few keys looks at.
type front struct {
	line *pile[*unit]
	pos  int32
}

// walkOnly is walk for named keys.
func (s *schedule) walkOnly(want Want, take func(u *unit) bool) {
	fronts := pile[*front]{place: func(f *front) *int32 { return &f.pos }, less: func(a, b *front) bool {
		return earlier(a.line.items[0], b.line.items[0])
	}}
	for _, key := range want.Only {
		q := s.queues[key]
		if q == nil || q.mark == s.mark {
			continue
		}
		q.mark = s.mark
		for i := range q.lanes {
			if want.Tries.has(lane(i)) && q.lanes[i].Len() > 0 {
				heap.Push(&fronts, &front{line: &q.lanes[i]})
			}
		}
	}
	for fronts.Len() > 0 {
		f := fronts.items[0]
		if !take(f.line.items[0]) {
			return
		}
		if f.line.Len() == 0 {
			heap.Pop(&fronts)
		} else {
			heap.Fix(&fronts, 0)
		}
	}
}
