package settings

import (
	"testing"

	"pgregory.net/rapid"
)

// TestDistance holds what every distance between words keeps to.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 0, 8, -1)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		d := Distance(a, b)
		if d != Distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d < len(a)-len(b) {
			t.Fatalf("Distance(%q, %q) = %d", a, b, d)
		}
	})
	for _, tt := range []struct {
		a, b string
		want int
	}{{"relay", "realy", 2}, {"relay", "rely", 1}, {"relay", "delay", 1}, {"", "abc", 3}} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("Distance(%s, %s) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
