package router

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
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
	Exists(name string) (bool, error)
	SyncDir(dir string) error
	Close() error
}

type syncFile interface {
	io.WriteCloser
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
// sync, rename into new, sync of the folder, which deliveries that end at the
// same time share. The content is kept octet for octet, with the CR LF it arrived
// with.
func (r *Router) deliverMaildir(ctx context.Context, files fileSystem, j *job, mailDir, header string) error {
	name := maildirName(&j.Envelope, mailDir, j.s.Identity.HostName)
	folder := path.Join(mailDir, "new")
	final, temporary := path.Join(folder, name), path.Join(mailDir, "tmp", name)
	if there, err := files.Exists(final); err != nil {
		return err
	} else if there {
		// It may have been renamed by an attempt that did not live to sync.
		return files.SyncDir(folder)
	}
	err := r.writeMail(ctx, files, temporary, j.Message, header)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeMaildir(files, mailDir); err != nil {
			return err
		}
		err = r.writeMail(ctx, files, temporary, j.Message, header)
	}
	if err == nil {
		err = rename(files, temporary, final, mailDir)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(files.Remove(temporary)))
	}
	if err := r.folders.sync(j.s.Own.Delivery+" "+folder, func() error { return files.SyncDir(folder) }); err != nil {
		// A second sync of the folder could succeed without the name being on the
		// disk, so the next attempt makes the file anew.
		return errors.Join(err, ignoreMissing(files.Remove(final)))
	}
	return nil
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

func (r *Router) writeMail(ctx context.Context, files fileSystem, name string, id mailbox.ID, header string) error {
	body, err := r.c.Store.Body(ctx, id)
	if err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	f, err := files.Create(name)
	if errors.Is(err, fs.ErrExist) {
		// What an attempt left that died; nobody else uses the name.
		if err := files.Remove(name); err != nil {
			return err
		}
		f, err = files.Create(name)
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, header); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := io.Copy(f, body); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// rootFiles is the operating system's files below one folder. A link below it
// that leads out is not followed.
type rootFiles struct{ root *os.Root }

func openRoot(dir string) (rootFiles, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return rootFiles{}, err
	}
	root, err := os.OpenRoot(dir)
	return rootFiles{root}, err
}

func (f rootFiles) MkdirAll(dir string) error {
	if info, err := f.root.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := path.Dir(dir); parent != "." {
		if err := f.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := f.root.Mkdir(filepath.FromSlash(dir), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return f.SyncDir(path.Dir(dir))
}

func (f rootFiles) Create(name string) (syncFile, error) {
	return f.root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (f rootFiles) Rename(from, to string) error {
	return f.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}

func (f rootFiles) Remove(name string) error { return f.root.Remove(filepath.FromSlash(name)) }

func (f rootFiles) Exists(name string) (bool, error) {
	_, err := f.root.Lstat(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (f rootFiles) SyncDir(dir string) error {
	d, err := f.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f rootFiles) Close() error { return f.root.Close() }
