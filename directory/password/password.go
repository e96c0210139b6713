// Package password verifies typed passwords against the Internet password of a
// Person document, the item HTTPPassword, in the three forms that Domino
// stores: V1 ("Domino 5"), V2 ("more secure, 4.6 and later") and V3 ("8.01 and
// later"). So a person whose document is taken over keeps the password.
//
// It knows octets and stored text only. Who the person is, and that an unknown
// name costs a client as much time as a wrong password, is the work of package
// directory, which has Burn for it.
package password

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Form says how a stored password is written.
type Form uint8

// The forms a stored value can have. V1, V2 and V3 are the vendor's
// SEC_pwddigest_V1, _V2 and _V3.
const (
	None        Form = iota // blank: the person has no Internet password
	V1                      // "(" and 32 hexadecimal digits and ")", no salt
	V2                      // "(G" and 19 symbols and ")", 5 octets of salt
	V3                      // "(H" and 48 symbols and ")", 16 octets of salt and a count of rounds
	Clear                   // anything that is no stored form: clear text, written by an agent
	Unsupported             // looks like a stored form that nothing here can verify
)

// String gives the form's name for a report.
func (f Form) String() string {
	switch f {
	case None:
		return "none"
	case V1:
		return "V1"
	case V2:
		return "V2"
	case V3:
		return "V3"
	case Clear:
		return "clear text"
	case Unsupported:
		return "unsupported"
	}
	return fmt.Sprintf("form %d", uint8(f))
}

// The bounds on what is computed for one login.
const (
	// MaxTyped is the longest password that is looked at, in octets of UTF-8.
	MaxTyped = 1024
	// MaxIterations is the highest count of PBKDF2 rounds that is honoured. The
	// stored field has room for 9,999,999,999, which would hang a login.
	MaxIterations = 10_000_000
	// UsualIterations is the count that Domino writes into V3 values.
	UsualIterations = 5000
)

// UsualTail is what Domino writes behind the count of a V3 value. Its meaning
// is not documented.
const UsualTail = "02"

// Why a stored value can never verify, or a typed one is not tried.
var (
	ErrNone        = errors.New("no Internet password is stored")
	ErrClear       = errors.New("the stored Internet password is clear text, which never verifies")
	ErrUnsupported = errors.New("the stored Internet password has a form that is not supported")
	ErrIterations  = errors.New("the stored Internet password has a count of rounds outside 1 to 10,000,000")
	ErrEmpty       = errors.New("an empty password never verifies")
	ErrTooLong     = errors.New("the typed password is longer than 1,024 octets")
)

// Info is what a stored value shows of itself without a password.
type Info struct {
	Form       Form
	Iterations int    // rounds of PBKDF2, V3 only
	Tail       string // the two characters behind the count, V3 only; UsualTail as a rule
}

// Inspect tells what a stored value is, and gives an error that is one of
// ErrNone, ErrClear, ErrUnsupported and ErrIterations when no typed password
// can ever verify against it. White space around the value does not count. A value
// of 32 hexadecimal digits is V1 also in lower case and without its parentheses, as
// tools strip them.
func Inspect(stored string) (Info, error) {
	r := parse(stored)
	return r.Info, r.usable()
}

// record is a stored value taken apart: the salt as it is used in the
// computation, and the octets to compare with.
type record struct {
	Info
	salt [saltV3]byte // the first 5 octets for V2
	want [blockSize]byte
	n    int // octets of want that count
}

// usable gives the reason why the record can never verify, or nil.
func (r *record) usable() error {
	switch r.Form {
	case None:
		return ErrNone
	case Clear:
		return ErrClear
	case V1, V2:
		return nil
	case V3:
		if r.Iterations < 1 || r.Iterations > MaxIterations {
			return fmt.Errorf("%w: %d", ErrIterations, r.Iterations)
		}
		return nil
	}
	return ErrUnsupported
}

// parse takes a stored value apart. It never fails: what it cannot read is
// Clear or Unsupported.
func parse(stored string) record {
	s := strings.TrimSpace(stored)
	if s == "" {
		return record{Info: Info{Form: None}}
	}
	if r, ok := parseV1(s); ok {
		return r
	}
	if body, ok := body(s, 'G', symbolsV2); ok {
		if r, ok := parseV2(body); ok {
			return r
		}
	}
	if body, ok := body(s, 'H', symbolsV3); ok {
		if r, ok := parseV3(body); ok {
			return r
		}
	}
	switch s[0] {
	case '(', '{', '$':
		return record{Info: Info{Form: Unsupported}}
	}
	return record{Info: Info{Form: Clear}}
}

// body gives the symbols of a value written as "(", mark, n symbols, ")".
func body(s string, mark byte, n int) (string, bool) {
	if len(s) != n+3 || s[0] != '(' || s[1] != mark || s[len(s)-1] != ')' {
		return "", false
	}
	return s[2 : len(s)-1], true
}

func parseV1(s string) (record, bool) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	r := record{Info: Info{Form: V1}, n: blockSize}
	if len(s) != hex.EncodedLen(blockSize) {
		return r, false
	}
	_, err := hex.Decode(r.want[:], []byte(s))
	return r, err == nil
}

func parseV2(body string) (record, bool) {
	// The twentieth symbol is not stored: its six bits are octet 14 but for
	// the top two. The symbol for zero leaves the top two alone, as compute
	// does.
	var rec [octetsV2]byte
	if !unpack(rec[:], body+"0") {
		return record{}, false
	}
	r := record{Info: Info{Form: V2}, n: digestV2}
	copy(r.salt[:saltV2], rec[:])
	copy(r.want[:], rec[saltV2:])
	return r, true
}

func parseV3(body string) (record, bool) {
	var rec [octetsV3]byte
	if !unpack(rec[:], body) {
		return record{}, false
	}
	count := 0
	for _, c := range rec[saltV3 : saltV3+countV3] {
		if c < '0' || c > '9' {
			return record{}, false
		}
		// Beyond the bound the exact number is of no interest, and an int
		// of 32 bits cannot hold it.
		if count <= MaxIterations {
			count = count*10 + int(c-'0')
		}
	}
	r := record{n: keyV3, Info: Info{Form: V3, Iterations: count, Tail: string(rec[saltV3+countV3 : octetsV3-keyV3])}}
	copy(r.salt[:], rec[:saltV3])
	copy(r.want[:], rec[octetsV3-keyV3:])
	return r, true
}
