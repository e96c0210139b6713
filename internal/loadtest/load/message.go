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

// message is one attempt to send one message; body ends with the end of data.
type message struct {
	id         string
	head, body []byte
}

const endOfData = ".\r\n"

// newMessage makes a message whose body follows from its id, so that no two
// are alike, and whose header holds the sum of all the rest.
func newMessage(id, from, to string, size int) message {
	text := bodyOf(id, size)
	head := header(id, from, to)
	head += headerSum + ": " + sum(folded(head+"\r\n"+text)) + "\r\n\r\n"
	return message{id: id, head: []byte(head), body: []byte(text + endOfData)}
}

// cheapMessage makes a message with a body that others have too, for runs
// without a ledger: what they cost the client is not to be measured.
func cheapMessage(id, from, to string, body []byte) message {
	return message{id: id, head: []byte(header(id, from, to) + "\r\n"), body: body}
}

func header(id, from, to string) string {
	return "From: <" + from + ">\r\nTo: <" + to + ">\r\nSubject: load\r\nMessage-ID: <" + id + "@load.example>\r\n" +
		headerID + ": " + id + "\r\n"
}

// bodyOf gives lines of the size in octets, about.
func bodyOf(id string, size int) string {
	line := fmt.Sprintf("%s %s\r\n", id, strings.Repeat("0123456789", 6))
	return strings.Repeat(line, size/len(line)+1)
}

// folded gives a text with LF in place of each CRLF, so that its sum is the same with
// either line end. It is done once: a CR more than was sent is damage.
func folded(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// sum is the sum of header fields, blank line and body, folded.
func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}
