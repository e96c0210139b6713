package settings

import (
	"unicode"
	"unicode/utf8"
)

// Console are the variables of the server console: the form of its lines and
// its log file. They are read at every update of either task.
type Console struct {
	LogEnabled    bool  // Console_Log_Enabled
	LogMax        int64 // Console_Log_Max_Kbytes, in octets; 0 is no limit
	DateOrder     DateOrder
	DateSeparator string
	TimeSeparator string
	ClockType     ClockType
	ThreadID      bool // DEBUG_THREADID
}

// DateOrder is the order of month, day and year.
type DateOrder int

// The values of the variable DateOrder.
const (
	DateMDY DateOrder = iota
	DateDMY
	DateYMD
)

// ClockType is the variable ClockType.
type ClockType int

// The values of the variable.
const (
	Clock12 ClockType = iota // 12_Hour
	Clock24                  // 24_Hour
)

// Separator gives a separator of dates or times as the console uses it: one
// character that can be printed and is no letter or digit. Anything else is "",
// for which the usual one stands.
func Separator(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size != len(s) || r == utf8.RuneError || !unicode.IsPrint(r) || unicode.IsLetter(r) || unicode.IsDigit(r) {
		return ""
	}
	return s
}

// checkConsole warns of separators that the console does not use.
func (b *builder) checkConsole(s *Snapshot) {
	for _, key := range []string{"DateSeparator", "TimeSeparator"} {
		r, ok := s.Explained(key)
		if !ok || r.Value == "" || Separator(r.Value) != "" {
			continue
		}
		b.finding(CodeConsoleSetting.At(r.Winner().Finding(), "%s: %q is not one character that is no letter or digit: the default counts", key, r.Value))
	}
}
