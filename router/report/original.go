package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"strings"

	"golang.org/x/text/encoding/ianaindex"

	"domigo/internal/smtpwire"
)

// Bounds of what a report takes from the original, in octets.
const (
	mostHeader  = 64 << 10  // of its header
	mostContent = 256 << 10 // of header and body, when they go back whole
)

// Original is what a report returns of a message. It may serve several reports
// at once; it does not change.
type Original struct {
	header  []byte // whole lines where the bound allows, ended by CR LF, none over 998 octets
	content []byte // header and body, nil when the header alone goes back
}

// ReadOriginal reads a message: at most 64 KiB of its header, and, when whole is
// set, the header and the body if they are at most 256 KiB together. A body that
// mail cannot carry as it is, since it has a line over 998 octets or a NUL (RFC
// 6152, 2), does not go back either. Whole is for a failure report to a sender who
// did not ask for RET=HDRS.
//
// Stray CR and LF become CR LF, a NUL in the header "?", and a longer line of
// the header is folded. What does not look like a header gives no fields. An
// error is that of body.
func ReadOriginal(body io.Reader, whole bool) (*Original, error) {
	most := int64(mostHeader)
	if whole {
		most = mostContent + 1
	}
	var b bytes.Buffer
	ends := &smtpwire.LineEnds{W: &b}
	n, err := io.Copy(ends, io.LimitReader(body, most))
	if err == nil {
		err = ends.Finish()
	}
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	content := b.Bytes()
	o := &Original{header: headerOf(content)}
	if whole && n < most && len(content) <= mostContent && carriable(content) {
		o.content = content
	}
	return o, nil
}

// headerOf gives a copy of the header at the front of content: up to the first
// line that is neither a field nor the continuation of one, at most mostHeader
// octets.
func headerOf(content []byte) []byte {
	end := 0
	for end < len(content) {
		line := content[end:lineEnd(content, end)]
		if !isField(line) && (end == 0 || !isContinuation(line)) {
			break
		}
		end += len(line)
	}
	if end > mostHeader {
		end = mostHeader
		if i := bytes.LastIndexByte(content[:end], '\n'); i >= 0 {
			end = i + 1
		}
	}
	return foldLines(bytes.ReplaceAll(content[:end], []byte{0}, []byte{'?'}))
}

// lineEnd gives where the line that begins at i ends, its CR LF included.
func lineEnd(b []byte, i int) int {
	if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(b)
}

// isField: a name, perhaps with blanks behind it, and a colon (RFC 5322, 2.2 and
// 4.5), early enough that no fold can part them.
func isField(line []byte) bool {
	const most = 200
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || colon > most {
		return false
	}
	name := bytes.TrimRight(line[:colon], " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(name) > 0
}

// isContinuation: a line that begins with a blank belongs to the field before
// it, if it holds anything else.
func isContinuation(line []byte) bool {
	return (line[0] == ' ' || line[0] == '\t') && len(bytes.TrimSpace(line)) > 0
}

// foldLines folds the lines that are too long, wherever the column falls. Blanks
// in such a line become one, so that no line is made of them alone, which could
// be taken for the end of the header.
func foldLines(header []byte) []byte {
	var out []byte
	for i := 0; i < len(header); {
		line := bytes.TrimSuffix(header[i:lineEnd(header, i)], []byte("\r\n"))
		i = lineEnd(header, i)
		if len(line) > mostLine {
			line = oneBlank(line)
		}
		for most := mostLine; len(line) > most; most = mostLine - 1 {
			at := foldColumn(line)
			out = append(append(out, line[:at]...), "\r\n "...)
			line = line[at:]
		}
		out = append(append(out, line...), "\r\n"...)
	}
	return out
}

// oneBlank gives a line with single blanks and none at its end.
func oneBlank(line []byte) []byte {
	isBlank := func(r rune) bool { return r == ' ' || r == '\t' }
	short := bytes.Join(bytes.FieldsFunc(line, isBlank), []byte{' '})
	if isBlank(rune(line[0])) {
		short = append([]byte{' '}, short...)
	}
	return short
}

// foldColumn gives where to fold a line: not inside a character of UTF-8. The
// blank that the fold puts in takes one octet of the next line.
func foldColumn(line []byte) int {
	at := mostLine - 1
	for back := 0; back < 3 && line[at]&0xc0 == 0x80; back++ {
		at--
	}
	return at
}

// carriable: mail can carry the content as 7bit or 8bit.
func carriable(content []byte) bool {
	if bytes.IndexByte(content, 0) >= 0 {
		return false
	}
	for i := 0; i < len(content); {
		end := lineEnd(content, i)
		if end-i > mostLine+len("\r\n") {
			return false
		}
		i = end
	}
	return true
}

// subject gives the decoded subject, fit for one line and cut off after about
// 480 octets. Character sets are those of RFC 2978's registry that Go knows; with
// another one the subject stays encoded.
func (o *Original) subject() string {
	values := o.values("Subject")
	if len(values) == 0 {
		return ""
	}
	text, err := (&mime.WordDecoder{CharsetReader: charset}).DecodeHeader(values[0])
	if err != nil {
		text = values[0]
	}
	return word(text, mostSubject)
}

var errCharset = errors.New("unknown character set")

// charset decodes a character set by its registered name.
func charset(name string, input io.Reader) (io.Reader, error) {
	enc, err := ianaindex.MIME.Encoding(name)
	if err != nil || enc == nil {
		return nil, fmt.Errorf("%w %.40q", errCharset, name)
	}
	return enc.NewDecoder().Reader(input), nil
}

// Author gives the one address of Sender, or of From when there is no Sender:
// who gets a report on a message with an empty reverse path when
// RouterDSNForNULLReversePath is 1. It is "" when there is none or more than
// one.
func (o *Original) Author() string {
	if len(o.values("Sender")) > 0 {
		return o.mailbox("Sender")
	}
	return o.mailbox("From")
}

// From gives the one address of From, "" when there is none or more than one.
func (o *Original) From() string { return o.mailbox("From") }

// mailbox gives the one address of the one field of a name, or "".
func (o *Original) mailbox(name string) string {
	const most = 4096 // octets of the field
	values := o.values(name)
	if len(values) != 1 || len(values[0]) > most {
		return ""
	}
	list, err := (&mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: charset}}).ParseList(values[0])
	if err != nil || len(list) != 1 {
		return ""
	}
	// The parser took the quotes off the local part.
	address := strings.Trim((&mail.Address{Address: list[0].Address}).String(), "<>")
	if !isMailbox(address) {
		return ""
	}
	return address
}

// isMailbox: the address is one that a message can go to, with a domain.
func isMailbox(address string) bool {
	p, rest, err := smtpwire.ParsePathUTF8("<"+address+">", false)
	return err == nil && strings.TrimSpace(rest) == "" && !p.IsNull() && len(p.Route) == 0
}

// values gives the unfolded values of the fields of a name, in their order.
func (o *Original) values(name string) []string {
	if o == nil {
		return nil
	}
	var out []string
	for i := 0; i < len(o.header); {
		field := o.header[i:lineEnd(o.header, i)]
		i += len(field)
		colon := bytes.IndexByte(field, ':')
		match := colon > 0 && strings.EqualFold(strings.TrimRight(string(field[:colon]), " \t"), name)
		var value strings.Builder
		if match {
			value.Write(bytes.TrimRight(field[colon+1:], "\r\n"))
		}
		for i < len(o.header) && (o.header[i] == ' ' || o.header[i] == '\t') {
			line := o.header[i:lineEnd(o.header, i)]
			i += len(line)
			if match {
				value.Write(bytes.TrimRight(line, "\r\n"))
			}
		}
		if match {
			out = append(out, strings.TrimSpace(value.String()))
		}
	}
	return out
}
