package notesini

import (
	"strconv"
	"strings"
)

// Int reads a value as Domino reads a number: decimal, with a sign or without. A
// value that is missing or no number is 0 (C API, OSGetEnvironmentLong); ok is
// false then, so that the caller can say so. A number beyond 64 bits counts as no
// number. It is for programs that read a variable by themselves: package settings
// has bounds, units and findings of its own.
func Int(v string) (n int64, ok bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// Bool reads a switch: any number but 0 is on. What Int cannot read is off, with
// ok false; that includes the words true and yes, which Domino does not know.
func Bool(v string) (on, ok bool) {
	n, ok := Int(v)
	return n != 0, ok
}
