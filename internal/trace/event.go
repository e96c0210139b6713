package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// event is a line of the log, with the fields that a story is made of.
type event struct {
	Time    time.Time `json:"time"`
	Message string    `json:"message"`
	Err     string    `json:"error"`

	Mail      string `json:"mail"`
	MessageID string `json:"message_id"`
	Session   string `json:"session"`
	Sender    string `json:"sender"` // of the listener's lines; who is told, of a report
	From      string `json:"from"`   // the same, of the Router's and the queue's
	Recipient string `json:"recipient"`
	To        words  `json:"to"`
	For       words  `json:"for"` // the addresses that To were accepted for

	Client     string `json:"client"`
	Name       string `json:"name"`
	Helo       string `json:"helo"`
	Port       string `json:"port"`
	TLS        string `json:"tls"`
	User       string `json:"user"`
	Size       int64  `json:"size"`
	Recipients int    `json:"recipients"`
	Tag        string `json:"tag"`
	List       string `json:"list"`
	Rule       string `json:"rule"`
	Action     string `json:"action"`
	Code       int    `json:"code"`
	Reply      string `json:"reply"`

	Key      string    `json:"key"`
	Next     string    `json:"next"`
	Due      time.Time `json:"due"`
	Until    time.Time `json:"until"`
	Priority string    `json:"priority"`
	Host     string    `json:"host"`
	Remote   string    `json:"remote"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason"`
	Attempts int       `json:"attempts"`
	MailFile string    `json:"mail_file"`
	Report   string    `json:"report"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`

	Who      string `json:"who"`
	What     string `json:"what"`
	Was      string `json:"was"`
	Is       string `json:"is"`
	ToSender bool   `json:"to_sender"`
	Old      string `json:"old"`
	New      string `json:"new"`
}

// words is a text or a list of texts.
type words []string

// UnmarshalJSON takes either.
func (w *words) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var one string
		err := json.Unmarshal(b, &one)
		*w = words{one}
		return err
	}
	var list []string
	err := json.Unmarshal(b, &list)
	*w = list
	return err
}

// lineStart is how every line of the log begins.
var lineStart = []byte(`{"level":"`)

// received is the message of the line with which the story of a message begins.
const received = "message received"

// parse reads a line. One that was torn by a crash may have the next one behind
// it, which counts then. A line of others may have a field of ours as another
// type, and is a line all the same.
func parse(line []byte) (*event, bool) {
	for {
		e := &event{}
		err := json.Unmarshal(line, e)
		var otherType *json.UnmarshalTypeError
		if (err == nil || errors.As(err, &otherType)) && !e.Time.IsZero() {
			return e, true
		}
		if len(line) == 0 {
			return nil, false
		}
		i := bytes.Index(line[1:], lineStart)
		if i < 0 {
			return nil, false
		}
		line = line[1+i:]
	}
}

// value gives the text of a field without reading the line: what stands between
// the quotes behind the last such name. In a text of the line the quotes would be
// escaped. A field whose text needs escapes itself is not to be asked for.
func value(line []byte, field string) []byte {
	i := bytes.LastIndex(line, []byte(field))
	if i < 0 {
		return nil
	}
	rest := line[i+len(field):]
	if end := bytes.IndexByte(rest, '"'); end >= 0 {
		return rest[:end]
	}
	return nil
}

// Fields that value is asked for.
const (
	fieldMail   = `"mail":"`
	fieldReport = `"report":"`
	fieldKey    = `"key":"`
)

// sender gives whose message a line is about.
func (e *event) sender() string {
	if e.From != "" {
		return e.From
	}
	return e.Sender
}

// stored tells whether the line is about a message that is, or was, in the
// mail.box.
func (e *event) stored() bool {
	switch e.Message {
	case "message refused", "message cut off", "message deleted by a server mail rule", "message not stored":
		return false
	}
	return e.Mail != ""
}

// trimID gives a Message-ID without its angle brackets.
func trimID(s string) string {
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "<"); ok {
		return strings.TrimSuffix(inner, ">")
	}
	return s
}
