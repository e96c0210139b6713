package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"domigo/console"
	"domigo/internal/queue"
	"domigo/mailbox"
)

// queueVerb administers the mail that waits: through a running server, or else
// in the mail.box of one that does not run.
func queueVerb(c *common) runner {
	cmd := &queue.Command{}
	cmd.Register(c.set)
	return func(ctx context.Context, e env, rest []string) (code int, err error) {
		left, err := cmd.Take(rest)
		if err == nil && len(left) > 1 {
			err = fmt.Errorf("%w: %.40q is no message id", errUsage, left[0])
		}
		if err != nil {
			return exitUsage, err
		}
		if cmd.JSON = c.json; cmd.By == "" {
			cmd.By = osUser()
		}
		ask, done, err := openQueue(ctx, c.stateDir(dir(left, 0)), cmd)
		if err != nil {
			return queueCode(err), err
		}
		defer func() {
			if closeErr := done(); closeErr != nil {
				code, err = exitFailed, errors.Join(err, closeErr)
			}
		}()
		err = askAll(ctx, e, cmd, ask)
		return queueCode(err), err
	}
}

// queueCode gives the exit code for an error of the command.
func queueCode(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, queue.ErrUsage):
		return exitUsage
	case errors.Is(err, console.ErrNoServer), errors.Is(err, console.ErrSilent):
		return exitNoServer
	}
	return exitFailed
}

// osUser gives who runs this process.
func osUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + strconv.Itoa(os.Getuid())
}

// mailBox is the store's folder in the state folder.
const mailBox = "mail.box"

// asker runs a command and gives one page of its answer, as queue.Queue.Do does.
type asker func(ctx context.Context, cmd *queue.Command) (queue.Page, error)

// openQueue finds who answers: the running server, or the store itself. A server
// that has the store open may be about to listen, or to end, so both are tried
// for a while. If there is neither, the error is a *noServerError.
func openQueue(ctx context.Context, state string, cmd *queue.Command) (ask asker, done func() error, err error) {
	const tries, pause = 30, 100 * time.Millisecond
	for try := 1; ; try++ {
		client, err := dialServer(ctx, state)
		if err == nil {
			return askServer(client), client.Close, nil
		}
		var none *noServerError
		if !errors.As(err, &none) {
			return nil, nil, err
		}
		ask, done, err = openStore(state, cmd)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			none.lacks = mailBox
			return nil, nil, none
		case !errors.Is(err, mailbox.ErrInUse):
			return ask, done, err
		case try == tries:
			return nil, nil, fmt.Errorf("the mail.box in %s is in use by another server, which has no socket there", state)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// askServer runs commands on the console of a running server.
func askServer(client *console.Client) asker {
	return func(ctx context.Context, cmd *queue.Command) (queue.Page, error) {
		output, failed, err := client.Run(ctx, "tell router queue "+strings.Join(cmd.Words(), " "))
		if err != nil {
			return queue.Page{}, err
		}
		var lines []string
		if output != "" {
			lines = strings.Split(strings.TrimSuffix(output, "\n"), "\n")
		}
		if failed && len(lines) > 0 { // the last line says why
			n := len(lines) - 1
			return queue.Page{Lines: lines[:n]}, &queue.RefusedError{Text: lines[n]}
		}
		return queue.ReadPage(lines), nil
	}
}

// openStore opens the mail.box of a server that does not run, and for a change
// its domigo.log; a command that only looks writes nothing there. For root it does
// so as the user whose the mail.box is: opening for a change makes files, which that
// user's server must be able to open.
func openStore(state string, cmd *queue.Command) (ask asker, done func() error, err error) {
	if err := becomeOwner(filepath.Join(state, mailBox)); err != nil {
		return nil, nil, err
	}
	box, err := mailbox.OpenDisk(filepath.Join(state, mailBox), mailbox.Options{MustExist: true, ReadOnly: !cmd.Changes()})
	if err != nil {
		return nil, nil, err
	}
	q := &queue.Queue{Store: box, Time: func(t time.Time) string { return console.USFormat().Time(t.Local()) }, Who: cmd.By}
	if !cmd.Changes() {
		return q.Do, box.Close, nil
	}
	file, err := os.OpenFile(filepath.Join(state, "domigo.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, errors.Join(err, box.Close())
	}
	lines := &failing{file: file}
	log := zerolog.New(lines).With().Timestamp().Logger()
	q.Record = func(change queue.Change) error {
		change.Log(log)
		return lines.err
	}
	return q.Do, func() error { return errors.Join(box.Close(), file.Close()) }, nil
}

// failing keeps the first error of a file, which a logger would not give back.
type failing struct {
	file *os.File
	err  error
}

// Write writes a line.
func (f *failing) Write(line []byte) (int, error) {
	n, err := f.file.Write(line)
	if f.err == nil {
		f.err = err
	}
	return n, err
}

// idsAtOnce is how many ids go into one command, so that it fits a console line.
const idsAtOnce = 20

// askAll prints all pages of the answer. The error is the first of the parts,
// each of which is done.
func askAll(ctx context.Context, e env, cmd *queue.Command, ask asker) error {
	ids := cmd.IDs
	var failure error
	for {
		part := *cmd
		part.IDs = ids[:min(len(ids), idsAtOnce)]
		ids = ids[len(part.IDs):]
		if err := askPart(ctx, e, &part, ask); err != nil {
			var refused *queue.RefusedError
			if !errors.As(err, &refused) {
				return err
			}
			if failure == nil {
				failure = err
			}
		}
		if len(ids) == 0 {
			return failure
		}
	}
}

func askPart(ctx context.Context, e env, cmd *queue.Command, ask asker) error {
	out := bufio.NewWriter(e.out)
	for {
		page, err := ask(ctx, cmd)
		for _, line := range page.Lines {
			out.WriteString(line)
			out.WriteByte('\n')
		}
		if flushErr := out.Flush(); err == nil {
			err = flushErr
		}
		if err != nil || page.Cursor == "" {
			return err
		}
		cmd.Cursor = page.Cursor
	}
}
