package smtpd

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestHandshakeLine has clients of each kind fail over TCP.
func TestHandshakeLine(t *testing.T) {
	for _, c := range []struct {
		name, want string
		say        []byte
		config     *tls.Config
	}{
		{name: "no TLS", say: []byte("EHLO abc.com\r\n"), want: "rejected unknown record type"},
		{name: "SSLv3 record", say: slices.Concat([]byte{0x16, 3, 0, 0, 45, 1, 0, 0, 41, 3, 0}, make([]byte, 32), []byte{0, 0, 2, 0, 10, 1, 0}), want: "rejected SSLv3 connection"},
		{name: "no cipher in common", config: &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, want: "no supported ciphers"},
		{name: "TLS 1.1", config: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, want: "client offered only unsupported versions: [302 301]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := failHandshake(t, c.say, c.config)
			if !strings.HasPrefix(got, "TLS/SSL connection 127.0.0.1(") || !strings.Contains(got, ") -> 127.0.0.1(") || !strings.HasSuffix(got, " failed with "+c.want) {
				t.Errorf("got %q, want … failed with %s", got, c.want)
			}
		})
	}
}

// failHandshake gives the console line of a handshake that say, or a client
// with config, spoils.
func failHandshake(t *testing.T, say []byte, config *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var client sync.WaitGroup
	client.Go(func() {
		nc, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer nc.Close()
		if config == nil {
			_, err = nc.Write(say)
			if err != nil {
				t.Error(err)
			}
			return
		}
		config.InsecureSkipVerify = true
		if err := tls.Client(nc, config).HandshakeContext(context.Background()); err == nil {
			t.Error("the handshake succeeded")
		}
	})
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	failure := tls.Server(nc, testCertificate(t)).HandshakeContext(t.Context())
	nc.Close()
	client.Wait()
	if failure == nil {
		t.Fatal("the server took the handshake")
	}
	var line string
	peer := netip.MustParseAddrPort(nc.RemoteAddr().String())
	c := offConn(t)
	c.net = nc
	c.session.client.IP = peer.Addr()
	c.srv.cfg.Console = func(s string) { line = s }
	c.handshakeFailed(failure)
	return line
}
