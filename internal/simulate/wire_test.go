package simulate

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/smtpd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var certificate = sync.OnceValues(func() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, err
})

// single takes one connection over a pipe from any address.
type single struct {
	conns chan net.Conn
	once  sync.Once
}

func (l *single) Accept() (net.Conn, error) {
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *single) Close() error   { l.once.Do(func() { close(l.conns) }); return nil }
func (l *single) Addr() net.Addr { return &net.TCPAddr{Port: 25} }

type from struct {
	net.Conn
	addr netip.Addr
}

func (f from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(f.addr, 4711))
}

// client speaks to a real listener.
type client struct {
	net.Conn
	in *bufio.Reader
}

// reply reads one reply.
func (c *client) reply() (lines []string, err error) {
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return lines, err
		}
		line = strings.TrimSuffix(line, "\r\n")
		lines = append(lines, line)
		if len(line) < 4 || line[3] != '-' {
			return lines, nil
		}
	}
}

func (c *client) say(text string) error {
	_, err := io.WriteString(c, text)
	return err
}

func (c *client) secure() error {
	t := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true})
	c.Conn, c.in = t, bufio.NewReader(t)
	return t.Handshake()
}

// login is AUTH LOGIN with the password of the test's people.
func (c *client) login(name string) ([]string, error) {
	if err := c.say("AUTH LOGIN\r\n"); err != nil {
		return nil, err
	}
	for _, word := range []string{name, "password"} {
		got, err := c.reply()
		if err != nil || !strings.HasPrefix(got[0], "334 ") {
			return got, err
		}
		if err := c.say(base64.StdEncoding.EncodeToString([]byte(word)) + "\r\n"); err != nil {
			return nil, err
		}
	}
	return c.reply()
}

// command sends what a stage stands for and gives the reply.
func (c *client) command(s *Stage, of Case) ([]string, error) {
	switch s.Command {
	case "":
		return c.reply()
	case "AUTH LOGIN":
		return c.login(of.User)
	case "DATA":
		if err := c.say("DATA\r\n"); err != nil {
			return nil, err
		}
		if got, err := c.reply(); err != nil || !strings.HasPrefix(got[0], "354 ") {
			return got, err
		}
		content, _ := messageOf(of)
		if _, err := io.Copy(c, content); err != nil {
			return nil, err
		}
		if err := c.say(".\r\n"); err != nil {
			return nil, err
		}
		return c.reply()
	}
	if err := c.say(s.Command + "\r\n"); err != nil {
		return nil, err
	}
	got, err := c.reply()
	if err == nil && s.Command == "STARTTLS" && strings.HasPrefix(got[0], "220 ") {
		err = c.secure()
	}
	return got, err
}

// onTheWire runs a listener of the site, with DNS as it really is, and plays the
// commands of a simulation to it.
func onTheWire(t *rapid.T, site Site, w *dns, of Case, res *Result) {
	store := mailbox.NewMem(mailbox.Options{})
	c := smtpd.Config{
		View: func() *settings.Snapshot { return site.Settings }, Directory: func() *directory.Directory { return site.Directory },
		Mailbox: store, Resolver: w, Log: zerolog.Nop(), Hashes: 1,
	}
	if site.Certificate {
		config, err := certificate()
		if err != nil {
			t.Fatal(err)
		}
		c.TLS = func() *tls.Config { return config }
	}
	srv, l := smtpd.New(c), &single{conns: make(chan net.Conn)}
	kind := map[string]smtpd.Kind{"plain": smtpd.Plain, "tls": smtpd.ImplicitTLS, "submission": smtpd.Submission}[res.Port]
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background(), l, kind) }()
	near, far := net.Pipe()
	l.conns <- from{far, of.Client}
	if err := near.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	err := compare(&client{near, bufio.NewReader(near)}, kind, of, res)
	near.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if end := srv.Shutdown(ctx); end != nil {
		t.Errorf("Shutdown: %v", end)
	}
	if end := <-served; end != nil {
		t.Errorf("Serve: %v", end)
	}
	listed, _, lerr := store.List(context.Background(), mailbox.Query{})
	if taken := len(listed) > 0; lerr == nil && err == nil && taken != (res.Taken != nil) {
		err = fmt.Errorf("the listener took a message: %t, simulate says %t", taken, res.Taken != nil)
	}
	if end := store.Close(); end != nil {
		t.Errorf("Close: %v", end)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// compare holds that each reply is what simulate says.
func compare(c *client, kind smtpd.Kind, of Case, res *Result) error {
	if kind == smtpd.ImplicitTLS {
		if err := c.secure(); err != nil {
			return fmt.Errorf("TLS port: %w", err)
		}
	}
	for i := range res.Stages {
		s := &res.Stages[i]
		got, err := c.command(s, of)
		if err != nil {
			return fmt.Errorf("%q: got %q, %w, want %q", s.Command, got, err, s.Reply)
		}
		if strings.Join(got, "\n") != strings.Join(s.Reply, "\n") {
			return fmt.Errorf("%q:\n the wire says %q\n simulate     %q", s.Command, got, s.Reply)
		}
	}
	return nil
}
