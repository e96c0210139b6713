package console

import "strings"

// maxHistory is how many lines the history keeps.
const maxHistory = 500

// history is what the arrow keys bring back. It lives in memory, no longer than
// the console: what administrators type holds passwords and names of users, and
// would outlive on disk both the session and the removal of the password. Lines
// with a console password are left out even so, because whoever comes to an
// attached terminal may press a key.
//
// It is used by the editor's goroutine alone.
type history struct {
	entries []string // the latest last
	hidden  bool     // while a password is read: the arrow keys bring back nothing
}

// Add appends a line; of equal ones in a row the first only.
func (h *history) Add(line string) {
	line = strings.TrimSpace(line)
	if line == "" || hasPassword(line) || len(h.entries) > 0 && h.entries[len(h.entries)-1] == line {
		return
	}
	if len(h.entries) == maxHistory {
		h.entries = append(h.entries[:0], h.entries[1:]...)
	}
	h.entries = append(h.entries, line)
}

// Len gives the number of lines.
func (h *history) Len() int {
	if h.hidden {
		return 0
	}
	return len(h.entries)
}

// At gives a line, 0 being the latest.
func (h *history) At(i int) string { return h.entries[len(h.entries)-1-i] }

// hasPassword tells whether a command line gives a console password.
func hasPassword(line string) bool {
	path, args := keywords(line)
	return args > 0 && takesPassword(path)
}

// takesPassword tells the commands that a console password is given to.
func takesPassword(path []string) bool {
	switch strings.Join(path, " ") {
	case "EXIT", "QUIT", "RESTART SERVER", "SET SECURE":
		return true
	}
	return false
}

// keywords gives the keywords that a line begins with and how many words follow
// them, whether the line is a command or not.
func keywords(line string) (path []string, args int) {
	words := splitWords(strings.TrimSpace(line))
	commands := table()
	for n, w := range words {
		cmd, err := match(commands, w.text)
		if err != nil {
			return path, len(words) - n
		}
		path = append(path, cmd.keyword())
		if commands = cmd.sub; commands == nil {
			return path, len(words) - n - 1
		}
	}
	return path, 0
}
