//go:build unix

package peers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	// What the tested program is made of: without it the go command would give
	// the result of an earlier run again when only that has changed.
	_ "domigo/internal/server"
)

// Every program has an address of its own, and all have the same port, as on
// the Internet: a Router_Port field has room for one.
const (
	addrAcme   = "127.0.44.11" // the first Domigo server
	addrISP    = "127.0.44.12" // the second
	addrRelay  = "127.0.44.13" // a third, which has a relay host
	addrPost   = "127.0.44.21" // Postfix, STARTTLS offered
	addrStrict = "127.0.44.22" // Postfix, STARTTLS required
	addrLogin  = "127.0.44.23" // Postfix, AUTH required
	addrOld    = "127.0.44.24" // Postfix without 8BITMIME, DSN and PIPELINING
	addrLMTP   = "127.0.44.31" // Dovecot
	addrDNS    = "127.0.44.53" // NSD
	addrDead   = "127.0.44.99" // nobody
)

// nobody owns the foreign programs' mail, and NSD runs as nobody.
const nobody = 65534

// lab is all programs and their folder.
type lab struct {
	t        testing.TB
	dir      string
	port     string
	domigo   string // the binary
	paths    map[string]string
	dns      *daemon
	dovecot  *daemon
	acme     *site
	isp      *site
	relay    *site
	sent     map[string]bool // marks of the messages so far
	arrivals []arrival
}

// arrival is a message that has come: the mark must not come again to maildir.
type arrival struct{ maildir, mark string }

// absent skips a test that needs a peer which is not here; under DOMIGO_CI=1
// every peer must be there.
func absent(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("DOMIGO_CI") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// programs looks for the foreign programs. Daemons stand where only root's
// PATH leads on some systems.
func programs(t testing.TB) map[string]string {
	t.Helper()
	paths := map[string]string{}
	for _, name := range []string{"postfix", "postconf", "postmap", "dovecot", "nsd"} {
		path, err := exec.LookPath(name)
		if err != nil {
			path, err = exec.LookPath("/usr/sbin/" + name)
		}
		if err != nil {
			absent(t, name+" is not installed")
		}
		paths[name] = path
	}
	if os.Getuid() != 0 {
		absent(t, "Postfix and Dovecot need root")
	}
	return paths
}

// newLab starts all programs.
func newLab(t testing.TB) *lab {
	t.Helper()
	l := &lab{t: t, paths: programs(t), sent: map[string]bool{}}
	l.port = freePort(t)
	var err error
	// Not t.TempDir: nobody may enter the folders above that.
	if l.dir, err = os.MkdirTemp("", "peers"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(l.dir); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(l.alone)
	t.Cleanup(l.tell)
	if err := os.Chmod(l.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if l.domigo = os.Getenv("DOMIGO_BINARY"); l.domigo == "" {
		l.domigo = filepath.Join(l.dir, "domigo")
		l.run("go", "build", "-o", l.domigo, "domigo/cmd/domigo")
	}
	l.startDNS()
	l.startDovecot()
	l.startPostfix()
	l.startSites()
	return l
}

// tell logs what the programs have said, if the test has failed.
func (l *lab) tell() {
	if !l.t.Failed() {
		return
	}
	for _, pattern := range []string{"*.out", "postfix/log", "dovecot/log", "*/domigo.log"} {
		files, err := filepath.Glob(filepath.Join(l.dir, pattern))
		if err != nil {
			l.t.Error(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				l.t.Error(err)
			}
			const most = 8000
			l.t.Logf("%s, at its end:\n%s", strings.TrimPrefix(f, l.dir), data[max(0, len(data)-most):])
		}
	}
}

// alone fails the test if a process outlives it that works in the lab's folder
// or was called with it. Where the system has no /proc it finds nothing.
func (l *lab) alone() {
	await(l.t, "end of all processes", func() (struct{}, error) {
		processes, err := filepath.Glob("/proc/[0-9]*")
		if err != nil {
			return struct{}{}, err
		}
		for _, p := range processes {
			// A process that has ended meanwhile has neither.
			cwd, _ := os.Readlink(p + "/cwd")
			line, _ := os.ReadFile(p + "/cmdline")
			if strings.Contains(cwd, l.dir) || bytes.Contains(line, []byte(l.dir)) {
				return struct{}{}, fmt.Errorf("%s runs %q in %s", p, line, cwd)
			}
		}
		return struct{}{}, nil
	})
}

// freePort gives a port that is free on every address of the lab. It is below
// the ones that the system gives to outgoing connections.
func freePort(t testing.TB) string {
	t.Helper()
	const first, last = 12000, 32000
	at := os.Getpid() * 37 % (last - first)
next:
	for range last - first {
		at = (at + 1) % (last - first)
		port := fmt.Sprint(first + at)
		for _, a := range []string{addrAcme, addrISP, addrRelay, addrPost, addrStrict, addrLogin, addrOld, addrLMTP, addrDNS, addrDead} {
			l, err := net.Listen("tcp", net.JoinHostPort(a, port))
			if err != nil {
				continue next
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return port
	}
	t.Fatal("no port is free on all addresses")
	return ""
}

// folder makes a folder of the lab that nobody may write to.
func (l *lab) folder(elem ...string) string {
	l.t.Helper()
	dir := filepath.Join(append([]string{l.dir}, elem...)...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		l.t.Fatal(err)
	}
	return dir
}

// give hands a folder over to a user.
func (l *lab) give(dir string, uid int) {
	l.t.Helper()
	if err := os.Chown(dir, uid, -1); err != nil {
		l.t.Fatal(err)
	}
}

// fill writes a file of testdata, its names in braces replaced.
func (l *lab) fill(from, dir string) string {
	l.t.Helper()
	tmpl, err := template.New(filepath.Base(from)).Option("missingkey=error").ParseFiles(filepath.Join("testdata", from))
	if err != nil {
		l.t.Fatal(err)
	}
	to := filepath.Join(dir, filepath.Base(from))
	top := filepath.Join(l.dir, strings.Split(from, "/")[0])
	var b bytes.Buffer
	if err := tmpl.Execute(&b, map[string]any{
		"Dir": top, "Port": l.port, "UID": nobody, "GID": nobody, "SASL": filepath.Join(l.dir, "dovecot", "sasl"),
		"Acme": addrAcme, "ISP": addrISP, "Post": addrPost, "Strict": addrStrict, "Login": addrLogin, "Old": addrOld,
		"LMTP": addrLMTP, "DNS": addrDNS, "Dead": addrDead,
	}); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(to, b.Bytes(), 0o644); err != nil {
		l.t.Fatal(err)
	}
	return to
}

// startDNS starts NSD, which needs no rights; it may have been stopped before.
func (l *lab) startDNS() {
	l.t.Helper()
	dir := l.folder("nsd")
	l.give(dir, nobody)
	l.fill("nsd/zone", dir)
	conf := l.fill("nsd/nsd.conf", dir)
	l.dns = l.start("nsd", addrDNS, &syscall.Credential{Uid: nobody, Gid: nobody}, l.paths["nsd"], "-d", "-c", conf)
}

// startDovecot starts Dovecot; it may have been stopped before.
func (l *lab) startDovecot() {
	l.t.Helper()
	dir := l.folder("dovecot")
	l.give(l.folder("dovecot", "mail"), nobody)
	l.fill("dovecot/users", dir)
	conf := l.fill("dovecot/dovecot.conf", dir)
	l.dovecot = l.start("dovecot", addrLMTP, nil, l.paths["dovecot"], "-F", "-c", conf)
}

// startPostfix starts Postfix's master without the command postfix, so that it
// is a child like the others; "postfix check" makes the queue's folders.
func (l *lab) startPostfix() {
	l.t.Helper()
	etc := l.folder("postfix", "etc")
	l.folder("postfix", "queue")
	for _, name := range []string{"postfix/master.cf", "postfix/main.cf", "postfix/mailboxes"} {
		l.fill(name, etc)
	}
	l.rule("recipients")
	l.give(l.folder("postfix", "mail"), nobody)
	l.run("chown", "postfix", l.folder("postfix", "data"))
	l.certificate(l.folder("postfix"))
	l.run(l.paths["postfix"], "-c", etc, "check")
	daemons := strings.TrimSpace(l.run(l.paths["postconf"], "-h", "daemon_directory"))
	// The shell passes on the signal to end. It is there because master changes
	// its user for a moment, and the kernel then forgets whose end is its own.
	const wrap = `"$0" "$@" & pid=$!; trap 'kill $pid' TERM; wait $pid; wait $pid`
	l.start("postfix", addrPost, nil, "/bin/sh", "-c", wrap, filepath.Join(daemons, "master"), "-s", "-c", etc)
}

// rule makes a file of testdata/postfix the table of recipients. Postfix sees
// before each connection that its table was replaced.
func (l *lab) rule(name string) {
	l.t.Helper()
	etc := filepath.Join(l.dir, "postfix", "etc")
	made := l.fill("postfix/"+name, l.folder("postfix", "made"))
	l.run(l.paths["postmap"], "-c", etc, made)
	tables, err := filepath.Glob(made + ".*")
	if err != nil || len(tables) != 1 {
		l.t.Fatalf("postmap has made %v, %v", tables, err)
	}
	if err := os.Rename(tables[0], filepath.Join(etc, "recipients"+filepath.Ext(tables[0]))); err != nil {
		l.t.Fatal(err)
	}
}

// certificate makes a self-signed certificate for Postfix.
func (l *lab) certificate(dir string) {
	l.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		l.t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"another.name.example"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		l.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		l.t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			l.t.Fatal(err)
		}
	}
}
