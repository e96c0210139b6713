package ots

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"domigo/configdoc/note"
)

// parser walks the JSON tokens of one file.
type parser struct {
	name  string
	src   *source
	dec   *json.Decoder
	depth int
	size  int    // bytes kept of all documents so far
	item  string // item or member being read, for messages
	file  *File
	setup setup

	line, col int // place of the last token's last byte
}

// token gives the next token. The end of the file is io.EOF only after the
// outermost value.
func (p *parser) token() (json.Token, error) {
	p.src.offset = p.dec.InputOffset()
	tok, err := p.dec.Token()
	if err != nil {
		return nil, p.broken(err)
	}
	p.line, p.col = p.src.place(p.dec.InputOffset() - 1)
	switch t := tok.(type) {
	case json.Delim:
		if t == '{' || t == '[' {
			p.depth++
		} else {
			p.depth--
		}
		if p.depth > note.MaxDepth {
			return nil, p.errorf("nesting of objects and arrays: %w of %d", note.ErrLimit, note.MaxDepth)
		}
	case string:
		if _, after, found := strings.Cut(t, "{{"); found && strings.Contains(after, "}}") {
			p.file.Templates = true
		}
	}
	return tok, nil
}

// broken turns an error of the decoder into an *Error where reading stopped.
func (p *parser) broken(err error) error {
	switch {
	case p.src.err != nil && errors.Is(err, p.src.err):
		p.line, p.col = p.src.place(p.src.total)
		return p.wrap(p.src.err)
	case errors.Is(err, io.EOF) && p.depth == 0 && p.line > 0:
		return io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p.line, p.col = p.src.place(p.src.total)
		return p.errorf("the file ends too early: %w", io.ErrUnexpectedEOF)
	}
	p.line, p.col = p.src.place(p.dec.InputOffset())
	return p.wrap(err)
}

func (p *parser) wrap(err error) error {
	return &Error{File: p.name, Line: p.line, Column: p.col, Item: p.item, Err: err}
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
	tok, err := p.token()
	if err != nil || tok == nil {
		return false, err
	}
	if tok != json.Delim('{') {
		return false, p.errorf("%s: %s, want an object", what, kindOf(tok))
	}
	return true, nil
}

// members reads an object up to its closing brace and calls member for each
// key, without the blanks around it; member must take the value.
func (p *parser) members(member func(key string) error) error {
	for {
		tok, err := p.token()
		if err != nil {
			return err
		}
		key, ok := tok.(string)
		if !ok { // the closing brace: the decoder lets nothing else stand for a key
			return nil
		}
		if err := member(strings.TrimSpace(key)); err != nil {
			return err
		}
	}
}

// array reads an array and calls element for each; element must take it. null
// is an array without elements.
func (p *parser) array(what string, element func() error) error {
	tok, err := p.token()
	if err != nil || tok == nil {
		return err
	}
	if tok != json.Delim('[') {
		return p.errorf("%s: %s, want an array", what, kindOf(tok))
	}
	for p.more() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err = p.token() // the closing bracket
	return err
}

func (p *parser) more() bool {
	p.src.offset = p.dec.InputOffset()
	return p.dec.More()
}

// skip passes over one value.
func (p *parser) skip() error {
	depth := p.depth
	for {
		if _, err := p.token(); err != nil {
			return err
		}
		if p.depth == depth {
			return nil
		}
	}
}

// keep counts bytes against the limit of a file.
func (p *parser) keep(bytes int) error {
	if p.size += bytes; p.size > MaxFile {
		return p.errorf("size of all documents: %w of %d bytes", note.ErrLimit, MaxFile)
	}
	return nil
}

// kindOf names a token for a message; it never shows the value itself, which
// may be a password.
func kindOf(tok json.Token) string {
	switch t := tok.(type) {
	case json.Delim:
		if t == '{' {
			return "an object"
		}
		return "an array"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}
