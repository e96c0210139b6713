package password

import "testing"

// FuzzVerify holds for any stored value and any typed password: no panic, a
// stored value typed as a password never opens the account, V2 and V3 values
// are written back as they were read, and a value that cannot verify never does.
func FuzzVerify(f *testing.F) {
	for _, v := range published() {
		f.Add(v.stored, v.typed)
	}
	for _, v := range derivedVectors() {
		f.Add(v.v3, v.typed)
	}
	f.Add("(", "x")
	f.Add("secret", "secret")
	f.Add("Gr\xfc", "Gr\xfc")
	f.Fuzz(func(t *testing.T, stored, typed string) {
		info, unusable := Inspect(stored)
		if info.Iterations > UsualIterations && unusable == nil {
			return // right, but too slow to fuzz
		}
		res, err := Verify(stored, typed)
		if res.OK && (err != nil || unusable != nil || typed == "" || len(typed) > MaxTyped) {
			t.Fatalf("Verify(%q, %q): %+v, %v, %v", stored, typed, res, err, unusable)
		}
		if res, _ := Verify(stored, stored); res.OK {
			t.Fatalf("%q verifies against itself", stored)
		}
	})
}

// FuzzPack holds the layout: what a record's symbols are read as is packed to
// the same symbols again.
func FuzzPack(f *testing.F) {
	f.Add("DpOtD35gGlyDksQRxEU/")
	f.Add("sjFebq0Kh9kH7aAZYc7kY30mC30mC3KmC30mCluagXrvWKj1")
	f.Fuzz(func(t *testing.T, symbols string) {
		if len(symbols) == 0 || len(symbols)%8 != 4 && len(symbols)%8 != 0 || len(symbols) < 8 || len(symbols) > 48 {
			return
		}
		rec := make([]byte, len(symbols)/4*3)
		if !unpack(rec, symbols) {
			return
		}
		if got := pack(rec); got != symbols {
			t.Fatalf("packed again: got %q, want %q", got, symbols)
		}
	})
}
