package router

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"strings"
	"time"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
)

// boundary is the one that Domino's reports have.
const boundary = "==IFJRGLKFGIR25201654UHRUHIHD"

// report puts a failure report about recipients with one reason into the
// mail.box, from the null reverse path.
func (r *Router) report(ctx context.Context, j *job, to string, failures []outcome) error {
	body, err := r.c.Store.Body(ctx, j.Message)
	if err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	head, err := readOriginal(body)
	if err != nil {
		return err
	}
	full, err := r.wholeContent(ctx, j)
	if err != nil {
		return err
	}
	draft, err := r.c.Store.Create(ctx)
	if err != nil {
		return err
	}
	defer draft.Discard()
	n := notice{
		identity: j.s.Identity, domain: reportDomain(j.s), now: r.c.Now(), id: draft.ID(), to: to,
		envID: j.Envelope.EnvID, utf8: j.Envelope.UTF8, failures: failures, head: head, full: full,
	}
	content := n.bytes()
	if _, err := draft.Write(content); err != nil {
		return err
	}
	env := mailbox.Envelope{
		Received: n.now, Recipients: []mailbox.Recipient{{Address: to}},
		MessageID: n.messageID(), Report: true, UTF8: !sayable(to, false),
	}
	if isEightBit(content) {
		env.Body = "8BITMIME"
	}
	if err := draft.Commit(ctx, env); err != nil {
		return err
	}
	r.c.Log.Info().Str("mail", string(j.Message)).Str("report", string(draft.ID())).Str("to", to).Msg("failure report")
	return nil
}

// wholeContent gives the content to return, nil when only the header goes back:
// the sender asked for that (RFC 3461, 4.3), or it is larger than 256 KiB.
func (r *Router) wholeContent(ctx context.Context, j *job) ([]byte, error) {
	if j.Envelope.Return == "HDRS" || j.Envelope.Size > mostContent {
		return nil, nil
	}
	body, err := r.c.Store.Body(ctx, j.Message)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	content, err := io.ReadAll(io.LimitReader(body, mostContent+1))
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	if len(content) > mostContent {
		return nil, nil
	}
	return content, nil
}

// reportDomain gives the domain of Postmaster: the first primary one.
func reportDomain(s *settings.Snapshot) string {
	if len(s.Domains.Primary) > 0 {
		return s.Domains.Primary[0]
	}
	return s.Identity.HostName
}

// notice is a failure report on its way to text, in the layout of Domino 8.5.
type notice struct {
	identity settings.Identity
	domain   string
	now      time.Time
	id       mailbox.ID
	to       string
	envID    string
	utf8     bool // the original has SMTPUTF8
	failures []outcome
	head     *original
	full     []byte // the whole original, nil for its header alone
}

func (n *notice) messageID() string {
	return "<OF" + string(n.id) + "@" + n.domain + ">"
}

// bytes gives the whole report, lines ended by CR LF.
func (n *notice) bytes() []byte {
	mark := n.mark()
	var b bytes.Buffer
	line := func(format string, args ...any) {
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\r\n")
	}
	line("Date: %s", n.now.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
	line("From: Postmaster@%s", n.domain)
	line("To: %s", n.to)
	line("Subject: %s", foldWords("DELIVERY FAILURE: "+smtpwire.Clean(n.failures[0].reason)))
	line("Message-ID: %s", n.messageID())
	line("MIME-Version: 1.0")
	line("Content-Type: multipart/report; report-type=delivery-status;")
	line("\tboundary=\"%s\"", mark)
	line("")
	line("--%s", mark)
	line("Content-Type: text/plain; charset=UTF-8")
	line("Content-Transfer-Encoding: base64")
	line("")
	writeBase64(&b, n.text())
	line("")
	line("--%s", mark)
	line("Content-Type: message/delivery-status")
	line("")
	n.status(line)
	line("")
	line("--%s", mark)
	n.writeOriginal(&b, line)
	line("")
	line("--%s--", mark)
	return b.Bytes()
}

// mark gives Domino's boundary, made longer when the original, itself a report
// perhaps, holds it.
func (n *notice) mark() string {
	content := n.full
	if content == nil {
		content = n.head.raw
	}
	if bytes.Contains(content, []byte(boundary)) {
		return boundary + string(n.id)
	}
	return boundary
}

// text is what the sender reads.
func (n *notice) text() string {
	lines := []string{"Your message", "", "  Subject: " + n.head.subject(), "", "was not delivered to:", ""}
	for _, o := range n.failures {
		lines = append(lines, "  "+smtpwire.Clean(o.target.To))
	}
	lines = append(lines, "", "because:", "", "  "+smtpwire.Clean(n.failures[0].reason), "")
	return strings.Join(lines, "\r\n")
}

// status writes the fields for programs (RFC 3464).
func (n *notice) status(line func(string, ...any)) {
	line("Reporting-MTA: dns;%s", n.identity.HostName)
	if n.envID != "" {
		line("Original-Envelope-Id: %s", smtpwire.Clean(n.envID))
	}
	for _, o := range n.failures {
		line("")
		if o.target.ORcpt != "" {
			line("Original-Recipient: %s", reportOriginal(o.target.ORcpt, n.utf8))
		}
		line("Final-Recipient: %s", reportAddress(o.target.To))
		line("Action: failed")
		line("Status: %s", permanent(o.status))
		if o.remote != "" {
			line("Remote-MTA: smtp;%s", smtpwire.Clean(o.remote))
		}
		line("%s", foldHard("Diagnostic-Code: X-Notes; "+smtpwire.Clean(o.reason)))
	}
}

// permanent gives the status of a failed recipient. One that was put off until
// the message expired keeps its subject and detail (RFC 3463, 2: class 5 says
// that the message will not be sent again).
func permanent(status string) string {
	if rest, ok := strings.CutPrefix(status, "4."); ok {
		return "5." + rest
	}
	if status == "" {
		return "5.0.0"
	}
	return status
}

func (n *notice) writeOriginal(b *bytes.Buffer, line func(string, ...any)) {
	content, kind := n.full, "message/rfc822"
	if content == nil {
		content, kind = n.head.raw, "text/rfc822-headers"
	}
	if n.utf8 && isEightBit(n.head.raw) {
		// RFC 6533, 4: for a header with UTF-8.
		kind = "message/global"
		if n.full == nil {
			kind = "message/global-headers"
		}
	}
	line("Content-Type: %s", kind)
	if isEightBit(content) {
		line("Content-Transfer-Encoding: 8bit")
	}
	line("")
	b.Write(content)
	if !bytes.HasSuffix(content, []byte("\r\n")) {
		line("")
	}
}

func isEightBit(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

func writeBase64(b *bytes.Buffer, text string) {
	const width = 76
	enc := base64.StdEncoding.EncodeToString([]byte(text))
	for len(enc) > width {
		b.WriteString(enc[:width] + "\r\n")
		enc = enc[width:]
	}
	b.WriteString(enc + "\r\n")
}

// foldHard cuts a field at column 70, even inside a word, as Domino does with
// the Diagnostic-Code. Characters outside ASCII become "?", since the part has
// no character set.
func foldHard(field string) string {
	const column = 70
	ascii := []byte(strings.Map(func(c rune) rune {
		if c > '~' {
			return '?'
		}
		return c
	}, field))
	var b strings.Builder
	for len(ascii) > column {
		b.Write(ascii[:column])
		b.WriteString("\r\n ")
		ascii = ascii[column:]
	}
	b.Write(ascii)
	return b.String()
}

// foldWords folds a header's text before blanks, so that lines stay under 78
// octets where the words allow (RFC 5322, 2.1.1) and unfolding gives the text
// again. Text outside ASCII is encoded (RFC 2047).
func foldWords(text string) string {
	const width = 76
	var b strings.Builder
	column := len("Subject: ")
	for text = mime.BEncoding.Encode("UTF-8", text); text != ""; {
		blanks := len(text) - len(strings.TrimLeft(text, " "))
		end := strings.IndexByte(text[blanks:], ' ')
		if end < 0 {
			end = len(text) - blanks
		}
		piece := text[:blanks+end]
		if blanks > 0 && column+len(piece) > width && end > 0 {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteString(piece)
		column += len(piece)
		text = text[len(piece):]
	}
	return b.String()
}
