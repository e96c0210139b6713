package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	// maxSessions bounds how many clients are served at a time; more wait.
	maxSessions = 64
	// grace is how long a client that does not read may hold up the end of
	// its session.
	grace = 5 * time.Second
	// acceptPause is between attempts when accepting fails, for want of file
	// descriptors, say.
	acceptPause = 100 * time.Millisecond
)

// Serve serves the clients of l: it runs their commands on s, each client's in
// order, and sends the lines of p to those that attached. It closes l.
//
// When ctx ends, no further command is begun; those that run get the time they
// need, their output is sent, and Serve returns. An error is one of removing the
// socket; a failure to accept a client is printed, and tried again.
func Serve(ctx context.Context, l *Listener, s Server, p *Printer) error {
	ctx, cancel := context.WithCancel(ctx)
	var closeErr error
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		closeErr = l.Close()
		close(closed)
	})
	var sessions sync.WaitGroup
	accept(ctx, l.net, p, func(conn net.Conn, end func()) {
		sessions.Go(func() {
			defer end()
			p.Guard(func() { serveSession(ctx, conn, s, p) })
		})
	})
	cancel()
	<-closed
	sessions.Wait()
	return closeErr
}

// accept begins a session for each connection, until ctx ends or the listener
// is closed. The session calls end when it is over.
func accept(ctx context.Context, l net.Listener, p *Printer, begin func(conn net.Conn, end func())) {
	free := make(chan struct{}, maxSessions)
	for {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		conn, err := l.Accept()
		switch {
		case err == nil:
			begin(conn, func() { <-free })
			continue
		case errors.Is(err, net.ErrClosed):
			return
		}
		p.Printf("Console: %v", err)
		<-free
		pause(ctx, acceptPause)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// session is one client of the socket.
type session struct {
	server  Server
	printer *Printer
	out     *Output // everything goes through it, so frames stay whole
}

// serveSession serves one client until it goes or ctx ends. What goes wrong on
// the connection concerns the client only, who sees it too.
func serveSession(ctx context.Context, conn net.Conn, s Server, p *Printer) {
	defer conn.Close()
	sess := &session{server: s, printer: p, out: p.newOutput(conn, remoteBacklog, "", appendLineFrame)}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	br := bufio.NewReader(conn)
	for ctx.Err() == nil {
		request, err := readLine(br)
		if err != nil {
			break
		}
		if err := sess.serve(ctx, conn, request); err != nil {
			break
		}
	}
	_ = conn.SetWriteDeadline(time.Now().Add(grace))
	_ = sess.out.Detach()
}

// serve answers one request.
func (sess *session) serve(ctx context.Context, conn net.Conn, request string) error {
	var output []byte
	var failure error
	command, run := strings.CutPrefix(request, requestRun)
	line, toComplete := strings.CutPrefix(request, requestComplete)
	switch {
	case request == requestAttach: // before the answer: who has that misses no line from then on
		sess.printer.add(sess.out)
	case run:
		output, failure = execute(ctx, sess.server, command)
	case toComplete:
		for _, word := range completions(ctx, sess.server, table(), line) {
			output = append(append(output, word...), '\n')
		}
	case request == requestAlive:
	case request == requestPassword:
		output = []byte(passwordState(sess.server) + "\n")
	default:
		failure = fail(textUnknown)
		output = fmt.Appendln(nil, textUnknown)
	}
	// A client that does not read must not hold up the end of the server.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Now().Add(grace)) })
	defer stop()
	_, err := sess.out.Write(answer(output, failure != nil))
	return err
}
