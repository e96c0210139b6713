package smtpd

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// trace is what a Received field tells of one message.
type trace struct {
	helo     string // argument of HELO or EHLO, "" for none
	client   netip.Addr
	host     string // this server
	product  string // "" leaves the version out: SMTPNoVersionInRcvdHdr
	old      bool   // the id is written as Release 5 does
	esmtp    bool
	tls      bool
	auth     bool
	utf8     bool   // the transaction has SMTPUTF8
	number   uint64 // of the message, rises by one with each
	received time.Time
	forAddrs []string // addresses to disclose: SMTPMaxForRecipients
}

// RFC 5322's date with the day of the month without a leading zero, as Domino
// writes it in its greeting and in Received.
const dateLayout = "Mon, 2 Jan 2006 15:04:05 -0700"

// indent begins the continuation lines of a Received field.
const indent = "\r\n          "

// maxForLine keeps the lines of the for clause under the 998 octets of
// RFC 5322, 2.1.1.
const maxForLine = 900

// field gives the Received field with its line end. Its layout, including the
// blank before the semicolon and the one that ends it, is Domino's.
func (t *trace) field() []byte {
	b := make([]byte, 0, 512)
	b = append(b, "Received: from "...)
	if from := receivedWord(t.helo); from != "" {
		b = append(b, from...)
	} else {
		b = append(t.client.AppendTo(append(b, '[')), ']')
	}
	b = append(t.client.AppendTo(append(b, " (["...)), "])"...)
	b = append(b, indent+"by "...)
	b = append(b, receivedWord(t.host)...)
	if t.product != "" {
		b = append(b, " ("...)
		b = append(append(b, receivedComment(t.product)...), ')')
	}
	now := t.received
	b = append(append(append(b, indent+"with "...), t.protocol()...), " id "...)
	b = now.AppendFormat(b, "20060102150405")
	hundredths := now.Nanosecond() / 1e7
	b = append(b, byte('0'+hundredths/10), byte('0'+hundredths%10))
	if t.old {
		b = append(b, ':')
	} else {
		b = append(b, '-')
	}
	b = strconv.AppendUint(b, t.number, 10)
	b = t.forClause(b)
	b = now.AppendFormat(append(b, " ;"+indent...), dateLayout)
	return append(b, " \r\n"...)
}

// releaseFive reports whether a server is of Release 5, by its build number,
// "Release 5.0.13a".
func releaseFive(build string) bool {
	_, release, _ := strings.Cut(build, " ")
	return strings.HasPrefix(strings.TrimSpace(release), "5.")
}

// protocol is the word behind "with" (RFC 3848; RFC 6531, 4.3).
func (t *trace) protocol() string {
	if !t.esmtp && !t.tls && !t.auth {
		return "SMTP"
	}
	word := "ESMTP"
	if t.utf8 {
		word = "UTF8SMTP"
	}
	if t.tls {
		word += "S"
	}
	if t.auth {
		word += "A"
	}
	return word
}

func (t *trace) forClause(b []byte) []byte {
	width := 0
	for i, a := range t.forAddrs {
		switch {
		case i == 0:
			b = append(b, indent+"for "...)
		case width+len(a) > maxForLine:
			b = append(b, ","+indent...)
			width = 0
		default:
			b = append(b, ',')
		}
		b = append(append(append(b, '<'), a...), '>')
		width += len(a) + 3
	}
	return b
}

// maxReceivedWord bounds what of a client's HELO argument is kept.
const maxReceivedWord = 255

// receivedWord makes a word of a trace field from what a client said: only what
// a host name or an address literal is made of stays, so that nothing can look
// like a clause or a comment of our own.
func receivedWord(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(".-_:[]", r):
			return r
		}
		return '?'
	}, s[:min(len(s), maxReceivedWord)])
}

// receivedComment keeps a text from ending the comment it stands in.
func receivedComment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f || r == '(' || r == ')' || r == '\\' {
			return '?'
		}
		return r
	}, s)
}
