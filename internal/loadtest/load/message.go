package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

const (
	headerID  = "X-Load-Id"
	headerSum = "X-Load-Sum"
)

// message is one attempt to send one message.
type message struct {
	id, text string
}

// newMessage makes a message whose body follows from its id, so that no two
// are alike, and whose header holds the body's sum.
func newMessage(id, from, to string, size int) message {
	line := fmt.Sprintf("%s %s\r\n", id, strings.Repeat("0123456789", 6))
	body := strings.Repeat(line, size/len(line)+1)
	text := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: load\r\nMessage-ID: <%s@load.example>\r\n%s: %s\r\n%s: %s\r\n\r\n%s",
		from, to, id, headerID, id, headerSum, sum(body), body)
	return message{id: id, text: text}
}

// sum is the sum of a body, the same with either line end.
func sum(body string) string {
	h := sha256.Sum256([]byte(strings.ReplaceAll(body, "\r\n", "\n")))
	return hex.EncodeToString(h[:])
}
