package systemd

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Notifier tells the manager what a service does. A nil Notifier is one that
// nobody listens to; its methods do nothing.
type Notifier struct {
	addr *net.UnixAddr
	now  func() (time.Duration, error) // since an arbitrary moment, on the manager's monotonic clock
}

// NewNotifier gives the Notifier of an environment (os.Getenv); nil if nobody
// asked for notifications. Abstract sockets, which begin with @, are known; a
// name of another kind is an error.
func NewNotifier(getenv func(string) string) (*Notifier, error) {
	name := getenv(envSocket)
	switch {
	case name == "":
		return nil, nil
	case name[0] != '/' && name[0] != '@' || len(name) == 1:
		return nil, fmt.Errorf("%s=%s: not the name of a unix socket", envSocket, name)
	}
	return &Notifier{addr: &net.UnixAddr{Name: name, Net: "unixgram"}, now: monotonic}, nil
}

// Ready says that the service has started, or has come to the end of a reload;
// status is one line for people, "" for none.
func (n *Notifier) Ready(status string) error {
	return n.send(withStatus([]string{"READY=1"}, status))
}

// Reloading says that the service reads its configuration anew. Ready must
// follow.
func (n *Notifier) Reloading() error {
	if n == nil {
		return nil
	}
	now, err := n.now()
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return n.send([]string{"RELOADING=1", "MONOTONIC_USEC=" + strconv.FormatInt(now.Microseconds(), 10)})
}

// Stopping says that the service begins to end.
func (n *Notifier) Stopping(status string) error {
	return n.send(withStatus([]string{"STOPPING=1"}, status))
}

// alive keeps the manager's watchdog from ending the service.
func (n *Notifier) alive() error { return n.send([]string{"WATCHDOG=1"}) }

func withStatus(lines []string, status string) []string {
	if status == "" {
		return lines
	}
	return append(lines, "STATUS="+strings.NewReplacer("\n", " ", "\r", " ").Replace(status))
}

// sendTimeout bounds how long a manager that does not read holds up the service.
const sendTimeout = 2 * time.Second

// send sends the lines as one datagram. The socket is opened each time: messages
// are few, and a manager that was restarted has another one by the same name.
func (n *Notifier) send(lines []string) error {
	if n == nil {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, n.addr)
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	defer c.Close()
	if err := c.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	if _, err := c.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}
