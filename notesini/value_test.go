package notesini

import "testing"

func TestIntAndBool(t *testing.T) {
	tests := []struct {
		in string
		n  int64
		on bool
		ok bool
	}{
		{"0", 0, false, true},
		{"1", 1, true, true},
		{" 150 ", 150, true, true},
		{"-1", -1, true, true},
		{"+2", 2, true, true},
		{"007", 7, true, true},
		{"9223372036854775807", 9223372036854775807, true, true},
		{"9223372036854775808", 0, false, false},
		{"", 0, false, false},
		{"abc", 0, false, false},
		{"12abc", 0, false, false},
		{"1.5", 0, false, false},
		{"1_000", 0, false, false},
		{"0x10", 0, false, false},
		{"true", 0, false, false},
		{"false", 0, false, false},
	}
	for _, tt := range tests {
		if n, ok := Int(tt.in); n != tt.n || ok != tt.ok {
			t.Errorf("Int(%q): got %d, %v, want %d, %v", tt.in, n, ok, tt.n, tt.ok)
		}
		if on, ok := Bool(tt.in); on != tt.on || ok != tt.ok {
			t.Errorf("Bool(%q): got %v, %v, want %v, %v", tt.in, on, ok, tt.on, tt.ok)
		}
	}
}
