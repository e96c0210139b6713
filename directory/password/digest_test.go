package password

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func TestSubstitutionTable(t *testing.T) {
	sum := sha256.Sum256([]byte(substitution))
	const want = "678ba95bdbdf562827a4fc9c4db8ed2c2da41feeb1015535877d71c49d0077f2"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("SHA-256 of the table: got %s, want %s", got, want)
	}
}

func TestDigestWorkedValues(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "7ae2a21d8793650044ae40277eafaa2e"},
		{"password", "355e98e7c7b59bd810ed845ad0fd2fc4"},
		{"szesnascieznakow", "7dda67a9b85ec0c3f15120841da40924"},
	} {
		d := digest([]byte(c.in))
		if got := hex.EncodeToString(d[:]); got != c.want {
			t.Errorf("digest(%q): got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestMixAndFoldWorkedValues(t *testing.T) {
	for _, c := range []struct{ block, state, check string }{
		{"10101010101010101010101010101010", "d5d7ff4a14d40f2a8fbcea8a60e02208", "3041e6837cbac2f84908f7efab4ffaae"},
		{"70617373776f72640808080808080808", "d8d1803fd1f8cd3db637029a76c481dd", "ec89b92d15b70f124507d0255f72b7e2"},
	} {
		var state, check, block [blockSize]byte
		if _, err := hex.Decode(block[:], []byte(c.block)); err != nil {
			t.Fatal(err)
		}
		mix(&state, &block)
		fold(&check, &block)
		if got := hex.EncodeToString(state[:]); got != c.state {
			t.Errorf("block %s: state %s, want %s", c.block, got, c.state)
		}
		if got := hex.EncodeToString(check[:]); got != c.check {
			t.Errorf("block %s: check %s, want %s", c.block, got, c.check)
		}
	}
}
