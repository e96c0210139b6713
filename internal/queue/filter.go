package queue

import (
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"time"

	"domigo/mailbox"
	"domigo/router/route"
)

// selects tells whether the flags of the command fit a unit.
func (c *Command) selects(row *mailbox.Listed, now time.Time) bool {
	switch {
	case c.State != "" && c.State != row.State,
		c.Older > 0 && now.Sub(row.Envelope.Received) < c.Older,
		c.Sender == "<>" && row.Envelope.Sender != "",
		c.Sender != "" && c.Sender != "<>" && !glob(c.Sender, row.Envelope.Sender),
		c.Dest != "" && !isDest(c.Dest, row.Key):
		return false
	}
	return c.To == "" || c.names(row.Recipients)
}

// names tells whether a recipient fits -to.
func (c *Command) names(list []mailbox.Target) bool {
	for i := range list {
		if c.name(&list[i]) {
			return true
		}
	}
	return false
}

func (c *Command) name(t *mailbox.Target) bool { return glob(c.To, t.To) || glob(c.To, t.Address) }

// glob matches a pattern of * (any text) and ? (any character) with the whole of
// s, in any case of letters. The time grows with the product of the lengths at
// most.
func glob(pattern, s string) bool {
	p, text := []rune(strings.ToLower(pattern)), []rune(strings.ToLower(s))
	i, j, star, mark := 0, 0, -1, 0
	for j < len(text) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == text[j]):
			i++
			j++
		case star >= 0: // the last asterisk takes one character more
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// isDest tells whether a key is what was asked for: the key itself, the host or
// domain that it leads to, or its host with the port.
func isDest(asked, key string) bool {
	base := route.BaseKey(key)
	if strings.EqualFold(asked, key) || strings.EqualFold(asked, base) || strings.EqualFold(asked, destination(key)) {
		return true
	}
	_, hostPort, ok := strings.Cut(base, ":")
	if _, _, err := net.SplitHostPort(hostPort); !ok || err != nil {
		return false
	}
	return strings.EqualFold(asked, hostPort)
}

// destination gives the name of the host, domain or place a key leads to.
func destination(key string) string {
	if base := route.BaseKey(key); base != "" {
		return route.Destination(base)
	}
	return "[Routing]"
}

// cursor is where the next page goes on, and what the pages before had.
type cursor struct {
	From    string     // of mailbox.Query
	last    mailbox.ID // the last message counted
	Done    int        // units listed or changed; of Show, octets of the content
	Refused int        // units that could not be changed

	Messages, Pending, Held, Dead int
}

// String gives the cursor as one word.
func (c *cursor) String() string {
	text := fmt.Sprintf("%d %d %d %d %d %d %s %s", c.Done, c.Refused, c.Messages, c.Pending, c.Held, c.Dead, c.last, c.From)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func parseCursor(word string) (cursor, error) {
	var c cursor
	if word == "" {
		return c, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(word)
	if err != nil {
		return c, usage("%.40q is no cursor", word)
	}
	fields := strings.SplitN(string(text), " ", 8)
	if len(fields) != 8 {
		return c, usage("%.40q is no cursor", word)
	}
	for i, n := range []*int{&c.Done, &c.Refused, &c.Messages, &c.Pending, &c.Held, &c.Dead} {
		if *n, err = number(fields[i]); err != nil {
			return c, usage("%.40q is no cursor", word)
		}
	}
	c.last, c.From = mailbox.ID(fields[6]), fields[7]
	return c, nil
}

// count adds a unit to what the pages had.
func (c *cursor) count(row *mailbox.Listed) {
	c.Done++
	if row.Message != c.last {
		c.Messages++
		c.last = row.Message
	}
	switch row.State {
	case mailbox.Pending:
		c.Pending++
	case mailbox.Held:
		c.Held++
	case mailbox.Dead:
		c.Dead++
	}
}
