package password

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
)

// The layout of the stored records, in octets unless said otherwise.
const (
	saltV2    = 5
	digestV2  = 10   // the last of them only by its top two bits
	spareV2   = 0xC0 // the bits of that last octet that are stored
	octetsV2  = saltV2 + digestV2
	symbolsV2 = 19
	prefixV2  = 34 // octets of salt and V1 string that the digest is taken of
	saltV3    = 16
	countV3   = 10 // decimal digits
	keyV3     = 8
	octetsV3  = saltV3 + countV3 + len(UsualTail) + keyV3
	symbolsV3 = 48

	// shiftAt is the octet of every record that is stored with shiftBy added
	// to it; the salt in the computation goes without.
	shiftAt = 3
	shiftBy = 4
)

// alphabet holds the 64 symbols in the order of their values; it is not the
// order of RFC 4648.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/"

// HashV1 gives the V1 string of a password's octets, 34 characters.
func HashV1(octets []byte) string {
	d := digest(octets)
	return "(" + strings.ToUpper(hex.EncodeToString(d[:])) + ")"
}

// HashV2 gives the V2 string of a password's octets, 22 characters.
func HashV2(octets []byte, salt [5]byte) string {
	var rec [octetsV2]byte
	copy(rec[:], salt[:])
	e := digestOfV1(octets, salt)
	copy(rec[saltV2:], e[:digestV2])
	return "(G" + pack(rec[:])[:symbolsV2] + ")"
}

// HashV3 gives the V3 string of a password's octets, 51 characters. It gives ""
// when iterations is outside 1 to MaxIterations, and when the program runs in a
// mode that bars SHA-1 (FIPS 140-3 only).
func HashV3(octets []byte, salt [16]byte, iterations int) string {
	if iterations < 1 || iterations > MaxIterations {
		return ""
	}
	key, err := deriveV3(octets, salt, iterations)
	if err != nil {
		return ""
	}
	rec := make([]byte, 0, octetsV3)
	rec = append(rec, salt[:]...)
	rec = fmt.Appendf(rec, "%0*d%s", countV3, iterations, UsualTail)
	rec = append(rec, key...)
	return "(H" + pack(rec) + ")"
}

// digestOfV1 gives the digest that V2 stores: over the salt and the V1 string,
// cut to the length that the V1 string alone has.
func digestOfV1(octets []byte, salt [saltV2]byte) [blockSize]byte {
	var in [prefixV2]byte
	n := copy(in[:], salt[:])
	copy(in[n:], HashV1(octets))
	return digest(in[:])
}

// deriveV3 gives the eight octets that V3 stores.
func deriveV3(octets []byte, salt [saltV3]byte, iterations int) ([]byte, error) {
	w := HashV2(octets, [saltV2]byte(salt[:saltV2]))
	key, err := pbkdf2.Key(sha1.New, w, salt[:], iterations, keyV3)
	if err != nil {
		return nil, fmt.Errorf("derive the V3 key: %w", err)
	}
	return key, nil
}

// pack writes a record whose length is a multiple of three as symbols, most
// significant bits first.
func pack(rec []byte) string {
	out := make([]byte, 0, len(rec)/3*4)
	for i := 0; i+2 < len(rec); i += 3 {
		a, b, c := rec[i], rec[i+1], rec[i+2]
		if i == shiftAt {
			a += shiftBy
		}
		out = append(out, alphabet[a>>2], alphabet[a<<4&0x30|b>>4], alphabet[b<<2&0x3C|c>>6], alphabet[c&0x3F])
	}
	return string(out)
}

// unpack reads symbols into rec, which must have three octets for each four of
// them. It reports whether all symbols are of the alphabet.
func unpack(rec []byte, symbols string) bool {
	for i := 0; i+3 < len(symbols); i += 4 {
		group := uint32(0)
		for j := range 4 {
			v := strings.IndexByte(alphabet, symbols[i+j])
			if v < 0 {
				return false
			}
			group = group<<6 | uint32(v)
		}
		o := i / 4 * 3
		rec[o], rec[o+1], rec[o+2] = byte(group>>16), byte(group>>8), byte(group)
	}
	rec[shiftAt] -= shiftBy
	return true
}
