package server

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"domigo/console"
	"domigo/settings"
	"domigo/smtpd"
)

// traceLevel is the SMTPDebugIO of a traced session: whole lines, no message
// data.
const traceLevel = 3

// maxTracedSessions bounds what a trace remembers of sessions that were.
const maxTracedSessions = 4096

// tracer is "tell smtp trace": the lines of SMTPDebugIO, at once and for chosen
// hosts, without an edit of notes.ini. It raises the level in the listener's
// view; of the lines that come of it, those of other hosts are left out. It
// lasts until it is switched off or the server ends.
type tracer struct {
	on atomic.Bool

	mu      sync.Mutex
	all     bool
	hosts   []netip.Prefix
	base    *settings.Snapshot // what traced was made of
	traced  *settings.Snapshot
	clients map[string]netip.Addr // of sessions, by id
}

// view gives the view that a session works with. It is the same one as long as
// base is: a session compares them.
func (t *tracer) view(base *settings.Snapshot) *settings.Snapshot {
	if !t.on.Load() || base.SMTP.DebugIO >= traceLevel {
		return base
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.base != base {
		traced := *base
		traced.SMTP.DebugIO = traceLevel
		t.base, t.traced = base, &traced
	}
	return t.traced
}

// shows tells whether a console line is to be printed. Where the settings ask
// for a trace themselves, every line is.
func (t *tracer) shows(line string, base *settings.Snapshot, sessions func() []smtpd.SessionInfo) bool {
	if base.SMTP.Debug|base.SMTP.DebugIO != 0 {
		return true
	}
	id, address := tracedOf(line)
	if id == "" && address == "" {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.on.Load(): // a session that still has the traced view
		return false
	case t.all:
		return true
	case id != "":
		client, known := t.client(id, sessions)
		return !known || t.chosen(client)
	}
	client, err := netip.ParseAddr(address)
	return err != nil || t.chosen(client)
}

// tracedOf takes the session's id or the client's address out of a line of
// SMTPDebugIO; of another line it gives neither.
func tracedOf(line string) (id, address string) {
	if rest, ok := strings.CutPrefix(line, "["); ok {
		id, text, _ := strings.Cut(rest, "] ")
		if strings.HasPrefix(text, "R: ") || strings.HasPrefix(text, "S: ") {
			return id, ""
		}
		return "", ""
	}
	if strings.HasPrefix(line, "SMTP CITask StateMachine> ") {
		return "", line[strings.LastIndexByte(line, ' ')+1:]
	}
	return "", ""
}

// client gives the address of a session's client; t.mu is held.
func (t *tracer) client(id string, sessions func() []smtpd.SessionInfo) (netip.Addr, bool) {
	if a, ok := t.clients[id]; ok {
		return a, true
	}
	if t.clients == nil || len(t.clients) >= maxTracedSessions {
		t.clients = map[string]netip.Addr{}
	}
	for _, i := range sessions() {
		if i.ID == id {
			t.clients[id] = i.Client
			return i.Client, true
		}
	}
	return netip.Addr{}, false
}

func (t *tracer) chosen(a netip.Addr) bool {
	return slices.ContainsFunc(t.hosts, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// command is TRACE ON or OFF, for a host or for all. It answers with what is
// traced now.
func (t *tracer) command(on bool, host string) ([]string, error) {
	var p netip.Prefix
	if host != "" {
		var err error
		if p, err = parseTraced(host); err != nil {
			return nil, err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case host == "":
		t.all, t.hosts = on, nil
	case !on && t.all:
		return nil, fmt.Errorf("every host is traced; TRACE OFF ends that")
	case on && !t.all && !slices.Contains(t.hosts, p):
		t.hosts = append(t.hosts, p)
	case !on:
		t.hosts = slices.DeleteFunc(t.hosts, func(have netip.Prefix) bool { return have == p })
	}
	t.on.Store(t.all || len(t.hosts) > 0)
	return []string{t.state()}, nil
}

// state tells what is traced; t.mu is held.
func (t *tracer) state() string {
	if t.all {
		return "  Trace is on for all hosts"
	}
	if len(t.hosts) == 0 {
		return "  Trace is off"
	}
	names := make([]string, len(t.hosts))
	for i, p := range t.hosts {
		if names[i] = p.String(); p.IsSingleIP() {
			names[i] = p.Addr().String()
		}
	}
	return "  Trace is on for " + strings.Join(names, ", ")
}

// parseTraced reads an address, in brackets or not, or a range in the form
// 10.0.0.0/8.
func parseTraced(host string) (netip.Prefix, error) {
	text := strings.Trim(host, "[]")
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%s is no address: give the host's IP address, or a range like 10.0.0.0/8", host)
	}
	return p.Masked(), nil
}

// sessionLine prints a console line of the listener, if it is not a trace that
// nobody asked for.
func (s *Server) sessionLine(line string, t *smtpTask) {
	if s.trace.shows(line, s.view(settings.SMTPTask), t.server.Sessions) {
		s.line(line)
	}
}

// tellTrace serves "tell smtp trace on|off [host]", also while the task is down:
// the trace is there when it starts.
func (s *Server) tellTrace(task string, words []string) (output []string, done bool, err error) {
	if task != taskSMTP || len(words) < 2 || words[0] != "trace" {
		return nil, false, nil
	}
	host := ""
	if len(words) > 2 {
		host = words[2]
	}
	if words[1] != "on" && words[1] != "off" || len(words) > 3 {
		return nil, true, console.ErrNoSuchTell
	}
	output, err = s.trace.command(words[1] == "on", host)
	if err == nil {
		s.line("SMTP Server: " + strings.TrimSpace(output[0]))
	}
	return output, true, err
}
