package console

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// SocketName is the name of the socket in the folder of the server's state.
const SocketName = "domigo.sock"

// Errors of the console's socket.
var (
	// ErrNoServer: no server listens on the socket.
	ErrNoServer = errors.New("no server is running")
	// ErrSilent: a server has the socket and answers nothing, as one that is
	// stopped or hangs.
	ErrSilent = errors.New("the server does not answer")
	// ErrInUse: another server listens on the socket.
	ErrInUse = errors.New("another server is running")
)

// Listener is the socket of a console, bound and not yet served.
type Listener struct {
	net  *net.UnixListener
	path string
	file os.FileInfo // of the socket, to know it again
}

// Listen binds the console's unix socket at path, for its owner only. The
// socket of a server that is dead is replaced; with one that lives, Listen
// gives an error that is ErrInUse. A file that is no socket is left alone and
// is an error.
//
// Two servers that start at the same moment may both find a dead socket; the
// later one has it then. What they share besides, such as the mail.box, has to
// keep them apart.
func Listen(ctx context.Context, path string) (*Listener, error) {
	if err := checkFree(ctx, path); err != nil {
		return nil, fmt.Errorf("console socket: %w", err)
	}
	l, err := bind(path)
	if err != nil {
		return nil, fmt.Errorf("console socket: %w", err)
	}
	return l, nil
}

// checkFree tells whether path may be bound.
func checkFree(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	conn, err := dial(ctx, path)
	if errors.Is(err, ErrNoServer) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(fmt.Errorf("%w on %s", ErrInUse, path), conn.Close())
}

// bind makes the socket in a folder that only the owner may enter, gives it
// its permissions there, and moves it to its place: at no time can others
// connect, and an old socket is replaced in one step.
func bind(path string) (*Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".c")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, nameTooLong(path, err)
	}
	ln.SetUnlinkOnClose(false)
	l := &Listener{net: ln, path: path}
	err = os.Chmod(made, 0o600)
	if err == nil {
		l.file, err = os.Lstat(made)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return l, nil
}

// Close ends the listening and removes the socket, if it is still this one. It
// may be called after Serve, which does the same.
func (l *Listener) Close() error {
	err := l.net.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	if now, statErr := os.Lstat(l.path); statErr == nil && os.SameFile(now, l.file) {
		err = errors.Join(err, os.Remove(l.path))
	}
	return err
}

// dialTimeout is for a server that lives and does not answer: the system connects
// clients to a socket in any case, until its queue is full.
const dialTimeout = 5 * time.Second

// dial connects to the socket; nobody there is ErrNoServer.
func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	case err != nil:
		return nil, nameTooLong(path, err)
	}
	return conn.(*net.UnixConn), nil
}

// nameTooLong says so where the system only calls an argument invalid.
func nameTooLong(path string, err error) error {
	if errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("the name of a socket may have about 100 bytes, %s is too long: %w", path, err)
	}
	return err
}
