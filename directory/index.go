package directory

import (
	"hash/maphash"
	"slices"
)

// index leads from keys to entries. It is what a map[string][]*Entry would be,
// in a third of the memory and in a few large pieces, which the garbage
// collector need not look into: a directory of 100,000 persons has half a million
// keys. The zero value is empty.
type index struct {
	seed  maphash.Seed
	slots []slot   // open addressing; the length is a power of two
	text  []byte   // the keys one behind the other
	ends  []int    // key k is text[ends[k]:ends[k+1]]
	lists []*Entry // the entries of the keys, one list behind the other
	heads []uint32 // the list of key k is lists[heads[k]:heads[k+1]]
}

// slot is empty if key is 0, else it leads to key-1. tag are the bits of the
// hash that do not choose the slot, to compare before the key is.
type slot struct{ tag, key uint32 }

// find gives the entries behind a key, in the order in which they were added.
func (x *index) find(key []byte) []*Entry {
	if len(x.slots) == 0 {
		return nil
	}
	s := x.slots[x.place(key, maphash.Bytes(x.seed, key))]
	if s.key == 0 {
		return nil
	}
	from, to := x.heads[s.key-1], x.heads[s.key]
	return x.lists[from:to:to]
}

// place gives the slot of a key, or the empty one where it belongs.
func (x *index) place(key []byte, hash uint64) int {
	mask := len(x.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		s := x.slots[at]
		if s.key == 0 || s.tag == uint32(hash>>32) && string(x.key(int(s.key-1))) == string(key) {
			return at
		}
	}
}

func (x *index) key(k int) []byte { return x.text[x.ends[k]:x.ends[k+1]] }

// indexer fills an index. Entries come one after the other.
type indexer struct {
	index
	pairs []pair // in the order of entries
	last  []*Entry
}

// pair is an entry of a key.
type pair struct {
	key   uint32
	entry *Entry
}

// newIndexer makes one with room for so many keys; more are taken, too.
func newIndexer(keys int) *indexer {
	size := 4
	for size*3/4 < keys {
		size *= 2
	}
	return &indexer{index: index{seed: maphash.MakeSeed(), slots: make([]slot, size), ends: append(make([]int, 0, keys+1), 0)}}
}

// add enters an entry under a key, once; an empty key is none.
func (x *indexer) add(key []byte, e *Entry) {
	if len(key) == 0 {
		return
	}
	hash := maphash.Bytes(x.seed, key)
	at := x.place(key, hash)
	if x.slots[at].key == 0 {
		if len(x.last) >= len(x.slots)*3/4 {
			x.grow()
			at = x.place(key, hash)
		}
		x.text = append(x.text, key...)
		x.ends = append(x.ends, len(x.text))
		x.last = append(x.last, nil)
		x.slots[at] = slot{tag: uint32(hash >> 32), key: uint32(len(x.last))}
	}
	k := x.slots[at].key - 1
	if x.last[k] == e {
		return
	}
	x.last[k] = e
	x.pairs = append(x.pairs, pair{k, e})
}

// grow doubles the table.
func (x *indexer) grow() {
	old := x.slots
	x.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.key != 0 {
			key := x.key(int(s.key - 1))
			x.slots[x.place(key, maphash.Bytes(x.seed, key))] = s
		}
	}
}

// finish gives the index.
func (x *indexer) finish() index {
	x.heads = make([]uint32, len(x.last)+1)
	for _, p := range x.pairs {
		x.heads[p.key+1]++
	}
	for k := range x.last {
		x.heads[k+1] += x.heads[k]
	}
	x.lists = make([]*Entry, len(x.pairs))
	next := slices.Clone(x.heads)
	for _, p := range x.pairs {
		x.lists[next[p.key]] = p.entry
		next[p.key]++
	}
	x.text, x.ends = slices.Clip(x.text), slices.Clip(x.ends)
	return x.index
}
