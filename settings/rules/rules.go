// Package rules is the language of server mail rules and what they decide: a
// text becomes a Rule, and a list of Rules an Outcome for a Message (the help
// topic "Setting server mail rules"). It reads no settings and does nothing
// itself: who calls it makes the Message and carries the Outcome out.
//
// A rule is one text:
//
//	[(off)] WHEN <condition> [AND|OR <condition>]… [EXCEPT WHEN <condition> …]… THEN <action> [AND <action>]…
//
// AND binds closer than OR. Letters of either case are the same, in the words of
// a rule as in what it compares. A value of several words stands in quotation
// marks. What a message does not have, such as a To field, is the empty text. A
// condition with "not" holds if none of several texts is, or contains, the value.
package rules

import (
	"strconv"
	"strings"
)

// Action is what a rule does with a message.
type Action uint8

// The actions. None, Journal and Stop leave a message on its way.
const (
	None    Action = iota // no rule decided
	Journal               // Journal this message
	Move                  // Move to database
	Refuse                // Don't accept message
	Delete                // Don't deliver message: silently delete
	Bounce                // Don't deliver message: send NDR
	Hold                  // Change routing state to held
	Stop                  // Stop processing
)

// String gives the action in the form's words.
func (a Action) String() string {
	words := [...]string{"none", "Journal this message", "Move to database", "Don't accept message",
		"Don't deliver message: silently delete", "Don't deliver message: send NDR",
		"Change routing state to held", "Stop processing"}
	if int(a) >= len(words) {
		return "Action(" + strconv.Itoa(int(a)) + ")"
	}
	return words[a]
}

// Rule is a rule that was read. The zero Rule is one that never applies.
type Rule struct {
	Name    string // what outcomes call it, such as the item that holds it; Parse leaves it empty
	Off     bool   // it is there and does not count
	when    expr
	except  []expr
	actions []step
}

// step is one action of a rule.
type step struct {
	action Action
	name   string // of the database
}

// expr is a disjunction of conjunctions.
type expr [][]condition

// condition compares one thing of a message.
type condition struct {
	field *field
	op    operator
	text  string // folded
	size  int64
}

// Message is what conditions look at.
type Message struct {
	Sender         []string // forms of the sender: the From field, its addresses, the reverse path
	Subject        string
	To, CC, BCC    []string // the field's text, and each of its addresses
	Importance     string   // High, Normal, Low
	Priority       string   // delivery priority: High, Normal, Low
	Form           string
	InternetDomain []string // domains of the sender
	Recipients     []string // of the envelope
	Size           int64    // octets
	DNSBLSite      string   // Blacklist tag, "" for none
	DNSWLSite      string   // Whitelist tag
	Body           string   // text; see Content
	Attachments    []string // names, "" for one without; see Content
}

// Outcome is what the rules decided.
type Outcome struct {
	Action   Action // None, Move, Refuse, Delete, Bounce or Hold
	Database string // of Move
	Rule     string // name of the rule that decided
	Journal  bool   // a rule before that, or that one, journals the message
}

// Evaluate asks the rules in their order, and takes all actions of one that
// applies. The first action that refuses, moves, holds or does not deliver the
// message decides; that, or to stop processing, ends the list behind its rule.
// Journaling decides nothing: the rules behind it are asked all the same.
func Evaluate(list []Rule, m *Message) (o Outcome) {
	v := &view{m: m}
	for i := range list {
		r := &list[i]
		if r.Off || !r.applies(v) {
			continue
		}
		o.Journal = o.Journal || r.Has(Journal)
		for _, s := range r.actions {
			if s.action != Journal && s.action != Stop {
				o.Action, o.Database, o.Rule = s.action, s.name, r.Name
				return o
			}
		}
		if r.Has(Stop) {
			return o
		}
	}
	return o
}

// NeedContent reports whether a rule that counts looks at the body or the
// attachments.
func NeedContent(list []Rule) bool {
	for i := range list {
		r := &list[i]
		if r.Off {
			continue
		}
		for _, e := range append([]expr{r.when}, r.except...) {
			for _, all := range e {
				for _, c := range all {
					if c.field.content {
						return true
					}
				}
			}
		}
	}
	return false
}

// Has reports whether the rule has an action.
func (r *Rule) Has(a Action) bool {
	for _, s := range r.actions {
		if s.action == a {
			return true
		}
	}
	return false
}

func (r *Rule) applies(v *view) bool {
	if !r.when.holds(v) {
		return false
	}
	for _, e := range r.except {
		if e.holds(v) {
			return false
		}
	}
	return true
}

func (e expr) holds(v *view) bool {
	for _, all := range e {
		ok := true
		for i := range all {
			if ok = all[i].holds(v); !ok {
				break
			}
		}
		if ok {
			return true
		}
	}
	return false
}

func (c *condition) holds(v *view) bool {
	if c.field.number != nil {
		n := c.field.number(v.m)
		switch c.op {
		case is:
			return n == c.size
		case isNot:
			return n != c.size
		case less:
			return n < c.size
		}
		return n > c.size
	}
	if c.field.texts == nil {
		return true
	}
	texts := c.field.texts(v)
	if len(texts) == 0 {
		texts = []string{""} // what the message does not have is the empty text
	}
	found := false
	for _, t := range texts {
		if c.op == contains || c.op == containsNot {
			found = strings.Contains(fold(t), c.text)
		} else {
			found = fold(strings.TrimSpace(t)) == c.text
		}
		if found {
			break
		}
	}
	return found == (c.op == contains || c.op == is)
}

// fold makes texts that differ in case alone the same.
func fold(s string) string { return strings.ToLower(s) }

// view is a message whose body, which may be long, is folded once: to fold it
// again copies nothing.
type view struct {
	m      *Message
	folded bool
	text   string
}

func (v *view) body() string {
	if !v.folded {
		v.folded, v.text = true, fold(v.m.Body)
	}
	return v.text
}
