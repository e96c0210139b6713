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
	var at *note.Error
	if r.Damaged == nil || len(r.open) == 0 || local(r.open[0]) != "database" || !errors.As(err, &at) {
		return false
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || r.src.Err != nil {
		return false
	}
	if r.damaged++; r.damaged > note.MaxDamaged {
		at.Err = fmt.Errorf("damaged documents: %w of %d; the last: %w", note.ErrLimit, note.MaxDamaged, at.Err)
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
// root; at the end of the file the next token is an error. Comments, CDATA
// sections and processing instructions are passed over, and so is the rest of a
// CDATA section that is open: a mail in there may hold what looks like a
// document, and that would be somebody's account.
func (s *source) toDocument(root string) {
	if s.cdata {
		s.cdata = false
		if s.past("]]>") != nil {
			return
		}
	}
	prefix := root[:len(root)-len(local(root))]
	for s.toMarkup() == nil {
		if second := s.second(); second == '!' || second == '?' {
			err := s.aside()
			if errors.Is(err, errDeclaration) {
				err = s.damagedAside()
			}
			if err != nil {
				return
			}
			continue
		}
		if s.atTag("<"+prefix+"document") || s.atTag("<"+prefix+"note") || s.atTag("</"+root) {
			return
		}
		s.Pos++
	}
}

// damagedAside passes over what a damaged mark may have begun.
func (s *source) damagedAside() error {
	switch {
	case s.At("<!-"):
		return s.past("-->")
	case s.At("<!["):
		return s.past("]]>")
	}
	s.Pos++
	return nil
}

// atTag reports whether the next tag has the name that the mark ends with.
func (s *source) atTag(mark string) bool {
	if !s.At(mark) {
		return false
	}
	if !s.Need(len(mark) + 1) {
		return true
	}
	switch s.Buf[s.Pos+len(mark)] {
	case ' ', '\t', '\r', '\n', '>', '/':
		return true
	}
	return false
}
