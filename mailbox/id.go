package mailbox

import (
	"fmt"
	"sync"
	"time"
)

// idMaker makes ids of 12 hexadecimal digits of milliseconds since 1970, 8 of
// the server and 8 of a number that counts from a random start. Time never goes
// back within a run, nor behind the last id in the store, so ids sort by the
// time they were made even when the clock was set back.
type idMaker struct {
	clock  func() time.Time
	server uint32

	mu     sync.Mutex
	millis int64
	number uint32
}

func (m *idMaker) next() ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.millis = max(m.millis, m.clock().UnixMilli()) & (1<<48 - 1)
	m.number++
	if m.number == 0 {
		m.millis++
	}
	return ID(fmt.Sprintf("%012X%08X%08X", m.millis, m.server, m.number))
}

// idLength is the number of digits of an id.
const idLength = 28

// valid tells whether s could be an id of ours.
func validID(s string) bool {
	if len(s) != idLength {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'A' || s[i] > 'F') {
			return false
		}
	}
	return true
}
