package console

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// Format is the form of dates, times and line prefixes, as the notes.ini
// variables DateOrder, DateSeparator, ClockType, TimeSeparator and
// DEBUG_THREADID shape it. The zero Format is USFormat's.
type Format struct {
	DateOrder     DateOrder
	DateSeparator string // empty: "/"
	TimeSeparator string // empty: ":"
	Clock24       bool   // ClockType=24_Hour
	// ProcessID, if it is not 0, begins each line with a thread id, as
	// DEBUG_THREADID=1 does: [004711:000002-0000000000000000]. There are no
	// Domino threads here, so only the first number, the process, says
	// something.
	ProcessID int
}

// DateOrder is the order of month, day and year.
type DateOrder int

// The values of the notes.ini variable DateOrder.
const (
	MDY DateOrder = iota
	DMY
	YMD
)

// USFormat is the form of a server in the United States:
// 07/26/2009 07:26:37 PM.
func USFormat() Format { return Format{} }

// Time gives a date and time, in t's location.
func (f Format) Time(t time.Time) string { return string(f.appendTime(nil, t)) }

func (f Format) appendTime(b []byte, t time.Time) []byte {
	date, clock := f.DateSeparator, f.TimeSeparator
	if date == "" {
		date = "/"
	}
	if clock == "" {
		clock = ":"
	}
	year, month, day := t.Date()
	switch f.DateOrder {
	case DMY:
		b = append(appendNumber(b, day, 2), date...)
		b = append(appendNumber(b, int(month), 2), date...)
		b = appendNumber(b, year, 4)
	case YMD:
		b = append(appendNumber(b, year, 4), date...)
		b = append(appendNumber(b, int(month), 2), date...)
		b = appendNumber(b, day, 2)
	default:
		b = append(appendNumber(b, int(month), 2), date...)
		b = append(appendNumber(b, day, 2), date...)
		b = appendNumber(b, year, 4)
	}
	hour, half := t.Hour(), ""
	if !f.Clock24 {
		half = " AM"
		if hour >= 12 {
			half = " PM"
		}
		hour = (hour+11)%12 + 1
	}
	b = append(b, ' ')
	b = append(appendNumber(b, hour, 2), clock...)
	b = append(appendNumber(b, t.Minute(), 2), clock...)
	b = appendNumber(b, t.Second(), 2)
	return append(b, half...)
}

func appendNumber(b []byte, n, width int) []byte {
	for limit := 10; width > 1; width-- {
		if n < limit {
			b = append(b, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// appendPrefix begins a console line: the time, then two blanks after AM or
// PM and three after a 24 hour time.
func (f Format) appendPrefix(b []byte, t time.Time) []byte {
	b = f.appendTime(f.appendThread(b), t)
	if f.Clock24 {
		return append(b, "   "...)
	}
	return append(b, "  "...)
}

// appendThread begins a line with the thread id, if there is to be one.
func (f Format) appendThread(b []byte) []byte {
	if f.ProcessID == 0 {
		return b
	}
	return fmt.Appendf(b, "[%06d:000002-%016X] ", f.ProcessID, 0)
}

// appendOutput appends the output of a command, whose lines have the thread id
// and no time.
func (f Format) appendOutput(b, output []byte) []byte {
	for line := range bytes.Lines(output) {
		b = append(f.appendThread(b), line...)
	}
	return b
}

// maxText is the longest text of a console line in bytes; what comes from a
// peer may be longer, and is cut.
const maxText = 4096

// appendEscaped appends text with everything that is not printable escaped in
// Go's way (\n, \x1b, \u202e), so that a peer can neither begin a line of its
// own nor make a terminal do something.
func appendEscaped(b []byte, text string) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < 0x7f {
			b = append(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			b = append(b, text[i:i+size]...)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		i += size
	}
	return b
}

// cut shortens text to maxText bytes at a character's boundary.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText - len("...")
	for end > maxText-8 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "..."
}
