package console

import (
	"bytes"
	"io"
	"sync"
)

// screen is the terminal as the line editor has it: keys that were typed, and
// writes that go out in one piece when the editor waits for the next key, so
// that a half-drawn line is never seen.
type screen struct {
	tty  io.Writer
	keys *typeahead

	mu    sync.Mutex
	held  []byte
	ended bool
}

// Read gives keys, after showing what came of the last ones.
func (s *screen) Read(b []byte) (int, error) {
	if err := s.flush(); err != nil {
		return 0, err
	}
	return s.keys.Read(b)
}

// Write keeps b for the next flush.
func (s *screen) Write(b []byte) (int, error) {
	if err := s.hold(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// maxHeld is when writes are passed on although the editor has more.
const maxHeld = 1 << 16

func (s *screen) hold(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.held = append(s.held, b...)
	if len(s.held) < maxHeld {
		return nil
	}
	return s.write()
}

func (s *screen) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write()
}

// end shows the last, and nothing later.
func (s *screen) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	return s.write()
}

// write passes on what is held. The caller holds s.mu.
func (s *screen) write() error {
	if len(s.held) == 0 {
		return nil
	}
	_, err := s.tty.Write(s.held)
	s.held = s.held[:0]
	return err
}

// maxTyped is how many octets may be typed ahead of a command that runs.
const maxTyped = 1 << 16

// typeahead are the keys that were typed and not yet read.
type typeahead struct {
	mu      sync.Mutex
	changed *sync.Cond // one of the following
	keys    []byte
	last    bool          // no more will be added
	reading bool          // the editor reads a line
	secret  bool          // which is a password
	ended   bool          // nor are those here of use to anybody
	pumped  chan struct{} // closed when nobody adds keys any more
}

func newTypeahead() *typeahead {
	k := &typeahead{pumped: make(chan struct{})}
	k.changed = sync.NewCond(&k.mu)
	return k
}

// Read waits for keys, and gives those of one line: what the editor has read it
// cannot give back. It gives io.EOF behind the last, and after end at once.
//
// In a password Ctrl-D and Ctrl-C are Enter on an empty line.
func (k *typeahead) Read(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.keys) == 0 && !k.last && !k.ended {
		k.changed.Wait()
	}
	if len(k.keys) == 0 || k.ended {
		return 0, io.EOF
	}
	defer k.changed.Broadcast()
	if k.secret && ends(k.keys[0]) {
		k.keys = k.keys[1:]
		return copy(b, eraseLine+"\r"), nil
	}
	keys := k.keys
	if i := bytes.IndexAny(keys, lastKeys); i >= 0 && !(k.secret && ends(keys[i])) {
		keys = keys[:i+1]
	} else if i > 0 {
		keys = keys[:i]
	}
	n := copy(b, keys)
	k.keys = k.keys[n:]
	return n, nil
}

// lastKeys are the keys that may end a line or the console.
const lastKeys = "\r\n" + string(rune(keyClear)) + string(rune(keyLeave))

// eraseLine are the keys that go to the end of the line and erase it.
const eraseLine = "\x05\x15"

// ends tells the keys that are no part of a password.
func ends(key byte) bool { return key == keyLeave || key == keyClear }

// attend says whether the editor reads a line.
func (k *typeahead) attend(reading bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reading = reading
}

// interrupt forgets what was typed ahead, and passes Ctrl-C to the editor if
// that reads a line; else it is false.
func (k *typeahead) interrupt() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	again := bytes.HasSuffix(k.keys, []byte{keyClear})
	switch typed := len(k.keys) > 0; {
	case !k.reading:
		k.keys = k.keys[:0]
	case again:
		k.keys = append(k.keys, keyClear)
	case typed && !k.secret: // something is half typed, although the editor may not know
		k.keys = append(k.keys[:0], ' ', keyClear)
	default:
		k.keys = append(k.keys[:0], keyClear)
	}
	k.changed.Broadcast()
	return k.reading
}

// password says whether keys are those of a password.
func (k *typeahead) password(secret bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.secret = secret
}

// add takes keys, when there is room for them; false at the end.
func (k *typeahead) add(keys []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.keys) > maxTyped && !k.ended {
		k.changed.Wait()
	}
	k.keys = append(k.keys, keys...)
	k.changed.Broadcast()
	return !k.ended
}

// finish says that no more keys will come.
func (k *typeahead) finish() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = true
	k.changed.Broadcast()
}

// end has nobody wait any more, neither for keys nor for room.
func (k *typeahead) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = true
	k.changed.Broadcast()
}

func (k *typeahead) over() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ended
}
