package server

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"domigo/console"
	"domigo/directory"
	"domigo/router"
	"domigo/settings"
	"domigo/smtpd"
)

// The names of the tasks, as the console spells them.
const (
	taskSMTP   = "smtp"
	taskRouter = "router"
)

// Tasks gives the rows of show tasks.
func (s *Server) Tasks() []console.Task {
	rows := []console.Task{{Name: "Database Server", Description: "Perform console commands"}}
	if s.router.Load() != nil {
		for _, activity := range []string{"Utility: Idle", "Dispatch: Idle"} {
			rows = append(rows, console.Task{Name: "Router", Description: activity})
		}
	}
	if smtp := s.smtp.Load(); smtp != nil {
		for _, sock := range smtp.bound() {
			kind := "TCP"
			if sock.kind == smtpd.ImplicitTLS {
				kind = "TLS"
			}
			rows = append(rows, console.Task{Name: "SMTP Server", Description: "Listen for connect requests on " + kind + " Port:" + portOf(sock.l.Addr().String())})
		}
		rows = append(rows, console.Task{Name: "SMTP Server", Description: "Utility task"})
	}
	return rows
}

func portOf(addr string) string {
	if ap, err := netip.ParseAddrPort(addr); err == nil {
		return strconv.Itoa(int(ap.Port()))
	}
	return addr
}

// Info gives what show server prints.
func (s *Server) Info(ctx context.Context) (console.Info, error) {
	snap := s.view(settings.SMTPTask)
	counts, err := s.store.Counts(ctx)
	if err != nil {
		return console.Info{}, err
	}
	product, release, _ := strings.Cut(snap.Identity.Product, " Release ")
	stats := s.stats.Stats()
	now := s.now()
	info := console.Info{
		Product: product + " Server", Release: "Release " + release, Platform: runtime.GOOS, Date: s.printer.Format().Time(now),
		ServerName: displayName(snap), Title: snap.Identity.Title, Domain: snap.Identity.Domain, Directory: s.opt.Paths.Dir,
		Elapsed:      now.Sub(s.started),
		Transactions: uint64(stats.Messages), PeakSessions: int(stats.Peak), PeakSessionsAt: s.printer.Format().Time(s.peakAt(stats)),
		Port: "TCPIP", Availability: 100, Mailboxes: 1, Pending: counts.Pending, Dead: counts.Dead,
		ConsoleLogFile: s.conLog.path(),
	}
	if t := s.smtp.Load(); t != nil {
		info.MaxConcurrent = t.server.MaxSessions()
	}
	if st, err := os.Stat(info.ConsoleLogFile); err == nil {
		info.ConsoleLogSize = st.Size()
	}
	return info, nil
}

// peakAt gives when the sessions were most; at the start if there were none yet.
func (s *Server) peakAt(stats smtpd.Stats) time.Time {
	if stats.PeakAt.IsZero() {
		return s.started
	}
	return stats.PeakAt.In(s.started.Location())
}

// runningRouter gives the Router, nil without one.
func (s *Server) runningRouter() *router.Router {
	if t := s.router.Load(); t != nil {
		return t.router
	}
	return nil
}

// Queues gives what tell router show queues prints.
func (s *Server) Queues(ctx context.Context) (console.Queues, error) {
	r := s.runningRouter()
	if r == nil {
		return console.Queues{}, console.ErrTaskDown
	}
	q, err := r.Queues(ctx)
	if err != nil {
		return console.Queues{}, err
	}
	out := console.Queues{
		Transfer: console.Threads{Max: q.Transfer.Max, Total: q.Transfer.Total, MaxConcurrent: q.Transfer.MaxConcurrent},
		Delivery: console.Threads{Max: q.Delivery.Max, Total: q.Delivery.Total},
	}
	for _, one := range q.Queues {
		row := console.Queue{Messages: one.Messages, State: one.State, Count: one.Attempts, Via: one.Via, Destination: one.Destination, LastError: one.LastError}
		if one.State == "Busy" {
			row.Count = one.Threads
		}
		if !one.NextRetry.IsZero() {
			row.NextRetry = s.printer.Format().Time(one.NextRetry)
		}
		out.Queues = append(out.Queues, row)
	}
	return out, nil
}

// ShowConfig gives a variable as notes.ini holds it, and where that differs
// from what is in effect, what is.
func (s *Server) ShowConfig(name string) console.Variable {
	out := console.Variable{}
	site := s.site.Load()
	value, set, err := site.Variable(name)
	if err != nil {
		out.Notes = append(out.Notes, "notes.ini cannot be read: "+err.Error())
	}
	out.Value, out.Set = value, set
	row, known := settings.Find(name)
	if !known {
		return out
	}
	if row.Name != "" {
		out.Name = row.Name
	}
	task := taskOf(row)
	r, ok := site.View(task).Explained(name)
	if ok && row.Type != settings.Notes && (set && r.Value != value || !set && r.Winner().Source != "default") {
		w := r.Winner()
		out.InEffect = fmt.Sprintf("in effect: %s=%s (%s)", row.Key(), r.Shown(), strings.TrimSpace(w.Source+" "+w.Place))
	}
	for _, p := range site.Pending(task) {
		if p.Key == row.Key() {
			out.Notes = append(out.Notes, fmt.Sprintf("%s takes effect %s", p.Then, p.When))
		}
	}
	return out
}

// SetRules takes the server mail rules as they stand now, by an update of the
// SMTP task's configuration, which they are a part of.
func (s *Server) SetRules(ctx context.Context) error {
	_, err := s.update(ctx, settings.SMTPTask)
	if err == nil && s.informational() {
		s.line(fmt.Sprintf("Router: Successfully registered %d system filters.", len(s.view(settings.SMTPTask).Rules)))
	}
	return err
}

// Tell passes a command to a task.
func (s *Server) Tell(ctx context.Context, task string, words []string) ([]string, error) {
	if output, done, err := s.tellLockout(task, words); done {
		return output, err
	}
	if output, done, err := s.tellTrace(task, words); done {
		return output, err
	}
	if output, done, err := s.tellQueue(ctx, task, words); done {
		return output, err
	}
	which, running := settings.SMTPTask, false
	switch task {
	case taskSMTP:
		running = s.smtp.Load() != nil
	case taskRouter:
		which, running = settings.RouterTask, s.router.Load() != nil
	default:
		return nil, console.ErrNoTask
	}
	if !running {
		return nil, console.ErrTaskDown
	}
	switch strings.Join(words, " ") {
	case "update config":
		return s.update(ctx, which)
	case "quit":
		return nil, s.stopTask(task)
	case "o":
		if task == taskRouter {
			return outOfOffice(), nil
		}
	}
	return nil, console.ErrNoSuchTell
}

// outOfOffice answers "tell router o": no mail file here has the service.
func outOfOffice() []string {
	return []string{"Out of office service is activated in the following databases:", "Completed scan for active Out of office service."}
}

// Route forces the transfer of waiting mail, and gives the number of its units.
func (s *Server) Route(ctx context.Context, server string) (int, error) {
	r := s.runningRouter()
	if r == nil {
		return 0, console.ErrTaskDown
	}
	n, err := r.Route(ctx, server)
	if errors.Is(err, router.ErrNotRunning) {
		return 0, console.ErrTaskDown
	}
	return n, err
}

// Quit ends the tasks and has Run return.
func (s *Server) Quit(context.Context) error {
	s.shutdown()
	s.quitOnce.Do(func() { close(s.quit) })
	return nil
}

// displayName gives the server's name as Domino shows it, Server-704/Acme.
func displayName(s *settings.Snapshot) string {
	if s.Identity.ServerName == "" {
		return s.Identity.HostName
	}
	return directory.Abbreviate(s.Identity.ServerName)
}
