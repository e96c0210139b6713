package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"domigo/console"
	"domigo/internal/machine"
	"domigo/router"
	"domigo/settings"
)

// variable gives a variable of notes.ini, "" without one.
func (s *Server) variable(name string) string {
	value, _, err := s.site.Load().Variable(name)
	if err != nil {
		s.log.Warn().Err(err).Msg("notes.ini cannot be read")
	}
	return strings.TrimSpace(value)
}

// Ports gives the Notes ports of notes.ini ("Show Allports").
func (s *Server) Ports() (enabled, disabled []console.Port) {
	return s.portsOf("Ports"), s.portsOf("DisabledPorts")
}

func (s *Server) portsOf(list string) []console.Port {
	var out []console.Port
	for name := range strings.SplitSeq(s.variable(list), ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, console.Port{Name: name, Definition: s.variable(name)})
		}
	}
	return out
}

// PortUse gives the sockets that the SMTP task has on a port, which is the
// first of Ports or SMTPNotesPort, and what passed them.
func (s *Server) PortUse(name string) []string {
	used := s.view(settings.SMTPTask).Ports.NotesPort
	if used == "" {
		first, _, _ := strings.Cut(s.variable("Ports"), ",")
		used = strings.TrimSpace(first)
	}
	t := s.smtp.Load()
	if t == nil || !strings.EqualFold(used, name) {
		return []string{"No sessions"}
	}
	var out []string
	for _, sock := range t.bound() {
		out = append(out, fmt.Sprintf("SMTP Server: %s, %s", sock.l.Addr(), sock.kind))
	}
	st := s.stats.Stats()
	return append(out, fmt.Sprintf("Sessions: %d; Peak: %d; Total: %d", st.Active, st.Peak, st.Total),
		fmt.Sprintf("Bytes sent: %d; received: %d", st.BytesSent, st.BytesReceived))
}

// Files gives the mail.box and the mail files that are Maildirs, by name.
func (s *Server) Files() ([]console.File, error) {
	format := s.printer.Format()
	box := filepath.Join(s.opt.State, "mail.box")
	out := []console.File{{Path: box, Modified: format.Time(newest(box))}}
	to, ok := s.view(settings.RouterTask).Own.LocalDelivery()
	dir := to.Folder(s.opt.State)
	if !ok || dir == "" {
		return out, nil
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // nothing was delivered yet, or it has just gone
		case err != nil || !d.IsDir():
			return err
		}
		if d.Name() == "cur" {
			mail := filepath.Dir(path)
			changed := slices.MaxFunc([]time.Time{modified(path), modified(filepath.Join(mail, "new"))}, time.Time.Compare)
			out = append(out, console.File{Path: mail, Modified: format.Time(changed)})
		}
		if slices.Contains([]string{"cur", "new", "tmp"}, d.Name()) {
			return fs.SkipDir
		}
		return nil
	})
	return out, err
}

// newest gives the last change of a folder or of a file in it.
func newest(dir string) time.Time {
	last := modified(dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return last
	}
	for _, e := range entries {
		if t := modified(filepath.Join(dir, e.Name())); t.After(last) {
			last = t
		}
	}
	return last
}

// modified gives when a file was changed; one that is not there, never.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// DiskSpace gives the free octets of a path's file system; a relative path is
// one of the data directory.
func (s *Server) DiskSpace(path string) (uint64, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.opt.Paths.Dir, path)
	}
	free, err := machine.FreeSpace(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, console.ErrNoPath
	}
	return free, err
}

// Schedule gives the next attempts of the destinations that wait.
func (s *Server) Schedule(ctx context.Context) ([]console.Event, error) {
	r := s.runningRouter()
	if r == nil {
		return nil, nil
	}
	q, err := r.Queues(ctx)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(q.Queues, func(q router.Queue) bool { return q.NextRetry.IsZero() })
	slices.SortStableFunc(list, func(a, b router.Queue) int {
		return cmp.Or(a.NextRetry.Compare(b.NextRetry), strings.Compare(a.Destination, b.Destination))
	})
	var out []console.Event
	for _, one := range list {
		out = append(out, console.Event{What: one.Destination, Type: "Mail Routing", At: s.printer.Format().Time(one.NextRetry)})
	}
	return out, nil
}
