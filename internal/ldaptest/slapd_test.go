//go:build unix

package ldaptest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
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
	"time"
)

const (
	base = "dc=acme,dc=com"
	// patience is how long a test waits for something that a program does by
	// itself. Nothing waits this long when all is well.
	patience = 30 * time.Second
)

// dominoSchema is as much of Domino's schema as the entries need, with the names
// of Domino's items and numbers for private use.
const dominoSchema = `
attributetype ( 1.3.6.1.4.1.4203.666.11.1 NAME 'mailfile' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.11.2 NAME 'mailserver' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
attributetype ( 1.3.6.1.4.1.4203.666.11.3 NAME 'maildomain' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.11.4 NAME 'mailaddress' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.11.5 NAME 'grouptype' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.4203.666.12.1 NAME 'dominoPerson' SUP top AUXILIARY MAY ( mailfile $ mailserver $ maildomain $ mailaddress ) )
objectclass ( 1.3.6.1.4.1.4203.666.12.2 NAME 'dominoGroup' SUP top STRUCTURAL MUST cn MAY ( member $ mail $ grouptype ) )
`

const world = `dn: dc=acme,dc=com
objectClass: domain
dc: acme

dn: ou=people,dc=acme,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=acme,dc=com
objectClass: organizationalUnit
ou: groups

dn: cn=reader,dc=acme,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: read it

dn: uid=lena,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
uid: lena
cn: Lena  Dap
givenName: Lena
sn: Dap
mail: Lena.Dap@acme.com
mail: ld@acme.com
userPassword: correct horse

dn: uid=twin1,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
uid: twin1
cn: Terry Twin
sn: Twin
mail: twin@acme.com

dn: uid=twin2,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
uid: twin2
cn: Terry Twin
sn: Twin
mail: twin@acme.com

dn: cn=Anna Bell,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
objectClass: dominoPerson
cn: Anna Bell
sn: Bell
uid: abell
mail: anna@acme.com
mailfile: mail\emea\abell.nsf
mailserver: cn=Server-704,o=Acme
userPassword: bell

dn: cn=Faye Forward,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
objectClass: dominoPerson
cn: Faye Forward
sn: Forward
uid: faye
mail: faye@acme.com
mailaddress: lena.dap@acme.com

dn: cn=East Same,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
cn: East Same
sn: Same
uid: same
mail: east@acme.com

dn: cn=West Same,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
cn: West Same
sn: Same
uid: zzz
uid: SAME
mail: west@acme.com

dn: cn=crew,ou=groups,dc=acme,dc=com
objectClass: groupOfNames
cn: crew
member: uid=lena,ou=people,dc=acme,dc=com
member: cn=Anna Bell,ou=people,dc=acme,dc=com
member: cn=ring,ou=groups,dc=acme,dc=com

dn: cn=ring,ou=groups,dc=acme,dc=com
objectClass: groupOfUniqueNames
cn: ring
uniqueMember: cn=crew,ou=groups,dc=acme,dc=com
uniqueMember: cn=Faye Forward,ou=people,dc=acme,dc=com

dn: cn=domino,ou=groups,dc=acme,dc=com
objectClass: dominoGroup
cn: domino
mail: domino@acme.com
grouptype: 1
member: uid=lena,ou=people,dc=acme,dc=com

dn: cn=deny,ou=groups,dc=acme,dc=com
objectClass: dominoGroup
cn: deny
grouptype: 3
member: uid=lena,ou=people,dc=acme,dc=com
`

// slapd is OpenLDAP's server with a folder and a port of its own.
type slapd struct {
	t         *testing.T
	dir       string
	port, tls int
	cmd       *exec.Cmd
	ended     chan error
}

// newSlapd starts a server over the world and what more adds to it.
func newSlapd(t *testing.T, more string) *slapd {
	t.Helper()
	program := "/usr/sbin/slapd"
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("DOMIGO_CI") == "1" {
			t.Fatal("slapd is not installed")
		}
		t.Skip("slapd is not installed")
	}
	s := &slapd{t: t, dir: t.TempDir(), port: freePort(t), tls: freePort(t)}
	s.certificate()
	if err := os.Mkdir(s.file("db"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.write("world.ldif", world+"\n"+more)
	s.write("domino.schema", dominoSchema)
	s.write("slapd.conf", fmt.Sprintf(`include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
include %[1]s/domino.schema
pidfile %[1]s/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile %[1]s/cert.pem
TLSCertificateKeyFile %[1]s/key.pem
sizelimit 1000
database mdb
suffix "dc=acme,dc=com"
directory %[1]s/db
maxsize 104857600
index objectClass,cn,uid,mail,sn,givenName eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,dc=acme,dc=com" read by anonymous auth by * none
`, s.dir))
	if out, err := exec.Command("/usr/sbin/slapadd", "-q", "-f", s.file("slapd.conf"), "-l", s.file("world.ldif")).CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	s.start()
	t.Cleanup(func() {
		s.resume()
		s.stop()
	})
	return s
}

func (s *slapd) file(name string) string { return filepath.Join(s.dir, name) }

func (s *slapd) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.file(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// certificate makes the server's certificate, for its address.
func (s *slapd) certificate() {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ldap"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	s.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// start runs the server in the foreground and waits until it listens.
func (s *slapd) start() {
	s.t.Helper()
	out, err := os.OpenFile(s.file("slapd.out"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	urls := fmt.Sprintf("ldap://127.0.0.1:%d ldaps://127.0.0.1:%d", s.port, s.tls)
	s.cmd = exec.Command("/usr/sbin/slapd", "-d", "0", "-f", s.file("slapd.conf"), "-h", urls)
	s.cmd.Stdout, s.cmd.Stderr = out, out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	cmd := s.cmd
	go func() { ended <- cmd.Wait() }()
	s.ended = ended
	await(s.t, "slapd", func() bool {
		select {
		case err := <-ended:
			said, _ := os.ReadFile(s.file("slapd.out"))
			s.t.Fatalf("slapd ended: %v\n%s", err, said)
		default:
		}
		c, err := net.Dial("tcp", s.address())
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (s *slapd) address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// stop ends the server and waits for its end.
func (s *slapd) stop() {
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err == nil {
		select {
		case <-s.ended:
		case <-time.After(patience):
			s.cmd.Process.Kill()
			<-s.ended
		}
	}
	s.cmd = nil
}

// freeze has the server take connections and answer nothing, until resume.
func (s *slapd) freeze() {
	s.signal(syscall.SIGSTOP)
	await(s.t, "slapd's standstill", func() bool {
		out, err := exec.Command("ps", "-o", "state=", "-p", fmt.Sprint(s.cmd.Process.Pid)).Output()
		return err == nil && strings.HasPrefix(strings.TrimSpace(string(out)), "T")
	})
}

func (s *slapd) resume() { s.signal(syscall.SIGCONT) }

func (s *slapd) signal(sig syscall.Signal) {
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Error(err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// await looks again and again until it is so.
func await(t testing.TB, what string, look func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !look(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%s: not after %v", what, patience)
		}
	}
}

// members gives a group of so many people, and the people.
func members(n int) string {
	var people, group strings.Builder
	group.WriteString("dn: cn=large,ou=groups,dc=acme,dc=com\nobjectClass: groupOfNames\ncn: large\n")
	for i := range n {
		fmt.Fprintf(&people, "dn: uid=m%d,ou=people,dc=acme,dc=com\nobjectClass: inetOrgPerson\nuid: m%d\ncn: Member %d\nsn: %d\nmail: m%d@acme.com\n\n", i, i, i, i, i)
		fmt.Fprintf(&group, "member: uid=m%d,ou=people,dc=acme,dc=com\n", i)
	}
	return people.String() + group.String() + "\n"
}
