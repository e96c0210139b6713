package smtpd

import (
	"strings"
)

// statuses are the enhanced status codes of replies by code and, where one code
// stands for several matters, by a part of the text (RFC 3463; RFC 5248). The
// first that fits counts.
var statuses = []struct {
	code         int
	text, status string
}{
	{250, "... Sender OK", "2.1.0"}, {250, "... Recipient OK", "2.1.5"}, {235, "", "2.7.0"}, {252, "", "2.5.2"},
	{421, "too many", "4.7.0"}, {421, "", "4.3.2"},
	{451, "Directory", "4.3.0"}, {451, "Sender domain", "4.4.3"}, {451, "local error", "4.3.0"}, {451, "", "4.7.1"},
	{452, "", "4.3.1"}, {454, "", "4.7.0"}, {458, "", "4.3.0"}, {459, "", "4.7.1"},
	{500, "", "5.5.2"}, {501, "cancelled", "5.7.0"}, {501, "", "5.5.4"}, {502, "", "5.5.1"}, {503, "", "5.5.1"},
	{504, "", "5.5.4"}, {530, "", "5.7.0"}, {535, "", "5.7.8"}, {550, "No such user", "5.1.1"},
	{550, "needs SMTPUTF8", "5.6.7"}, {550, "", "5.7.1"}, {553, "", "5.6.7"},
	{552, "recipients", "5.5.3"}, {552, "", "5.3.4"}, {554, "Too many hops", "5.4.6"}, {554, "", "5.7.1"}, {555, "", "5.5.4"},
}

// status gives the enhanced status code of a reply (RFC 2034, 4): none for the
// replies that ask for more.
func (r reply) status() string {
	class := r.code / 100
	if class != 2 && class != 4 && class != 5 {
		return ""
	}
	for _, s := range statuses {
		if s.code == r.code && strings.Contains(r.text, s.text) {
			return s.status
		}
	}
	return string(rune('0'+class)) + ".0.0"
}

// enhanced gives the reply with its enhanced status code in front of each line.
func (r reply) enhanced() reply {
	s := r.status()
	if s == "" || r.hello {
		return r
	}
	r.text = s + " " + r.text
	more := make([]string, 0, len(r.more))
	for _, t := range r.more {
		more = append(more, s+" "+t)
	}
	if r.more != nil {
		r.more = more
	}
	return r
}
