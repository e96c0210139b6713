package smtpwire

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const maxLabel = 63

// checkDomain reports whether s is an address literal, and refuses what is
// neither that (RFC 5321, 4.1.3; IPv4 and IPv6 only) nor a host name. A name
// whose last label is a number is refused: some software reads it as an
// address (RFC 3696, 2). U-labels are refused where their A-labels would be.
func checkDomain(s string) (literal bool, err error) {
	if len(s) > maxDomain {
		return false, errTooLong
	}
	if strings.HasPrefix(s, "[") {
		if _, ok := ParseLiteral(s); !ok {
			return false, errDomain
		}
		return true, nil
	}
	if !IsASCII(s) {
		if s, err = toASCII(s); err != nil {
			return false, err
		}
	}
	last := ""
	for label := range strings.SplitSeq(s, ".") {
		if !validLabel(label) {
			return false, errDomain
		}
		last = label
	}
	if strings.Trim(last, "0123456789") == "" {
		return false, errNumericDomain
	}
	return false, nil
}

// validLabel accepts letters, digits and hyphens (RFC 5321, 4.1.2, sub-domain),
// and the underscore, which names in use have.
func validLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// IsDomain reports whether s is a host name or domain in ASCII, not an address
// literal.
func IsDomain(s string) bool {
	literal, err := checkDomain(s)
	return err == nil && !literal && IsASCII(s)
}

// ASCIIDomain gives a domain as decisions, DNS and the keys of the mail.box want
// it: in lower case, U-labels as A-labels (RFC 5890, 2.3.2.1), so that both
// spellings of a name are one. What is no name of U-labels only loses its case;
// the domain of a Path never is that.
func ASCIIDomain(domain string) string {
	if !IsASCII(domain) {
		if ascii, err := toASCII(domain); err == nil {
			return ascii
		}
	}
	return strings.ToLower(domain)
}

// toASCII turns U-labels into A-labels with the mapping of UTS 46 for look-ups.
// A character that the mapping turns into a dot is refused: the labels would be
// others than the dots show.
func toASCII(s string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(s)
	switch {
	case err != nil || strings.Count(ascii, ".") != strings.Count(s, "."):
		return "", errDomain
	case len(ascii) > maxDomain:
		return "", errTooLong
	}
	return ascii, nil
}

// IsASCII reports whether no octet of a text is above 127, so that it goes where
// SMTPUTF8 and 8BITMIME are not offered.
func IsASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ParseLiteral reads an address literal with its brackets, [192.0.2.1] or
// [IPv6:2001:db8::1] (RFC 5321, 4.1.3).
func ParseLiteral(s string) (netip.Addr, bool) {
	s, open := strings.CutPrefix(s, "[")
	s, closed := strings.CutSuffix(s, "]")
	if !open || !closed {
		return netip.Addr{}, false
	}
	const tag = "IPv6:"
	v6 := len(s) > len(tag) && strings.EqualFold(s[:len(tag)], tag)
	if v6 {
		s = s[len(tag):]
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" || addr.Is4() == v6 {
		return netip.Addr{}, false
	}
	return addr, true
}
