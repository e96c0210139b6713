package password

import "testing"

func BenchmarkVerify(b *testing.B) {
	for _, c := range []struct{ name, stored, typed string }{
		{"V1", "(3DD2E1E5AC03E230243D58B8C5ADA076)", "hashcat"},
		{"V2", "(GDpOtD35gGlyDksQRxEU)", "hashcat"},
		{"V3", "(HsjFebq0Kh9kH7aAZYc7kY30mC30mC3KmC30mCluagXrvWKj1)", "hashcat"},
		{"V3 wrong, three encodings", "(HsjFebq0Kh9kH7aAZYc7kY30mC30mC3KmC30mCluagXrvWKj1)", "Grüße"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Verify(c.stored, c.typed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBurn(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Burn("hashcat", 0)
	}
}
