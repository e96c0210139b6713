package console

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestCompletions(t *testing.T) {
	tests := []struct {
		name, line string
		want       []string // nil: none
	}{
		{"nothing typed", "", []string{"broadcast ", "drop ", "exit ", "help ", "load ", "quit ", "restart ", "route ", "set ", "show ", "start ", "stop ", "tell "}},
		{"a command", "sh", []string{"show "}},
		{"in capitals", "SH", []string{"SHOW "}},
		{"of those that this server has", "t", []string{"tell "}},
		{"several", "s", []string{"set ", "show ", "start ", "stop "}},
		{"unknown", "x", nil},
		{"sub-commands", "show ", []string{"allports ", "configuration ", "directory ", "diskspace ", "port ", "schedule ", "server ", "statistic ", "tasks ", "users "}},
		{"behind an abbreviation", "sh st", []string{"statistic "}},
		{"behind an ambiguous one", "s st", nil},
		{"behind an unknown one", "shoe st", nil},
		{"tabs and blanks", "  show\t ta", []string{"tasks "}},
		{"variable", "show config smtp", []string{"SMTPErrorLimit ", "SMTPGreeting "}},
		{"variable, behind its name", "show config SMTPGreeting ", []string{"why "}},
		{"variable, too much", "show config SMTPGreeting why ", nil},
		{"assignment", "set config mail", []string{"MailTimeout="}},
		{"assignment, quoted", `SET CONFIGURATION "d`, []string{`"Domigo_DNS=`}},
		{"value, which nobody knows", "set config MailTimeout=", []string{"MailTimeout="}},
		{"value, begun", "set config MailTimeout=1", nil},
		{"behind an assignment", "set config MailTimeout=1 ", nil},
		{"within quotes", `broadcast "sh`, nil},
		{"within quotes, second word", `broadcast "a sh`, nil},
		{"statistics", "show stat mail", []string{"MAIL.Dead ", "Mail.TotalPending ", "Mailbox.Count "}},
		{"statistic to reset", "set stat smtp.m", []string{"SMTP.MessagesProcessed "}},
		{"task to load", "load s", []string{"smtp "}},
		{"task to restart", "restart task ", []string{"router ", "smtp "}},
		{"task to tell", "tell r", []string{"router "}},
		{"what to tell SMTP", "tell smtp ", []string{"drop ", "quit ", "show ", "trace ", "unlock ", "update "}},
		{"what to tell the Router", "te router show q", []string{"queues "}},
		{"what to tell nobody", "tell ldap ", nil},
		{"the queue", "tell router queue ", []string{"hold ", "list ", "release "}},
		{"session", "tell smtp drop ", []string{"4A6AE25B-1 ", "4A6AE25B-12 ", "4A6AE25B-13 "}},
		{"session or host", "drop 2", []string{"2001:db8::25 "}},
		{"all sessions", "drop a", []string{"all "}},
		{"host, once", "tell smtp trace on 1", []string{"10.10.1.8 "}},
		{"port", "show port ", []string{"LAN0 ", "TCPIP "}},
		{"destination", "route y", []string{"yahoo.com "}},
		{"all destinations", "route ", []string{"* ", "yahoo.com "}},
		{"tasks shown", "show tasks u", []string{"user "}},
		{"no argument known", "show database x", nil},
		{"no argument taken", "help x", nil},
		{"control characters", "show\x00 t", nil},
		{"a line that is too long", strings.Repeat("x ", maxLine) + "s", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := completions(t.Context(), &fakeServer{}, table(), tt.line)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q completes to %q, want %q", tt.line, got, tt.want)
			}
		})
	}
}

func TestCompletionsOfFailingServer(t *testing.T) {
	s := &fakeServer{err: errors.New("disk full")}
	for _, line := range []string{"show stat ", "drop ", "route ", "tell smtp drop "} {
		if got := completions(t.Context(), s, table(), line); got != nil {
			t.Errorf("%q completes to %q where the server fails, want none", line, got)
		}
	}
}

// manyNames has more variables than are shown, and one with what no terminal
// should get.
type manyNames struct{ fakeServer }

func (*manyNames) ConfigNames() []string {
	names := []string{"A\x1b[2J", "B C", "D\nE", `F"`}
	for range 3 * maxCandidates {
		names = append(names, "V"+strings.Repeat("x", len(names)%70))
		names = append(names, "W"+string(rune('a'+len(names)%26))+strings.Repeat("y", len(names)/26))
	}
	return names
}

func TestCompletionsAreBounded(t *testing.T) {
	got := completions(context.Background(), &manyNames{}, table(), "show config ")
	if len(got) != maxCandidates {
		t.Errorf("%d completions, want %d", len(got), maxCandidates)
	}
	for _, c := range got {
		if strings.ContainsAny(strings.TrimSuffix(c, " "), "\x1b \n\"") {
			t.Errorf("completion %q is no word", c)
		}
	}
}

func TestComplete(t *testing.T) {
	tests := []struct {
		name       string
		line       string // | is the cursor
		candidates []string
		want       string
		list       bool
	}{
		{"none", "xyz|", nil, "xyz|", false},
		{"one", "sh|", []string{"show "}, "show |", false},
		{"one, other case", "show config smtpg|", []string{"SMTPGreeting "}, "show config SMTPGreeting |", false},
		{"further by what they share", "show stat m|", []string{"Mail.Dead ", "Mail.Hold "}, "show stat Mail.|", false},
		{"no further", "show stat Mail.|", []string{"Mail.Dead ", "Mail.Hold "}, "show stat Mail.|", true},
		{"no further, in the right case", "show stat mail|", []string{"MAIL.Dead ", "Mailbox.Count "}, "show stat MAIL|", true},
		{"one that begins another", "show stat a|", []string{"AB ", "ABC "}, "show stat AB|", false},
		{"within the line", "sh| tasks", []string{"show "}, "show| tasks", false},
		{"within a word", "sh|tasks", []string{"show "}, "show |tasks", false},
		{"nothing in common", "|", []string{"drop ", "exit "}, "|", true},
		{"answers that fit nothing", "show x|", []string{"a ", "b "}, "show x|", false},
		{"assignment", "set config mailt|", []string{"MailTimeout="}, "set config MailTimeout=|", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, after, _ := strings.Cut(tt.line, "|")
			line, pos, list := complete(before+after, len(before), tt.candidates)
			got := line[:pos] + "|" + line[pos:]
			if got != tt.want || len(list) > 0 != tt.list {
				t.Errorf("%q with %q became %q, list %q; want %q, %v", tt.line, tt.candidates, got, list, tt.want, tt.list)
			}
		})
	}
}

func TestColumns(t *testing.T) {
	words := []string{"a ", "bb ", "ccc ", "dddd ", "e "}
	if got, want := columns(words, 14), "a     dddd\nbb    e\nccc\n"; got != want {
		t.Errorf("columns are\n%s\nwant\n%s", got, want)
	}
	if got, want := columns(words, 1), "a\nbb\nccc\ndddd\ne\n"; got != want {
		t.Errorf("columns of a narrow terminal are\n%s\nwant\n%s", got, want)
	}
	many := make([]string, maxListed+1)
	if got, want := columns(many, 80), "101 completions, type more of the word\n"; got != want {
		t.Errorf("too many give %q, want %q", got, want)
	}
}

// FuzzComplete: whatever is typed, wherever the cursor stands and whatever a
// server answers, a completion keeps what is before the word and behind the
// cursor, and the list to choose from does nothing to a terminal.
func FuzzComplete(f *testing.F) {
	f.Add("show config smtp", uint(16), "SMTPGreeting \nSMTPErrorLimit ")
	f.Add(`set config "m tail`, uint(13), `"MailTimeout=`)
	f.Add("tell smtp ſh", uint(12), "ſhow \nSHOW \nK")
	f.Fuzz(func(t *testing.T, line string, at uint, answer string) {
		pos := int(at % uint(len(line)+1))
		for _, candidates := range [][]string{linesOf(answer), completions(t.Context(), &fakeServer{}, table(), line[:pos])} {
			got, newPos, list := complete(line, pos, candidates)
			start, _ := wordAt(line[:pos])
			if newPos < start || newPos > len(got) || got[:start] != line[:start] || got[newPos:] != line[pos:] {
				t.Fatalf("%q at %d with %q became %q at %d", line, pos, candidates, got, newPos)
			}
			if got := columns(list, 80); strings.ContainsFunc(strings.ReplaceAll(got, "\n", ""), isForbidden) {
				t.Fatalf("the list %q would do something to a terminal", got)
			}
		}
	})
}
