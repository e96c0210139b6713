package smtpd

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// baseTimeout is Domino's session time-out, which SMTPTimeoutMultiplier
// multiplies.
const baseTimeout = 3 * time.Minute

// progress is how many octets of message data a client must send in the time
// of one time-out to get another: a floor under its speed, so that one octet
// now and then does not hold a session for ever.
const progress = 1 << 10

// waitKind says what a read waits for.
type waitKind uint8

const (
	waitCommand waitKind = iota // the next command: an ending server need not wait for it
	waitReply                   // the rest of a command under way: AUTH, a TLS handshake
	waitData                    // message data, block by block
)

// link is the connection below everything, TLS included: it arms the deadlines,
// counts the octets, and is where a stopping server gets hold of a session.
type link struct {
	net.Conn
	counters *Counters
	in, out  atomic.Int64 // octets of this connection
	now      func() time.Time

	// mu orders the deadlines against stop and cut, which other goroutines call:
	// what they set must not be overwritten.
	mu       sync.Mutex
	timeout  time.Duration
	waiting  waitKind
	since    int       // octets of data since the deadline was armed
	last     time.Time // when the other end last sent something
	stopping bool
	ended    bool
}

// wait arms the read deadline for what comes next. For a command, a handshake
// or a reply it covers the whole of it, however many reads that takes.
func (l *link) wait(kind waitKind, timeout time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting, l.timeout = kind, timeout
	return l.arm()
}

// arm sets the read deadline; l.mu is held.
func (l *link) arm() error {
	l.since = 0
	if l.ended || l.stopping && l.waiting == waitCommand {
		return l.Conn.SetReadDeadline(time.Unix(1, 0))
	}
	return l.Conn.SetReadDeadline(time.Now().Add(l.timeout))
}

// Read reads from the connection and gives a client that sends data in blocks
// a new time for each.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.counters.received.Add(int64(n))
	l.in.Add(int64(n))
	l.mu.Lock()
	defer l.mu.Unlock()
	if n > 0 {
		l.last = l.now()
	}
	if l.waiting == waitData && err == nil {
		if l.since += n; l.since >= progress {
			return n, l.arm()
		}
	}
	return n, err
}

// Write writes to the connection, within one time-out.
func (l *link) Write(p []byte) (int, error) {
	if err := l.armWrite(); err != nil {
		return 0, err
	}
	n, err := l.Conn.Write(p)
	l.counters.sent.Add(int64(n))
	l.out.Add(int64(n))
	return n, err
}

// lastRead gives when the other end last sent something; before that, when it
// connected.
func (l *link) lastRead() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *link) armWrite() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return l.Conn.SetWriteDeadline(time.Unix(1, 0))
	}
	return l.Conn.SetWriteDeadline(time.Now().Add(l.timeout))
}

// stop wakes a session that waits for a command, now and from now on.
func (l *link) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	if l.waiting == waitCommand {
		l.arm()
	}
}

// stopped reports whether the session is to end at its next command.
func (l *link) stopped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopping
}

// cut ends every read and write, now and from now on.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping, l.ended = true, true
	l.Conn.SetDeadline(time.Unix(1, 0))
}
