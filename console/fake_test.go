package console

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeServer records what it was asked. Its fields are set before it is used.
type fakeServer struct {
	err      error // of every method that can fail
	waited   time.Duration
	password string // of console security
	idle     bool   // no mail waits
	tells    []string
	entered  chan string   // if not nil, Route sends here when it begins
	release  chan struct{} // and then waits for this

	mu    sync.Mutex
	calls []string
	vars  map[string]string
}

func (f *fakeServer) call(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fakeServer) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.calls, "; ")
}

func (f *fakeServer) Tasks() []Task {
	return []Task{
		{"Database Server", "Perform console commands"},
		{"Router", "Utility: Idle"},
		{"SMTP Server", "Listen for connect requests on TCP Port:25"},
		{"SMTP Server", "Utility task"},
	}
}

func (f *fakeServer) Info(context.Context) (Info, error) {
	return Info{
		Product: "IBM Domino (r) Server", Release: "Release 9.0.1", Platform: "Linux/64",
		Date: "12/20/2016 08:48:12 PM", ServerName: "Server-704/Acme", Title: "Acme's mail",
		Domain: "Acme", Directory: "/local/notesdata", Elapsed: 25*time.Hour + 61*time.Second,
		LastMinute: 2, LastHour: 30, PeakMinute: 11, PeakSessions: 4, PeakSessionsAt: "12/20/2016 08:30:00 PM",
		Transactions: 123, MaxConcurrent: 20, Threads: 20, Port: "TCPIP", Availability: 100,
		Mailboxes: 1, Pending: 7, Dead: 1, DiagnosticDirectory: "/local/notesdata/IBM_TECHNICAL_SUPPORT",
		ConsoleLogFile: "/local/notesdata/console.log", ConsoleLogSize: 700,
	}, f.err
}

func (f *fakeServer) Statistics(context.Context) ([]Statistic, error) {
	return []Statistic{
		{"SMTP.MessagesProcessed", "12"},
		{"Mail.TotalPending", "0"},
		{"MAIL.Dead", "1"},
		{"Mailbox.Count", "1"},
		{"SMTP.DNSWL.TotalHits", "3"},
		{"SMTP.PrivateBL.TotalHits", "2"},
	}, f.err
}

func (f *fakeServer) Queues(context.Context) (Queues, error) {
	return Queues{
		Queues: []Queue{
			{Messages: 57, State: "Busy", Count: 18, Via: "NRPC", Destination: LocalDelivery},
			{Messages: 24, State: "Retry", Count: 4, Via: "SMTP", Destination: "yahoo.com",
				LastError: "Server not responding", NextRetry: "01/04/2009 09:53:09 AM"},
		},
		Transfer: Threads{18, 14, 0, 9},
		Delivery: Threads{Max: 18, Total: 18},
	}, f.call("queues")
}

func (f *fakeServer) ShowConfig(name string) Variable {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "show config "+name)
	switch strings.ToLower(name) {
	case "smtpgreeting":
		return Variable{Name: "SMTPGreeting", Value: "hello\x1b %s", Set: true}
	case "mailtimeout":
		return Variable{Notes: []string{"pending until restart task router"}}
	}
	value, ok := f.vars[name]
	return Variable{Value: value, Set: ok}
}

func (f *fakeServer) SetConfig(_ context.Context, name, value string) ([]string, error) {
	err := f.call("set %s=%s", name, value)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.vars == nil {
		f.vars = map[string]string{}
	}
	f.vars[name] = value
	if value == "lots" {
		return []string{"notes.ini:5: error: not a\x07 number", "a second"}, err
	}
	return nil, err
}

func (f *fakeServer) UnsetConfig(_ context.Context, name string) ([]string, error) {
	return nil, f.call("unset %s", name)
}

func (f *fakeServer) Tell(_ context.Context, task string, words []string) ([]string, error) {
	return f.tells, f.call("tell %s %s", task, strings.Join(words, " "))
}

func (f *fakeServer) ConfigNames() []string {
	return []string{"SMTPGreeting", "SMTPErrorLimit", "MailTimeout", "Domigo_DNS"}
}

func (f *fakeServer) QueueCommands() []string { return []string{"list", "hold", "release"} }

func (f *fakeServer) SetRules(context.Context) error { return f.call("set rules") }

func (f *fakeServer) Load(_ context.Context, task string) error { return f.call("load %s", task) }

func (f *fakeServer) RestartTask(_ context.Context, task string) (time.Duration, error) {
	return f.waited, f.call("restart task %s", task)
}

func (f *fakeServer) Route(_ context.Context, server string) (int, error) {
	if f.entered != nil {
		f.entered <- server
		<-f.release
	}
	n := 1
	if f.idle {
		n = 0
	}
	return n, f.call("route %s", server)
}

func (f *fakeServer) RestartServer(context.Context) error { return f.call("restart server") }

func (f *fakeServer) Quit(context.Context) error { return f.call("quit") }

func (f *fakeServer) ExplainConfig(name string) []string {
	if !strings.EqualFold(name, "SMTPGreeting") {
		return nil
	}
	return []string{"  default: blank", "* notes.ini notes.ini:7: hello %s", "rule: notes.ini sets it"}
}

func (f *fakeServer) Sessions() ([]Session, error) {
	if f.err != nil {
		return nil, f.err
	}
	return []Session{
		{"4A6AE25B-1", "10.10.1.8", "plain", "", "DATA", 4*time.Minute + 2*time.Second, time.Second, 3},
		{"4A6AE25B-12", "10.10.1.8", "tls", "", "wait", 12 * time.Second, 12 * time.Second, 0},
		{"4A6AE25B-13", "2001:db8::25", "submission+tls", "John Doe/Acme", "wait", 2 * time.Hour, 61 * time.Minute, 17},
	}, nil
}

func (f *fakeServer) DropSession(id string) error {
	if err := f.call("drop %s", id); err != nil {
		return err
	}
	if !strings.HasPrefix(id, "4A6AE25B-") {
		return ErrNoSession
	}
	return nil
}

func (f *fakeServer) Broadcast(message string) int {
	_ = f.call("broadcast %s", message)
	return 2
}

func (f *fakeServer) ResetStatistic(_ context.Context, name string) error {
	return f.call("reset %s", name)
}

func (f *fakeServer) Ports() (enabled, disabled []Port) {
	return []Port{{"TCPIP", "TCP, 0, 15, 0"}}, []Port{{"LAN0", "NETBIOS, 0, 15, 0"}}
}

func (f *fakeServer) PortUse(name string) []string { return []string{name + " is in use"} }

func (f *fakeServer) Files() ([]File, error) {
	return []File{
		{"/local/notesdata/mail.box", "07/11/2008 05:10:13 PM"},
		{"/local/notesdata/mail/jdoe", "07/11/2008 12:41:05 PM"},
	}, f.err
}

func (f *fakeServer) DiskSpace(path string) (uint64, error) {
	return 7516192768, f.call("disk %q", path)
}

func (f *fakeServer) Schedule(context.Context) ([]Event, error) {
	if f.vars["schedule"] == "none" {
		return nil, nil
	}
	return []Event{
		{"Hub/Acme", "Mail Routing", "01/04/2009 09:53:09 AM"},
		{"SMTP", "Configuration update", "01/04/2009 09:54:00 AM"},
	}, f.err
}

func (f *fakeServer) ConsoleLog(on bool) error { return f.call("log %v", on) }

func (f *fakeServer) Unlocked(password string) bool {
	return f.password == "" || f.password == password
}

func (f *fakeServer) SetSecure(current, fresh string) error {
	return f.call("secure %q %q", current, fresh)
}
