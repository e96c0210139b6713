package sevenbit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// errOther: the second reading met another message than the first.
var errOther = errors.New("the message is not the one that was scanned")

// Convert reads the scanned message again from src and writes it to dst with
// 7-bit content; without [Plan.Needed] that is a copy. What was written is
// incomplete if there is an error, which is one of src, of dst, or that src is
// another message: the caller must then not end the data.
func (p *Plan) Convert(dst io.Writer, src io.Reader) error {
	if !p.needed {
		if _, err := io.Copy(dst, src); err != nil {
			return fmt.Errorf("copy message: %w", err)
		}
		return nil
	}
	c := &converter{w: bufio.NewWriterSize(dst, bufferSize), records: p.records}
	lines := newLineReader(src)
	w := walker{v: c}
	err := w.walk(lines)
	if errors.Is(err, errEntities) || err == nil && lines.n != p.size {
		err = errOther
	}
	if err == nil {
		err = c.w.Flush()
	}
	if err != nil {
		return fmt.Errorf("convert message: %w", err)
	}
	return nil
}

// converter is the visitor of the second reading. It leaves the errors of its
// writes to the bufio.Writer and looks for them now and then.
type converter struct {
	w        *bufio.Writer
	records  []record
	cur      record  // of the entity that was opened last
	labelled bool    // its new Content-Transfer-Encoding is written
	enc      encoder // nil before the first octet of a leaf, preamble or epilogue
}

// failed gives the error of an earlier write.
func (c *converter) failed() error {
	_, err := c.w.Write(nil)
	return err
}

func (c *converter) open(e *entity) error {
	if e.index >= len(c.records) {
		return errOther
	}
	c.cur, c.labelled = c.records[e.index], false
	return c.failed()
}

// label writes the new Content-Transfer-Encoding, once.
func (c *converter) label() {
	if encoding := c.cur.action.encoding(); encoding != "" && !c.labelled {
		c.w.WriteString("Content-Transfer-Encoding: " + encoding + crlf)
		c.labelled = true
	}
}

func (c *converter) field(f field, _ bool, p piece) error {
	if f == fieldEncoding && c.cur.action.encoding() != "" {
		c.label()
		return nil
	}
	c.line(p)
	return c.failed()
}

// line writes p as it came.
func (c *converter) line(p piece) {
	c.w.Write(p.text)
	if p.eol {
		c.w.WriteString(crlf)
	}
}

func (c *converter) headed(_ *entity, blank bool) error {
	if c.cur.addVersion {
		c.w.WriteString("MIME-Version: 1.0" + crlf)
	}
	if c.cur.addType {
		c.w.WriteString("Content-Type: text/plain; charset=unknown-8bit" + crlf)
	}
	c.label()
	if a := c.cur.action; blank || c.cur.addEmpty || a == actQP || a == actBase64 {
		c.w.WriteString(crlf)
	}
	return c.failed()
}

func (c *converter) content(e *entity, z zone, text []byte) error {
	c.encoder(e, z).text(text)
	return c.failed()
}

// encoder gives the one for what is being read.
func (c *converter) encoder(e *entity, z zone) encoder {
	if c.enc == nil {
		c.enc = c.newEncoder(e, z)
	}
	return c.enc
}

// newEncoder gives the one for what begins. The preamble of a multipart may turn
// out to be all there is; the plan then has an action for it as for a leaf.
func (c *converter) newEncoder(e *entity, z zone) encoder {
	a := c.records[e.index].action
	if z == zoneEpilogue || z == zonePreamble && (a == actPass || a == actLabel7) {
		a = actMask
	}
	switch a {
	case actQP:
		return &quoted{w: c.w}
	case actBase64:
		return newBinary64(c.w)
	case actRepair:
		return &repair{quoted: quoted{w: c.w}}
	case actMask:
		return &mask{w: c.w}
	}
	return pass{c.w}
}

func (c *converter) newline(e *entity, z zone) error {
	c.encoder(e, z).newline()
	return c.failed()
}

func (c *converter) closed(_ *entity, _ zone, eof bool) error {
	if c.enc == nil {
		return nil
	}
	c.enc.close()
	if _, ok := c.enc.(binary64); ok && eof {
		c.w.WriteString(crlf)
	}
	c.enc = nil
	return c.failed()
}

func (c *converter) boundary(newline bool, p piece) error {
	if newline {
		c.w.WriteString(crlf)
	}
	c.line(p)
	return c.failed()
}
