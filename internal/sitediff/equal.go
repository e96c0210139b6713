package sitediff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"domigo/directory"
	"domigo/internal/sitetext"
	"domigo/settings"
)

// isList reports whether a setting is a set of entries.
func isList(row *settings.Row) bool {
	switch row.Type {
	case settings.WordList:
		return true
	case settings.Derived:
		return derivedList(row)
	}
	return namesGroups(row)
}

// namesGroups reports whether the entries of a setting may be groups of the
// directory.
func namesGroups(row *settings.Row) bool {
	switch row.Type {
	case settings.HostList, settings.DomainList, settings.AddrList, settings.SenderList, settings.MailboxList, settings.NameList:
		return true
	}
	return false
}

// derivedList reports whether Build makes a list of the documents.
func derivedList(row *settings.Row) bool { return row.Parts("") != nil }

// ordered reports whether the order of a list counts: DNS lists are asked one
// after the other until one knows the host, and the first local domain is the
// one of reports.
func ordered(row *settings.Row) bool {
	switch row.Key() {
	case "SMTPDNSBLSites", "SMTPDNSWLSites", "LocalPrimaryInternetDomain":
		return true
	}
	return false
}

// same compares two texts of a setting that is no list.
func same(row *settings.Row, a, b string) bool {
	if a == b || sitetext.Plain(a) == sitetext.Plain(b) { // a console gives control characters as Plain does
		return true
	}
	switch row.Type {
	case settings.Enum:
		x, ok := row.Enum[a]
		y, also := row.Enum[b]
		return ok && also && x == y
	case settings.Int, settings.Days, settings.Hours, settings.Minutes, settings.Seconds, settings.Kilobytes:
		x, ok := number(a)
		y, also := number(b)
		return ok && also && x == y
	case settings.TimeRange:
		x, err := settings.ParseWindow(a)
		y, bad := settings.ParseWindow(b)
		return err == nil && bad == nil && x == y
	case settings.Derived:
		return strings.EqualFold(a, b) && derivedList(row)
	}
	return false
}

// number reads a number as Build does: nothing is 0.
func number(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, err == nil
}

// normal gives the form in which entries of a list are compared.
func normal(row *settings.Row, entry string) string {
	entry = strings.ToLower(strings.TrimSpace(entry))
	switch row.Key() {
	case "AllowAccess", "DenyAccess":
		return strings.ToLower(directory.Canonical(entry))
	}
	if row.Type == settings.NameList {
		return strings.ToLower(directory.Canonical(entry))
	}
	if parts := row.Parts(entry); parts != nil {
		return fmt.Sprintf("%q", sorted(parts))
	}
	return entry
}

// sorted gives parts with the pieces of each list in one order, none twice.
func sorted(parts []settings.Part) []settings.Part {
	for i := range parts {
		slices.Sort(parts[i].Values)
		parts[i].Values = slices.Compact(parts[i].Values)
	}
	return parts
}

// without gives the entries of list that other does not have, in the order of
// their normal form, none twice.
func without(row *settings.Row, list, other []string) []string {
	has := map[string]bool{}
	for _, e := range other {
		has[normal(row, e)] = true
	}
	return pick(row, list, func(n string) bool { return !has[n] })
}

// both gives the entries that both lists have, likewise.
func both(row *settings.Row, list, other []string) []string {
	has := map[string]bool{}
	for _, e := range other {
		has[normal(row, e)] = true
	}
	return pick(row, list, func(n string) bool { return has[n] })
}

// pick gives the entries whose normal form is wanted, sorted by it, none twice.
func pick(row *settings.Row, list []string, wanted func(string) bool) []string {
	entries := map[string]string{}
	var order []string
	for _, e := range list {
		n := normal(row, e)
		if _, seen := entries[n]; !seen && wanted(n) {
			entries[n] = e
			order = append(order, n)
		}
	}
	slices.Sort(order)
	var out []string
	for _, n := range order {
		out = append(out, readable(row, entries[n]))
	}
	return out
}

// reordered reports whether two lists of the same entries have another order,
// where it counts.
func reordered(row *settings.Row, a, b []string) bool {
	if !ordered(row) {
		return false
	}
	first := func(list []string) []string {
		var out []string
		for _, e := range list {
			if n := normal(row, e); !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
		return out
	}
	x, y := first(a), first(b)
	if row.Type == settings.Derived { // only the first counts
		return len(x) > 0 && len(y) > 0 && x[0] != y[0]
	}
	return !slices.Equal(x, y)
}

// readable gives an entry of a list for people. Entries that Build made of
// documents get the names of their parts.
func readable(row *settings.Row, entry string) string {
	parts := row.Parts(entry)
	if parts == nil {
		return sitetext.Plain(entry)
	}
	var out []string
	for _, p := range parts {
		if len(p.Values) > 0 {
			out = append(out, strings.TrimSpace(p.Name+" "+strings.Join(p.Values, ", ")))
		}
	}
	return sitetext.Plain(strings.Join(out, "; "))
}
