package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"domigo/console"
	"domigo/internal/lockout"
	"domigo/settings"
)

const (
	// debounce is how long the files must be quiet before they are looked at:
	// a truncation followed by a write makes two events.
	debounce = 200 * time.Millisecond
	// pollFiles is how often the files are looked at without an event, for file
	// systems that send none.
	pollFiles = 2 * time.Minute
)

// watch looks at the files when they change. A change is checked and told, and
// persons and groups go live; settings wait for the tasks' updates, unless
// Domigo_ReloadOnChange is set.
func (s *Server) watch(ctx context.Context) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		s.log.Warn().Err(err).Msg("file events are not available; the files are polled")
		s.pollOnly(ctx)
		return
	}
	defer w.Close()
	s.addWatches(w)
	// The files are looked at once: they may have changed since they were read.
	quiet := time.NewTimer(debounce)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-w.Events:
			if !s.ours(e.Name) {
				quiet.Reset(debounce)
			}
		case err := <-w.Errors:
			s.log.Warn().Err(err).Msg("file events were lost")
			quiet.Reset(debounce)
		case <-quiet.C:
			s.changed(ctx)
			s.addWatches(w)
			quiet.Reset(pollFiles)
		}
	}
}

func (s *Server) pollOnly(ctx context.Context) {
	tick := time.NewTicker(pollFiles)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.changed(ctx)
		}
	}
}

// ours reports whether a file is one that the server itself writes.
func (s *Server) ours(name string) bool {
	switch base := filepath.Base(name); {
	case strings.HasPrefix(strings.TrimPrefix(base, "."), "console."): // the log, and the password
	case base == "domigo.log", base == console.SocketName, base == "mail.box", base == "mail":
	case strings.HasPrefix(strings.TrimPrefix(base, "."), lockout.FileName): // and the temporary files that replace it
	default:
		return false
	}
	return filepath.Dir(name) == filepath.Clean(s.opt.State)
}

// addWatches watches folders, not files: a rename onto a file would end a
// watch of the file. Adding one twice does nothing.
func (s *Server) addWatches(w *fsnotify.Watcher) {
	p := s.opt.Paths
	dirs := []string{p.Dir, filepath.Dir(s.site.Load().Paths().INI), filepath.Join(p.Dir, "names"), filepath.Join(p.Dir, "dircat")}
	if subs, err := os.ReadDir(filepath.Join(p.Dir, "dircat")); err == nil {
		for _, d := range subs {
			dirs = append(dirs, filepath.Join(p.Dir, "dircat", d.Name()))
		}
	}
	for _, f := range p.Names {
		dirs = append(dirs, filepath.Dir(f))
	}
	for _, d := range dirs {
		if st, err := os.Stat(d); err != nil || !st.IsDir() {
			continue
		}
		if err := w.Add(d); err != nil {
			s.log.Warn().Err(err).Str("dir", d).Msg("folder cannot be watched")
		}
	}
}

// changed looks at the files and tells what is wrong with them; a certificate may be
// among them. With
// Domigo_ReloadOnChange the tasks' views follow at once.
func (s *Server) changed(ctx context.Context) {
	s.lookAtCertificates()
	site := s.site.Load()
	if s.view(settings.SMTPTask).Own.ReloadOnChange {
		for _, t := range []settings.Task{settings.SMTPTask, settings.RouterTask} {
			u, err := site.Update(ctx, t, settings.Live)
			s.tellUpdate(t, u, err)
		}
		return
	}
	if site != s.fileSite { // restart server: it began with what the files said then
		s.fileSite, s.fileError = site, ""
	}
	u, err := site.Preview(ctx, settings.SMTPTask)
	s.tellNews(u.News)
	var refused *settings.RefusedError
	switch isRefused := errors.As(err, &refused); {
	case isRefused && refused.Error() == s.fileError: // told
	case isRefused:
		s.fileError = refused.Error()
		s.line("Configuration file error: " + s.fileError)
	case err != nil:
		s.log.Warn().Err(err).Msg("the changed files could not be checked")
	case s.fileError != "":
		s.fileError = ""
		s.line("Configuration file error: mended")
	case len(u.Changed) > 0:
		s.log.Info().Int("changes", len(u.Changed)).Msg("configuration files changed; waiting for the next update")
	}
}
