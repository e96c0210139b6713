package lockout

import "container/list"

// table is a bounded set of records in the order of their last failure.
type table struct {
	max   int
	byKey map[string]*list.Element
	order *list.List // oldest first; values are *entry
}

type entry struct {
	key    string
	record Record
}

func newTable(max int) *table {
	return &table{max: max, byKey: map[string]*list.Element{}, order: list.New()}
}

// get gives a record, which the caller may change; nil if there is none.
func (t *table) get(key string) *Record {
	if e := t.byKey[key]; e != nil {
		return &e.Value.(*entry).record
	}
	return nil
}

// add puts a record in as the newest; the oldest makes room.
func (t *table) add(key string, r Record) *Record {
	t.remove(key)
	if t.order.Len() >= t.max {
		t.remove(t.order.Front().Value.(*entry).key)
	}
	e := &entry{key, r}
	t.byKey[key] = t.order.PushBack(e)
	return &e.record
}

// newest moves a record to the end of the order.
func (t *table) newest(key string) {
	if e := t.byKey[key]; e != nil {
		t.order.MoveToBack(e)
	}
}

func (t *table) remove(key string) {
	if e := t.byKey[key]; e != nil {
		t.order.Remove(e)
		delete(t.byKey, key)
	}
}

// each visits the records, oldest first; take them out only afterwards.
func (t *table) each(visit func(key string, r *Record)) {
	for e := t.order.Front(); e != nil; e = e.Next() {
		en := e.Value.(*entry)
		visit(en.key, &en.record)
	}
}
