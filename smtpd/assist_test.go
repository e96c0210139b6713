package smtpd

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domigo/directory"
	"domigo/internal/lockout"
	"domigo/settings"
)

// further is a directory over the network with Lena, whose password is "secret",
// and a group that she is in.
type further struct {
	mu       sync.Mutex
	away     bool
	hang     chan struct{} // if not nil, Verify waits for its end
	asked    int
	aliases  []string // of Lena
	disabled bool     // nobody may log in
	verified []string // names whose passwords were tried, "" for nobody
}

func (f *further) Place() directory.Place {
	return directory.Place{Number: directory.Last, Logins: true}
}

func (f *further) Find(_ context.Context, questions []directory.Question) []directory.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked += len(questions)
	out := make([]directory.Answer, len(questions))
	for i := range out {
		if f.away {
			out[i].Err = fmt.Errorf("%w: test", directory.ErrUnavailable)
			continue
		}
		out[i].Entries = directory.Answered([]*directory.Entry{
			{DN: "uid=lena,dc=net", FullName: []string{"UID=lena/DC=net"}, ShortName: []string{"lena"}, First: "Lena", InternetAddress: "lena@acme.com",
				Remote: &directory.RemoteEntry{Aliases: f.aliases}},
			{DN: "uid=t1,dc=net", FullName: []string{"UID=t1/DC=net"}, InternetAddress: "twin@acme.com"},
			{DN: "uid=t2,dc=net", FullName: []string{"UID=t2/DC=net"}, InternetAddress: "twin@acme.com"},
			{DN: "cn=crew,dc=net", Kind: directory.Group, FullName: []string{"crew"}, Members: []string{"UID=lena/DC=net", "John Doe/Acme", "gone"}},
		})
	}
	return out
}

func (f *further) Verify(ctx context.Context, e *directory.Entry, password string) error {
	name := ""
	if e != nil {
		name = e.ShortName[0]
	}
	f.mu.Lock()
	f.verified = append(f.verified, name)
	away, hang := f.away, f.hang
	f.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
		}
	}
	switch {
	case away:
		return fmt.Errorf("%w: test", directory.ErrUnavailable)
	case name == "lena" && f.disabled:
		return fmt.Errorf("%w: account disabled", directory.ErrNotAllowed)
	case name == "lena" && password == "secret":
		return nil
	}
	return directory.ErrAuthFailed
}

func (f *further) set(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

func (f *further) tried() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.verified...)
}

// assistedRig is a rig with such a directory that verifies recipients, takes AUTH
// and locks after three tries.
func assistedRig(t *testing.T) (*rig, *further) {
	f := &further{}
	r := newRig(t, func(c *Config) { c.Assistance, c.Lockout, c.Hashes = f, lockout.Memory(nil), 1 })
	for _, name := range []string{"Ports.NamePassword", "Lockout.Enforce", "Recipients.Verify", "Recipients.RejectAmbiguous", "Extensions.Vrfy", "Extensions.Expn"} {
		r.set(name, "on")
	}
	r.set("Lockout.MaxTries", "3")
	t.Cleanup(r.close)
	return r, f
}

// say holds a session and compares the start of each reply; the lines of a reply
// stand with blanks between.
func (r *rig) say(from string, lines ...string) {
	r.t.Helper()
	conn := r.dial(Plain, from)
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, line := range append([]string{" => 220", "EHLO c.example => 250"}, lines...) {
		command, want, _ := strings.Cut(line, " => ")
		if command != "" {
			if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
				r.t.Fatal(err)
			}
		}
		var got []string
		for more := true; more; {
			text, err := in.ReadString('\n')
			if err != nil {
				r.t.Fatalf("%s: %v", command, err)
			}
			got = append(got, strings.TrimSpace(text))
			more = len(text) > 3 && text[3] == '-'
		}
		if all := strings.Join(got, " "); !strings.HasPrefix(all, want) {
			r.t.Errorf("%s: got %q, want %q", command, all, want)
		}
	}
}

// TestAssistedRecipients: recipients, VRFY and EXPN look into the directory over
// the network, and nobody is unknown while it is away.
func TestAssistedRecipients(t *testing.T) {
	r, f := assistedRig(t)
	const from = "MAIL FROM:<a@b.example> => 250"
	r.say("10.10.1.8", from,
		"RCPT TO:<lena@acme.com> => 250",
		"RCPT TO:<crew@acme.com> => 250",
		"RCPT TO:<nobody@acme.com> => 550 nobody@acme.com... No such user",
		"RCPT TO:<twin@acme.com> => 554",
		"RCPT TO:<John.Doe@acme.com> => 250",
		"VRFY lena => 250 UID=lena/DC=net <lena@acme.com>",
		"EXPN crew => 250-UID=lena/DC=net <lena@acme.com> 250-John Doe/Acme <John.Doe@acme.com> 250 gone")
	f.set(true)
	before := f.asked
	r.say("10.10.1.8", from,
		"RCPT TO:<John.Doe@acme.com> => 250")
	if f.asked != before {
		t.Errorf("asked %d times for who stands in the Domino Directory", f.asked-before)
	}
	r.say("10.10.1.8", from,
		"RCPT TO:<lena@acme.com> => 451 lena@acme.com... Directory not available",
		"RCPT TO:<nobody@acme.com> => 451",
		"VRFY lena => 451")
}

// TestAssistedLogin: passwords of its people are verified there, and only there.
func TestAssistedLogin(t *testing.T) {
	r, f := assistedRig(t)
	try := func(user, password, want string) {
		t.Helper()
		if got, _ := r.authPlain(Plain, "10.10.1.8", user, password); !strings.HasPrefix(got, want) {
			t.Errorf("%s %s: got %q, want %s", user, password, got, want)
		}
	}
	try("lena", "secret", "235")
	try("lena@acme.com", "secret", "235")
	try("jdoe", "password", "235")
	if got := fmt.Sprint(f.tried()); got != "[lena lena]" {
		t.Errorf("verified %s: John Doe's password is no business of the other directory", got)
	}
	try("lena", "", "535")
	try("twin", "secret", "535")
	try("nobody", "secret", "535")
	f.set(true)
	for _, user := range []string{"lena", "nobody"} {
		r.say("10.10.1.8", "AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00secret"))+" => 454 Temporary authentication failure")
	}
	try("jdoe", "password", "235")
	f.set(false)
	for range 3 {
		try("lena", "wrong", "535")
	}
	tried := len(f.tried())
	try("lena", "secret", "535")
	if got := f.tried()[tried:]; len(got) != 1 || got[0] != "" {
		t.Errorf("locked out: verified %q, want nobody's: the account would be locked there as well", got)
	}
	if log := r.logged(); strings.Contains(log, "secret") || strings.Contains(strings.Join(r.lines(), "\n"), "secret") {
		t.Error("a password is in the log")
	}
}

// countTurns has the turns of a server counted that verifications take.
func countTurns(t *testing.T, turns *chan struct{}) *atomic.Int64 {
	var n atomic.Int64
	counted, end := make(chan struct{}), make(chan struct{})
	*turns = counted
	var counter sync.WaitGroup
	counter.Go(func() {
		for {
			select {
			case <-counted: // taken
				n.Add(1)
				counted <- struct{}{} // given back
			case <-end:
				return
			}
		}
	})
	t.Cleanup(func() { close(end); counter.Wait() })
	return &n
}

// TestEveryFailureCostsTheSame: whoever a name belongs to, a login that fails costs
// one look-up and one password there, and one hash here. The clock does not tell
// who is known, and where.
func TestEveryFailureCostsTheSame(t *testing.T) {
	r, f := assistedRig(t)
	r.set("Lockout.MaxTries", "2")
	hashes := countTurns(t, &r.server.hashing)
	for _, tc := range []struct{ name, user, password string }{
		{"nobody", "nobody", "wrong"},
		{"here", "jdoe", "wrong"},
		{"here once more, which locks", "jdoe", "wrong"},
		{"here, locked", "jdoe", "wrong"},
		{"here, locked, the right one", "jdoe", "password"},
		{"there", "lena", "wrong"},
		{"there once more, which locks", "lena", "wrong"},
		{"there, locked, the right one", "lena", "secret"},
		{"two there", "twin@acme.com", "wrong"},
	} {
		asked, tried, hashed := f.asked, len(f.tried()), hashes.Load()
		if got, _ := r.authPlain(Plain, "10.10.1.8", tc.user, tc.password); !strings.HasPrefix(got, "535") {
			t.Errorf("%s: got %q", tc.name, got)
		}
		got := fmt.Sprint(f.asked-asked, len(f.tried())-tried, hashes.Load()-hashed)
		if want := "1 1 1"; got != want {
			t.Errorf("%s: look-ups, passwords, hashes: got %s, want %s", tc.name, got, want)
		}
	}
	f.set(true)
	if got, _ := r.authPlain(Plain, "10.10.1.8", "jroe", "wrong"); !strings.HasPrefix(got, "535") {
		t.Errorf("here, while the other directory is away: got %q", got)
	}
}

// TestAccessOfTheOtherDirectorysPeople: the server access lists know them by the
// name of the entry; *($Users) is the people of the Domino Directory, and a name
// that one chooses for oneself opens nothing.
func TestAccessOfTheOtherDirectorysPeople(t *testing.T) {
	r, f := assistedRig(t)
	f.aliases = []string{"Boss", "John Doe"}
	r.set("Ports.EnforceAccess", "on")
	for _, tc := range []struct{ allow, user, password, want string }{
		{"*($Users)", "jdoe", "password", "235"},
		{"*($Users)", "lena", "secret", "535"},
		{"UID=lena/DC=net", "lena", "secret", "235"},
		{"*/DC=net", "lena", "secret", "235"},
		{"Boss", "lena", "secret", "535"},
		{"Sales", "lena", "secret", "535"},
		{"Sales", "jdoe", "password", "235"},
	} {
		r.set("Ports.AllowAccess", tc.allow)
		if got, _ := r.authPlain(Plain, "10.10.1.8", tc.user, tc.password); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s for %s: got %q, want %s", tc.user, tc.allow, got, tc.want)
		}
	}
}

// TestNotAllowedIsNoWrongPassword: an account that may not log in at present is
// refused like one with a wrong password, and never locked out here for it.
func TestNotAllowedIsNoWrongPassword(t *testing.T) {
	r, f := assistedRig(t)
	f.disabled = true
	for range 5 {
		if got, _ := r.authPlain(Plain, "10.10.1.8", "lena", "secret"); !strings.HasPrefix(got, "535 Authentication failed") {
			t.Errorf("got %q", got)
		}
	}
	if log := r.logged(); !strings.Contains(log, "the directory does not let the account in") || strings.Contains(log, "locked out") {
		t.Errorf("the log does not say why, or of a lock: %s", log)
	}
	f.disabled = false
	if got, _ := r.authPlain(Plain, "10.10.1.8", "lena", "secret"); !strings.HasPrefix(got, "235") {
		t.Errorf("allowed again: got %q", got)
	}
}

// TestSlowAssistanceHoldsNobodyElse: while it keeps logins of its people waiting,
// others log in and mail comes in.
func TestSlowAssistanceHoldsNobodyElse(t *testing.T) {
	r, f := assistedRig(t)
	r.say("10.10.1.8") // the listener is there before several dial at once
	f.hang = make(chan struct{})
	var waiting sync.WaitGroup
	for range maxBinding {
		waiting.Go(func() { r.authPlain(Plain, "10.10.1.9", "lena", "secret") })
	}
	for len(f.tried()) < maxBinding {
		time.Sleep(time.Millisecond)
	}
	if got, _ := r.authPlain(Plain, "10.10.1.8", "jdoe", "password"); !strings.HasPrefix(got, "235") {
		t.Errorf("got %q", got)
	}
	r.say("10.10.1.8", "MAIL FROM:<a@b.example> => 250", "RCPT TO:<lena@acme.com> => 250")
	close(f.hang)
	waiting.Wait()
}

// TestAssistedTranslation: addresses in a header become names of either directory.
func TestAssistedTranslation(t *testing.T) {
	r, f := assistedRig(t)
	r.mu.Lock()
	view := *r.view
	view.SMTP.TranslateAddresses = settings.TranslateAll
	r.view = &view
	r.mu.Unlock()
	send := func() {
		t.Helper()
		r.say("10.10.1.8", "MAIL FROM:<a@b.example> => 250", "RCPT TO:<John.Doe@acme.com> => 250", "DATA => 354",
			"From: lena@acme.com\r\nTo: John.Doe@acme.com\r\n\r\nx\r\n. => 250")
	}
	send()
	f.set(true)
	send()
	r.box.mu.Lock()
	defer r.box.mu.Unlock()
	var stored []string
	for _, m := range r.box.messages {
		stored = append(stored, m.content)
	}
	if len(stored) != 2 {
		t.Fatalf("%d messages", len(stored))
	}
	if !strings.Contains(stored[0], `From: "UID=lena/DC=net`) || !strings.Contains(stored[0], `To: "John Doe/Acme`) {
		t.Errorf("translated: %s", stored[0])
	}
	if !strings.Contains(stored[1], "From: lena@acme.com\r\n") || !strings.Contains(stored[1], `To: "John Doe/Acme`) {
		t.Errorf("while it is away: %s", stored[1])
	}
}
