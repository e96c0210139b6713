package mailbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// A record is one byte of version, four bytes of CRC-32C over what follows,
// and the fields in a fixed order: numbers as varints, strings with their
// length before them. Strings are bytes to it, so that an address that is not
// UTF-8 comes back as it was given.
const (
	recordVersion = 1
	recordHead    = 5
)

var errCorrupt = errors.New("corrupt record")

// stored is an envelope as it is on disk, with the place of the content.
type stored struct {
	Envelope
	inFile bool // content is a file of its own, not a record
}

// storedWork is a unit of work as it is on disk. A new message's recipients
// stand in its envelope only.
type storedWork struct {
	Work
	fresh   bool      // recipients are those of the envelope
	written time.Time // by the clock that made Due; see rebase
}

type encoder struct{ b []byte }

func newEncoder(capacity int) *encoder {
	e := &encoder{b: make([]byte, recordHead, capacity)}
	e.b[0] = recordVersion
	return e
}

func (e *encoder) uint(v uint64)   { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)     { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) string(s string) { e.uint(uint64(len(s))); e.b = append(e.b, s...) }

func (e *encoder) bool(v bool) {
	if v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) strings(list []string) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.string(s)
	}
}

func (e *encoder) time(t time.Time) {
	e.int(t.Unix())
	e.uint(uint64(t.Nanosecond()))
}

func (e *encoder) recipient(r Recipient) {
	e.string(r.Address)
	e.string(r.ORcpt)
	e.strings(r.Notify)
}

func (e *encoder) seal() []byte {
	binary.LittleEndian.PutUint32(e.b[1:], checksum(e.b[recordHead:]))
	return e.b
}

func checksum(b []byte) uint32 { return extend(0, b) }

// extend goes on with a CRC-32C over more octets.
func extend(crc uint32, b []byte) uint32 {
	return crc32.Update(crc, crc32.MakeTable(crc32.Castagnoli), b)
}

func encodeEnvelope(s *stored) []byte {
	size := 160 + len(s.Sender) + len(s.MessageID) + len(s.EnvID)
	for i := range s.Recipients {
		size += len(s.Recipients[i].Address) + len(s.Recipients[i].ORcpt) + 8
	}
	e := newEncoder(size)
	e.bool(s.inFile)
	e.string(string(s.ID))
	e.time(s.Received)
	e.string(s.Sender)
	e.uint(uint64(len(s.Recipients)))
	for _, r := range s.Recipients {
		e.recipient(r)
	}
	e.string(s.EnvID)
	e.string(s.Return)
	e.string(s.Body)
	e.string(s.MessageID)
	e.int(s.Size)
	e.string(s.User)
	e.string(s.Client)
	e.bool(s.Report)
	// What follows is left out where it says nothing: records from before these
	// fields read so.
	ruled := s.Refuse != "" || s.MoveTo != "" || s.Hold != ""
	more := s.EightBit || s.Journal || s.Priority != ""
	if s.UTF8 || ruled || more {
		e.bool(s.UTF8)
	}
	if ruled || more {
		e.string(s.Refuse)
		e.string(s.MoveTo)
		e.string(s.Hold)
	}
	if more {
		e.bool(s.EightBit)
		e.bool(s.Journal)
		e.string(s.Priority)
	}
	return e.seal()
}

// contentSum is what the file of a content held when it was stored.
type contentSum struct {
	size int64
	crc  uint32 // CRC-32C
}

func encodeSum(s contentSum) []byte {
	e := newEncoder(recordHead + 2*binary.MaxVarintLen32)
	e.int(s.size)
	e.uint(uint64(s.crc))
	return e.seal()
}

func encodeWork(w *storedWork) []byte {
	size := 96 + len(w.Key) + len(w.LastError)
	for i := range w.Recipients {
		size += len(w.Recipients[i].Address) + len(w.Recipients[i].To) + 64
	}
	e := newEncoder(size)
	e.bool(w.fresh)
	e.time(w.written)
	e.string(string(w.Message))
	e.string(w.Key)
	if !w.fresh {
		e.uint(uint64(len(w.Recipients)))
		for _, t := range w.Recipients {
			e.recipient(t.Recipient)
			e.string(t.To)
			e.string(t.MailFile)
			e.strings(t.Path)
		}
	}
	e.string(string(w.State))
	e.time(w.Due)
	e.int(int64(w.Attempts))
	e.string(w.LastError)
	e.bool(w.Delayed)
	if !w.Since.IsZero() || w.DeadTries != 0 || w.Priority != "" || w.PolicyLow || w.LowNotice || w.Journaled {
		e.time(w.Since)
		e.int(int64(w.DeadTries))
		e.string(w.Priority)
		e.bool(w.PolicyLow)
		e.bool(w.LowNotice)
		e.bool(w.Journaled)
	}
	return e.seal()
}

// decoder reads the fields; the first thing that does not fit makes all that
// follow zero, and finish tells.
type decoder struct {
	b   []byte
	bad bool
}

func newDecoder(b []byte) *decoder {
	if len(b) < recordHead || b[0] != recordVersion ||
		binary.LittleEndian.Uint32(b[1:]) != checksum(b[recordHead:]) {
		return &decoder{bad: true}
	}
	return &decoder{b: b[recordHead:]}
}

func (d *decoder) advance(n int) {
	if n <= 0 || d.bad {
		d.bad, d.b = true, nil
		return
	}
	d.b = d.b[n:]
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if d.advance(n); d.bad {
		return 0
	}
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if d.advance(n); d.bad {
		return 0
	}
	return v
}

// count reads the number of things that follow. Each takes at least one byte,
// so a number above the bytes left is corrupt and allocates nothing.
func (d *decoder) count() int {
	v := d.uint()
	if v > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(v)
}

func (d *decoder) string() string {
	n := d.count()
	if n == 0 {
		return ""
	}
	s := string(d.b[:n])
	d.advance(n)
	return s
}

// state reads a State without a copy of the known ones.
func (d *decoder) state() State {
	for _, s := range [...]State{Pending, Held, Dead} {
		if n := len(s); len(d.b) > n && int(d.b[0]) == n && string(d.b[1:n+1]) == string(s) {
			d.advance(n + 1)
			return s
		}
	}
	return State(d.string())
}

func (d *decoder) bool() bool {
	if len(d.b) == 0 || d.b[0] > 1 {
		d.bad, d.b = true, nil
		return false
	}
	v := d.b[0] == 1
	d.advance(1)
	return v
}

func (d *decoder) strings() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, d.string())
	}
	return list
}

func (d *decoder) time() time.Time {
	sec, nsec := d.int(), d.uint()
	if nsec > uint64(time.Second) {
		d.bad, d.b = true, nil
		return time.Time{}
	}
	return time.Unix(sec, int64(nsec)).UTC()
}

func (d *decoder) recipient() Recipient {
	return Recipient{Address: d.string(), ORcpt: d.string(), Notify: d.strings()}
}

func (d *decoder) finish(what string) error {
	if d.bad || len(d.b) != 0 {
		return fmt.Errorf("%w: %s", errCorrupt, what)
	}
	return nil
}

func decodeEnvelope(b []byte) (*stored, error) {
	d := newDecoder(b)
	s := &stored{inFile: d.bool()}
	s.ID = ID(d.string())
	s.Received = d.time()
	s.Sender = d.string()
	if n := d.count(); n > 0 {
		s.Recipients = make([]Recipient, 0, min(n, 1024))
		for range n {
			if d.bad {
				break
			}
			s.Recipients = append(s.Recipients, d.recipient())
		}
	}
	s.EnvID = d.string()
	s.Return = d.string()
	s.Envelope.Body = d.string()
	s.MessageID = d.string()
	s.Size = d.int()
	s.User = d.string()
	s.Client = d.string()
	s.Report = d.bool()
	if len(d.b) > 0 {
		s.UTF8 = d.bool()
	}
	if len(d.b) > 0 {
		s.Refuse = d.string()
		s.MoveTo = d.string()
		s.Hold = d.string()
	}
	if len(d.b) > 0 {
		s.EightBit = d.bool()
		s.Journal = d.bool()
		s.Priority = d.string()
	}
	if s.Size < 0 {
		d.bad = true
	}
	if err := d.finish("envelope"); err != nil {
		return nil, err
	}
	return s, nil
}

func decodeSum(b []byte) (contentSum, error) {
	d := newDecoder(b)
	size, crc := d.int(), d.uint()
	if size < 0 || crc > math.MaxUint32 {
		d.bad = true
	}
	return contentSum{size, uint32(crc)}, d.finish("check sum of a content")
}

func decodeWork(b []byte) (*storedWork, error) {
	d := newDecoder(b)
	w := &storedWork{fresh: d.bool(), written: d.time()}
	w.Message = ID(d.string())
	w.Key = d.string()
	if !w.fresh {
		if n := d.count(); n > 0 {
			w.Recipients = make([]Target, 0, min(n, 1024))
			for range n {
				if d.bad {
					break
				}
				w.Recipients = append(w.Recipients, Target{
					Recipient: d.recipient(), To: d.string(), MailFile: d.string(), Path: d.strings(),
				})
			}
		}
	}
	w.State = d.state()
	w.Due = d.time()
	attempts, tries := d.int(), int64(0)
	w.LastError = d.string()
	w.Delayed = d.bool()
	if len(d.b) > 0 {
		w.Since = d.time()
		tries = d.int()
		w.Priority = d.string()
		w.PolicyLow = d.bool()
		w.LowNotice = d.bool()
		w.Journaled = d.bool()
	}
	w.Attempts, w.DeadTries = int(attempts), int(tries)
	if w.check() != nil {
		d.bad = true
	}
	if err := d.finish("work"); err != nil {
		return nil, err
	}
	return w, nil
}

func (s State) valid() bool { return s == Pending || s == Held || s == Dead }

// check tells whether a unit can be recorded.
func (w *Work) check() error {
	switch {
	case !w.State.valid():
		return fmt.Errorf("unknown state %q", w.State)
	case w.Attempts < 0 || w.Attempts > math.MaxInt32:
		return fmt.Errorf("%d attempts", w.Attempts)
	case w.DeadTries < 0 || w.DeadTries > math.MaxInt32:
		return fmt.Errorf("%d tries of dead work", w.DeadTries)
	}
	return nil
}

// setSince keeps Since right for work whose state was another before. A time
// that is there stays if the state did.
func (w *Work) setSince(was State, now time.Time) {
	switch {
	case w.State == Pending && (was == Held || was == Dead):
		w.Since = now
	case w.State == Pending:
	case w.Since.IsZero() || was != "" && was != w.State:
		w.Since = now
	}
}

// complete gives a fresh unit its recipients, as the client named them.
func (w *storedWork) complete(env *Envelope) {
	if !w.fresh {
		return
	}
	w.Recipients = make([]Target, len(env.Recipients))
	for i, r := range env.Recipients {
		w.Recipients[i] = Target{Recipient: r, To: r.Address}
	}
}

// rebase repairs a due time that was made by a clock that ran ahead: a record
// written in the future keeps its distance between writing and due, from now.
func (w *storedWork) rebase(now time.Time) {
	if w.written.After(now) {
		w.Due = now.Add(w.Due.Sub(w.written))
	}
}
