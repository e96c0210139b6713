package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"unicode/utf8"

	"domigo/internal/smtpwire"
)

// boundary is the one that Domino's reports have.
const boundary = "==IFJRGLKFGIR25201654UHRUHIHD"

// part is the last part of a report, and the boundary that suits it.
type part struct {
	kind    string // media type
	mark    string
	content []byte
}

// part chooses what to return.
func (n *Notice) part() part {
	var p part
	if n.Original == nil {
		return part{kind: "text/rfc822-headers", mark: boundary}
	}
	p.content, p.kind = n.Original.header, "text/rfc822-headers"
	full := n.Kind == Failure && n.Original.content != nil
	if full {
		p.content, p.kind = n.Original.content, "message/rfc822"
	}
	if n.UTF8 && !smtpwire.IsASCII(n.Original.header) && utf8.Valid(n.Original.header) {
		// RFC 6533, 4: for a header with UTF-8.
		p.kind = "message/global-headers"
		if full {
			p.kind = "message/global"
		}
	}
	p.mark = mark(p.content)
	return p
}

// mark gives Domino's boundary, made longer when the content, itself a report
// perhaps, holds it. Content cannot hold its own hash.
func mark(content []byte) string {
	if !bytes.Contains(content, []byte(boundary)) {
		return boundary
	}
	sum := sha256.Sum256(content)
	return boundary + hex.EncodeToString(sum[:16])
}

func (p *part) write(out *printer) {
	out.line("Content-Type: %s", p.kind)
	if !smtpwire.IsASCII(p.content) {
		out.line("Content-Transfer-Encoding: 8bit")
	}
	out.line("")
	out.Write(p.content)
}
