package outbound

import (
	"strconv"
	"strings"
)

// features are what a next hop offers in its reply to EHLO. Other keywords are
// nothing to us.
type features struct {
	startTLS, dsn, eightBit, utf8, pipelining bool
	size                                      bool
	maxSize                                   int64  // 0: none that is known
	auth                                      string // mechanisms, set apart by blanks
}

// readFeatures reads the lines of the reply behind the first one. Keywords are
// compared without case (RFC 5321, 4.1.1.1). "AUTH=" is how servers older than
// RFC 2554 say it.
func readFeatures(lines []string) features {
	var f features
	for _, line := range lines[min(1, len(lines)):] {
		word, rest, _ := strings.Cut(line, " ")
		word = strings.ToUpper(word)
		if old, ok := strings.CutPrefix(word, "AUTH="); ok {
			word, rest = "AUTH", old+" "+rest
		}
		switch word {
		case "STARTTLS":
			f.startTLS = true
		case "DSN":
			f.dsn = true
		case "8BITMIME":
			f.eightBit = true
		case "SMTPUTF8":
			f.utf8 = true
		case "PIPELINING":
			f.pipelining = true
		case "SIZE":
			f.size = true
			if n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64); err == nil && n > 0 {
				f.maxSize = n
			}
		case "AUTH":
			f.auth = strings.TrimSpace(f.auth + " " + rest)
		}
	}
	return f
}

// limitTo leaves out what the configuration turns off.
func (f features) limitTo(o Options) features {
	f.size = f.size && o.Size
	f.dsn = f.dsn && o.DSN
	f.pipelining = f.pipelining && o.Pipelining
	return f
}

// hello is the reply to EHLO as go-smtp's client gets it: upper case, for it
// compares so. It says BODY=8BITMIME with every message if it knows of 8BITMIME,
// so it knows only if the message is of that kind.
func (f features) hello(eightBit bool) []byte {
	words := []string{"ready"}
	for _, w := range []struct {
		on   bool
		word string
	}{{f.size, "SIZE"}, {f.dsn, "DSN"}, {f.utf8, "SMTPUTF8"}, {eightBit, "8BITMIME"}, {f.auth != "", "AUTH " + f.auth}} {
		if w.on {
			words = append(words, w.word)
		}
	}
	var b []byte
	for i, word := range words {
		mark := "250-"
		if i == len(words)-1 {
			mark = "250 "
		}
		b = append(b, mark+word+"\r\n"...)
	}
	return b
}
