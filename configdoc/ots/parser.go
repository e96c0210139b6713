package ots

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"domigo/configdoc/note"
)

// parser walks the JSON tokens of one file.
type parser struct {
	*Reader
	name            string
	size            int    // bytes kept of all documents so far
	form            string // form of the document being read
	item            string // item or member being read, for messages
	file            *File
	setup           setup
	number, damaged int  // documents so far
	broken          bool // the tokens cannot be told any more

	line, col int // place of the last token's last byte
}

// token gives the next token; its text is in scan.text if it is to be kept, or is
// the key of a member. tokenEnd comes only after the outermost value.
func (p *parser) token(keep bool) (token, error) {
	t, err := p.scan.next(keep)
	p.line, p.col = p.scan.Place()
	switch {
	case err == nil:
		p.col--
		return t, nil
	case err == io.ErrUnexpectedEOF:
		err = fmt.Errorf("the file ends too early: %w", err)
	}
	p.broken = !errors.Is(err, errTooLong)
	return 0, p.wrap(err)
}

func (p *parser) wrap(err error) error {
	return &note.Error{File: p.name, Line: p.line, Column: p.col, Form: p.form, Item: p.item, Err: err}
}

func (p *parser) errorf(format string, args ...any) error {
	return p.wrap(fmt.Errorf(format, args...))
}

// object reads an object as open and members do; null has no members.
func (p *parser) object(what string, member func(key string) error) error {
	opened, err := p.open(what)
	if err != nil || !opened {
		return err
	}
	return p.members(member)
}

// open takes the opening brace of an object, or a null, which opens nothing.
func (p *parser) open(what string) (opened bool, err error) {
	t, err := p.token(false)
	if err != nil || t == nullToken {
		return false, err
	}
	if t != openObject {
		return false, p.errorf("%s: %s, want an object", what, kindOf(t))
	}
	return true, nil
}

// members reads an object up to its closing brace and calls member for each
// key, without the blanks around it; member must take the value.
func (p *parser) members(member func(key string) error) error {
	for {
		t, err := p.token(true)
		if err != nil {
			return err
		}
		if t == closeObject { // the scanner lets nothing else stand for a key
			return nil
		}
		if err := member(p.key()); err != nil {
			return err
		}
	}
}

// key gives the key that was just taken. Keys repeat from document to document.
func (p *parser) key() string {
	if known, ok := p.keys[string(p.scan.text)]; ok {
		return known
	}
	key := string(p.scan.text)
	if p.keys == nil || len(p.keys) >= maxKeys {
		p.keys = make(map[string]string)
	}
	if len(key) <= longestKey {
		p.keys[key] = strings.TrimSpace(key)
	}
	return strings.TrimSpace(key)
}

// Bounds of the keys that are remembered.
const (
	maxKeys    = 4096
	longestKey = 64
)

// array reads an array and calls element for each; element must take it. null
// is an array without elements.
func (p *parser) array(what string, element func() error) error {
	t, err := p.token(false)
	if err != nil || t == nullToken {
		return err
	}
	if t != openArray {
		return p.errorf("%s: %s, want an array", what, kindOf(t))
	}
	for p.scan.moreElements() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err = p.token(false) // the closing bracket
	return err
}

// skip passes over one value, or over what is left of it down to a depth.
func (p *parser) skip() error { return p.skipTo(p.scan.depth()) }

func (p *parser) skipTo(depth int) error {
	for {
		if _, err := p.token(false); err != nil {
			return err
		}
		if p.scan.depth() <= depth {
			return nil
		}
	}
}

// errFull is of a file that holds more than MaxFile.
var errFull = fmt.Errorf("size of all documents: %w of %d bytes", note.ErrLimit, MaxFile)

// keep counts bytes against the limit of a file.
func (p *parser) keep(bytes int) error {
	if p.size += bytes; p.size > MaxFile {
		return p.wrap(errFull)
	}
	return nil
}
