package queue

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
)

// Verb is what a command does.
type Verb string

// The verbs.
const (
	List          Verb = "list"
	Show          Verb = "show"
	Hold          Verb = "hold"
	Release       Verb = "release"
	Retry         Verb = "retry"
	Delete        Verb = "delete"
	EditRecipient Verb = "edit-recipient"
)

// past gives the verb as what was done.
func (v Verb) past() string {
	switch v {
	case Hold:
		return "held"
	case Retry:
		return "due now"
	case EditRecipient:
		return "changed"
	}
	return string(v) + "d"
}

// ErrUsage: the words make no command. Test it with errors.Is.
var ErrUsage = errors.New("wrong arguments")

// Command is one command on the queue.
type Command struct {
	Verb Verb
	IDs  []string // as typed: whole, or the eight digits of mailbox.ID.Short
	Old  string   // of EditRecipient: the address now, and the one to be
	New  string

	All    bool          // every unit that the rest selects
	State  mailbox.State // "" is every state
	To     string        // pattern of a recipient, "" is any
	Sender string        // pattern of the sender, "<>" is the null sender, "" is any
	Dest   string        // key of the work, or the name of its destination; "" is any
	Older  time.Duration // since the message was received

	ToSender    bool // of Release: the failure report goes to the sender
	ToRecipient bool // of Release: the recipients are tried again, which is also the default

	JSON   bool   // an object a line
	Body   bool   // of Show: the content too
	Cursor string // Page.Cursor of the page before
	By     string // who commands it, "" is Queue.Who
}

// Register defines the flags of a command. A flag "state" that is there already
// keeps its values but the three states, which select work; the same goes for
// "json", which is left to who defined it.
func (c *Command) Register(fs *flag.FlagSet) {
	state := stateFlag{to: &c.State}
	if own := fs.Lookup("state"); own != nil {
		state.other = own.Value
		own.Value = state
		own.Usage += ". Another use: -state pending, held or dead selects the mail in that state. Both may be given, each with its own -state"
	} else {
		fs.Var(state, "state", "work that is pending, held or dead")
	}
	if fs.Lookup("json") == nil {
		fs.BoolVar(&c.JSON, "json", false, "print JSON, an object a line")
	}
	fs.BoolVar(&c.All, "all", false, "everything that the other flags select")
	fs.StringVar(&c.To, "to", "", "with a recipient like this `PATTERN`; * and ? stand for any characters, any one")
	fs.StringVar(&c.Sender, "from", "", "from a sender like this `PATTERN`; <> is the null sender")
	fs.StringVar(&c.Dest, "dest", "", "for this `HOST` or domain, or of this key")
	fs.Func("older", "received longer ago than this `AGE`: 90m, 12h, 3d", func(s string) (err error) {
		c.Older, err = parseAge(s)
		return err
	})
	fs.BoolVar(&c.ToRecipient, "to-recipient", false, "release: try the recipients again (the default)")
	fs.BoolVar(&c.ToSender, "to-sender", false, "release: give the recipients up, and report that to the sender")
	fs.BoolVar(&c.Body, "body", false, "show: the content too")
	fs.StringVar(&c.Cursor, "cursor", "", "go on where the last answer ended, at this `MARK`")
	fs.StringVar(&c.By, "by", "", "who commands it, a `NAME` for the log")
}

// stateFlag takes a state, and leaves other values to the flag it replaces.
type stateFlag struct {
	to    *mailbox.State
	other flag.Value
}

// String gives the value for the usage text.
func (s stateFlag) String() string {
	if s.other != nil {
		return s.other.String()
	}
	return ""
}

// Set takes a value.
func (s stateFlag) Set(v string) error {
	switch state := mailbox.State(strings.ToLower(v)); {
	case state == mailbox.Pending || state == mailbox.Held || state == mailbox.Dead:
		*s.to = state
	case s.other != nil:
		return s.other.Set(v)
	default:
		return errors.New("not pending, held or dead")
	}
	return nil
}

// parseAge reads a duration, which may be a number of days.
func parseAge(s string) (time.Duration, error) {
	const most = 36500
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(n >= 0 && n <= most) {
			return 0, fmt.Errorf("%q is no number of days", s)
		}
		return time.Duration(n * float64(24*time.Hour)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration such as 90m, 12h or 3d", s)
	}
	return d, nil
}

// Parse reads the words of a command, flags before or behind the others. Errors
// wrap ErrUsage.
func Parse(words []string) (*Command, error) {
	words, err := unescape(words)
	if err != nil {
		return nil, err
	}
	c := &Command{}
	fs := flag.NewFlagSet("queue", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	c.Register(fs)
	var rest []string
	for {
		if err := fs.Parse(words); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUsage, err)
		}
		words = fs.Args()
		if len(words) == 0 {
			break
		}
		rest, words = append(rest, words[0]), words[1:]
	}
	left, err := c.Take(rest)
	if err == nil && len(left) > 0 {
		err = noID(left[0])
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Take reads what stands between the flags: the verb, ids, addresses. It gives
// what is left behind them, and checks the command. Errors wrap ErrUsage.
func (c *Command) Take(words []string) (left []string, err error) {
	if len(words) == 0 {
		return nil, usage("list, show, hold, release, retry, delete or edit-recipient")
	}
	c.Verb, words = Verb(strings.ToLower(words[0])), words[1:]
	for len(words) > 0 && isID(words[0]) {
		c.IDs, words = append(c.IDs, words[0]), words[1:]
	}
	// A word in the place of an id is a mistyped one, or a folder where the id
	// is missing: checkAround says both.
	inPlace := ""
	if len(c.IDs) == 0 && len(words) > 0 {
		inPlace = words[0]
	}
	if c.Verb == EditRecipient && len(words) >= 2 {
		c.Old, c.New, words = bare(words[0]), bare(words[1]), words[2:]
	}
	return words, c.checkAround(inPlace)
}

// bare takes the angle brackets off an address.
func bare(s string) string {
	if in, ok := strings.CutPrefix(s, "<"); ok {
		return strings.TrimSuffix(in, ">")
	}
	return s
}

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUsage, fmt.Sprintf(format, args...))
}

// isID tells whether a word is an id, whole or short. Another word of eight
// hexadecimal digits or more is none here: a folder of such a name is ./NAME.
func isID(s string) bool {
	return len(s) >= 8 && len(s) <= 64 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// noID tells that a word is no id, and what one looks like.
func noID(word string) error {
	return usage("%.40q is no message id: eight digits, or the whole", word)
}

// missing tells that a command lacks what it wants; inPlace is the word that
// stands where an id should, "" for none.
func missing(inPlace, format string, args ...any) error {
	if inPlace == "" {
		return usage(format, args...)
	}
	return fmt.Errorf("%w; %s", noID(inPlace), fmt.Sprintf(format, args...))
}

// check finds what makes no sense together.
func (c *Command) check() error { return c.checkAround("") }

// checkAround is check; inPlace is as missing takes it.
func (c *Command) checkAround(inPlace string) error {
	switch c.Verb {
	case List:
	case Show, EditRecipient:
		if len(c.IDs) != 1 || c.All || c.narrow() {
			return missing(inPlace, "%s wants one message id, and none of the flags that select", c.Verb)
		}
	case Hold, Release, Retry, Delete:
		if len(c.IDs) == 0 && !c.All {
			return missing(inPlace, "%s wants message ids, or -all for everything that the other flags select", c.Verb)
		}
	default:
		return usage("%.40q: list, show, hold, release, retry, delete or edit-recipient", string(c.Verb))
	}
	switch {
	case c.All && len(c.IDs) > 0:
		return usage("either message ids or -all")
	case c.ToSender && c.ToRecipient:
		return usage("either -to-sender or -to-recipient")
	case (c.ToSender || c.ToRecipient) && c.Verb != Release:
		return usage("-to-sender and -to-recipient are of release")
	case c.Body && c.Verb != Show:
		return usage("-body is of show")
	case c.Verb == EditRecipient && (c.Old == "" || c.New == ""):
		return usage("edit-recipient ID OLD NEW")
	}
	for _, id := range c.IDs {
		if !isID(id) {
			return noID(id)
		}
	}
	if c.Verb == EditRecipient {
		if _, err := address(c.New); err != nil {
			return fmt.Errorf("%w: %w", ErrUsage, err)
		}
	}
	return nil
}

// Changes tells whether the command changes anything.
func (c *Command) Changes() bool { return c.Verb != List && c.Verb != Show }

// narrow tells whether a flag selects among the work.
func (c *Command) narrow() bool {
	return c.State != "" || c.To != "" || c.Sender != "" || c.Dest != "" || c.Older > 0
}

// address reads the address of a recipient, without angle brackets.
func address(s string) (smtpwire.Path, error) {
	p, rest, err := smtpwire.ParsePathUTF8("<"+s+">", false)
	switch {
	case err != nil:
		return p, err
	case rest != "":
		return p, &smtpwire.AddressError{Text: s, Reason: smtpwire.ErrTrailing}
	case p.IsNull():
		return p, &smtpwire.AddressError{Text: s, Reason: smtpwire.ErrNoAddress}
	}
	return p, nil
}

// escapeMark begins a word that is percent-encoded, so that it can stand on a
// console line whatever it holds.
const escapeMark = "%="

// Words gives the command as Parse reads it. No word holds a blank, a quotation
// mark or a control character.
func (c *Command) Words() []string {
	var words []string
	add := func(word string) {
		if strings.HasPrefix(word, escapeMark) || strings.ContainsFunc(word, needsEscape) {
			word = escapeMark + url.PathEscape(word)
		}
		words = append(words, word)
	}
	flagged := func(name, value string) {
		if value != "" {
			add("-" + name + "=" + value)
		}
	}
	on := func(name string, set bool) {
		if set {
			add("-" + name)
		}
	}
	add(string(c.Verb))
	on("all", c.All)
	flagged("state", string(c.State))
	flagged("to", c.To)
	flagged("from", c.Sender)
	flagged("dest", c.Dest)
	if c.Older > 0 {
		flagged("older", c.Older.String())
	}
	on("to-sender", c.ToSender)
	on("to-recipient", c.ToRecipient)
	on("json", c.JSON)
	on("body", c.Body)
	flagged("cursor", c.Cursor)
	flagged("by", c.By)
	for _, id := range c.IDs {
		add(id)
	}
	if c.Verb == EditRecipient { // in brackets no address is taken for a flag
		add("<" + c.Old + ">")
		add("<" + c.New + ">")
	}
	return words
}

func needsEscape(r rune) bool {
	return r == ' ' || r == '"' || r == utf8.RuneError || !unicode.IsPrint(r)
}

// unescape undoes the encoding of Words.
func unescape(words []string) ([]string, error) {
	plain := make([]string, len(words))
	for i, w := range words {
		if code, ok := strings.CutPrefix(w, escapeMark); ok {
			var err error
			if w, err = url.PathUnescape(code); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrUsage, err)
			}
		}
		plain[i] = w
	}
	return plain, nil
}
