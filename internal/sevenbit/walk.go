package sevenbit

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

const (
	maxDepth    = 20      // levels of parts and messages that are walked
	maxEntities = 1 << 16 // messages and parts
)

// errEntities: the message has more than maxEntities.
var errEntities = errors.New("too many parts")

// zone is where content stands.
type zone int

const (
	zoneLeaf     zone = iota
	zonePreamble      // before the first boundary of a multipart, if one comes
	zoneEpilogue      // behind the last
)

// visitor is told what the walk finds, in order, every octet once. The entity
// given to it is good until the call returns.
type visitor interface {
	// open: a header begins.
	open(e *entity) error
	// field gives a piece of a header; start is true where a field begins.
	field(f field, start bool, p piece) error
	// headed: the header is over; blank says that an empty line ended it.
	headed(e *entity, blank bool) error
	// content gives a piece of a line, and newline a line end that more follows or
	// that ends the input; that before a boundary belongs to the boundary.
	content(e *entity, z zone, text []byte) error
	newline(e *entity, z zone) error
	// closed ends what content and newline gave. A multipart whose boundary never
	// came ends as zoneLeaf. eof says that the input ends, too.
	closed(e *entity, z zone, eof bool) error
	// boundary gives a boundary line; newline says that a line end goes before it.
	boundary(newline bool, p piece) error
}

// frame is an open multipart.
type frame struct {
	multipart entity
	children  int
}

// walker follows the MIME structure of a message in one reading. Whatever it
// decides depends on the octets read so far, so that two walks agree.
type walker struct {
	v        visitor
	frames   []frame
	cur      entity // what is being read
	count    int    // entities so far
	seals    []int  // for each signed part the one around it, or -1
	head     header
	inHeader bool
	zone     zone
	newline  bool // a line end of the content is held back
}

// walk reads all of r.
func (w *walker) walk(r *lineReader) error {
	if err := w.begin(entity{up: -1, seal: -1, root: true}); err != nil {
		return err
	}
	for {
		p, err := r.next()
		if errors.Is(err, io.EOF) {
			return w.leave(false, true)
		}
		if err != nil {
			return err
		}
		if err := w.piece(p); err != nil {
			return err
		}
	}
}

// begin starts the header of e.
func (w *walker) begin(e entity) error {
	if w.count >= maxEntities {
		return errEntities
	}
	e.index = w.count
	w.count++
	w.cur, w.inHeader = e, true
	w.head.reset()
	return w.v.open(&w.cur)
}

// path names the place as IMAP does, 2.1 for the first part of the second
// part; it is empty for the message itself.
func (w *walker) path() string {
	var at []string
	for _, f := range w.frames {
		if f.children > 0 {
			at = append(at, strconv.Itoa(f.children))
		}
	}
	return strings.Join(at, ".")
}

func (w *walker) piece(p piece) error {
	if p.first && p.last && bytes.HasPrefix(p.text, []byte("--")) {
		if i, closing := w.match(p.text); i >= 0 {
			return w.boundary(p, i, closing)
		}
	}
	for w.inHeader {
		if taken, err := w.header(p); taken || err != nil {
			return err
		}
	}
	if p.first && w.newline {
		w.newline = false
		if err := w.v.newline(&w.cur, w.zone); err != nil {
			return err
		}
	}
	w.newline = p.eol
	if len(p.text) == 0 {
		return nil
	}
	return w.v.content(&w.cur, w.zone, p.text)
}

// match gives the frame whose boundary line is, from the inside, or -1.
func (w *walker) match(line []byte) (i int, closing bool) {
	line = bytes.TrimRight(line[2:], " \t")
	for i := len(w.frames) - 1; i >= 0; i-- {
		rest, ok := bytes.CutPrefix(line, []byte(w.frames[i].multipart.boundary))
		if ok && (len(rest) == 0 || string(rest) == "--") {
			return i, len(rest) > 0
		}
	}
	return -1, false
}

// header takes a piece of a header; if it gives false, the header ended before
// p, which is then read as what follows.
func (w *walker) header(p piece) (taken bool, err error) {
	h, start := &w.head, false
	switch {
	case !p.first:
	case len(p.text) == 0:
		return true, w.headed(true)
	case h.lines > 0 && (p.text[0] == ' ' || p.text[0] == '\t'):
		h.lines++
	default:
		name, ok := fieldName(p.text)
		if !ok && (h.lines > 0 || !w.cur.root || !fromLine(p.text)) {
			return false, w.headed(false)
		}
		h.lines++
		h.begin(name)
		start = true
	}
	h.add(p.text)
	return true, w.v.field(h.current, start, p)
}

// headed ends a header and goes on to what it announces.
func (w *walker) headed(blank bool) error {
	w.head.fill(&w.cur)
	w.inHeader, w.zone, w.newline = false, zoneLeaf, false
	if err := w.v.headed(&w.cur, blank); err != nil {
		return err
	}
	e := &w.cur
	switch e.kind {
	case kindMessage:
		return w.begin(entity{depth: e.depth + 1, up: e.around(), seal: e.seal, root: true})
	case kindMultipart:
		w.zone = zonePreamble
		w.frames = append(w.frames, frame{multipart: *e})
	}
	return nil
}

// around is the message that what e holds is in.
func (e *entity) around() int {
	if e.root {
		return e.index
	}
	return e.up
}

// leave ends the entity or the zone that is being read. own says that a boundary
// of the innermost multipart ends it.
func (w *walker) leave(own, eof bool) error {
	if w.inHeader {
		w.head.fill(&w.cur)
		w.inHeader, w.zone, w.newline = false, zoneLeaf, false
		if err := w.v.headed(&w.cur, false); err != nil {
			return err
		}
	}
	if eof && w.newline {
		w.newline = false
		if err := w.v.newline(&w.cur, w.zone); err != nil {
			return err
		}
	}
	if w.zone == zonePreamble && !own {
		w.zone = zoneLeaf
	}
	return w.v.closed(&w.cur, w.zone, eof)
}

// boundary goes on behind the boundary line p of frame i.
func (w *walker) boundary(p piece, i int, closing bool) error {
	if err := w.leave(i == len(w.frames)-1, false); err != nil {
		return err
	}
	if err := w.v.boundary(w.newline, p); err != nil {
		return err
	}
	w.newline = false
	w.frames = w.frames[:i+1]
	f := &w.frames[i]
	m := &f.multipart
	if closing {
		w.cur, w.zone = *m, zoneEpilogue
		return nil
	}
	e := entity{depth: m.depth + 1, up: m.around(), seal: m.seal, digest: m.mediaType == "multipart/digest"}
	if m.mediaType == "multipart/signed" && f.children == 0 {
		w.seals = append(w.seals, m.seal)
		e.seal = len(w.seals) - 1
	}
	f.children++
	return w.begin(e)
}
