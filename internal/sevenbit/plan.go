package sevenbit

import (
	"errors"
	"fmt"
	"io"
)

// The reasons of an [Error].
var (
	// errSigned: a signature covers 8-bit octets and would not hold.
	errSigned = errors.New("8-bit octets in a signed part")
	// errFragment: message/partial and message/external-body admit no encoding.
	errFragment = errors.New("8-bit octets in a part that admits no encoding")
	// errTooComplex: parts nested too deep, or too many of them.
	errTooComplex = errors.New("8-bit octets in too deep or too many parts")
)

// Error says that a message cannot be converted, however often it is tried: a
// permanent failure, 5.6.3 in a report (RFC 3463, 3.7). All other errors of
// this package come from reading or writing.
type Error struct {
	Part   string // as IMAP counts, "2.1"; empty for the message itself
	Type   string // media type of the part, lower case
	Reason error  // what stands in the way: a signature, a fragment, too many or too deep parts
}

// Error tells which part it is, of which type, and the reason.
func (e *Error) Error() string {
	where := "message"
	if e.Part != "" {
		where = "part " + e.Part
	}
	return fmt.Sprintf("conversion to 7 bit: %s (%s): %v", where, e.Type, e.Reason)
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Reason }

// Options of [Scan].
type Options struct {
	// BreakSignatures has signed parts with 8-bit octets converted, which makes their
	// signatures invalid, instead of refused. No setting asks for it.
	BreakSignatures bool
}

// action is what becomes of an entity.
type action uint8

const (
	actPass   action = iota
	actLabel7        // only the label changes, to 7bit
	actQP            // encode as quoted-printable
	actBase64        // encode as base64
	actRepair        // it is labelled quoted-printable: encode the raw 8-bit octets
	actMask          // it is labelled base64: replace the 8-bit octets
)

// encoding is the label that goes with a, empty for the one that is there.
func (a action) encoding() string {
	switch a {
	case actLabel7:
		return "7bit"
	case actQP:
		return "quoted-printable"
	case actBase64:
		return "base64"
	}
	return ""
}

// record is what the plan holds for each entity.
type record struct {
	up, seal   int32 // as in entity
	action     action
	must       bool // for 8-bit octets, not only for a label
	root       bool
	noVersion  bool // a message without MIME-Version
	addVersion bool
	addType    bool
	open       bool // message/rfc822 whose header no empty line ends
	addEmpty   bool // that line
}

// Plan is what [Scan] found out about a message. It holds for exactly that
// message, and can be used any number of times, by several goroutines too.
type Plan struct {
	records []record
	size    int64
	needed  bool
}

// Needed reports whether a body of the message, those of parts and nested
// messages included, has 8-bit octets, so that [Plan.Convert] changes something.
func (p *Plan) Needed() bool { return p.needed }

// Scan reads a message, header and content with CR LF line ends and without
// dot-stuffing, and plans its conversion. The error is an [*Error] if the message
// cannot be converted, otherwise one of r.
func Scan(r io.Reader, o Options) (*Plan, error) {
	s := &scanner{options: o}
	s.w.v = s
	lines := newLineReader(r)
	err := s.w.walk(lines)
	if errors.Is(err, errEntities) {
		if !s.needed {
			s.needed, err = anyHigh(lines.r)
			if !s.needed && err == nil {
				return &Plan{}, nil
			}
		}
		if s.needed {
			return nil, &Error{Part: s.w.path(), Type: s.w.cur.mediaType, Reason: errTooComplex}
		}
	}
	if err != nil {
		return nil, err
	}
	s.settle()
	return &Plan{records: s.records, size: lines.n, needed: s.needed}, nil
}

// scanner is the visitor of the first reading.
type scanner struct {
	options Options
	w       walker
	records []record
	broken  map[int]bool // signed parts whose signature goes
	needed  bool
	seen    stats
}

// stats are taken of a leaf, a preamble or an epilogue.
type stats struct {
	octets int64
	high   int64 // octets above 127
	column int
	odd    bool // not 7bit content even without those (RFC 2045, 2.7)
}

// maxLine is the longest line of 7bit content, without its line end.
const maxLine = 998

func (s *scanner) open(e *entity) error {
	s.seen = stats{}
	s.records = append(s.records, record{up: int32(e.up), seal: int32(e.seal), root: e.root})
	return nil
}

func (s *scanner) field(field, bool, piece) error { return nil }

func (s *scanner) headed(e *entity, blank bool) error {
	s.seen = stats{}
	r := &s.records[e.index]
	r.open = e.kind == kindMessage && !blank
	r.noVersion = e.root && !e.hasVersion
	if e.label == label8 && (e.kind == kindMultipart || e.kind == kindMessage) {
		r.action = actLabel7
	}
	return nil
}

func (s *scanner) content(e *entity, _ zone, text []byte) error {
	st := &s.seen
	st.octets += int64(len(text))
	st.column += len(text)
	if e.label == label8 {
		st.odd = st.odd || st.column > maxLine || bare(text)
	}
	if n := countHigh(text); n > 0 {
		st.high += int64(n)
		return s.high(e)
	}
	return nil
}

// high notes that e has 8-bit octets.
func (s *scanner) high(e *entity) error {
	s.needed = true
	var reason error
	switch {
	case e.seal >= 0 && !s.options.BreakSignatures:
		reason = errSigned
	case e.kind == kindFragment:
		reason = errFragment
	case e.kind == kindTooDeep:
		reason = errTooComplex
	}
	if reason != nil {
		return &Error{Part: s.w.path(), Type: e.mediaType, Reason: reason}
	}
	for i := e.seal; i >= 0 && !s.broken[i]; i = s.w.seals[i] {
		if s.broken == nil {
			s.broken = make(map[int]bool)
		}
		s.broken[i] = true
	}
	return nil
}

func (s *scanner) newline(*entity, zone) error {
	s.seen.column = 0
	s.seen.octets += 2
	return nil
}

func (s *scanner) boundary(bool, piece) error { return nil }

func (s *scanner) closed(e *entity, z zone, _ bool) error {
	if z == zoneLeaf {
		r := &s.records[e.index]
		r.must = s.seen.high > 0
		r.action = leafAction(e, s.seen)
		r.addType = r.must && !e.hasType && r.action.encoding() != ""
	}
	s.seen = stats{}
	return nil
}

// leafAction decides on a leaf, or a multipart whose boundary never came.
func leafAction(e *entity, st stats) action {
	encode := actBase64
	if e.textual && st.high*3 <= st.octets {
		encode = actQP
	}
	switch {
	case st.high > 0 && e.label == labelBase64:
		return actMask
	case st.high > 0 && e.label == labelQP:
		return actRepair
	case st.high > 0:
		return encode
	case e.label != label8:
		return actPass
	case st.odd && e.kind == kindLeaf:
		return encode
	}
	return actLabel7
}

// settle takes back what would change a signed part without need, and adds
// MIME-Version where a field of a header changes. Fields that are added to a
// message in a part must not fall into the header of the part.
func (s *scanner) settle() {
	for i := range s.records {
		r := &s.records[i]
		if !r.must && r.seal >= 0 && !s.broken[int(r.seal)] {
			r.action = actPass
		}
		if r.action.encoding() == "" {
			continue
		}
		at := r.up
		if r.root {
			at = int32(i)
		}
		for ; at >= 0; at = s.records[at].up {
			s.records[at].addVersion = s.records[at].noVersion
		}
	}
	for i := range len(s.records) - 1 {
		r, inner := &s.records[i], &s.records[i+1]
		r.addEmpty = r.open && inner.root && (inner.addVersion || inner.action.encoding() != "")
	}
}
