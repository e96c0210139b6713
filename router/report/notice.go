package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"domigo/internal/smtpwire"
)

// Errors of a notice that is none; test them with errors.Is.
var (
	// ErrNoRecipients: a report tells of one recipient at least (RFC 3464, 2.1).
	ErrNoRecipients = errors.New("report: no recipients")
	// ErrKind: the kind is none of the four.
	ErrKind = errors.New("report: unknown kind")
)

// Recipient is what there is to say of one recipient. A control character
// in any of its texts goes out as "?".
type Recipient struct {
	// Address is where the message was on its way to, without angle brackets.
	Address string
	// ORcpt is the ORCPT parameter, decoded "type;address", "" for none. One of
	// more than 500 octets, or without a type, is left out (RFC 3461, 4.2).
	ORcpt string
	// Reason is the reason in Domino's words; lines of another server's reply
	// stand in lines of their own. What is over 4096 octets is cut off.
	Reason string
	// Status is the status code of RFC 3463. Its class becomes that of the
	// report's kind; "" or what is none becomes X.0.0.
	Status string
	// Remote is the host that gave the reason or took the message, "" if that
	// was this server.
	Remote string
	// Class chooses the text of the administrator's that the report adds.
	Class Class
	// LastAttempt is when the Router tried last. A failure report does not tell
	// it, as Domino's do not.
	LastAttempt time.Time
	// RetryUntil is when the message expires; only a delay report tells it.
	RetryUntil time.Time
}

// Notice is one report. Its recipients share the reason, which is the Subject
// of a failure report; where they do not, the Subject has the first one's and
// the text has each.
type Notice struct {
	Kind      Kind
	Host      string // full Internet host name of this server: Reporting-MTA
	Domain    string // of the author, Postmaster
	To        string // who gets the report
	EnvID     string // ENVID parameter, decoded; more than 100 octets are left out (RFC 3461, 4.4)
	MessageID string // the report's own with its angle brackets; "" for none (RFC2822MessageId=0)
	Now       time.Time
	Arrival   time.Time // when this server took the message; a failure report does not tell it
	UTF8      bool      // the original came with SMTPUTF8
	// Language of what a person reads: "de" with or without a region is German,
	// everything else English. What programs read is always English.
	Language string
	// Texts are the administrator's, by class; each one goes once into the text,
	// behind what Domino says. Lines of one end by LF or CR LF. What is over
	// 32 KiB is cut off.
	Texts map[Class]string
	// LowPriorityRange is the time range that low-priority mail waits for, as it
	// is to be shown. A delay report with it tells of that and not of a failure.
	LowPriorityRange string
	Recipients       []Recipient
	// Original is what to return. Its body goes back with a failure only, whatever
	// it has (RFC 3461, 4.3). nil stands for a message without a header.
	Original *Original
}

// Bounds of single values in a report, in octets.
const (
	mostReason  = 4096
	mostAddress = 512
	mostSubject = 480
	mostEnvID   = 100
	mostORcpt   = 500
	mostText    = 32 << 10
)

// EightBit says whether the report has octets outside ASCII, so that its
// envelope has to say 8BITMIME (RFC 6152).
func (n *Notice) EightBit() bool {
	return n.NeedsUTF8() || !smtpwire.IsASCII(n.part().content)
}

// NeedsUTF8 says whether the report's own header has UTF-8 in an address, so
// that its envelope has to say SMTPUTF8 (RFC 6531).
func (n *Notice) NeedsUTF8() bool {
	return !smtpwire.IsASCII(n.to()) || !smtpwire.IsASCII(n.domain())
}

func (n *Notice) to() string     { return word(n.To, mostAddress) }
func (n *Notice) domain() string { return word(n.Domain, mostAddress) }

// WriteTo writes the report, lines ended by CR LF and none longer than 998
// octets (RFC 5322, 2.1.1), and gives the number of octets. An error is
// ErrNoRecipients or ErrKind, with nothing written, or that of w.
func (n *Notice) WriteTo(w io.Writer) (int64, error) {
	if len(n.Recipients) == 0 {
		return 0, ErrNoRecipients
	}
	if n.Kind >= kinds {
		return 0, fmt.Errorf("%w: %d", ErrKind, n.Kind)
	}
	count := &counter{w: w}
	out := &printer{bufio.NewWriter(count)}
	p := n.part()
	n.writeHeader(out, p.mark)
	out.line("--%s", p.mark)
	out.line("Content-Type: text/plain; charset=UTF-8")
	out.line("Content-Transfer-Encoding: base64")
	out.line("")
	if err := n.writeText(out); err != nil {
		return count.n, err
	}
	out.line("")
	out.line("--%s", p.mark)
	out.line("Content-Type: message/delivery-status")
	out.line("")
	n.writeStatus(out)
	out.line("")
	out.line("--%s", p.mark)
	p.write(out)
	out.line("")
	out.line("--%s--", p.mark)
	err := out.flush(count)
	return count.n, err
}

func (n *Notice) writeHeader(out *printer, mark string) {
	out.line("Date: %s", mailDate(n.Now))
	out.line("From: Postmaster@%s", n.domain())
	if to := n.to(); to != "" {
		out.line("To: %s", to)
	}
	out.line("%s", foldWords("Subject: ", n.subject()))
	if id := word(n.MessageID, mostAddress); id != "" {
		out.line("Message-ID: %s", id)
	}
	out.line("MIME-Version: 1.0")
	out.line("Content-Type: multipart/report; report-type=delivery-status;")
	out.line("\tboundary=\"%s\"", mark)
	out.line("")
}

// subject names the reason of a failure. There is nothing to explain in the
// other kinds, so they name the message.
func (n *Notice) subject() string {
	ph := phrasesOf(n.Language)
	what := n.Original.subject()
	if n.Kind == Failure {
		what = ph.reason(one(n.Recipients[0].Reason, mostReason))
	}
	return ph.prefix[n.Kind] + cut(what, mostSubject)
}

// mailDate gives a time as header fields have it (RFC 5322, 3.3).
func mailDate(t time.Time) string { return t.Format("Mon, 2 Jan 2006 15:04:05 -0700") }

// printer writes lines. The buffer keeps the first error for flush.
type printer struct{ *bufio.Writer }

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.Writer, format, args...)
	p.WriteString("\r\n")
}

// flush gives the error of the writer below, if there was one.
func (p *printer) flush(c *counter) error {
	if err := p.Flush(); err != nil {
		return fmt.Errorf("write report after %d octets: %w", c.n, err)
	}
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
