package settings

import (
	"testing"
	"time"
)

func TestParseWindow(t *testing.T) {
	for _, c := range []struct {
		text string
		want Window
		ok   bool
	}{
		{"00:00-06:00", Window{0, 360}, true},
		{"12 AM - 6 AM", Window{0, 360}, true},
		{"12:00:00 AM - 06:00:00 AM", Window{0, 360}, true},
		{"10:30 pm-5", Window{22*60 + 30, 300}, true},
		{"12 PM - 24:00", Window{720, 0}, true},
		{"06:00", Window{}, false},
		{"", Window{}, false},
		{"25:00-1:00", Window{}, false},
		{"24:01-1:00", Window{}, false},
		{"13 PM-1:00", Window{}, false},
		{"0 AM-1:00", Window{}, false},
		{"1:60-2:00", Window{}, false},
		{"-1:00-2:00", Window{}, false},
		{"1:2:3:4-2:00", Window{}, false},
		{"one-two", Window{}, false},
	} {
		got, err := ParseWindow(c.text)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseWindow(%q) = %v, %v; want %v, ok %v", c.text, got, err, c.want, c.ok)
		}
	}
}

func TestWindow(t *testing.T) {
	at := func(clock string) time.Time {
		v, err := time.Parse("2006-01-02 15:04", "2024-02-28 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		w  Window
		at string
		in bool
	}{
		{Window{0, 360}, "05:59", true},
		{Window{0, 360}, "06:00", false},
		{Window{22 * 60, 360}, "23:00", true},
		{Window{22 * 60, 360}, "03:00", true},
		{Window{22 * 60, 360}, "12:00", false},
		{Window{60, 60}, "12:00", true},
	} {
		if got := c.w.Contains(at(c.at)); got != c.in {
			t.Errorf("%v contains %s: %v, want %v", c.w, c.at, got, c.in)
		}
	}
}
