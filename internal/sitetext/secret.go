package sitetext

import "strings"

// Masked stands for a value that is not shown.
const Masked = "********"

// MayBeSecret reports whether an item holds, or may hold, a password, a hash, a key
// or a certificate: by its name, or by the shape of a value. It errs on the safe
// side.
func MayBeSecret(name string, values []string) bool {
	if SecretName(name) {
		return true
	}
	for _, v := range values {
		if SecretValue(v) {
			return true
		}
	}
	return false
}

// SecretName reports whether an item or a variable holds a secret by its name. Words like "hash" count as part of a
// name, too.
func SecretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"password", "passwd", "passphrase", "pwd", "secret", "credential", "token", "certificate",
		"privatekey", "publickey", "digest", "hash", "keyring", "apikey", "idfile", "$secure", "$file"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	for _, word := range []string{"bypass", "passthru", "passthrough", "passive"} {
		name = strings.ReplaceAll(name, word, "")
	}
	if strings.Contains(name, "pass") {
		return true
	}
	for _, end := range []string{"cert", "certs", "_key", "pin", "pw"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	// A name in words, AcmePrivKey: a key, but not a KeyFile, which is a path.
	return strings.HasSuffix(name, "key") && !strings.HasSuffix(name, "hotkey")
}

// SecretValue reports whether a value has the shape of a secret: PEM, {scheme}hash, $id$hash, Domino's
// stored passwords in parentheses, long hexadecimal and base64 texts.
func SecretValue(v string) bool {
	v = strings.TrimSpace(v)
	switch {
	case strings.Contains(v, "-----BEGIN"):
		return true
	case strings.HasPrefix(v, "{") && strings.Contains(v, "}") && !strings.HasPrefix(v, "{{"):
		scheme, rest, _ := strings.Cut(v[1:], "}")
		return isWord(scheme) && len(rest) >= 8
	case strings.HasPrefix(v, "$") && strings.Count(v, "$") >= 3:
		return true
	case strings.HasPrefix(v, "(") && strings.HasSuffix(v, ")"):
		inner := v[1 : len(v)-1]
		return len(inner) >= 16 && !strings.ContainsAny(inner, " ,;@")
	}
	for _, word := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;:='\"()<>[]", r) }) {
		if isHex(word) || isBase64(word) {
			return true
		}
	}
	return false
}

func isWord(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// isHex: 20 digits are more than a number, a date or a replica id has.
func isHex(s string) bool {
	s = strings.ToLower(s)
	return len(s) >= 20 && strings.Trim(s, "0123456789abcdef") == ""
}

// isBase64: a long text of its alphabet that mixes upper case, lower case and
// digits, as words and paths seldom do.
func isBase64(s string) bool {
	if len(s) < 20 {
		return false
	}
	var upper, lower, digit bool
	for _, c := range s {
		switch {
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= '0' && c <= '9':
			digit = true
		case c != '+' && c != '/' && c != '-' && c != '_':
			return false
		}
	}
	return upper && lower && digit
}
