package dxl

import (
	"errors"
	"fmt"
	"io"

	"domigo/configdoc/note"
)

// recovered tells Damaged of an error and goes to the next document. It gives
// false when the error ends the reading.
func (r *Reader) recovered(err error) bool {
	var at *Error
	if r.Damaged == nil || len(r.open) == 0 || local(r.open[0]) != "database" || !errors.As(err, &at) {
		return false
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || r.src.err != nil {
		return false
	}
	if r.damaged++; r.damaged > MaxDamaged {
		at.Err = fmt.Errorf("damaged documents: %w of %d; the last: %w", note.ErrLimit, MaxDamaged, at.Err)
		return false
	}
	if !r.Damaged(at) {
		return false
	}
	r.open, r.form, r.item = r.open[:1], "", ""
	r.src.toDocument(r.open[0])
	return true
}

// toDocument goes to the next start tag of a document, or to the end tag of the
// root; at the end of the file the next token is an error. Comments and CDATA
// sections are passed over, as text in them may look like a tag.
func (s *source) toDocument(root string) {
	prefix := root[:len(root)-len(local(root))]
	for s.toMarkup() == nil {
		if s.at("<!--") || s.at("<![CDATA[") {
			if s.aside() != nil {
				return
			}
			continue
		}
		if s.atTag("<"+prefix+"document") || s.atTag("<"+prefix+"note") || s.atTag("</"+root) {
			return
		}
		s.pos++
	}
}

// atTag reports whether the next tag has the name that the mark ends with.
func (s *source) atTag(mark string) bool {
	if !s.at(mark) {
		return false
	}
	if !s.need(len(mark) + 1) {
		return true
	}
	switch s.buf[s.pos+len(mark)] {
	case ' ', '\t', '\r', '\n', '>', '/':
		return true
	}
	return false
}
