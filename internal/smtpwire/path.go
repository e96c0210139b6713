package smtpwire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a path in octets. RFC 5321, 4.5.3.1, asks a server to take a local
// part of 64, a domain of 255 and a path of 256; the local part is longer here
// because a Notes name with its hierarchy easily is, and the path grows with
// it. The lengths count quotes, and that of the path a source route.
//
// Outside of this package only tests ask for MaxLocal.
const (
	MaxLocal  = 255
	maxDomain = 255
	MaxPath   = MaxLocal + maxDomain + len("<@>")
)

// Reasons why a path is refused. The exported ones are also those of a caller who
// reads addresses that stand alone.
var (
	ErrNoAddress     = errors.New("address missing")
	errNoBrackets    = errors.New("address not in angle brackets")
	errUnclosed      = errors.New("angle bracket or quote not closed")
	ErrTrailing      = errors.New("text directly behind the address")
	errControl       = errors.New("control character")
	errNonASCII      = errors.New("octet outside ASCII")
	errUTF8          = errors.New("not UTF-8")
	errTooLong       = errors.New("address too long")
	errLocal         = errors.New("local part not valid")
	errDomain        = errors.New("domain not valid")
	errNumericDomain = errors.New("numeric domain without brackets")
	errRoute         = errors.New("source route not valid")
)

// AddressError tells why the text of a MAIL or RCPT command is no path. Text
// is what the client sent and may hold any octet; Error shows it quoted.
type AddressError struct {
	Text   string
	Reason error
}

// Error gives the reason with the text, safe for a log line.
func (e *AddressError) Error() string { return fmt.Sprintf("path %.80q: %v", e.Text, e.Reason) }

// Unwrap gives the reason.
func (e *AddressError) Unwrap() error { return e.Reason }

// Path is a reverse-path or forward-path (RFC 5321, 4.1.2), taken apart once so
// that the relay decision, the queue and the next hop see the same address.
//
// The domain is what stands behind the last @ outside quotes. a%b@local,
// b!a@local, "a@b"@local and a@b@local are therefore all addresses at local,
// whatever their local part looks like.
type Path struct {
	Local   string   // as written, with its quotes if it had any
	Domain  string   // as written; empty for a name alone, such as postmaster
	Route   []string // domains of a source route, first hop first; no part of the address (RFC 5321, 3.6.1)
	Raw     string   // as written inside the angle brackets, source route included
	Literal bool     // Domain is an address literal in brackets
}

// String gives the address without angle brackets and without source route;
// empty for the null path. It holds printable characters only, and those of
// ASCII only if it comes from ParsePath.
func (p Path) String() string {
	if p.Domain == "" {
		return p.Local
	}
	return p.Local + "@" + p.Domain
}

// IsASCII reports whether the path can be said without SMTPUTF8, its source
// route included.
func (p Path) IsASCII() bool { return IsASCII(p.Raw) }

// IsNull reports whether the path is <>.
func (p Path) IsNull() bool { return p.Local == "" && p.Domain == "" }

const blanks = " \t"

// ParsePath reads arg, the text behind "FROM:" or "TO:", and gives the path and
// the parameters behind it for ParseParams.
//
// With strict (SMTPStrict821AddressSyntax=1) the address stands in angle
// brackets and nothing but blanks stands before them. Otherwise a bare address,
// a display name before the brackets, blanks just inside the brackets, and
// single blanks within a local part (a Notes name) are accepted too. Blanks
// before the bracket are accepted always, as Domino does.
//
// A local part may use dots anywhere and hold further @ characters. A domain is
// a host name (underscores allowed) or a literal of an IPv4 or IPv6 address.
// Errors are of type *AddressError.
func ParsePath(arg string, strict bool) (p Path, rest string, err error) {
	return parsePath(arg, strict, checkOctets)
}

// ParsePathUTF8 is ParsePath for a MAIL or RCPT command of a transaction with
// SMTPUTF8 (RFC 6531, 3.3): characters outside ASCII may stand in the local
// part, in the domain (as U-labels) and behind the path. What Clean would
// replace may not. The limits count octets, and those of a domain its A-labels
// too; a local part keeps the normalization form it has.
func ParsePathUTF8(arg string, strict bool) (p Path, rest string, err error) {
	return parsePath(arg, strict, checkUTF8)
}

func parsePath(arg string, strict bool, check func(string) error) (p Path, rest string, err error) {
	if err = check(arg); err == nil {
		p, rest, err = cutPath(arg, strict)
	}
	if err != nil {
		return Path{}, "", &AddressError{Text: arg, Reason: err}
	}
	return p, rest, nil
}

func cutPath(arg string, strict bool) (p Path, rest string, err error) {
	arg = strings.Trim(arg, blanks)
	if arg == "" {
		return p, "", ErrNoAddress
	}
	open := 0
	if arg[0] != '<' {
		if strict {
			return p, "", errNoBrackets
		}
		if open = bracketAfterName(arg); open < 0 {
			return parseBare(arg)
		}
	}
	arg = arg[open+1:]
	end, ok := indexUnquoted(arg, "<>")
	if !ok || end < 0 || arg[end] == '<' {
		return p, "", errUnclosed
	}
	rest = arg[end+1:]
	if rest != "" && !strings.Contains(blanks, rest[:1]) {
		return p, "", ErrTrailing
	}
	p, err = parseMailbox(arg[:end], strict)
	return p, strings.Trim(rest, blanks), err
}

// parseBare reads an address without brackets, which ends at the first blank.
func parseBare(arg string) (Path, string, error) {
	end, ok := indexUnquoted(arg, blanks)
	if !ok {
		return Path{}, "", errUnclosed
	}
	rest := ""
	if end >= 0 {
		arg, rest = arg[:end], strings.Trim(arg[end:], blanks)
	}
	p, err := parseMailbox(arg, false)
	return p, rest, err
}

// bracketAfterName finds the angle bracket behind a display name; -1 if there
// is none. A bracket behind an equals sign is the value of a parameter, such as
// AUTH=<> behind a bare address.
func bracketAfterName(arg string) int {
	for i := 0; ; {
		n, ok := indexUnquoted(arg[i:], "<")
		if !ok || n < 0 {
			return -1
		}
		n += i
		word := arg[strings.LastIndexAny(arg[:n], blanks)+1 : n]
		if !strings.Contains(word, "=") {
			return n
		}
		i = n + 1
	}
}

// indexUnquoted gives the place of the first octet of s that is in set and
// outside quoted strings, or -1. It says false if a quoted string does not end
// before that.
func indexUnquoted(s, set string) (int, bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(set, s[i]) >= 0:
			return i, true
		}
	}
	return -1, !quoted
}

// parseMailbox reads what stands between the angle brackets.
func parseMailbox(s string, strict bool) (p Path, err error) {
	p.Raw = s
	if len(s)+len("<>") > MaxPath {
		return p, errTooLong
	}
	if !strict {
		s = strings.Trim(s, blanks)
	}
	if s == "" {
		return p, nil
	}
	if s[0] == '@' {
		if p.Route, s, err = parseRoute(s); err != nil {
			return p, err
		}
	}
	p.Local = s
	if at := lastUnquotedAt(s); at >= 0 {
		p.Local, p.Domain = s[:at], s[at+1:]
		if p.Literal, err = checkDomain(p.Domain); err != nil {
			return p, err
		}
	}
	return p, checkLocal(p.Local, strict)
}

// lastUnquotedAt gives the place of the last @ outside quoted strings, or -1.
func lastUnquotedAt(s string) int {
	at := -1
	for i := 0; ; {
		n, _ := indexUnquoted(s[i:], "@")
		if n < 0 {
			return at
		}
		at = i + n
		i = at + 1
	}
}

// parseRoute takes a source route, "@one,@two:", off the front of s.
func parseRoute(s string) (route []string, mailbox string, err error) {
	for {
		if s == "" || s[0] != '@' {
			return nil, "", errRoute
		}
		end := strings.IndexAny(s, ",:")
		if strings.HasPrefix(s, "@[") {
			// An IPv6 literal has colons of its own.
			if end = strings.IndexByte(s, ']') + 1; end == len(s) {
				end = -1
			}
		}
		if end <= 0 {
			return nil, "", errRoute
		}
		if _, err := checkDomain(s[1:end]); err != nil {
			return nil, "", fmt.Errorf("%w: %w", errRoute, err)
		}
		route = append(route, s[1:end])
		sep := s[end]
		s = s[end+1:]
		switch {
		case sep == ':' && s != "":
			return route, s, nil
		case sep != ',':
			return nil, "", errRoute
		}
	}
}

// checkLocal refuses a local part that is neither a quoted string (RFC 5321,
// 4.1.2) nor a run of atext, dots and @.
func checkLocal(s string, strict bool) error {
	switch {
	case s == "":
		return errLocal
	case len(s) > MaxLocal:
		return errTooLong
	case strings.Contains(s, "\t"):
		return errControl
	case s[0] == '"':
		return checkQuoted(s)
	case s[0] == ' ' || s[len(s)-1] == ' ', s[0] == '@': // "@x@y" would be read again as a source route
		return errLocal
	}
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' && !strict && s[i-1] != ' ' {
			continue
		}
		if s[i] <= ' ' || strings.IndexByte(`()<>[]:;,\"`, s[i]) >= 0 {
			return errLocal
		}
	}
	return nil
}

// checkQuoted refuses a local part that begins with a quote and is not one
// quoted string as a whole.
func checkQuoted(s string) error {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			if i == len(s)-1 {
				return nil
			}
			return errLocal
		}
	}
	return errLocal
}

// checkOctets refuses what may stand nowhere in a MAIL or RCPT command without
// SMTPUTF8.
func checkOctets(s string) error {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0x80:
			return errNonASCII
		case c < ' ' && c != '\t', c == 0x7f:
			return errControl
		}
	}
	return nil
}

// checkUTF8 refuses what may stand nowhere in a MAIL or RCPT command with
// SMTPUTF8.
func checkUTF8(s string) error {
	if !utf8.ValidString(s) {
		return errUTF8
	}
	for _, r := range s {
		if r != '\t' && cleanRune(r) != r {
			return errControl
		}
	}
	return nil
}
