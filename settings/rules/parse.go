package rules

import (
	"fmt"
	"strconv"
	"strings"
)

// maxConditions bounds the conditions of one rule.
const maxConditions = 100

// maxText bounds the text of one rule, in octets.
const maxText = 32 << 10

// Error says what is wrong with the text of a rule, and where.
type Error struct {
	At   int    // octet of the text, from 1
	Text string // what is wrong
}

// Error gives "at N: text".
func (e *Error) Error() string { return fmt.Sprintf("at %d: %s", e.At, e.Text) }

// Parse reads a rule. What is wrong with the text comes as an *Error.
func Parse(text string) (Rule, error) {
	if len(text) > maxText {
		return Rule{}, &Error{maxText, fmt.Sprintf("the rule is longer than %d octets", maxText)}
	}
	list, err := tokens(text)
	if err != nil {
		return Rule{}, err
	}
	p := &parser{tokens: list, end: len(text) + 1}
	r, err := p.rule()
	if err != nil {
		return Rule{}, err
	}
	return r, nil
}

type parser struct {
	tokens []token
	pos    int
	end    int // where the text ends
	value  int // behind the last value
	count  int // conditions so far
}

// at gives where the next token stands, or the text ends.
func (p *parser) at() int {
	if p.pos >= len(p.tokens) {
		return p.end
	}
	return p.tokens[p.pos].at
}

// fail makes an error about the next token.
func (p *parser) fail(want string) *Error {
	if p.pos >= len(p.tokens) {
		return &Error{p.end, "the rule ends where " + want + " must follow"}
	}
	t := p.tokens[p.pos]
	return &Error{t.at, fmt.Sprintf("%s must stand here, not %q", want, shortened(t.text))}
}

// failBehind makes an error about the next token, which stands behind what may be
// the first word of a value.
func (p *parser) failBehind(want string) error {
	err := p.fail(want)
	if p.pos < len(p.tokens) && p.value == p.pos && !p.tokens[p.pos-1].quoted {
		err.Text += "; a value of several words stands in quotation marks"
	}
	return err
}

// shortened keeps errors readable.
func shortened(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// take takes words if they come next, without regard to case.
func (p *parser) take(words string) bool {
	i := p.pos
	for w := range strings.FieldsSeq(words) {
		// Forms and word processors write a typographic apostrophe in "don't".
		if i >= len(p.tokens) || p.tokens[i].quoted || !strings.EqualFold(strings.ReplaceAll(p.tokens[i].text, "’", "'"), w) {
			return false
		}
		i++
	}
	p.pos = i
	return true
}

// choose takes the first of the phrases that comes next.
func choose[T any](p *parser, of []phrase[T]) (what T, ok bool) {
	for _, f := range of {
		if p.take(f.words) {
			return f.what, true
		}
	}
	return what, false
}

func (p *parser) rule() (r Rule, err error) {
	r.Off = p.take("(off)")
	if !p.take("WHEN") {
		return r, p.fail("WHEN")
	}
	if r.when, err = p.expr(); err != nil {
		return r, err
	}
	for p.take("EXCEPT") {
		if !p.take("WHEN") {
			return r, p.fail("WHEN")
		}
		e, err := p.expr()
		if err != nil {
			return r, err
		}
		r.except = append(r.except, e)
	}
	if !p.take("THEN") {
		return r, p.failBehind("AND, OR, EXCEPT WHEN or THEN")
	}
	for {
		s, err := p.action()
		if err != nil {
			return r, err
		}
		r.actions = append(r.actions, s)
		if p.pos == len(p.tokens) {
			return r, nil
		}
		if !p.take("AND") {
			return r, p.failBehind("AND or the end")
		}
	}
}

func (p *parser) expr() (expr, error) {
	e := expr{nil}
	for {
		c, err := p.condition()
		if err != nil {
			return nil, err
		}
		e[len(e)-1] = append(e[len(e)-1], c)
		switch {
		case p.take("OR"):
			e = append(e, nil)
		case !p.take("AND"):
			return e, nil
		}
	}
}

func (p *parser) condition() (c condition, err error) {
	if p.count++; p.count > maxConditions {
		return c, &Error{p.at(), fmt.Sprintf("a rule has no more than %d conditions", maxConditions)}
	}
	f, ok := choose(p, fields())
	if !ok {
		return c, p.fail("a condition item such as Sender, Subject or Size")
	}
	if c.field = f; f.texts == nil && f.number == nil {
		return c, nil
	}
	at := p.pos
	op, ok := choose(p, operators())
	if !ok {
		return c, p.fail("an operator such as contains or is")
	}
	if number := f.number != nil; number && (op == contains || op == containsNot) || !number && (op == less || op == greater) {
		p.pos = at
		if number {
			return c, p.fail("is, is not, is less than or is greater than, for " + f.name + " is a number,")
		}
		return c, p.fail("contains, does not contain, is or is not, for " + f.name + " is a text,")
	}
	c.op = op
	return c, p.operand(&c)
}

// operand takes what a condition compares with.
func (p *parser) operand(c *condition) error {
	if p.pos >= len(p.tokens) {
		return p.fail("a value")
	}
	t := p.tokens[p.pos]
	if c.field.number != nil {
		n, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil || n < 0 {
			return p.fail("a number")
		}
		c.size = n
	} else {
		if t.text == "" && (c.op == contains || c.op == containsNot) {
			return p.fail("a text that is not empty")
		}
		if c.text = fold(t.text); c.op == is || c.op == isNot {
			c.text = strings.TrimSpace(c.text) // as the message's
		}
	}
	p.pos++
	p.value = p.pos
	return nil
}

func (p *parser) action() (step, error) {
	a, ok := choose(p, actions())
	if !ok {
		return step{}, p.fail("an action such as Don't accept message")
	}
	s := step{action: a}
	if a != Move {
		return s, nil
	}
	if p.pos >= len(p.tokens) {
		return s, p.fail("the name of a database")
	}
	if s.name, ok = database(p.tokens[p.pos].text); !ok {
		return s, p.fail("the name of a database below the mail folder")
	}
	p.pos++
	p.value = p.pos
	return s, nil
}

// database gives the name of a database with slashes, if mail can be put there:
// the Router refuses the same names, but only when it has the message.
func database(name string) (string, bool) {
	name = strings.ReplaceAll(strings.TrimSpace(name), `\`, "/")
	for part := range strings.SplitSeq(strings.TrimSuffix(strings.ToLower(name), ".nsf"), "/") {
		switch part {
		case "", ".", "..", "tmp", "new", "cur": // the last three are a Maildir's own
			return "", false
		}
		if strings.ContainsFunc(part, func(c rune) bool { return c < ' ' || c == 0x7f || c == ':' }) {
			return "", false
		}
	}
	return name, true
}
