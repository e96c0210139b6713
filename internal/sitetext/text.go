// Package sitetext puts values of settings into words for people: what diff,
// report and explain print, and what none of them prints, as it may be a secret.
// What a value means to the server is the business of
// settings.
package sitetext

import (
	"fmt"
	"strings"
	"unicode"

	"domigo/settings"
)

// Value gives an effective value for people: a keyword with the words of its
// form, "2 None"; a password as asterisks; the default in words where it is no
// plain value; "blank" for nothing.
func Value(r *settings.Resolved) string {
	w := r.Winner()
	if w.Source == "default" && r.Row.Shown != "" {
		return r.Row.Shown
	}
	return Words(r.Row, r.Shown())
}

// Words gives a text of a setting for people, as Value does. The text of a
// password must be masked already.
func Words(row *settings.Row, text string) string {
	if text == "" {
		return "blank"
	}
	if row.Type == settings.Enum || row.Type == settings.Flag || row.Type == settings.Derived || row.Type == settings.Notes {
		if f := row.Field(); f != nil && len(f.Codes) > 0 {
			if words := f.Words(text); words != text {
				return text + " " + words
			}
		}
	}
	return Plain(text)
}

// Secret reports whether the values of a setting are never shown.
func Secret(row *settings.Row) bool { return row.Secret() }

// Origin gives the place of the layer that won, and its source where it has no
// place: "acme/notes.ini:12", "default".
func Origin(l settings.Layer) string {
	if l.Place != "" {
		return l.Place
	}
	return l.Source
}

// Item names the field of a setting, "ServerConfig SMTPRlyCheck", with a mark
// if its item name is ours; "" for a variable.
func Item(row *settings.Row) string {
	f := row.Field()
	switch {
	case f == nil:
		return ""
	case f.Provisional:
		return row.Form + " " + f.Item + " (provisional)"
	}
	return row.Form + " " + f.Item
}

// Count gives a number with its word, of which the plural has an s: "1 error",
// "2 errors".
func Count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// Few gives the first names of a list in one line, at most so many, and how many
// more there are.
func Few(names []string, most int) string {
	text := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Plain gives a text on one line, without what would steer a terminal: control
// characters are written as \n, \x1b.
func Plain(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
