package smtpd

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

// TestFingerprint asks what the smtpscan tool asks, each probe on a connection
// of its own, and compares the codes with the signatures that the tool has for
// Domino.
func TestFingerprint(t *testing.T) {
	const helo = "HELO scan.example.org\r\n"
	const mail = "MAIL FROM:<a@b.com>\r\n"
	probes := []string{
		mail,
		"HELO\r\n",
		helo + "MAIL FROM test\r\n",
		helo + "MAIL FROM: <>\r\n",
		helo + "MAIL FROM: <a@b.com\r\n",
		helo + "MAIL FROM: <a@bogus.invalid>\r\n",
		helo + mail + "RCPT TO: test\r\n",
		helo + "HELP\r\n",
		helo + "VRFY root\r\n",
		helo + "EXPN root\r\n",
		helo + "TURN\r\n",
		helo + "SOML FROM:<a@b.com>\r\n",
		helo + "SAML FROM:<a@b.com>\r\n",
		helo + "NOOP\r\n",
		"EHLO scan.example.org\r\n",
	}
	cases := []struct {
		name string
		set  []string
		want string
	}{
		{"plain", nil, "250 501 501 250 501 250 250 214 252 252 502 250 250 250 250"},
		{"relay closed", []string{"Relay.DenyDomains=*", "Relay.DenyHosts=*"},
			"250 501 501 250 501 250 554 214 252 252 502 250 250 250 250"},
		{"peer denied", []string{"Connection.Deny=*"}, "554 501 501 554 501 554 503 214 252 252 502 554 554 250 250"},
		{"DNS sender check", []string{"Senders.VerifyDomain=on"}, "250 501 501 250 501 554 250 214 252 252 502 250 250 250 250"},
		{"DNS check and directory check", []string{"Senders.VerifyDomain=on", "Recipients.Verify=on"},
			"250 501 501 250 501 554 550 214 252 252 502 250 250 250 250"},
		{"HELP off", []string{"Extensions.Help=off"}, "250 501 501 250 501 250 250 502 252 252 502 250 250 250 250"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				r.dns.mx["b.com"] = nil
				for _, s := range c.set {
					name, value, _ := strings.Cut(s, "=")
					r.set(name, value)
				}
				var got []string
				for _, p := range probes {
					got = append(got, lastCode(t, r, p))
				}
				if g := strings.Join(got, " "); g != c.want {
					t.Errorf("codes\n got %s\nwant %s", g, c.want)
				}
			})
		})
	}
}

// lastCode sends commands one by one and gives the code of the last reply.
func lastCode(t *testing.T, r *rig, commands string) string {
	t.Helper()
	conn := r.dial(Plain, "198.51.100.7")
	defer conn.Close()
	in := bufio.NewReader(conn)
	code := readReply(t, in)
	for c := range strings.SplitAfterSeq(commands, "\r\n") {
		if c == "" {
			break
		}
		if _, err := io.WriteString(conn, c); err != nil {
			t.Fatal(err)
		}
		code = readReply(t, in)
	}
	return code
}

// readReply reads one reply and gives its code.
func readReply(t testing.TB, in *bufio.Reader) string {
	t.Helper()
	for {
		line, err := in.ReadString('\n')
		if err != nil || len(line) < 4 {
			t.Fatalf("reply %q: %v", line, err)
		}
		if line[3] == ' ' {
			return line[:3]
		}
	}
}
