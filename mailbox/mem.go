package mailbox

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"
)

// Mem is a mail.box in memory, for the tests of others: the semantics of Disk,
// records included, without the disk. It keeps whole messages in memory.
type Mem struct{ *core }

var _ Store = (*Mem)(nil)

// NewMem makes an empty store. Of the Options it takes Clock, Server and Log.
func NewMem(o Options) *Mem {
	s := o.settings()
	ids := &idMaker{clock: s.clock, server: serverNumber(o.Server, rand.Uint32()), number: rand.Uint32()}
	kv := &memRecords{values: make(map[string][]byte)}
	return &Mem{newCore(s, kv, &memFiles{files: make(map[string][]byte)}, ids, newSchedule(s.clock, newNonce()))}
}

// memRecords keeps its keys sorted for scans; a change of the set of keys only
// marks the order stale.
type memRecords struct {
	mu     sync.Mutex
	values map[string][]byte
	keys   []string
	stale  bool
}

func (m *memRecords) get(key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	if !ok {
		return nil, errNoRecord
	}
	return slices.Clone(v), nil
}

func (m *memRecords) write(b *changes) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range b.remove {
		delete(m.values, key)
	}
	for _, c := range b.set {
		m.values[c.key] = slices.Clone(c.value)
	}
	m.stale = true
	return nil
}

func (m *memRecords) scan(from, to string, f func(key string, value []byte) (bool, error)) error {
	m.mu.Lock()
	if m.stale {
		keys := make([]string, 0, len(m.values))
		for key := range m.values {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		m.keys, m.stale = keys, false
	}
	keys := m.keys
	m.mu.Unlock()
	for i := sort.SearchStrings(keys, from); i < len(keys) && keys[i] < to; i++ {
		v, err := m.get(keys[i])
		if errors.Is(err, errNoRecord) {
			continue
		}
		if more, err := f(keys[i], v); err != nil || !more {
			return err
		}
	}
	return nil
}

func (m *memRecords) close() error { return nil }

// memFiles are contents above the size of a record.
type memFiles struct {
	mu    sync.Mutex
	files map[string][]byte
}

type memFile struct {
	m    *memFiles
	name string
}

func (m *memFiles) create(name string) (contentFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = nil
	return &memFile{m, name}, nil
}

func (f *memFile) Write(p []byte) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.m.files[f.name] = append(f.m.files[f.name], p...)
	return len(p), nil
}

func (f *memFile) Sync() error  { return nil }
func (f *memFile) Close() error { return nil }

func (m *memFiles) open(name string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[name]
	if !ok {
		return nil, errNoRecord
	}
	return readCloser(b), nil
}

func (m *memFiles) rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[to] = m.files[from]
	delete(m.files, from)
	return nil
}

func (m *memFiles) remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return nil
}

func (m *memFiles) list() (map[string]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sizes := make(map[string]int64, len(m.files))
	for name, b := range m.files {
		sizes[name] = int64(len(b))
	}
	return sizes, nil
}

func (m *memFiles) sync() error { return nil }
