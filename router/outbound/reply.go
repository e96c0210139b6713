package outbound

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/emersion/go-smtp"
)

// Bounds of one reply of a next hop.
const (
	replyLine   = 2000 // octets, with the line end
	replyLines  = 128
	replyOctets = 64 << 10
)

// replyState is how far the reply that is being read has come.
type replyState struct {
	code, lines, octets int
}

// nextLine reads one line of a reply (RFC 5321, 4.2.1) within its deadline and
// its bounds. All lines of a reply have the same code.
func (p *peer) nextLine() (code int, more bool, text string, err error) {
	if err := p.conn.SetReadDeadline(p.replyBy); err != nil && p.br.Buffered() == 0 {
		// With something buffered it is a connection that ended behind it.
		return 0, false, "", err
	}
	raw, err := p.br.ReadSlice('\n')
	switch {
	case err == io.EOF:
		return 0, false, "", io.ErrUnexpectedEOF
	case err != nil && len(raw) >= replyLine:
		return 0, false, "", errLong
	case err != nil:
		return 0, false, "", err
	}
	s := &p.state
	s.lines++
	s.octets += len(raw)
	if s.lines > replyLines || s.octets > replyOctets {
		return 0, false, "", errLong
	}
	code, more, text, ok := splitReply(strings.TrimRight(string(raw), "\r\n"))
	if !ok || s.lines > 1 && code != s.code {
		return 0, false, "", fmt.Errorf("%w: %.80q", errReply, p.hide(string(raw)))
	}
	s.code = code
	text = p.hide(text)
	p.trace.line(code, more, text)
	if !more {
		p.last, p.gone = code, p.gone || code == 421
		*s = replyState{}
	}
	return code, more, text, nil
}

// reply reads a whole reply.
func (p *peer) reply() (code int, lines []string, err error) {
	for more := true; more; {
		var text string
		if code, more, text, err = p.nextLine(); err != nil {
			p.trace.lost(err)
			return 0, nil, err
		}
		lines = append(lines, text)
	}
	return code, lines, nil
}

// splitReply takes a line of a reply apart. Codes outside 200 to 599 are none
// of SMTP.
func splitReply(line string) (code int, more bool, text string, ok bool) {
	if len(line) < 3 {
		return 0, false, "", false
	}
	for _, c := range []byte(line[:3]) {
		if c < '0' || c > '9' {
			return 0, false, "", false
		}
		code = code*10 + int(c-'0')
	}
	if code < 200 || code > 599 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false, "", false
	}
	if len(line) > 3 {
		text = line[4:]
	}
	return code, len(line) > 3 && line[3] == '-', text, true
}

// replyError makes an error of a reply, with its enhanced status code taken from
// the front of the lines as go-smtp's client does.
func replyError(code int, lines []string) *smtp.SMTPError {
	e := &smtp.SMTPError{Code: code, Message: strings.Join(lines, "\n")}
	word, _, _ := strings.Cut(e.Message, " ")
	c, ok := enhancedCode(word, code)
	if !ok {
		return e
	}
	e.EnhancedCode = c
	e.Message = strings.TrimPrefix(e.Message, word+" ")
	e.Message = strings.ReplaceAll(e.Message, "\n"+word+" ", "\n")
	return e
}

// enhancedCode reads an enhanced status code (RFC 3463, 2) of the class of code.
func enhancedCode(word string, code int) (c smtp.EnhancedCode, ok bool) {
	parts := strings.Split(word, ".")
	if len(parts) != 3 {
		return c, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 10)
		if err != nil {
			return c, false
		}
		c[i] = int(n)
	}
	return c, c[0] == code/100
}

// canonical is the code as go-smtp's client expects it after a command: it
// compares all three digits, where the first one counts (RFC 5321, 4.2.1).
func canonical(command string, code int) int {
	switch command {
	case "MAIL", "RCPT", "RSET", endOfData:
		if code/100 == 2 {
			return 250
		}
	case "DATA":
		if code/100 == 3 {
			return 354
		}
	}
	return code
}
