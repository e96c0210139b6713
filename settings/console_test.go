package settings

import "testing"

func TestSeparator(t *testing.T) {
	for s, want := range map[string]string{
		"/": "/", ".": ".", "-": "-", " ": " ", "·": "·", "": "", "//": "", "\x1b": "", "a": "", "7": "", "\xff": "", "\n": "",
	} {
		if got := Separator(s); got != want {
			t.Errorf("Separator(%q) = %q, want %q", s, got, want)
		}
	}
}
