package smtpd

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/settings"
	"domigo/smtpd/policy"
)

const (
	// maxTranslated is how many addresses of one message are translated.
	maxTranslated = 1000
	// maxNotesName bounds a Notes name that takes an address's place, in octets.
	maxNotesName = 256
	// maxAtom keeps what stands between two folds, with a field's name in front,
	// below the 998 octets of a line (RFC 5322, 2.1.1).
	maxAtom = 900
	// foldAt is the length of a line with an encoded word (RFC 2047, 2).
	foldAt = 76
)

// translator turns the addresses of local users in a header section into Notes
// names (white paper, Appendix A: SMTPTranslateAddresses). Where Domino has a
// Notes name in the From item and the Internet address in InetFrom, there is
// here a field with the name as the phrase in front of the address, which every
// mail client can read, and an X-Inet field with the addresses behind it.
type translator struct {
	view   *settings.Snapshot
	dir    *directory.Directory
	parser mail.AddressParser
	asked  *directory.Asked // answers about dir's other directory, nil for none
	room   int              // addresses that may still be translated
}

func newTranslator(view *settings.Snapshot, dir *directory.Directory) *translator {
	// The words of a phrase are not looked at, so that their charset need not be
	// known; a phrase without a word would be an error.
	unread := func(string, io.Reader) (io.Reader, error) { return strings.NewReader("?"), nil }
	return &translator{view: view, dir: dir, room: maxTranslated,
		parser: mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: unread}}}
}

// translated gives the header section with Notes names in it, and what came
// with it. A section that is longer than what is kept stays as it is.
func (m *incoming) translated(ctx context.Context) []byte {
	s := m.session
	if s.view.SMTP.TranslateAddresses == settings.TranslateNone || m.cut {
		return *m.head
	}
	if !s.lookInto() {
		return *m.head
	}
	again := func() []byte {
		t := newTranslator(s.view, s.people.Directory)
		t.asked = s.people.Asked
		return t.section(*m.head)
	}
	out := again()
	if s.people.Fetch(ctx, s.srv.cfg.Assistance) {
		// Whom it cannot tell of keeps the address that was written.
		out = again()
	}
	return out
}

// section translates the fields at the start of b; all other octets stay.
func (t *translator) section(b []byte) []byte {
	var out []byte
	rest, kept := b, b // kept: from here on b is not yet in out
	for len(rest) > 0 {
		name, body, next, ok := nextField(rest)
		if !ok {
			break
		}
		if inet := t.inetName(name); inet != "" {
			if fields := t.field(name, inet, body); fields != nil {
				out = append(out, kept[:len(kept)-len(rest)]...)
				out = append(out, fields...)
				kept = next
			}
		}
		rest = next
	}
	if out == nil {
		return b
	}
	return append(out, kept...)
}

// inetName gives the field that keeps the addresses of the one named, after the
// Inet item of Domino's; "" for a field that is not translated.
func (t *translator) inetName(field string) string {
	field = strings.ToLower(field)
	if t.view.SMTP.TranslateAddresses == settings.TranslateFrom && field != "from" {
		return ""
	}
	switch field {
	case "from":
		return "X-Inet-From"
	case "sender":
		return "X-Inet-Sender"
	case "reply-to":
		return "X-Inet-ReplyTo"
	case "to":
		return "X-Inet-SendTo"
	case "cc":
		return "X-Inet-CopyTo"
	case "bcc":
		return "X-Inet-BlindCopyTo"
	}
	return ""
}

// field gives an address field with Notes names and the field inet behind it, or
// nil when nothing of it is translated: nobody in it is known, or it cannot be
// read to its end.
func (t *translator) field(name, inet string, body []byte) []byte {
	if !bytes.HasSuffix(body, []byte("\r\n")) {
		return nil
	}
	text := blankless(strings.ReplaceAll(string(body), "\r\n", ""))
	if strings.ContainsAny(text, "\r\n\x00") {
		return nil
	}
	list := t.mailboxes(text)
	names := make([][]string, 0, len(list))
	var originals [][]string
	changed := false
	for _, b := range list {
		phrase := b.written
		if b.address != "" {
			if n := t.notesAddress(b.address); n != "" && n != b.written {
				phrase, changed = n, true
			}
		}
		names = append(names, atoms(b.before+phrase+b.after))
		if t.view.SMTP.TranslatePreserve822 {
			originals = append(originals, atoms(b.before+b.written+b.after))
		} else if b.address != "" {
			originals = append(originals, []string{path821(b.address) + ","})
		}
	}
	if !changed {
		return nil
	}
	last := originals[len(originals)-1]
	last[len(last)-1] = strings.TrimSuffix(last[len(last)-1], ",")
	out, fits := appendFolded(nil, name, names)
	out, alsoFits := appendFolded(out, inet, originals)
	if !fits || !alsoFits {
		return nil
	}
	return out
}

// notesAddress gives a local user's Notes name with the address behind it, as
// "John Doe/Acme@ACME" <John.Doe@acme.com>; "" for everybody else.
func (t *translator) notesAddress(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i <= 0 || t.room == 0 {
		return ""
	}
	v := t.view
	domain := smtpwire.ASCIIDomain(address[i+1:])
	q := policy.Question(v, address[:i], domain)
	q.PrimaryOnly = v.Router.PrimaryOnly // the name is that of whom the Router would find
	switch {
	case domain == "":
		return ""
	case !v.Domains.IsLocal(domain) && !v.SMTP.TranslateForeign:
		return ""
	case !v.Domains.IsLocal(domain):
		// The local part of a foreign address says nothing about who it is here:
		// anybody could borrow a name of the directory.
		q.Mode = directory.FullnameOnly
	case v.SMTP.TranslateFullFirst:
		q.Mode = directory.FullnameThenLocalPart
	}
	t.room--
	found, state := directory.View{Directory: t.dir, Asked: t.asked}.Lookup(q)
	if state != directory.Complete || len(found) != 1 || found[0].Kind != directory.Person || len(found[0].FullName) == 0 {
		return ""
	}
	e := found[0]
	name := smtpwire.Clean(e.Name())
	if d := e.MailDomain; d != "" {
		name += "@" + smtpwire.Clean(d)
	} else if d := v.Identity.Domain; d != "" {
		name += "@" + d
	}
	if len(name) > maxNotesName {
		return ""
	}
	return (&mail.Address{Name: name, Address: address}).String()
}

// path821 gives an address as a path of RFC 821, the form of Inet items since
// release 6.5.2.
func path821(address string) string { return (&mail.Address{Address: address}).String() }

// listed is one place of an address list.
type listed struct {
	before  string // name of the group that begins here, with its colon
	written string
	address string // "" when nothing but a group's begin or end is here
	after   string // what ends it: a comma, a group's semicolon
}

// mailboxes takes an address list apart, so that what is not translated can stay
// as it was written; nil when the list cannot be read. Both readings, that of
// the whole list and that of each place, must find the same addresses.
func (t *translator) mailboxes(text string) []listed {
	whole, err := t.parser.ParseList(text)
	if err != nil {
		return nil
	}
	list := splitList(text)
	for i := range list {
		b := &list[i]
		if b.written == "" {
			continue
		}
		a, err := t.parser.Parse(b.written)
		if err != nil || len(whole) == 0 || whole[0].Address != a.Address {
			return nil
		}
		b.address, whole = a.Address, whole[1:]
	}
	if len(whole) > 0 {
		return nil
	}
	return list
}

// splitList cuts an address list at its commas, colons and semicolons, leaving
// quoted strings, comments, angle brackets and domain literals whole (RFC 5322,
// 3.4). Empty places are left out.
func splitList(text string) []listed {
	var out []listed
	var now listed
	var s scanner
	from := 0
	put := func(i int) {
		now.written = blankless(text[from:i])
		from = i
		if now.before+now.written+now.after != "" {
			out = append(out, now)
		}
		now = listed{}
	}
	for i := range len(text) {
		c := text[i]
		if !s.outside(c) {
			continue
		}
		switch c {
		case ':':
			now.before = blankless(text[from:i]) + ": "
			from = i + 1
		case ',':
			if blankless(text[from:i]) == "" && now.before == "" {
				// Nothing, or the comma behind a group.
				if n := len(out); n > 0 && strings.HasSuffix(out[n-1].after, ";") {
					out[n-1].after += ","
				}
				from = i + 1
				continue
			}
			now.after = ","
			put(i)
			from = i + 1
		case ';':
			now.after = ";"
			put(i)
			from = i + 1
		}
	}
	put(len(text))
	return out
}

// blankless gives s without the blanks of RFC 5322 around it; any other is part
// of a word.
func blankless(s string) string { return strings.Trim(s, " \t") }

// scanner follows the nesting of an address list.
type scanner struct {
	quoted, escaped, angle, literal bool
	comment                         int
}

// outside takes the next octet and reports whether it stands outside of
// everything that may hold any character.
func (s *scanner) outside(c byte) bool {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\' && (s.quoted || s.comment > 0 || s.literal):
		s.escaped = true
	case s.quoted:
		s.quoted = c != '"'
	case c == '(' && !s.literal:
		s.comment++
	case s.comment > 0:
		if c == ')' {
			s.comment--
		}
	case s.literal:
		s.literal = c != ']'
	case c == '"':
		s.quoted = true
	case c == '[':
		s.literal = true
	case s.angle:
		s.angle = c != '>'
	case c == '<':
		s.angle = true
	default:
		return true
	}
	return false
}

// atoms gives the parts between which a place of a list may be folded at its
// one blank: behind encoded words. All else stays together.
func atoms(text string) []string {
	parts := strings.SplitAfter(text, "?= ")
	for i := range parts[:len(parts)-1] {
		parts[i] = strings.TrimSuffix(parts[i], " ")
	}
	return parts
}

// appendFolded adds a field, folded between its places (RFC 5322, 2.2.3). It
// reports false when one of them is too long for a line.
func appendFolded(out []byte, name string, places [][]string) ([]byte, bool) {
	out = append(append(out, name...), ':')
	line := len(name) + 1
	for _, atom := range slices.Concat(places...) {
		if len(atom) > maxAtom {
			return nil, false
		}
		if line+1+len(atom) > foldAt {
			out, line = append(out, "\r\n"...), 0
		}
		out = append(append(out, ' '), atom...)
		line += 1 + len(atom)
	}
	return append(out, "\r\n"...), true
}
