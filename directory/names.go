package directory

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// keyRoom is the room for a look-up key on the stack; longer names work and
// cost an allocation.
const keyRoom = 256

// Abbreviate gives a hierarchical name without its component types:
// CN=John Doe/O=Acme becomes John Doe/Acme. A name without known types comes
// back as it is, but for blanks around its components.
func Abbreviate(name string) string {
	if !strings.ContainsAny(name, "/=") {
		return strings.TrimSpace(name)
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		_, parts[i] = splitType(p)
	}
	return strings.Join(parts, "/")
}

// Canonical gives a hierarchical name with its component types: John
// Doe/Sales/Acme becomes CN=John Doe/OU=Sales/O=Acme. Types that are written
// stay. A last component of two letters behind at least two others is taken
// for the country. A flat name (John Doe) and an asterisk get no type.
func Canonical(name string) string {
	parts := strings.Split(name, "/")
	last := len(parts) - 1
	organization := last
	if kind, v := splitType(parts[last]); kind == "C" || kind == "" && last >= 2 && isCountry(v) {
		organization = last - 1
	}
	for i, p := range parts {
		kind, value := splitType(p)
		if kind == "" && value != "*" && last > 0 {
			kind = typeAt(i, organization)
		}
		if kind != "" {
			value = kind + "=" + value
		}
		parts[i] = value
	}
	return strings.Join(parts, "/")
}

// typeAt gives the type of the component at place i of a name whose
// organization stands at the given place.
func typeAt(i, organization int) string {
	switch {
	case i > organization:
		return "C"
	case i == 0:
		return "CN"
	case i == organization:
		return "O"
	}
	return "OU"
}

func isCountry(s string) bool {
	return len(s) == 2 && isLetter(s[0]) && isLetter(s[1])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// CommonName gives the first component of a hierarchical name without its type:
// John Doe for CN=John Doe/O=Acme. It gives a flat name as it is.
func CommonName(name string) string {
	first, _, _ := strings.Cut(name, "/")
	_, value := splitType(first)
	return value
}

// SameName reports whether two names are one: in canonical or abbreviated form
// alike, without regard to case and to the number of blanks. Accents count.
func SameName(a, b string) bool {
	var bufA, bufB [keyRoom]byte
	return string(appendName(bufA[:0], a, exact)) == string(appendName(bufB[:0], b, exact))
}

// MatchName reports whether a name matches a pattern: the name itself as in
// SameName, "*" for every name, or an asterisk for the components in front, as
// */O=Acme and */Sales/Acme. An asterisk elsewhere stands for itself.
func MatchName(pattern, name string) bool {
	var bufP, bufN [keyRoom]byte
	p := appendName(bufP[:0], pattern, exact)
	n := appendName(bufN[:0], name, exact)
	if len(n) == 0 {
		return false
	}
	if len(p) > 0 && p[0] == '*' && (len(p) == 1 || p[1] == '/') {
		ending := p[1:]
		return len(n) > len(ending) && string(n[len(n)-len(ending):]) == string(ending)
	}
	return string(p) == string(n)
}

// splitType takes a component apart: its type in upper case, "" when it has no
// known one, and its value without surrounding blanks.
func splitType(component string) (kind, value string) {
	component = strings.TrimSpace(component)
	before, after, found := strings.Cut(component, "=")
	if !found {
		return "", component
	}
	before = strings.TrimSpace(before)
	for _, known := range [...]string{"CN", "OU", "O", "C", "OU1", "OU2", "OU3", "OU4"} {
		if strings.EqualFold(before, known) {
			return known, strings.TrimSpace(after)
		}
	}
	return "", component
}

// How a key is folded. The loose way is for the local part of an address, where
// a dot or an underscore stands for the blank of a name.
const (
	exact = false
	loose = true
)

// appendName appends the key of a name: abbreviated, lower case, runs of blanks
// as one.
func appendName(key []byte, name string, way bool) []byte {
	for {
		component, rest, more := strings.Cut(name, "/")
		_, value := splitType(component)
		key = appendFolded(key, value, way)
		if !more {
			return key
		}
		key = append(key, '/')
		name = rest
	}
}

// appendAddress appends the key of an Internet address.
func appendAddress(key []byte, local, domain string) []byte {
	key = appendFolded(key, local, exact)
	key = append(key, '@')
	return appendFolded(key, domain, exact)
}

// appendFolded appends text in lower case, runs of blanks as one blank, none at
// the ends. Octets that are no UTF-8 stay.
func appendFolded(key []byte, text string, dotsAreBlanks bool) []byte {
	start, blank := len(key), false
	for i := 0; i < len(text); {
		c := text[i]
		if c == ' ' || c == '\t' || dotsAreBlanks && (c == '.' || c == '_') {
			blank = len(key) > start
			i++
			continue
		}
		if blank {
			key, blank = append(key, ' '), false
		}
		switch {
		case 'A' <= c && c <= 'Z':
			key = append(key, c|0x20)
			i++
		case c < utf8.RuneSelf:
			key = append(key, c)
			i++
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError {
				key = append(key, text[i:i+size]...)
			} else {
				key = utf8.AppendRune(key, unicode.ToLower(r))
			}
			i += size
		}
	}
	return key
}

// SplitAddress takes the text of a group member or of a forwarding address
// apart. An Internet address (a dot in the part behind the last "@") gives its
// local part and domain, also out of a phrase with angle brackets. Anything
// else is a name for the directory and comes back whole as local, a Notes
// domain behind it included (John Doe/Acme @ AcmeDomain), with no domain.
func SplitAddress(text string) (local, domain string) {
	text = strings.TrimSpace(text)
	if strings.HasSuffix(text, ">") {
		if i := strings.LastIndexByte(text, '<'); i >= 0 {
			text = strings.TrimSpace(text[i+1 : len(text)-1])
		}
	}
	i := strings.LastIndexByte(text, '@')
	if i < 0 {
		return text, ""
	}
	before, after := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
	if before == "" || !strings.Contains(after, ".") {
		return text, ""
	}
	return before, after
}

// splitTail takes a Notes domain off a name: "John Doe/Acme @ AcmeDomain". A
// tail with a dot is no Notes domain: the name keeps it and so matches nobody.
func splitTail(name string) (bare, domain string) {
	i := strings.IndexByte(name, '@')
	if i <= 0 || strings.Contains(name[i:], ".") {
		return name, ""
	}
	// Of several tails (user @ Domain @ Gateway) the one next to the name says
	// where the name is known.
	first, _, _ := strings.Cut(name[i+1:], "@")
	return strings.TrimSpace(name[:i]), strings.TrimSpace(first)
}

// cleaned gives the values of an item without blank ones, a value with line
// breaks as one value for each line.
func cleaned(values []string) []string {
	if !slices.ContainsFunc(values, func(v string) bool { return strings.ContainsRune(v, '\n') }) {
		return values
	}
	var out []string
	for _, v := range values {
		for line := range strings.SplitSeq(v, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
	}
	return out
}
