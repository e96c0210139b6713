// Package match holds the kinds of lists that Domino's mail controls use,
// compiled for fast look-ups: connecting hosts, destination domains, mail
// addresses (with domains, or whole mailboxes alone) and Notes names. A list is
// immutable; matching one allocates nothing. What can never match is kept aside
// as Unusable, with the reason, and matches nobody.
//
// Entries follow the help topics "Setting inbound relay controls" and
// "Restricting inbound SMTP connections". Which list stands for what, and what
// a match means, is the business of the decisions that use them.
package match

import (
	"fmt"
	"strings"
)

// Groups resolves the group names that a list may hold: groups of the types
// Mail only and Multi-purpose of the primary directory. The functions that make a
// list need one: NoGroups where there is none.
type Groups interface {
	// Expand gives the members of a group, nested groups expanded.
	Expand(group string) (members []string, ok bool)
	// Address gives the Internet address of a member that is a person's name,
	// "" when there is none.
	Address(member string) string
}

// NoGroups resolves no group at all.
type NoGroups struct{}

// Expand finds nothing.
func (NoGroups) Expand(string) ([]string, bool) { return nil, false }

// Address finds nothing.
func (NoGroups) Address(string) string { return "" }

// Unusable is a list entry that can never match, and why.
type Unusable struct {
	Entry  string
	Reason string
	Group  bool // it can only be a group's name, and no group has it or the group is empty
}

// String gives "entry: reason".
func (u Unusable) String() string { return fmt.Sprintf("%q: %s", u.Entry, u.Reason) }

// Hit tells what matched. The zero Hit is no match.
type Hit struct {
	Entry string // the entry of the list, as the document holds it
	All   bool   // it was the entry "*", which means everything
}

// Found reports whether there was a match.
func (h Hit) Found() bool { return h.Entry != "" }

// isGroup reports whether an entry can be a group's name: one with a dot or an
// "@" never is ("Setting inbound relay controls").
func isGroup(entry string) bool {
	return entry != "*" && !strings.ContainsAny(entry, ".@[]%:")
}

// suffixes is a set of trailing substrings.
type suffixes struct {
	text   []string // lower case
	origin []string
}

func (s *suffixes) add(text, origin string) {
	s.text = append(s.text, strings.ToLower(text))
	s.origin = append(s.origin, origin)
}

func (s *suffixes) find(name string) (string, bool) {
	for i, t := range s.text {
		if hasSuffixFold(name, t) {
			return s.origin[i], true
		}
	}
	return "", false
}

// withoutDot takes the final dot off a domain: "abc.com." is the same domain,
// and must not pass by an entry for being written so, nor an entry by it.
func withoutDot(domain string) string { return strings.TrimSuffix(domain, ".") }

// hasSuffixFold is strings.HasSuffix without regard to ASCII case; suffix is
// lower case.
func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
