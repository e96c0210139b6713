//go:build unix

package peers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sites is where the repository's sites are.
const sites = "../../testdata"

// site is a running Domigo server.
type site struct {
	l    *lab
	name string
	dir  string
	addr string
	docs string // the file with the Server and Configuration documents
	run  *daemon
}

// edit replaces a text that stands once in a file.
type edit struct{ old, new string }

// The settings that let a message through as it is, for a DXL and an OTS file.
const (
	dxlExtensions = `<item name='SMTPExtDSN'><text>1</text></item><item name='SMTPExt8BitMIME'><text>1</text></item>` +
		`<item name='RouterExtDSN'><text>1</text></item><item name='RouterExt8BitMIME'><text>1</text></item>` +
		`<item name='MailHostLookup'><text>1</text></item>`
	otsExtensions = `"SMTPExtDSN": "1", "SMTPExt8BitMIME": "1", "RouterExtDSN": "1", "RouterExt8BitMIME": "1", ` +
		`"MailHostLookup": "1", "SMTPRlyExcpts": "[127.0.0.1]",`
)

// startSites starts the Domigo servers. acme and isp find their way by DNS;
// acme sends in clear and delivers to Maildirs, isp sends with STARTTLS, takes
// recipients that it does not know, and delivers by LMTP. relay is another acme
// with a relay host that offers no AUTH, which it must have; it delivers by LMTP
// over a Unix domain socket.
func (l *lab) startSites() {
	acme := func(relay string) []edit {
		return []edit{
			{"<number>2525</number>", "<number>" + l.port + "</number>"},
			{"<number>2526</number>", "<number>" + l.port + "</number>"},
			{"<item name='MailRelayHost'><text>[127.0.0.1]:2526</text></item>", relay + dxlExtensions},
			{"<item name='SMTPRlyExcpts'><textlist/>", "<item name='SMTPRlyExcpts'><text>[127.0.0.1]</text>"},
		}
	}
	l.acme = l.newSite("acme", "acme", addrAcme, "configuration.dxl", acme(""))
	l.isp = l.newSite("isp", "isp", addrISP, "site.json", []edit{
		{`"SMTP_Port": 2526`, `"SMTP_Port": ` + l.port},
		{`"Router_Port": 2525`, `"Router_Port": ` + l.port},
		{`"MailRelayHost": "[127.0.0.1]:2525",`, otsExtensions},
		{`"SMTPVerifyRcpts": "1"`, `"SMTPVerifyRcpts": "0"`},
		{`"users": [`, `"users": [` + "\n" +
			`{ "firstName": "Una", "lastName": "Known", "shortName": "una", "internetAddress": "una.known@isp.example", "mailFilePath": "mail/una.nsf" },`},
	})
	l.isp.variable("Domigo_Delivery=lmtp:" + addrLMTP + ":" + l.port)
	l.relay = l.newSite("relay", "acme", addrRelay, "configuration.dxl", acme(relayItems(addrPost, l.port, "wrong")))
	l.relay.variable("Domigo_Delivery=lmtp:unix:" + filepath.Join(l.dir, "dovecot", "lmtp"))
	for _, s := range []*site{l.acme, l.isp, l.relay} {
		s.run = l.start(s.name, s.addr, nil, l.domigo, "serve", s.dir)
	}
}

// relayItems are those of a relay host that must authenticate.
func relayItems(host, port, password string) string {
	return "<item name='MailRelayHost'><text>[" + host + "]:" + port + "</text></item>" +
		"<item name='MailRelayAuth'><text>2</text></item><item name='MailRelayUser'><text>relay@acme.com</text></item>" +
		"<item name='MailRelayPassword'><text>" + password + "</text></item>"
}

// newSite copies a site of the repository and edits its documents.
func (l *lab) newSite(name, of, addr, docs string, edits []edit) *site {
	l.t.Helper()
	s := &site{l: l, name: name, dir: filepath.Join(l.dir, name), addr: addr}
	s.docs = filepath.Join(s.dir, "names", docs)
	if err := os.CopyFS(filepath.Join(s.dir, "names"), os.DirFS(filepath.Join(sites, of, "names"))); err != nil {
		l.t.Fatal(err)
	}
	ini, err := os.ReadFile(filepath.Join(sites, of, "notes.ini"))
	if err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "notes.ini"), ini, 0o600); err != nil {
		l.t.Fatal(err)
	}
	for _, e := range edits {
		s.edit(l.t, s.docs, e)
	}
	s.edit(l.t, filepath.Join(s.dir, "notes.ini"), edit{"Domigo_Listen=127.0.0.1", "Domigo_Listen=" + addr})
	s.variable("Domigo_DNS=" + addrDNS + ":" + l.port)
	return s
}

// edit changes a file, which is replaced as a whole.
func (s *site) edit(t testing.TB, file string, e edit) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), e.old); n != 1 {
		t.Fatalf("%s: %q stands there %d times, want once", file, e.old, n)
	}
	replaceFile(t, file, strings.Replace(string(data), e.old, e.new, 1))
}

func replaceFile(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file+".new", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// variable adds a line to notes.ini.
func (s *site) variable(line string) {
	s.l.t.Helper()
	file := filepath.Join(s.dir, "notes.ini")
	data, err := os.ReadFile(file)
	if err != nil {
		s.l.t.Fatal(err)
	}
	replaceFile(s.l.t, file, strings.TrimRight(string(data), "\n")+"\n"+line+"\n")
}

// console runs a console command.
func (s *site) console(t testing.TB, command string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, s.l.domigo, "console", "-c", command, s.dir).CombinedOutput()
	if err != nil {
		t.Fatalf("console %s, %q: %v\n%s", s.name, command, err, out)
	}
	return string(out)
}

// queue is a row of "tell router show queues".
type queue struct {
	messages                      int
	state, destination, lastError string
}

var (
	queueRow  = regexp.MustCompile(`^ *(\d+)  (\w+) +\d+ +\S+ +(.*)$`)
	lastError = regexp.MustCompile(`^ +Last error: (.*)$`)
)

// queues lists what waits.
func (s *site) queues(t testing.TB) []queue {
	t.Helper()
	var list []queue
	for line := range strings.Lines(s.console(t, "tell router show queues")) {
		line = strings.TrimRight(line, "\r\n")
		if m := queueRow.FindStringSubmatch(line); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, queue{messages: n, state: m[2], destination: m[3]})
		} else if m := lastError.FindStringSubmatch(line); m != nil && len(list) > 0 {
			list[len(list)-1].lastError = m[1]
		}
	}
	return list
}

// awaitRetry waits until n messages for a destination wait for another attempt
// and the last one ended for a reason.
func (s *site) awaitRetry(t testing.TB, destination string, n int, reason string) {
	t.Helper()
	await(t, "queue for "+destination, func() (struct{}, error) {
		list := s.queues(t)
		for _, q := range list {
			if strings.EqualFold(q.destination, destination) && q.state == "Retry" && q.messages == n && strings.Contains(q.lastError, reason) {
				return struct{}{}, nil
			}
		}
		return struct{}{}, fmt.Errorf("queues %+v, want %d messages in Retry because of %q", list, n, reason)
	})
}

// awaitEmpty waits until nothing is left to do, and nothing is held or dead.
func (s *site) awaitEmpty(t testing.TB) {
	t.Helper()
	await(t, "empty queues of "+s.name, func() (struct{}, error) {
		if list := s.queues(t); len(list) > 0 {
			return struct{}{}, fmt.Errorf("queues %+v", list)
		}
		return struct{}{}, nil
	})
}
