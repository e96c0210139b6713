package ldap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

const (
	// maxPacket bounds one message of a server, in octets: a group with a hundred
	// thousand members and room to spare.
	maxPacket = 16 << 20
	// maxElements bounds the elements of one message, each of which costs more
	// memory than it has octets.
	maxElements = 400_000
	// The bounds of all messages that answer one request: those that wait for the
	// decoder are in memory together. A search gives maxFound entries, and
	// references that nobody follows.
	maxAnswer         = 2 * maxPacket
	maxAnswerElements = 1_000_000
	maxAnswerMessages = 1_000
	// maxDepth bounds how deep elements stand in each other; an entry has five.
	maxDepth = 16
)

// errMessage: what came from a server is no message of LDAP.
var errMessage = errors.New("not a message of LDAP")

// guard is a connection that hands on whole messages only, after a look at their
// size and shape: the decoder behind it would believe any length. The library
// calls it in goroutines of its own, where a panic would leave whoever waits for an
// answer without one, or end the process: it is reported here, and an error there.
type guard struct {
	net.Conn
	patience time.Duration // for one write
	report   func(error)   // a fault
	message  []byte        // what of the present one is not handed on yet
	room     []byte

	left struct{ octets, elements, messages atomic.Int64 } // of the answer to the present request
	full atomic.Bool                                       // it was more than that
}

// newGuard gives a guard for what an answer may have.
func newGuard(conn net.Conn, patience time.Duration, report func(error)) *guard {
	g := &guard{Conn: conn, patience: patience, report: report}
	g.begin()
	return g
}

// begin begins to count anew, for the next request.
func (g *guard) begin() {
	g.left.octets.Store(maxAnswer)
	g.left.elements.Store(maxAnswerElements)
	g.left.messages.Store(maxAnswerMessages)
}

// hold runs f, and reports a fault.
func (g *guard) hold(f func() error) error {
	err := caught(f)
	g.report(err)
	return err
}

// Write writes within the time that a question has.
func (g *guard) Write(p []byte) (n int, err error) {
	err = g.hold(func() error {
		if err := g.SetWriteDeadline(time.Now().Add(g.patience)); err != nil {
			return err
		}
		var err error
		n, err = g.Conn.Write(p)
		return err
	})
	return n, err
}

// Read hands on the present message, or waits for the next.
func (g *guard) Read(p []byte) (int, error) {
	if len(g.message) == 0 {
		if err := g.hold(g.next); err != nil {
			return 0, err
		}
	}
	n := copy(p, g.message)
	g.message = g.message[n:]
	return n, nil
}

// Close closes the connection.
func (g *guard) Close() error { return g.hold(g.Conn.Close) }

// next reads a message whole: a SEQUENCE of definite length (RFC 4511, 5.1).
func (g *guard) next() error {
	if cap(g.room) > 1<<16 {
		g.room = nil // one large message does not stay
	}
	head := append(g.room[:0], 0, 0)
	if _, err := io.ReadFull(g.Conn, head); err != nil {
		return err
	}
	if head[0] != 0x30 {
		return fmt.Errorf("%w: it begins with %#x", errMessage, head[0])
	}
	length := int(head[1])
	if length&0x80 != 0 {
		n := length & 0x7f
		if n == 0 || n > 4 {
			return fmt.Errorf("%w: its length has %d octets", errMessage, n)
		}
		more := make([]byte, n)
		if _, err := io.ReadFull(g.Conn, more); err != nil {
			return err
		}
		head = append(head, more...)
		length = 0
		for _, b := range more {
			length = length<<8 | int(b)
		}
	}
	if length > maxPacket {
		return fmt.Errorf("%w: %d octets", errMessage, length)
	}
	if g.left.octets.Add(-int64(length)) < 0 || g.left.messages.Add(-1) < 0 {
		g.full.Store(true)
		return errExcess
	}
	body := len(head)
	// The room grows with what comes, not with what was announced.
	for len(head) < body+length {
		step := min(body+length-len(head), 64<<10)
		head = append(head, make([]byte, step)...)
		if _, err := io.ReadFull(g.Conn, head[len(head)-step:]); err != nil {
			return err
		}
	}
	elements, err := checkElements(head)
	if err != nil {
		return err
	}
	if g.left.elements.Add(-int64(elements)) < 0 {
		g.full.Store(true)
		return errExcess
	}
	g.room, g.message = head, head
	return nil
}

// checkElements walks through the elements of a message without taking anything
// of them, and counts them.
func checkElements(b []byte) (count int, err error) {
	var ends [maxDepth]int
	depth := 0
	for at := 0; at < len(b); {
		for depth > 0 && at == ends[depth-1] {
			depth--
		}
		count++
		if count > maxElements {
			return 0, fmt.Errorf("%w: more than %d elements", errMessage, maxElements)
		}
		constructed := b[at]&0x20 != 0
		if b[at]&0x1f == 0x1f || at+1 >= len(b) {
			return 0, fmt.Errorf("%w: a tag of several octets, or nothing behind one", errMessage)
		}
		length, size := int(b[at+1]), 2
		if length&0x80 != 0 {
			n := length & 0x7f
			if n == 0 || n > 4 || at+2+n > len(b) {
				return 0, fmt.Errorf("%w: a length of %d octets", errMessage, n)
			}
			length, size = 0, 2+n
			for _, o := range b[at+2 : at+2+n] {
				length = length<<8 | int(o)
			}
		}
		end := len(b)
		if depth > 0 {
			end = ends[depth-1]
		}
		at += size
		if length < 0 || length > end-at {
			return 0, fmt.Errorf("%w: an element is longer than what holds it", errMessage)
		}
		if !constructed {
			at += length
			continue
		}
		if depth == maxDepth {
			return 0, fmt.Errorf("%w: deeper than %d", errMessage, maxDepth)
		}
		ends[depth] = at + length
		depth++
	}
	return count, nil
}
