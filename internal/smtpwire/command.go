package smtpwire

import "strings"

// ParseCommand takes a command line apart at its first blank. The verb, of any
// length, comes in upper case; to be a command it has to equal one exactly. A
// line that begins with a blank has an empty verb. arg is what follows without
// the blanks around it, otherwise as typed, with whatever octets it holds.
func ParseCommand(line []byte) (verb, arg string) {
	s := string(line)
	if i := strings.IndexAny(s, blanks); i >= 0 {
		s, arg = s[:i], strings.Trim(s[i:], blanks)
	}
	return upper(s), arg
}

// CutKeyword takes keyword, such as "FROM:" or "TO:", off the front of arg,
// whatever the case of its letters. Without it MAIL and RCPT are not
// understood.
func CutKeyword(arg, keyword string) (rest string, ok bool) {
	if len(arg) < len(keyword) || upper(arg[:len(keyword)]) != upper(keyword) {
		return "", false
	}
	return arg[len(keyword):], true
}

// upper maps ASCII letters only: with Unicode's rules a letter outside ASCII
// could turn into one of a verb.
func upper(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'a' && s[i] <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'a' && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
