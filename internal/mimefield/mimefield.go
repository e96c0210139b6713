// Package mimefield reads Content-Type and Content-Disposition fields as mail
// has them, which is often not as RFC 2045 has them: file names with blanks that
// nobody quoted, boundaries with "=", parameters that come twice. Whoever looks
// for parts or attachments must see what the recipient's program will see. It
// also gives text of any character set as UTF-8.
//
// Which fields count, and what is made of the parts, is for its callers.
package mimefield

import (
	"cmp"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Parse reads the value of a Content-Type or Content-Disposition field, folded or
// not: the type or disposition in lower case, "" without one, and the parameters
// under their names in lower case (RFC 2045, 5.1; RFC 2183, 2; RFC 2231). What is
// against the rules is read loosely; of a parameter that comes twice the first
// counts, but one in the form of RFC 2231 before one without.
func Parse(value string) (kind string, params map[string]string) {
	if !strings.Contains(value, "*") { // mime knows two character sets for RFC 2231, and drops the rest
		if kind, params, err := mime.ParseMediaType(value); err == nil {
			return kind, params
		}
	}
	return loose(strings.TrimLeft(value, blanks))
}

// blanks are what stands between words, line ends of a folded field included.
const blanks = " \t\r\n"

// loose reads as much of a field as can be understood.
func loose(v string) (kind string, params map[string]string) {
	end := strings.IndexAny(v, blanks+";(")
	if end < 0 {
		end = len(v)
	}
	kind, rest := strings.ToLower(v[:end]), v[end:]
	params = map[string]string{}
	var parts []part
	for rest != "" {
		rest = strings.TrimLeft(rest, ";"+blanks)
		name := rest
		if i := strings.IndexAny(rest, "=;"); i >= 0 {
			name = rest[:i]
		}
		rest = rest[len(name):]
		if !strings.HasPrefix(rest, "=") {
			continue
		}
		// A word without a semicolon may stand in front of the name.
		words := strings.Fields(name)
		if len(words) == 0 {
			rest = rest[1:]
			continue
		}
		name = strings.ToLower(words[len(words)-1])
		var val string
		val, rest = looseValue(name, strings.TrimLeft(rest[1:], blanks))
		if base, mark, ok := strings.Cut(name, "*"); ok {
			parts = append(parts, newPart(base, mark, val))
		} else if _, known := params[name]; !known {
			params[name] = val
		}
	}
	join(parts, params)
	return kind, params
}

// looseValue cuts the value of a parameter, quoted or not, from s. A file name
// that is not quoted may have blanks.
func looseValue(name, s string) (val, rest string) {
	if !strings.HasPrefix(s, `"`) {
		end := ";" + blanks
		if strings.HasSuffix(name, "name") {
			end = ";"
		}
		i := strings.IndexAny(s, end)
		if i < 0 {
			i = len(s)
		}
		return strings.Trim(s[:i], blanks), s[i:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// part is a piece of a parameter's value (RFC 2231, 3 and 4).
type part struct {
	name    string
	number  int
	encoded bool
	text    string
}

// newPart reads what stands behind the asterisk of a name: nothing, a number, or
// a number and an asterisk.
func newPart(name, mark, text string) part {
	digits := strings.TrimSuffix(mark, "*")
	n, _ := strconv.Atoi(digits) // what is no number stands first, so that it is not lost
	return part{name: name, number: n, encoded: mark == "" || digits != mark, text: text}
}

// join puts the pieces of each parameter together.
func join(parts []part, params map[string]string) {
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.number, b.number))
	})
	for len(parts) > 0 {
		name, charset := parts[0].name, ""
		var b strings.Builder
		for first := true; len(parts) > 0 && parts[0].name == name; first = false {
			p := parts[0]
			parts = parts[1:]
			if p.encoded && first {
				if words := strings.SplitN(p.text, "'", 3); len(words) == 3 {
					charset, p.text = words[0], words[2]
				}
			}
			if p.encoded {
				p.text = unescape(p.text)
			}
			b.WriteString(p.text)
		}
		params[name] = Text(charset, []byte(b.String()))
	}
}

// unescape decodes the octets written as % and two digits; a text in which one is
// wrong stays as it is.
func unescape(s string) string {
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}
