package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"domigo/internal/lockout"
	"domigo/internal/server"
	"domigo/settings"
)

// lockouts lists who is locked out, or unlocks a name or an address. With a
// running server it asks that, else it works on the file of its state.
func lockouts(c *common) runner {
	return func(ctx context.Context, e env, rest []string) (int, error) {
		switch {
		case rest[0] == "list" && len(rest) <= 2:
			return listLockouts(ctx, e, c, dir(rest, 1))
		case rest[0] == "unlock" && len(rest) >= 2:
			return unlock(ctx, e, c, dir(rest, 2), rest[1])
		}
		return exitUsage, fmt.Errorf("%w: list [DIR], or unlock NAME|ADDRESS [DIR]", errUsage)
	}
}

func (c *common) lockoutFile(dir string) string {
	return filepath.Join(c.stateDir(dir), lockout.FileName)
}

// lockoutFileThere gives an error where neither a server is nor a file: that is
// no sign that nobody is locked out, the folder may be wrong.
func (c *common) lockoutFileThere(dir string, none *noServerError) error {
	if _, err := os.Stat(c.lockoutFile(dir)); errors.Is(err, os.ErrNotExist) {
		none.lacks = lockout.FileName
		return none
	}
	return nil // any other error is that of reading it
}

// listLockouts prints the file, which a running server brings up to date first.
func listLockouts(ctx context.Context, e env, c *common, dir string) (int, error) {
	var none *noServerError
	switch _, _, err := c.tell(ctx, dir, "tell smtp show lockouts"); {
	case errors.As(err, &none):
		if err := c.lockoutFileThere(dir, none); err != nil {
			return exitNoServer, err
		}
	case err != nil:
		return exitFailed, err
	}
	records, err := lockout.Read(c.lockoutFile(dir))
	if err != nil {
		return exitFailed, err
	}
	_, snap, _, err := c.build(ctx, dir)
	if err != nil {
		return exitFailed, err
	}
	records = lockout.Current(records, snap.Lockout, time.Now())
	if c.json {
		enc := json.NewEncoder(e.out)
		enc.SetIndent("", "  ")
		return exitOK, enc.Encode(records)
	}
	p := &printer{w: e.out}
	for _, line := range lockout.Lines(records, func(t time.Time) string { return t.Local().Format(time.DateTime) }) {
		p.line("%s", line)
	}
	return exitOK, p.err
}

func unlock(ctx context.Context, e env, c *common, dir, name string) (int, error) {
	output, failed, err := c.tell(ctx, dir, "tell smtp unlock "+strings.Trim(name, `"`))
	var none *noServerError
	switch {
	case errors.As(err, &none):
		if err := c.lockoutFileThere(dir, none); err != nil {
			return exitNoServer, err
		}
		return unlockFile(ctx, e, c, dir, name)
	case err != nil:
		return exitFailed, err
	case failed:
		return exitFailed, errors.New(strings.TrimSpace(output))
	}
	_, err = fmt.Fprint(e.out, output)
	return exitOK, err
}

// unlockFile unlocks in the file of a server that does not run.
func unlockFile(ctx context.Context, e env, c *common, dir, name string) (code int, err error) {
	var names []string
	if src, snap, _, err := c.build(ctx, dir); err == nil {
		names = server.LockoutNames(src.Directory, snap, name)
	} else { // the name as it is typed does without the site
		names = server.LockoutNames(nil, &settings.Snapshot{}, name)
		fmt.Fprintf(e.err, "domigo lockout: %v\n", err)
	}
	path := c.lockoutFile(dir)
	if _, err := lockout.Read(path); err != nil {
		return exitFailed, err
	}
	book, err := lockout.Open(path, nil, nil)
	if err != nil {
		return exitFailed, err
	}
	p := &printer{w: e.out}
	found := false
	for _, n := range names {
		for _, r := range book.Unlock(n) {
			found = true
			p.line("%s", r.Unlocked())
		}
	}
	if err := book.Close(); err != nil {
		return exitFailed, err
	}
	if !found {
		return exitFailed, fmt.Errorf("%s is not locked out and has no failed logins", name)
	}
	return exitOK, p.err
}

// tell runs a console command on the running server; a *noServerError if there
// is none.
func (c *common) tell(ctx context.Context, dir, command string) (output string, failed bool, err error) {
	client, err := dialServer(ctx, c.stateDir(dir))
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return client.Run(ctx, command)
}
