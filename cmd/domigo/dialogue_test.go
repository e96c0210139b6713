package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// session is one client of an SMTP server.
type session struct {
	conn net.Conn
	in   *bufio.Reader
	log  strings.Builder
}

func dialSession(addr string) (*session, error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	return &session{conn: c, in: bufio.NewReader(c)}, nil
}

// play has the client say the lines that begin with "C: " and compares what
// the server says with those that begin with "S: ", globs in which <date> is a
// date. "S: <closed>" is the end of the connection, "S: <cut>" that by a process
// that was ended: what it had not read then makes a reset of it. Other lines are
// comments.
func (s *session) play(text string) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		what, said, _ := strings.Cut(line, ":")
		said = strings.TrimPrefix(said, " ")
		var err error
		switch what {
		case "C":
			err = s.say(said)
		case "S":
			err = s.expect(said)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w; so far:\n%s", i+1, err, s.log.String())
		}
	}
	return nil
}

func (s *session) say(line string) error {
	fmt.Fprintf(&s.log, "C: %s\n", line)
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := io.WriteString(s.conn, line+"\r\n")
	return err
}

func (s *session) expect(glob string) error {
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	line, err := s.in.ReadString('\n')
	if glob == "<cut>" && errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	if glob == "<closed>" || glob == "<cut>" {
		if err != io.EOF || line != "" {
			return fmt.Errorf("got %q (%v), want the end of the connection", line, err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("got %q (%w), want %q", line, err, glob)
	}
	fmt.Fprintf(&s.log, "S: %s", line)
	text, ok := strings.CutSuffix(line, "\r\n")
	if !ok || !globRegexp(glob).MatchString(text) {
		return fmt.Errorf("got %q, want %q", line, glob)
	}
	return nil
}
