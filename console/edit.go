package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// backend is where the commands of an editor go: the server in this process, or
// one behind the socket.
type backend interface {
	// run runs a command and shows its output in its place between the lines of
	// the server. The error is one of the way there, not of the command.
	run(ctx context.Context, line string) error
	// own does what a line means to the console itself, and tells whether it
	// means anything, and whether the console is to end.
	own(line string) (known, done bool)
	// interrupt is Ctrl-C on an empty line, or while a command runs, and end is
	// Ctrl-D on an empty line. Both give what to say to it, "" for nothing, and
	// whether it ends the console.
	interrupt() (text string, leave bool)
	end() (text string, leave bool)
	// completions gives what the last word of line may become.
	completions(ctx context.Context, line string) []string
	// secured tells whether a console password is set.
	secured(ctx context.Context) (bool, error)
}

// editing is a Terminal in use.
type editing struct {
	terminal *Terminal
	editor   *term.Terminal
	history  history
	backend  backend
	cancel   context.CancelFunc // ends the console
}

// edit has an administrator give commands until the end of the input or of
// ctx, and gives nil for these. The terminal is restored when it returns, and
// at the latest when ctx ends, whatever command runs yet.
func (t *Terminal) edit(ctx context.Context, b backend) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e := &editing{terminal: t, backend: b, cancel: cancel}
	defer t.stop()
	if e.editor, err = t.begin(&e.history, e.interrupted); err != nil {
		return err
	}
	defer t.tty.Changed(func() { guarded(t, t.changed) })()
	defer context.AfterFunc(ctx, t.Restore)()
	e.editor.AutoCompleteCallback = func(line string, pos int, key rune) (newLine string, newPos int, ok bool) {
		guarded(t, func() { newLine, newPos, ok = e.key(ctx, line, pos, key) })
		return newLine, newPos, ok
	}
	for ctx.Err() == nil {
		line, err := e.read(e.editor.ReadLine)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("terminal: %w", err)
		}
		done, err := e.command(ctx, line)
		if done || err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// read has the editor read a line.
func (e *editing) read(line func() (string, error)) (string, error) {
	e.terminal.typed.attend(true)
	defer e.terminal.typed.attend(false)
	return line()
}

// key serves the keys that the editor does not: TAB, Ctrl-C, Ctrl-D. What it
// gives is the line that is to be.
func (e *editing) key(ctx context.Context, line string, pos int, key rune) (newLine string, newPos int, ok bool) {
	switch key {
	case keyTab:
		newLine, newPos = e.complete(ctx, line, pos)
		return newLine, newPos, true
	case keyClear:
		if line == "" {
			e.interrupted()
		}
		return "", 0, true
	case keyLeave:
		if line == "" {
			e.ended()
		}
		_, size := utf8.DecodeRuneInString(line[pos:])
		return line[:pos] + line[pos+size:], pos, true
	}
	return "", 0, false
}

// interrupted serves Ctrl-C where nothing is half typed.
func (e *editing) interrupted() {
	text, leave := e.backend.interrupt()
	if text != "" {
		_ = e.say(text) // a terminal that is gone ends the reading of it
	}
	if !leave {
		return
	}
	e.terminal.Restore()
	e.cancel()
	if e.terminal.interrupt != nil {
		e.terminal.interrupt()
	}
}

// ended serves Ctrl-D on an empty line.
func (e *editing) ended() {
	text, leave := e.backend.end()
	if text != "" {
		_ = e.say(text)
	}
	if leave {
		e.terminal.Restore()
	}
}

// command does what a line means.
func (e *editing) command(ctx context.Context, line string) (done bool, err error) {
	if strings.TrimSpace(line) == "" {
		return false, nil
	}
	if known, done := e.backend.own(line); known {
		return done, nil
	}
	line, err = e.withPassword(ctx, line)
	if line == "" || err != nil {
		return false, err
	}
	return false, e.backend.run(ctx, line)
}

// complete serves TAB. What there is to choose from goes above the prompt.
func (e *editing) complete(ctx context.Context, line string, pos int) (string, int) {
	line, pos, list := complete(line, pos, e.backend.completions(ctx, line[:pos]))
	if len(list) > 0 {
		width, _ := e.terminal.columns()
		// What cannot be shown is missed by who sees nothing.
		_, _ = e.terminal.Write([]byte(columns(list, width)))
	}
	return line, pos
}

// The prompts for passwords, and what answers to them.
const (
	promptPassword = "Console password: "
	promptCurrent  = "Current console password: "
	promptFresh    = "New console password: "
	promptReplace  = "New console password (empty removes it): "
	promptAgain    = "Again: "

	textUnchanged = "The console password was not changed."
	textDifferent = "The two passwords differ. " + textUnchanged
	textUnusable  = "A console password cannot hold both blanks and quotation marks, nor begin with one."
)

// withPassword completes a command that wants a console password and was given
// none; the password is asked for without showing it. A command that is not to
// be run becomes empty.
func (e *editing) withPassword(ctx context.Context, line string) (string, error) {
	path, args := keywords(line)
	if args > 0 || !takesPassword(path) {
		return line, nil
	}
	secured, err := e.backend.secured(ctx)
	if err != nil {
		return "", err
	}
	setting := path[0] == "SET"
	if !setting && !secured {
		return line, nil
	}
	prompts := []string{promptPassword}
	switch {
	case setting && secured:
		prompts = []string{promptCurrent, promptReplace, promptAgain}
	case setting:
		prompts = []string{promptFresh, promptAgain}
	}
	given, ok, err := e.ask(prompts)
	if !ok || err != nil {
		return "", err
	}
	return e.addWords(line, given)
}

// ask asks for passwords; the last of several is the one before it once more,
// and not asked for where that one is empty. ok is false where the answers are
// none.
func (e *editing) ask(prompts []string) (given []string, ok bool, err error) {
	for i, p := range prompts {
		again := i > 0 && i == len(prompts)-1
		if again && given[i-1] == "" {
			break
		}
		password, err := e.password(p)
		switch {
		case errors.Is(err, io.EOF):
			return nil, false, nil
		case err != nil:
			return nil, false, err
		case again && password != given[i-1]:
			return nil, false, e.say(textDifferent)
		case password == "" && i == 0 && len(prompts) > 1:
			return nil, false, e.say(textUnchanged)
		case !again:
			given = append(given, password)
		}
	}
	return given, true, nil
}

func (e *editing) password(prompt string) (string, error) {
	e.secret(true)
	defer e.secret(false)
	return e.read(func() (string, error) { return e.editor.ReadPassword(prompt) })
}

func (e *editing) secret(on bool) {
	e.history.hidden = on
	e.terminal.typed.password(on)
}

// addWords appends words to a command, the empty ones left out.
func (e *editing) addWords(line string, words []string) (string, error) {
	line = strings.TrimRight(line, " \t")
	for _, w := range words {
		switch {
		case w == "":
		case !strings.Contains(w, " ") && w[0] != '"':
			line += " " + w
		case strings.Contains(w, `"`):
			return "", e.say(textUnusable)
		default:
			line += ` "` + w + `"`
		}
	}
	return line, nil
}

// say shows a line of the console's own.
func (e *editing) say(text string) error {
	_, err := e.terminal.Write([]byte(text + "\n"))
	return err
}
