package itemmap

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"domigo/configdoc"
	"domigo/internal/sitetext"
	"domigo/settings"
)

// fit says how the values of an item go with a field.
type fit struct {
	score  float64 // 1 they speak for it, 0.5 they say nothing, 0 they speak against it
	reason string
}

// fits judges the values of an item by the field and its settings row, which is
// nil when no setting has it.
func fits(u *Unknown, f *configdoc.Field, row *settings.Row) fit {
	switch {
	case u.secret && row != nil && sitetext.Secret(row):
		return fit{1, "the value may be a secret, as the field's is"}
	case u.secret && len(u.values) == 0:
		return fit{0.15, "the value may be a secret, and the field's is none"}
	}
	if len(u.values) == 0 {
		return fit{0.5, "the value is blank and tells nothing"}
	}
	switch {
	case f.Kind == configdoc.Keyword:
		return fitsKeyword(u, f)
	case f.Kind == configdoc.Number:
		return fitsNumber(u, row)
	case row != nil && row.Type == settings.TimeRange:
		return fitsTime(u)
	case f.Kind == configdoc.List, f.Kind == configdoc.Names:
		return fitsList(u, f, row)
	case u.multi:
		return fit{0.1, "several values, and the field has one"}
	case numeric(u.values):
		return fit{0.25, "a number, and the field is a text"}
	}
	return fit{0.6, "a text, as the field is"}
}

func fitsKeyword(u *Unknown, f *configdoc.Field) fit {
	if u.multi {
		return fit{0, "several values, and the field is a keyword"}
	}
	for _, v := range u.values {
		if _, ok := f.Code(v); !ok {
			if u.secret {
				v = sitetext.Masked
			}
			return fit{0, fmt.Sprintf("%s is none of the field's values", show(f.Item, []string{v}))}
		}
	}
	var codes []string
	for _, c := range f.Codes {
		codes = append(codes, c.Code)
	}
	return fit{0.8, "the value is one of " + strings.Join(codes, ", ")}
}

func fitsNumber(u *Unknown, row *settings.Row) fit {
	for _, v := range u.values {
		n, err := strconv.ParseInt(v, 10, 64)
		switch {
		case err != nil:
			return fit{0, "no number, and the field is one"}
		case row != nil && (row.Min != 0 || row.Max != 0) && (n < row.Min || n > row.Max):
			return fit{0.1, fmt.Sprintf("the number is outside of %d to %d", row.Min, row.Max)}
		}
	}
	return fit{0.8, "a number within the field's bounds"}
}

func fitsTime(u *Unknown) fit {
	for _, v := range u.values {
		_, err := settings.ParseWindow(v)
		if err != nil && !(strings.HasPrefix(v, "T") && strings.Contains(v, " - T")) {
			return fit{0, "no time range, and the field is one"}
		}
	}
	return fit{1, "a time range, as the field is"}
}

// entry is what an entry of a list looks like.
type entry uint8

const (
	word    entry = iota // a group, a single name, "*"
	address              // user@domain, @domain
	network              // an IP address or a range, in brackets or not
	host                 // a name with a dot
	notes                // CN=John Doe/O=Acme, */O=Acme
	number               // digits alone
	other
)

func entryOf(s string) entry {
	bare := strings.Trim(s, "[]")
	_, bad := strconv.Atoi(s)
	switch {
	case bad == nil:
		return number
	case strings.ContainsRune(s, '@') && !strings.ContainsAny(s, " /"):
		return address
	case isNetwork(bare):
		return network
	case strings.Contains(s, "/") && !strings.HasPrefix(s, "/") && !strings.Contains(s, "://"):
		return notes
	case strings.ContainsAny(s, "/\\:=<>()"):
		return other
	case strings.Contains(s, ".") && !strings.Contains(s, " "):
		return host
	}
	return word
}

// isNetwork knows 10.1.2.3, 10.0.0.0/8, 10.1.*.*, 10.1.0-255.1, 2001:db8::/32.
func isNetwork(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	return strings.Count(s, ".") == 3 && strings.Trim(s, "0123456789.*-") == ""
}

// fitsList judges the entries by what the row's type takes.
func fitsList(u *Unknown, f *configdoc.Field, row *settings.Row) fit {
	seen := map[entry]int{}
	total := 0
	for _, v := range u.values {
		entries := configdoc.SplitList(v)
		if f.Kind == configdoc.Names {
			entries = []string{v}
		}
		for _, e := range entries {
			seen[entryOf(e)]++
			total++
		}
	}
	if seen[number] == total {
		return fit{0.1, "a number, and the field is a list"}
	}
	typ := settings.WordList
	if row != nil {
		typ = row.Type
	}
	good, what := takes(typ, f.Kind)
	n := seen[word]
	for _, e := range good {
		n += seen[e]
	}
	switch {
	case n < total:
		return fit{0.15, "an entry that " + what + " does not take"}
	case n > seen[word]:
		return fit{1, "entries of " + what + ", as the field is"}
	}
	return fit{0.6, "names, as " + what + " may have"}
}

// takes gives the entries that speak for a list of a type, and its name.
func takes(t settings.Type, kind configdoc.Kind) ([]entry, string) {
	switch {
	case t == settings.HostList:
		return []entry{network, host}, "a list of hosts"
	case t == settings.DomainList:
		return []entry{host}, "a list of domains"
	case t == settings.AddrList, t == settings.SenderList, t == settings.MailboxList:
		return []entry{address, host}, "a list of addresses"
	case t == settings.NameList, kind == configdoc.Names:
		return []entry{notes}, "a list of names"
	}
	return []entry{host, network, address, notes, number, other}, "a list"
}

// numeric reports whether every value is a number.
func numeric(values []string) bool {
	for _, v := range values {
		if _, err := strconv.ParseInt(v, 10, 64); err != nil {
			return false
		}
	}
	return true
}
