package smtpwire

import "strings"

// Unquote gives the meaning of a local part, which may be quoted (RFC 5321, 4.1.2).
func Unquote(local string) string {
	if len(local) < 2 || local[0] != '"' {
		return local
	}
	var b strings.Builder
	for i := 1; i < len(local)-1; i++ {
		if local[i] == '\\' {
			i++
		}
		b.WriteByte(local[i])
	}
	return b.String()
}
