package queue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
)

// number reads a count of a cursor.
func number(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 62)
	return int(n), err
}

// counted gives a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// clean makes text from mail fit for one line on a terminal. A tab, which stands
// in many header fields, becomes a blank.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c != ' ' && !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, smtpwire.Clean(strings.ReplaceAll(s, "\t", " ")))
}

// cut shortens clean text to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-3]) + "..."
}

// addressText gives an address as it is shown.
func addressText(s string) string {
	if s == "" {
		return "<>"
	}
	return clean(s)
}

// recipients gives some of the recipients, and how many there are beyond.
func recipients(list []mailbox.Target, most int) string {
	var b strings.Builder
	for i := range list {
		if i == most {
			fmt.Fprintf(&b, " (+%d)", len(list)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(addressText(list[i].To))
	}
	return b.String()
}

// kilobytes gives a size as Domino's Router prints it.
func kilobytes(octets int64) string { return strconv.FormatInt((octets+1023)/1024, 10) + "K" }

// age gives a duration by its two largest units.
func age(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	switch {
	case s >= 86400:
		return fmt.Sprintf("%dd%dh", s/86400, s/3600%24)
	case s >= 3600:
		return fmt.Sprintf("%dh%dm", s/3600, s/60%60)
	case s >= 60:
		return fmt.Sprintf("%dm", s/60)
	}
	return fmt.Sprintf("%ds", s)
}

// object adds a line of JSON. Everything but printable ASCII is escaped, so that
// the line may go through a terminal and a console as it is.
func (r *run) object(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	r.line(ascii(b))
	return nil
}

func ascii(b []byte) string {
	if bytes.IndexFunc(b, func(c rune) bool { return c > '~' }) < 0 {
		return string(b)
	}
	var out strings.Builder
	for _, c := range string(b) {
		switch {
		case c <= '~':
			out.WriteRune(c)
		case c > 0xffff:
			c -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, c)
		}
	}
	return out.String()
}
