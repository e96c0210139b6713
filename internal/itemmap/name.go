package itemmap

import (
	"strings"
	"unicode"

	"domigo/settings"
)

// words splits an item name or a label into its words in lower case:
// "SMTPRlyDenyDoms" is smtp, rly, deny, doms. Digits are words.
func words(name string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case i == 0:
		case unicode.IsDigit(r) != unicode.IsDigit(runes[i-1]):
			end()
		case unicode.IsUpper(r) && !unicode.IsUpper(runes[i-1]):
			end()
		case unicode.IsUpper(r) && i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			end()
		}
		word = append(word, r)
	}
	end()
	return out
}

// vocabulary gives what the words of item names and labels stand for, by the
// word. A word that is not in it stands for itself; one without concepts tells
// nothing.
type vocabulary map[string][]string

// synonyms are the words and abbreviations of item names and labels, behind the
// concepts that they stand for.
const synonyms = `
: the a an of for be are is that these this following and or in when with by on if it only value item field list x custom my new old cfg config tcpip over
relay: rly relay relaying antirelay
domain: dom doms domain domains
host: host hosts hostname hostnames hst
except: excpt excpts except exception exceptions exclude excluded excl exempt
recipient: rcpt rcpts recip recips recipient recipients intended
address: addr addrs adrs address addresses
auth: auth authenticated authentication authenticate
extension: ext extension extensions
command: cmd command commands
connection: conn conns connect connecting connection connections
internet: inet internet
private: priv private
black: bl blacklist black blocklist
white: wl whitelist white allowlist
dns black: dnsbl rbl
dns white: dnswl
password: np pwd passwd password
maximum: max maximum
message: msg msgs message messages
priority: prio priority
tls: ssl tls
deny: deny denied denies dny
reject: reject rejected refuse block blocked
allow: allow allowed alw permit permitted accept
verify: verify verified vfy validate check chk lookup
enable: enbl enbld enabled enable status
sender: sender senders snd sndr
number: num number count
concurrent: conc concurrent
ambiguous: ambig ambiguous
expiration: exp expiration expired expire
notify: notif notify notification notifications
group: grp grps group groups
site: site sites
outbound: out outbound outgoing
inbound: inbound incoming`

func newVocabulary() vocabulary {
	v := vocabulary{}
	for line := range strings.Lines(strings.TrimSpace(synonyms)) {
		to, from, _ := strings.Cut(line, ":")
		for _, word := range strings.Fields(from) {
			v[word] = strings.Fields(to)
		}
	}
	return v
}

// concepts gives what the words of a name stand for, each once.
func (v vocabulary) concepts(name string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words(name) {
		stands, known := v[w]
		if !known {
			stands = []string{w}
		}
		for _, c := range stands {
			out[c] = true
		}
	}
	return out
}

// alike says how alike two concepts are, from 0 to 1: equal, one the beginning
// or the consonants of the other, or a slip of the pen.
func alike(a, b string) float64 {
	if a == b {
		return 1
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	switch {
	case len(a) >= 3 && strings.HasPrefix(b, a):
		return 0.85
	case len(a) >= 5 && settings.Distance(a, b) == 1:
		return 0.85
	case len(a) >= 3 && a[0] == b[0] && within(a, b) && 2*len(a) >= len(b):
		return 0.7
	}
	return 0
}

// within reports whether the letters of a stand in b in their order.
func within(a, b string) bool {
	i := 0
	for j := 0; j < len(b) && i < len(a); j++ {
		if a[i] == b[j] {
			i++
		}
	}
	return i == len(a)
}

// letters gives the letters and digits of a name in lower case.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
