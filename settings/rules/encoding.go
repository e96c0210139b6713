package rules

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// decode takes the Content-Transfer-Encoding off a content (RFC 2045, 6). It
// reads on behind what no encoder writes: a message that is looked at in part
// ends anywhere, and mail programs do.
func decode(encoding string, content []byte) []byte {
	if i := strings.IndexAny(encoding, " \t;("); i >= 0 {
		encoding = encoding[:i]
	}
	switch strings.ToLower(encoding) {
	case "base64":
		return decodeBase64(content)
	case "quoted-printable":
		return decodeQuoted(content)
	}
	return content
}

// decodeBase64 passes over octets that are no digits (RFC 2045, 6.8). Padding
// ends a run of digits, and another may follow.
func decodeBase64(content []byte) []byte {
	digits := bytes.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/', c == '=':
			return c
		}
		return -1
	}, content)
	var out []byte
	for run := range bytes.FieldsFuncSeq(digits, func(c rune) bool { return c == '=' }) {
		if len(run)%4 == 1 {
			run = run[:len(run)-1] // six bits are no octet
		}
		out, _ = base64.RawStdEncoding.AppendDecode(out, run) // there are but digits
	}
	return out
}

// decodeQuoted leaves an equals sign that begins neither an octet nor a soft line
// break as it stands (RFC 2045, 6.7).
func decodeQuoted(content []byte) []byte {
	out := make([]byte, 0, len(content))
	for i := 0; i < len(content); i++ {
		if content[i] != '=' {
			out = append(out, content[i])
			continue
		}
		rest := content[i+1:]
		var octet [1]byte
		if len(rest) >= 2 {
			if _, err := hex.Decode(octet[:], rest[:2]); err == nil {
				out = append(out, octet[0])
				i += 2
				continue
			}
		}
		line := bytes.TrimLeft(rest, " \t\r")
		switch {
		case len(line) == 0:
			return out
		case line[0] == '\n':
			i += len(rest) - len(line) + 1
		default:
			out = append(out, '=')
		}
	}
	return out
}
