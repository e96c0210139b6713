package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// The texts of commands that were understood and failed (Domino C API, server
// string table).
const (
	textProtected  = "This system variable cannot be set via the server console. You must edit NOTES.INI to set this variable."
	textNoTask     = `The %s task either does not exist or does not accept "Tell" commands.`
	textRouterDown = "Router task not running"
	textLoad       = "Error attempting to load or run %s:\n    %s"
	textNoProgram  = "Server Task executable file was not found.  Check that it exists in your program directory."
	textRunning    = "Task is already running"
	textRestart    = "Unable to restart %s"
	textWaiting    = "Waiting %d seconds to restart %s..."
)

// Run runs one command line on s and writes its whole output to w in one
// piece. A blank line does nothing.
//
// A command that fails gives a *CommandError, whose text is in the output
// already; any other error is one of w. Commands run to their end when
// whoever gave them is gone; ctx ends them only where the Server heeds it.
func Run(ctx context.Context, s Server, line string, w io.Writer) error {
	out, failure := execute(ctx, s, line)
	if len(out) > 0 {
		if _, err := w.Write(out); err != nil {
			return fmt.Errorf("write output of console command: %w", err)
		}
	}
	return failure
}

// execute gives the output of a command, and its *CommandError if it failed.
func execute(ctx context.Context, s Server, line string) ([]byte, error) {
	inv, err := parse(table(), line)
	if inv == nil && err == nil {
		return nil, nil
	}
	r := &request{server: s, invocation: inv}
	if err == nil {
		err = r.run(ctx)
	}
	if err == nil {
		return r.out.Bytes(), nil
	}
	var failure *CommandError
	if !errors.As(err, &failure) {
		failure = &CommandError{Text: err.Error(), Err: err}
	}
	for text := range strings.SplitSeq(failure.Text, "\n") {
		r.line("%s", text)
	}
	return r.out.Bytes(), failure
}

// request is a command that is being run.
type request struct {
	*invocation
	server Server
	task   string   // that a TELL goes to
	told   []string // what stands behind the keywords of a TELL
	out    bytes.Buffer
}

func (r *request) run(ctx context.Context) error {
	if r.cmd.run == nil {
		return fail(textNotConfigured)
	}
	if err := r.permitted(); err != nil {
		return err
	}
	return r.cmd.run(ctx, r)
}

// line writes one line of output. What it says may come from the network or a
// file, so control characters are escaped.
func (r *request) line(format string, args ...any) {
	r.out.Write(appendEscaped(r.out.AvailableBuffer(), fmt.Sprintf(format, args...)))
	r.out.WriteByte('\n')
}

func runHelp(_ context.Context, r *request) error {
	r.out.WriteString(help(table(), ""))
	return nil
}

// runQuit serves EXIT and QUIT.
func runQuit(ctx context.Context, r *request) error { return r.server.Quit(ctx) }

func runSetRules(ctx context.Context, r *request) error { return r.server.SetRules(ctx) }

func runRestartServer(ctx context.Context, r *request) error { return r.server.RestartServer(ctx) }

func runLoad(ctx context.Context, r *request) error {
	err := r.server.Load(ctx, strings.ToLower(r.args[0]))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrRunning):
		return &CommandError{textRunning, err}
	case errors.Is(err, ErrNoProgram):
		return &CommandError{fmt.Sprintf(textLoad, r.args[0], textNoProgram), err}
	}
	return &CommandError{fmt.Sprintf(textLoad, r.args[0], err), err}
}

func runRestartTask(ctx context.Context, r *request) error {
	waited, err := r.server.RestartTask(ctx, strings.ToLower(r.args[0]))
	if waited >= time.Second {
		r.line(textWaiting, int(waited.Seconds()), r.args[0])
	}
	if err == nil {
		return nil
	}
	text := fmt.Sprintf(textRestart, r.args[0])
	if !errors.Is(err, ErrNoProgram) && !errors.Is(err, ErrNoTask) {
		text += "\n    " + err.Error()
	}
	return &CommandError{text, err}
}

func runRoute(ctx context.Context, r *request) error {
	to := r.args[0]
	n, err := r.server.Route(ctx, to)
	switch {
	case errors.Is(err, ErrTaskDown):
		return &CommandError{textRouterDown, err}
	case err == nil && n == 0 && to == "*":
		r.line("No mail waits.")
	case err == nil && n == 0:
		r.line("No mail waits for %s. With a relay or smart host, mail waits for that host.", to)
	}
	return err
}

// runTell sends the words to the task. Those of a task whose commands are
// known are looked up first, as the task would.
func runTell(ctx context.Context, r *request) error {
	r.task = strings.ToLower(r.args[0])
	commands := tellTable(r.task)
	if commands == nil {
		for i, a := range r.args[1:] {
			r.args[1+i] = strings.ToLower(a)
		}
		return r.tell(ctx, r.args[1:])
	}
	words := make([]word, len(r.args)-1)
	for i, a := range r.args[1:] {
		words[i].text = a
	}
	name := r.args[0]
	inv, _, err := resolve(commands, words)
	if err != nil {
		return err
	}
	r.invocation, r.told = inv, inv.args
	r.args = []string{name}
	return r.run(ctx)
}

// runTold passes a command of a known task to it. Router takes EXIT for QUIT.
func runTold(ctx context.Context, r *request) error {
	words := strings.Fields(strings.ToLower(strings.Join(r.path, " ")))
	if words[0] == "exit" {
		words[0] = "quit"
	}
	return r.tell(ctx, words)
}

// runUnlock passes a name to a task as it was typed. One of several words needs
// no quotation marks.
func runUnlock(ctx context.Context, r *request) error {
	return r.tell(ctx, []string{"unlock", strings.Join(r.told, " ")})
}

// runQueue passes a command on the Router's queue to it, its words as they were
// typed. Domino has none: there an administrator opens the mail.box.
func runQueue(ctx context.Context, r *request) error {
	return r.tell(ctx, append([]string{"queue"}, r.told...))
}

func (r *request) tell(ctx context.Context, words []string) error {
	output, err := r.server.Tell(ctx, r.task, words)
	for _, text := range output {
		r.line("%s", text)
	}
	return r.tellError(err)
}

// tellError gives the text of a Tell that failed; r.args[0] is the task's name
// as it was typed.
func (r *request) tellError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrTaskDown) && r.task == "router":
		return &CommandError{textRouterDown, err}
	case errors.Is(err, ErrNoTask), errors.Is(err, ErrTaskDown):
		return &CommandError{fmt.Sprintf(textNoTask, r.args[0]), err}
	case errors.Is(err, ErrNoSuchTell):
		return &CommandError{textUnknown, err}
	}
	return err
}
