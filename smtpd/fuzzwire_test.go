package smtpd

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
)

// FuzzBdat sends content in chunks that are cut anywhere, and in any packets:
// what is stored is the content with its line ends put right, and no octet of
// it is taken for a command.
func FuzzBdat(f *testing.F) {
	f.Add("Subject: x\r\n\r\n.\r\nQUIT\r\n", 3, 7, true)
	f.Add("a\rb\nc\r\r\n\n..", 1, 1, false)
	f.Add(strings.Repeat("NOOP\r\n", 50), 100, 5, true)
	f.Fuzz(func(t *testing.T, content string, chunk, packet int, empty bool) {
		if len(content) > 4000 {
			return
		}
		chunk, packet = max(1, min(chunk, 5000), len(content)/40), max(1, min(packet, 5000))
		var script bytes.Buffer
		script.WriteString("EHLO x\r\nMAIL FROM:<a@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\n")
		replies := 3
		for rest := content; ; {
			n := min(chunk, len(rest))
			last := n == len(rest) && !empty
			script.WriteString("BDAT " + strconv.Itoa(n))
			if last {
				script.WriteString(" LAST")
			}
			script.WriteString("\r\n" + rest[:n])
			replies++
			if rest = rest[n:]; last {
				break
			}
			if rest == "" {
				script.WriteString("BDAT 0 LAST\r\n")
				replies++
				break
			}
		}
		script.WriteString("NOOP\r\n")
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.set("Own.Chunking", "on")
			conn := r.dial(Plain, "10.10.1.8")
			h := listenTo(conn)
			synctest.Wait()
			h.take()
			for b := script.Bytes(); len(b) > 0; b = b[min(packet, len(b)):] {
				if _, err := conn.Write(b[:min(packet, len(b))]); err != nil {
					t.Fatalf("write: %v", err)
				}
			}
			synctest.Wait()
			got, _ := h.take()
			if n := strings.Count(strings.ReplaceAll(got, "250-", ""), "250 "); n != replies+1 || !strings.HasSuffix(got, "250 OK\r\n") {
				t.Errorf("%d replies 250, want %d:\n%s", n, replies+1, got)
			}
			conn.Close()
			synctest.Wait()
			r.close()
			unharmed(t, r)
			if all := r.box.all(); len(all) != 1 || !strings.HasSuffix(all[0].content, tail(content)) {
				t.Errorf("stored %v, want %q at the end", all, tail(content))
			}
		})
	})
}

// tail is the content as it must be stored behind the listener's own fields.
func tail(content string) string {
	s := strings.ReplaceAll(content, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// FuzzBdatScript sends any lines to a server that offers CHUNKING.
func FuzzBdatScript(f *testing.F) {
	f.Add([]byte("MAIL FROM:<a@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\nBDAT 5\r\nabcdeBDAT 0 LAST\r\nNOOP\r\n"))
	f.Add([]byte("BDAT 5 LAST\r\nabcdeBDAT 99999999999999999999\r\nBDAT\r\n"))
	f.Add([]byte("MAIL FROM:<a@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\nBDAT 1\r\nxRSET\r\nDATA\r\nBDAT 1 LAST\r\nxBDAT -1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			fuzzView(r)
			r.set("Own.Chunking", "on")
			r.set("Own.EnhancedStatusCodes", "on")
			r.set("SMTP.MaxMessageSize", "50")
			conn := r.dial(Plain, "10.10.1.8")
			h := listenTo(conn)
			_, _ = conn.Write(append([]byte("EHLO x\r\n"), b...)) // the server may close in the middle
			synctest.Wait()
			conn.Close()
			synctest.Wait()
			if s, _ := h.take(); !someReplies.MatchString(s) {
				t.Errorf("replies %q", s)
			}
			r.close()
			unharmed(t, r)
		})
	})
}

// FuzzProxyHeader sends any octets from a trusted proxy: a greeting comes only
// behind a header, and the client is then no address that makes no sense.
func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 198.51.100.7 10.0.0.2 4711 25\r\nEHLO x\r\n"))
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Add([]byte("PROXY TCP6 ::ffff:1.2.3.4 :: 1 2\r\n"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x07\x0a\x00\x00\x02\x12\x67\x00\x19NOOP\r\n"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x31\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.set("Own.ProxyFrom", "[10.10.1.8]")
			conn := r.dial(Plain, "10.10.1.8")
			h := listenTo(conn)
			_, _ = conn.Write(b) // the server may close in the middle
			synctest.Wait()
			conn.Close()
			synctest.Wait()
			said, _ := h.take()
			if said != "" && !bytes.HasPrefix(b, []byte("PROXY ")) && !bytes.HasPrefix(b, []byte("\r\n\r\n\x00\r\nQUIT\n")) {
				t.Errorf("%q gets %q without a header", b, said)
			}
			if said := strings.Join(r.lines(), "\n"); strings.Contains(said, " 0.0.0.0 connected") || strings.Contains(said, " :: connected") {
				t.Errorf("%q: the client is nobody: %v", b, r.lines())
			}
			r.close()
			unharmed(t, r)
		})
	})
}
