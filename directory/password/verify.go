package password

import (
	"crypto/subtle"
)

// Result tells how a verification came out.
type Result struct {
	OK       bool
	Form     Form
	Encoding Encoding // the encoding whose octets matched; ASCII for a plain ASCII password
	Tail     string   // V3 only; other than UsualTail it may announce a variant and deserves a log line
	Rounds   int      // rounds of PBKDF2 that the verification took, for Burn
}

// Verify compares a typed password with a stored one, in a time that does not
// depend on how much of them agrees. The typed password is tried in the
// encodings that Encoding names, plain ASCII only once; case and blanks count.
//
// A wrong password is no error. An error says that the password was not tried:
// ErrEmpty, ErrTooLong, ErrNone, ErrClear, ErrUnsupported or ErrIterations; any
// other means that PBKDF2 with SHA-1 is barred in this process.
func Verify(stored, typed string) (Result, error) {
	r := parse(stored)
	res := Result{Form: r.Form, Tail: r.Tail}
	if err := checkTyped(typed); err != nil {
		return res, err
	}
	if err := r.usable(); err != nil {
		return res, err
	}
	for _, c := range candidates(typed) {
		res.Rounds += r.Iterations
		got, err := r.compute(c.octets)
		if err != nil {
			return res, err
		}
		if subtle.ConstantTimeCompare(got[:r.n], r.want[:r.n]) == 1 {
			res.OK, res.Encoding = true, c.encoding
			return res, nil
		}
	}
	return res, nil
}

// Burn spends the time that a V3 verification of the typed password with
// UsualIterations rounds takes, less the rounds already spent, and compares
// nothing. A caller that refuses a login calls it, so that neither an unknown
// name nor an older stored form can be told by the clock. Typed passwords that
// Verify does not try cost nothing here either. It gives the rounds that it took.
func Burn(typed string, spent int) (rounds int) {
	if checkTyped(typed) != nil {
		return 0
	}
	for _, c := range candidates(typed) {
		left := UsualIterations - spent
		spent = max(0, spent-UsualIterations)
		if left <= 0 {
			continue
		}
		// The outcome is of no interest, and neither is an error: where SHA-1
		// is barred, Verify fails as fast.
		_, _ = deriveV3(c.octets, [saltV3]byte{}, left)
		rounds += left
	}
	return rounds
}

func checkTyped(typed string) error {
	switch {
	case typed == "":
		return ErrEmpty
	case len(typed) > MaxTyped:
		return ErrTooLong
	}
	return nil
}

// compute gives the octets that the record holds if the password is right; the
// first r.n of them count.
func (r *record) compute(octets []byte) ([blockSize]byte, error) {
	switch r.Form {
	case V1:
		return digest(octets), nil
	case V2:
		e := digestOfV1(octets, [saltV2]byte(r.salt[:saltV2]))
		e[digestV2-1] &= spareV2
		return e, nil
	}
	var out [blockSize]byte
	key, err := deriveV3(octets, r.salt, r.Iterations)
	copy(out[:], key)
	return out, err
}
