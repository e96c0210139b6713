package console

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxCandidates bounds how many completions are given.
	maxCandidates = 2000
	// completionTime bounds how long the key press waits for them.
	completionTime = 2 * time.Second
)

// choices gives what the next argument of a command may be; args are those
// before it. One that ends in "=" is not complete with the word.
type choices func(ctx context.Context, s Server, args []string) ([]string, error)

// completions gives what the last word of line may become, that word being the
// empty one behind a blank. A word that is complete ends in a blank. What comes
// earlier may be abbreviated. Commands that this server does not have are left
// out. There are none where the server knows no names, and none in quotes but
// of a variable.
func completions(ctx context.Context, s Server, commands []command, line string) []string {
	if len(line) > maxLine || strings.IndexFunc(line, isForbidden) >= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	start, partial := wordAt(line)
	before := line[:start]
	if strings.Count(before, `"`)%2 == 1 {
		return nil
	}
	cmd, rest, args := descend(commands, splitWords(before))
	switch {
	case rest != nil:
		return selectPrefix(keywordsOf(rest, partial), partial)
	case cmd == nil || cmd.next == nil:
		return nil
	}
	all, err := cmd.next(ctx, s, args)
	if err != nil {
		return nil // the command itself tells why, once it is run
	}
	quote := ""
	if text, quoted := strings.CutPrefix(partial, `"`); quoted {
		if !slices.ContainsFunc(all, func(c string) bool { return strings.HasSuffix(c, "=") }) {
			return nil
		}
		quote, partial = `"`, text
	}
	found := selectPrefix(all, partial)
	for i := range found {
		found[i] = quote + found[i]
	}
	return found
}

// descend goes down the tree of commands by whole words. It gives the commands
// of which the next word is one, or the command and the arguments it has.
func descend(commands []command, words []word) (cmd *command, next []command, args []string) {
	for n := 0; n < len(words); n++ {
		found, err := match(commands, words[n].text)
		if err != nil {
			return nil, nil, nil
		}
		if found.keyword() == "TELL" && n+1 < len(words) {
			n++
			commands = tellTable(strings.ToLower(words[n].text))
			continue
		}
		if commands = found.sub; commands != nil {
			continue
		}
		for _, w := range words[n+1:] {
			args = append(args, w.text)
		}
		return found, nil, args
	}
	return nil, commands, nil
}

// keywordsOf gives the keywords of the commands that there are, in the case in
// which the word is typed.
func keywordsOf(commands []command, typed string) []string {
	lower := strings.IndexFunc(typed, unicode.IsUpper) < 0
	var out []string
	for i := range commands {
		c := &commands[i]
		if c.run == nil && c.sub == nil {
			continue
		}
		keyword := c.keyword()
		if lower {
			keyword = strings.ToLower(keyword)
		}
		out = append(out, keyword)
	}
	return out
}

// selectPrefix gives the choices that begin with prefix in any case, each once
// and sorted, with a blank where the word is complete.
func selectPrefix(all []string, prefix string) []string {
	var out []string
	for _, c := range all {
		if !beginsWith(c, prefix) || strings.IndexFunc(c, isSeparator) >= 0 {
			continue
		}
		if !strings.HasSuffix(c, "=") {
			c += " "
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	out = slices.Compact(out)
	return out[:min(len(out), maxCandidates)]
}

// beginsWith tells whether a word begins with prefix in any case.
func beginsWith(word, prefix string) bool {
	return len(word) >= len(prefix) && strings.EqualFold(word[:len(prefix)], prefix)
}

// isSeparator tells what a word without quotes cannot have.
func isSeparator(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '"' }

// fixed is for arguments that are one of these words.
func fixed(words ...string) choices {
	return func(_ context.Context, _ Server, args []string) ([]string, error) {
		if len(args) > 0 {
			return nil, nil
		}
		return words, nil
	}
}

// The names of the tasks that take commands.
func taskNames() []string { return []string{"router", "smtp"} }

func variableNames(_ context.Context, s Server, args []string) ([]string, error) {
	switch len(args) {
	case 0:
		return s.ConfigNames(), nil
	case 1:
		return []string{"why"}, nil
	}
	return nil, nil
}

func assignedNames(_ context.Context, s Server, args []string) ([]string, error) {
	if len(args) > 0 {
		return nil, nil
	}
	var out []string
	for _, name := range s.ConfigNames() {
		out = append(out, name+"=")
	}
	return out, nil
}

func statisticNames(ctx context.Context, s Server, args []string) ([]string, error) {
	if len(args) > 0 {
		return nil, nil
	}
	all, err := s.Statistics(ctx)
	var out []string
	for _, st := range all {
		out = append(out, st.Name)
	}
	return out, err
}

func portNames(_ context.Context, s Server, args []string) ([]string, error) {
	if len(args) > 0 {
		return nil, nil
	}
	enabledPorts, disabledPorts := s.Ports()
	var out []string
	for _, p := range append(enabledPorts, disabledPorts...) {
		out = append(out, p.Name)
	}
	return out, nil
}

// droppable gives what DROP takes: sessions, addresses and "all".
func droppable(ctx context.Context, s Server, args []string) ([]string, error) {
	ids, err := sessionIDs(ctx, s, args)
	hosts, hostErr := clientHosts(ctx, s, args)
	if len(args) > 0 || err != nil || hostErr != nil {
		return nil, cmp.Or(err, hostErr)
	}
	return append(append(ids, hosts...), "all"), nil
}

func sessionIDs(_ context.Context, s Server, args []string) ([]string, error) {
	return ofSessions(s, args, func(one Session) string { return one.ID })
}

func clientHosts(_ context.Context, s Server, args []string) ([]string, error) {
	return ofSessions(s, args, func(one Session) string { return one.Address })
}

func ofSessions(s Server, args []string, name func(Session) string) ([]string, error) {
	if len(args) > 0 {
		return nil, nil
	}
	list, err := s.Sessions()
	var out []string
	for _, one := range list {
		out = append(out, name(one))
	}
	return out, err
}

// destinations gives what mail waits for, and "*" for all of it.
func destinations(ctx context.Context, s Server, args []string) ([]string, error) {
	if len(args) > 0 {
		return nil, nil
	}
	queues, err := s.Queues(ctx)
	out := []string{"*"}
	for _, q := range queues.Queues {
		if q.Destination != LocalDelivery {
			out = append(out, q.Destination)
		}
	}
	return out, err
}

func queueWords(_ context.Context, s Server, args []string) ([]string, error) {
	if len(args) > 0 {
		return nil, nil
	}
	return s.QueueCommands(), nil
}

// complete applies the completions of the last word before pos to a line; those
// that do not begin with it are none. They
// extend it as far as they agree; list is what to choose from where that is no
// further than was typed.
func complete(line string, pos int, candidates []string) (newLine string, newPos int, list []string) {
	start, partial := wordAt(line[:pos])
	candidates = slices.DeleteFunc(slices.Clone(candidates), func(c string) bool { return !beginsWith(c, partial) })
	if len(candidates) == 0 {
		return line, pos, nil
	}
	text, after := candidates[0], line[pos:]
	if len(candidates) == 1 {
		if strings.HasPrefix(after, " ") { // it stands there already
			text = strings.TrimSuffix(text, " ")
		}
	} else {
		text = commonPrefix(candidates)
		if len(text) == len(partial) {
			list = candidates
		}
	}
	return line[:start] + text + after, start + len(text), list
}

// commonPrefix gives what words begin with, in the spelling of the first, case
// left out of account.
func commonPrefix(words []string) string {
	prefix := strings.TrimSuffix(words[0], " ")
	for _, w := range words[1:] {
		n := 0
		for n < len(prefix) {
			_, size := utf8.DecodeRuneInString(prefix[n:])
			if n+size > len(w) || !strings.EqualFold(prefix[n:n+size], w[n:n+size]) {
				break
			}
			n += size
		}
		prefix = prefix[:n]
	}
	return prefix
}

// maxListed is how many completions are shown; of more only the number is.
const maxListed = 100

// columns lays completions out in columns of a terminal so wide, read
// downwards.
func columns(words []string, width int) string {
	if len(words) > maxListed {
		return count(len(words), "completion") + ", type more of the word\n"
	}
	const gap = 2
	widest := 0
	for _, w := range words {
		widest = max(widest, utf8.RuneCountInString(strings.TrimSuffix(w, " "))+gap)
	}
	across := max(1, (width-1)/max(1, widest))
	rows := (len(words) + across - 1) / across
	var b strings.Builder
	for row := range rows {
		line := ""
		for i := row; i < len(words); i += rows {
			w := strings.TrimSuffix(words[i], " ")
			line += w + strings.Repeat(" ", widest-utf8.RuneCountInString(w))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
