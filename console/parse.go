package console

import (
	"strings"
	"unicode"
)

// maxLine is the longest command line in bytes.
const maxLine = 1024

// The texts by which Domino refuses a command line (Domino C API, server
// string table). Note the two blanks before Enter.
const (
	textUnknown      = "Command or option is not recognized"
	textAmbiguous    = "Command or option is ambiguous"
	textInsufficient = "Insufficient arguments.  Enter 'HELP' for the correct syntax."
	textTooMany      = "Too many arguments.  Enter 'HELP' for the correct syntax."
	textValue        = "Invalid value for command option"
	textTooLong      = "The command line is too long"
	// textNotConfigured answers Domino commands that have no meaning here. It
	// is Domino's own text for a function that a server was not set up for.
	textNotConfigured = "This server is not configured for that function"
)

// word is one word of a command line.
type word struct {
	text string // without quotes
	pos  int    // where it begins in the line
}

// splitWords cuts a line at blanks. A word that begins with a double quote
// ends at the next one, or, without one, at the end of the line: the command
// decides whether it can do without.
func splitWords(line string) []word {
	var words []word
	for pos := 0; pos < len(line); {
		if isBlank(line[pos]) {
			pos++
			continue
		}
		start := pos
		if line[pos] == '"' {
			text, _, _ := strings.Cut(line[pos+1:], `"`)
			pos = min(start+len(text)+2, len(line))
			words = append(words, word{text, start})
			continue
		}
		for pos < len(line) && !isBlank(line[pos]) {
			pos++
		}
		words = append(words, word{line[start:pos], start})
	}
	return words
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// invocation is a command with its arguments, ready to run.
type invocation struct {
	cmd  *command
	path []string // keywords in upper case, "SHOW", "TASKS"
	args []string
	rest string // the arguments as they were typed, blanks around them removed
}

// parse finds the command that a line means. It gives nil for a blank line,
// and a *CommandError for a line that means none.
func parse(commands []command, line string) (*invocation, error) {
	if len(line) > maxLine {
		return nil, fail(textTooLong)
	}
	line = strings.Trim(line, " \t\r\n")
	if strings.IndexFunc(line, isForbidden) >= 0 {
		return nil, fail(textValue)
	}
	words := splitWords(line)
	if len(words) == 0 {
		return nil, nil
	}
	inv, n, err := resolve(commands, words)
	if err != nil {
		return nil, err
	}
	if n < len(words) {
		inv.rest = line[words[n].pos:]
	}
	return inv, nil
}

// isForbidden tells control characters: nothing that can be set or asked for
// contains one, and a terminal would act on them when they are shown again.
func isForbidden(r rune) bool { return unicode.IsControl(r) && r != '\t' }

// resolve goes down the tree of commands by the first words and gives the
// number of keywords it used.
func resolve(commands []command, words []word) (*invocation, int, error) {
	inv := &invocation{}
	for n := 0; ; {
		if n == len(words) {
			return nil, 0, fail(textInsufficient)
		}
		cmd, err := match(commands, words[n].text)
		if err != nil {
			return nil, 0, err
		}
		n++
		inv.path = append(inv.path, cmd.keyword())
		if len(cmd.sub) > 0 {
			commands = cmd.sub
			continue
		}
		for _, w := range words[n:] {
			inv.args = append(inv.args, w.text)
		}
		if len(inv.args) < cmd.min {
			return nil, 0, fail(textInsufficient)
		}
		if cmd.max != anyArgs && len(inv.args) > cmd.max {
			return nil, 0, fail(textTooMany)
		}
		inv.cmd = cmd
		return inv, n, nil
	}
}

// match finds the command whose keyword is text or begins with it, in any
// case, if there is only one.
func match(commands []command, text string) (*command, error) {
	var found *command
	text = strings.ToUpper(text)
	for i := range commands {
		keyword := commands[i].keyword()
		if keyword == text {
			return &commands[i], nil
		}
		if text == "" || commands[i].whole || !strings.HasPrefix(keyword, text) {
			continue
		}
		if found != nil {
			return nil, fail(textAmbiguous)
		}
		found = &commands[i]
	}
	if found == nil {
		return nil, fail(textUnknown)
	}
	return found, nil
}

func fail(text string) error { return &CommandError{Text: text} }
