package directory

import (
	"slices"
	"strings"
)

// keyRoom is the room for a look-up key on the stack; longer names work and
// cost an allocation.
const keyRoom = 256

// Abbreviate gives a hierarchical name without its component types:
// CN=John Doe/O=Acme becomes John Doe/Acme. A name whose abbreviated form would
// be read as another one, as CN=John Doe/C=US, comes back in canonical form (topic
// "Abbreviated (NotesName)"). A foreign type stays with its component: UID=jdoe. A
// flat name comes back as it is, but for blanks at its ends.
func Abbreviate(name string) string {
	if !strings.ContainsAny(name, "/=") {
		return strings.TrimSpace(name)
	}
	parts := strings.Split(name, "/")
	organization := organizationOf(parts)
	clear, foreign := true, false
	for i, p := range parts {
		kind, value := splitType(p)
		switch {
		case !strings.Contains(value, "="):
			clear = clear && fits(kind, value, i, len(parts), organization)
		case kind != "":
			return Canonical(name) // the value would be taken for a type
		default:
			foreign = true
		}
		parts[i] = value
	}
	// Beside a foreign type, the place of a component means nothing.
	if !clear && !foreign {
		return Canonical(name)
	}
	return strings.Join(parts, "/")
}

// fits reports whether a component at place i of n has the type that Canonical
// would give it there, or none.
func fits(kind, value string, i, n, organization int) bool {
	switch kind {
	case "":
		return true
	case "CN":
		return i == 0
	case "C":
		return i == n-1 && i >= 2 && isCountry(value)
	case "O":
		return i == organization && i > 0 && !(i == n-1 && i >= 2 && isCountry(value))
	}
	return i > 0 && i < organization
}

// Canonical gives a hierarchical name with its component types: John
// Doe/Sales/Acme becomes CN=John Doe/OU=Sales/O=Acme. Types that are written
// stay, known or not. What has none is told by its place: the last is the
// organization, the first the common name, all between, however many, are
// organizational units, and a last component of two letters behind at least two
// others is the country, as the name of an organization has three letters at
// least. A flat name (John Doe), an asterisk and an empty component get no type.
//
// A slash always parts components: Domino's names know no escape for it.
func Canonical(name string) string {
	parts := strings.Split(name, "/")
	organization := organizationOf(parts)
	for i, p := range parts {
		kind, value := splitType(p)
		if kind == "" && len(parts) > 1 && value != "*" && value != "" && !strings.Contains(value, "=") {
			kind = typeAt(i, organization)
		}
		if kind != "" {
			value = kind + "=" + value
		}
		parts[i] = value
	}
	return strings.Join(parts, "/")
}

// organizationOf gives the place of the organization among the components of a
// name: the last, or the one before the country.
func organizationOf(parts []string) int {
	last := len(parts) - 1
	if kind, v := splitType(parts[last]); kind == "C" || kind == "" && last >= 2 && isCountry(v) {
		return last - 1
	}
	return last
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
// John Doe for CN=John Doe/O=Acme. It gives a flat name as it is, and "" for a
// name that begins with another type, as OU=Sales/O=Acme does.
func CommonName(name string) string {
	first, _, _ := strings.Cut(name, "/")
	kind, value := splitType(first)
	if kind != "" && kind != "CN" {
		return ""
	}
	return value
}

// SameName reports whether two names are one: in canonical or abbreviated form
// alike, without regard to case and to the number of blanks. Accents count, and
// so does the order of organizational units.
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
