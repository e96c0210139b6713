package router

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"domigo/mailbox"
)

// fileSystem is what a Maildir delivery needs; names are relative and have
// slashes. Tests put one in its place that forgets what was not synced.
type fileSystem interface {
	// MkdirAll makes a folder and those above it, mode 0700, and makes the new
	// names durable.
	MkdirAll(dir string) error
	// Create opens a new file of mode 0600; the name must be free.
	Create(name string) (syncFile, error)
	Rename(from, to string) error
	Remove(name string) error
	SyncDir(dir string) error
	Close() error
}

type syncFile interface {
	io.WriteCloser
	// StartSync has the content written to the disk soon, so that a Sync of this
	// file and of others together takes less time. It promises nothing.
	StartSync()
	Sync() error
}

// errMailFile: the mail file's path cannot be used, for good.
var errMailFile = errors.New("not a valid mail file path")

// mailDirPath gives the Maildir of a mail file below the delivery folder, which
// stands for Domino's "mail": mail/emea/jdoe.nsf and mail\emea\jdoe are both
// emea/jdoe; another folder of the data directory stays as it is. Absolute
// paths, "..", empty parts, control characters and the names of a Maildir's own
// folders are refused.
func mailDirPath(mailFile string) (string, error) {
	p := strings.ReplaceAll(strings.TrimSpace(mailFile), `\`, "/")
	if rest, ok := cutFold(p, "mail/"); ok {
		p = rest
	}
	if len(p) > 4 && strings.EqualFold(p[len(p)-4:], ".nsf") {
		p = p[:len(p)-4]
	}
	for _, part := range strings.Split(p, "/") {
		switch strings.ToLower(part) {
		case "", ".", "..", "tmp", "new", "cur":
			return "", fmt.Errorf("%w: %q", errMailFile, mailFile)
		}
		if strings.ContainsFunc(part, func(c rune) bool { return c < ' ' || c == 0x7f || c == ':' }) {
			return "", fmt.Errorf("%w: %q", errMailFile, mailFile)
		}
	}
	return p, nil
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// maildirName gives the name of a message's file. It is the same for every
// delivery of the message to the mail file, so that work done twice leaves one
// file.
func maildirName(env *mailbox.Envelope, mailDir, host string) string {
	sum := sha256.Sum256([]byte(mailDir))
	host = strings.Map(func(c rune) rune {
		if c == '/' || c == ':' || c <= ' ' {
			return '_'
		}
		return c
	}, host)
	return strconv.FormatInt(env.Received.Unix(), 10) + ".M" + string(env.ID) + "R" + hex.EncodeToString(sum[:4]) + "." + host
}

// deliverMaildir writes the message with header in front into a Maildir: tmp,
// sync, rename into new, sync of the folder; the last three together with
// deliveries that come to them at the same time. The content is kept octet for
// octet, with the CR LF it arrived with. A file of the name that an earlier
// attempt left is replaced: it may have died before the name was on the disk.
func (r *Router) deliverMaildir(ctx context.Context, files fileSystem, j *job, mailDir, header string) error {
	l := &landing{files: files, mailDir: mailDir, name: maildirName(&j.Envelope, mailDir, j.s.Identity.HostName)}
	err := r.writeMail(ctx, l, j.Message, header)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeMaildir(files, mailDir); err != nil {
			return err
		}
		err = r.writeMail(ctx, l, j.Message, header)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(files.Remove(l.temporary())))
	}
	return r.landings.land(l)
}

// makeMaildir makes the folders of a Maildir that are not there.
func makeMaildir(files fileSystem, mailDir string) error {
	for _, sub := range [...]string{"tmp", "new", "cur"} {
		if err := files.MkdirAll(path.Join(mailDir, sub)); err != nil {
			return err
		}
	}
	return nil
}

// rename moves a file into its place, whose folder may be missing where somebody
// made a Maildir in part.
func rename(files fileSystem, from, to, mailDir string) error {
	err := files.Rename(from, to)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeMaildir(files, mailDir); err != nil {
		return err
	}
	return files.Rename(from, to)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// soonSynced is the size of content from which a delivery waits for the disk by
// itself, so that those that share its round do not wait for it.
const soonSynced = 1 << 20

// writeMail opens the file of a landing and writes it.
func (r *Router) writeMail(ctx context.Context, l *landing, id mailbox.ID, header string) error {
	body, err := r.c.Store.Body(ctx, id)
	if err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	f, err := l.files.Create(l.temporary())
	if errors.Is(err, fs.ErrExist) {
		// What an attempt left that died; nobody else uses the name.
		if err := l.files.Remove(l.temporary()); err != nil {
			return err
		}
		f, err = l.files.Create(l.temporary())
	}
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.MultiReader(strings.NewReader(header), body))
	if err == nil && n >= soonSynced {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	f.StartSync()
	l.file = f
	return nil
}
