package systemd

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// firstFD is SD_LISTEN_FDS_START of sd_listen_fds(3).
const firstFD = 3

// maxFDs is more sockets than any service has.
const maxFDs = 1024

// Socket is a listening TCP socket that the manager has bound.
type Socket struct {
	Name string         // FileDescriptorName= of the socket unit, or the unit's own name
	Addr netip.AddrPort // where it is bound
	file *os.File
}

// Sockets gives the sockets that were handed to the process pid, in their order;
// none without them. One that is not a listening TCP socket is an error. The
// descriptors are not inherited by programs that are started later.
//
// It may be called once in a process: the descriptors are then taken.
func Sockets(getenv func(string) string, pid int) ([]*Socket, error) {
	if getenv(envPID) != strconv.Itoa(pid) {
		return nil, nil
	}
	n, err := strconv.Atoi(getenv(envCount))
	if err != nil || n < 0 || n > maxFDs {
		return nil, fmt.Errorf("%s=%s: not a number of sockets", envCount, getenv(envCount))
	}
	var names []string
	if list := getenv(envNames); list != "" {
		names = strings.Split(list, ":")
	}
	var out []*Socket
	var errs []error
	for i := range n {
		fd := firstFD + i
		closeOnExec(fd)
		s := &Socket{Name: "unknown", file: os.NewFile(uintptr(fd), fmt.Sprintf("inherited socket %d", fd))}
		if i < len(names) {
			s.Name = names[i]
		}
		if err := s.find(); err != nil {
			errs = append(errs, fmt.Errorf("inherited socket %d (%s): %w", fd, s.Name, err))
		}
		out = append(out, s)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, CloseAll(out))
	}
	return out, nil
}

// find learns where the socket is bound.
func (s *Socket) find() error {
	if s.file == nil {
		return os.ErrInvalid
	}
	l, err := net.FileListener(s.file)
	if err != nil {
		return err
	}
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("a socket of %s, not a TCP one", l.Addr().Network())
	}
	if !accepts(int(s.file.Fd())) {
		return errors.New("not a listening socket; its unit must have Accept=no")
	}
	ap := addr.AddrPort()
	s.Addr = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	return nil
}

// Listen gives a listener on the socket. Closing it leaves the socket to the
// next call; clients that connect in between wait.
func (s *Socket) Listen() (net.Listener, error) {
	l, err := net.FileListener(s.file)
	if err != nil {
		return nil, fmt.Errorf("inherited socket %s (%s): %w", s.Addr, s.Name, err)
	}
	return l, nil
}

// CloseAll gives sockets up.
func CloseAll(list []*Socket) error {
	var errs []error
	for _, s := range list {
		if s.file != nil {
			errs = append(errs, s.file.Close())
		}
	}
	return errors.Join(errs...)
}
