package settings

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"domigo/directory"
)

// Task names the two views of a site: each task reads its own, as each
// refreshes on its own.
type Task int

// The tasks.
const (
	SMTPTask Task = iota
	RouterTask
)

// routerInterval is how often the Router refreshes its configuration (white
// paper, 5.1).
const routerInterval = 5 * time.Minute

// Options are what a Site is opened with.
type Options struct {
	Paths    Paths
	Server   string // -server
	HostName string // the operating system's host name
	Version  string
	// Validate refuses a view that must not go live (one that would be an open
	// relay); nil refuses none.
	Validate func(*Snapshot) error
}

// Site is a running site's configuration: the files, the two views, and the
// directory generation. Its methods may be called from several goroutines. Only
// Update and Preview wait for each other: what a view says, and an edit of
// notes.ini, never waits for a large directory that is being read.
type Site struct {
	opt    Options
	turn   chan struct{} // holds one token while an update is under way
	loader *Loader       // of whose turn it is
	hasINI atomic.Bool   // the last look had a notes.ini
	edit   sync.Mutex    // one edit of notes.ini at a time
	views  [2]view
	dir    atomic.Pointer[directory.Directory]
	src    atomic.Pointer[Source] // that dir and the views were last made of
}

// view is what one task reads.
type view struct {
	snap   atomic.Pointer[Snapshot]
	rep    atomic.Pointer[Report]
	errors map[string]bool // error findings that the view was accepted with; of whose turn it is
}

// Update is the outcome of looking for a changed configuration.
type Update struct {
	Old, New *Snapshot
	Changed  []Change  // settings whose effective value differs
	Pending  []Pending // changes that wait for a restart
	Report   *Report
	// News tells of exports: which was gone and replaced, and of which documents
	// there are fewer. Whatever look finds it tells it, a Preview or one whose
	// settings are refused included, and only once.
	News []Finding
}

// Change is one setting before and after.
type Change struct {
	Key string `json:"name"`
	Old string `json:"old"`
	New string `json:"new"`
}

// RefusedError says why a changed configuration did not go live; the old view
// stays.
type RefusedError struct {
	Finding Finding
}

// Error gives "file:line: reason".
func (e *RefusedError) Error() string {
	if p := e.Finding.Place(); p != "" {
		return p + ": " + e.Finding.Text
	}
	return e.Finding.Text
}

// Open loads a site and builds the first views. What is wrong in the files is
// in the report; the error is for a site that cannot be told at all. It does not
// fail for a site that a server must not start with, such as one with a truncated
// export: it is for the caller to stop when Report.NoStart gives anything.
func Open(ctx context.Context, o Options) (*Site, *Report, error) {
	s := &Site{opt: o, turn: make(chan struct{}, 1), loader: NewLoader(o.Paths)}
	src, err := s.loader.Load(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.hasINI.Store(src.INI != nil)
	s.dir.Store(src.Directory)
	s.src.Store(src)
	var rep *Report
	for t := range s.views {
		snap, r, err := Build(s.input(src, nil, ServerStart, 1))
		if err != nil {
			return nil, nil, err
		}
		if o.Validate != nil {
			if err := o.Validate(snap); err != nil {
				return nil, r, err
			}
		}
		s.accept(Task(t), snap, r)
		rep = r
	}
	return s, rep, nil
}

func (s *Site) input(src *Source, prev *Snapshot, thaw Effect, gen uint64) Input {
	return Input{Source: src, Server: s.opt.Server, HostName: s.opt.HostName, Version: s.opt.Version,
		Previous: prev, Thaw: thaw, Generation: gen}
}

func (s *Site) accept(t Task, snap *Snapshot, r *Report) {
	v := &s.views[t]
	v.errors = errorKeys(r)
	v.rep.Store(r)
	v.snap.Store(snap)
}

// errorKeys gives the keys of a report's errors.
func errorKeys(r *Report) map[string]bool {
	keys := map[string]bool{}
	for _, f := range r.Findings {
		if f.Severity == SevError {
			keys[f.key()] = true
		}
	}
	return keys
}

// View gives the view that a task reads now.
func (s *Site) View(t Task) *Snapshot { return s.views[t].snap.Load() }

// Directory gives the directory generation. Persons and groups go live when
// they are read, as Domino looks them up in the directory itself; group names
// in restriction fields are resolved when a view is built.
func (s *Site) Directory() *directory.Directory { return s.dir.Load() }

// Paths gives the places of the site's files.
func (s *Site) Paths() Paths { return s.loader.paths }

// take waits until no other update is under way.
func (s *Site) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("settings: another update is under way: %w", ctx.Err())
	}
}

func (s *Site) give() { <-s.turn }

// Update reads the files and makes what may change the task's view: Live for
// the configuration update, TaskRestart for a restart of the task. A change
// that brings an error, or that Validate refuses, is a *RefusedError, and the
// old view stays; so it does with the error of ctx, which may end the wait for
// another update.
//
// An export that is gone keeps its say, with an error, unless other files hold
// its documents now, for as long as the Site is open: with TaskRestart, too.
func (s *Site) Update(ctx context.Context, t Task, thaw Effect) (Update, error) {
	old := s.View(t)
	if err := s.take(ctx); err != nil {
		return Update{Old: old}, err
	}
	defer s.give()
	old = s.View(t)
	snap, rep, news, err := s.build(ctx, old, thaw)
	if err != nil {
		return Update{Old: old, News: news}, err
	}
	if err := s.newError(t, rep); err != nil {
		return Update{Old: old, Report: rep, News: news}, err
	}
	if s.opt.Validate != nil {
		if err := s.opt.Validate(snap); err != nil {
			return Update{Old: old, Report: rep, News: news}, &RefusedError{Finding{Severity: SevError, Text: err.Error()}}
		}
	}
	u := Update{Old: old, New: snap, Changed: Diff(old, snap), Pending: rep.Pending, Report: rep, News: news}
	s.accept(t, snap, rep)
	return u, nil
}

// build makes a view of the files as they are now, and takes their persons and
// groups. An error leaves both as they were.
func (s *Site) build(ctx context.Context, old *Snapshot, thaw Effect) (*Snapshot, *Report, []Finding, error) {
	src, err := s.loader.Load(ctx)
	if ctx.Err() != nil {
		return nil, nil, nil, fmt.Errorf("settings: %w", ctx.Err())
	}
	if err != nil {
		return nil, nil, nil, &RefusedError{Finding{Severity: SevError, Text: err.Error()}}
	}
	s.hasINI.Store(src.INI != nil)
	var news []Finding
	for _, f := range src.Findings {
		if f.Code == CodeExportReplaced { // told by the one look that finds it
			news = append(news, f)
		}
	}
	if old.choice.Server != nil {
		if err := stillThere(src, old); err != nil {
			return nil, nil, news, err // and the people of a truncated export are not all of them
		}
	}
	snap, rep, err := Build(s.input(src, old, thaw, old.Generation+1))
	if err != nil {
		return nil, nil, news, &RefusedError{Finding{Severity: SevError, Text: err.Error()}}
	}
	if err := groupsStillThere(snap, s.dir.Load(), src.Directory); err != nil {
		return nil, nil, news, err
	}
	s.dir.Store(src.Directory)
	return snap, rep, append(news, s.src.Swap(src).changes(src)...), nil
}

// Since tells of which documents a site has fewer than another one of the same
// files, which was opened before, and whether more names are ambiguous.
func (s *Site) Since(before *Site) []Finding { return before.src.Load().changes(s.src.Load()) }

// changes is what an administrator may not have meant by an update.
func (old *Source) changes(now *Source) []Finding {
	return append(old.fewer(now), old.ambiguous(now)...)
}

// groupsStillThere refuses a directory that lost a group which a list of the
// settings names: a list that denies would deny nobody by it. Who means it takes
// the entry out of the list, too.
func groupsStillThere(s *Snapshot, old, fresh *directory.Directory) error {
	lost := func(item string, entries []string) error {
		for _, e := range entries {
			if old.HasGroup(e) && !fresh.HasGroup(e) {
				at := Finding{Item: item}
				if r, ok := s.Explained(item); ok && r.Winner().at.File != "" {
					at = r.Winner().Finding()
				}
				at.Severity = SevError
				at.Text = fmt.Sprintf("%s names the group %q, which is gone from the directory; take the entry out if that is meant", item, e)
				return &RefusedError{at}
			}
		}
		return nil
	}
	errs := []error{lost("AllowAccess", s.Ports.AllowAccess), lost("DenyAccess", s.Ports.DenyAccess)}
	for _, l := range checkedLists(s) {
		errs = append(errs, lost(l.item, l.list.Entries()))
	}
	return cmp.Or(errs...)
}

// stillThere refuses a site that lost its Server document: a truncated or
// half-copied export rather than a decision.
func stillThere(src *Source, old *Snapshot) error {
	for _, d := range src.Documents {
		if d.Is("Server") {
			return nil
		}
	}
	return &RefusedError{Finding{Severity: SevError, File: old.choice.Server.File, Text: "the Server document is gone"}}
}

// Preview tells what an update would do, without doing it: the changes that
// would go live, those that would wait, and the findings. A file that changed
// is read; persons and groups of it go live.
func (s *Site) Preview(ctx context.Context, t Task) (Update, error) {
	old := s.View(t)
	if err := s.take(ctx); err != nil {
		return Update{Old: old}, err
	}
	defer s.give()
	old = s.View(t)
	snap, rep, news, err := s.build(ctx, old, Live)
	if err != nil {
		return Update{Old: old, News: news}, err
	}
	return Update{Old: old, New: snap, Changed: Diff(old, snap), Pending: rep.Pending, Report: rep, News: news}, s.newError(t, rep)
}

// newError gives the error, a *RefusedError, for which an update is refused: one
// that the view in force was not made with.
func (s *Site) newError(t Task, rep *Report) error {
	for _, f := range rep.Findings {
		if f.Severity == SevError && !s.views[t].errors[f.key()] {
			return &RefusedError{f}
		}
	}
	return nil
}

// Pending gives the changes that wait for a restart, as of the last update.
func (s *Site) Pending(t Task) []Pending { return s.views[t].rep.Load().Pending }

// Diff lists the settings whose effective values differ, in order of names.
func Diff(old, fresh *Snapshot) []Change {
	var out []Change
	for _, r := range fresh.All() {
		if o := old.resolved[r.Row.ID()]; !r.same(o) {
			c := Change{Key: r.Row.Key(), New: r.Shown()}
			if o != nil {
				c.Old = o.Shown()
			}
			out = append(out, c)
		}
	}
	return out
}

// Poll looks for a changed configuration at the task's own interval until ctx
// ends, and gives each outcome to done; nil: to nobody. The interval is read anew
// each time.
func (s *Site) Poll(ctx context.Context, t Task, done func(Update, error)) {
	for {
		timer := time.NewTimer(s.interval(t))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			if u, err := s.Update(ctx, t, Live); ctx.Err() == nil && done != nil {
				done(u, err)
			}
		}
	}
}

func (s *Site) interval(t Task) time.Duration {
	if t == RouterTask {
		return routerInterval
	}
	return s.View(SMTPTask).SMTP.UpdateInterval
}

// String names the task as the console does.
func (t Task) String() string {
	if t == RouterTask {
		return "Router"
	}
	return "SMTP Server"
}

// SetVariable changes a variable in notes.ini, or with remove takes it out.
// The running views do not change until their next update.
func (s *Site) SetVariable(name, value string, remove bool) error {
	s.edit.Lock()
	defer s.edit.Unlock()
	return editINI(s.loader.paths.INI, name, value, remove, !s.hasINI.Load())
}

// Variable gives a variable of notes.ini as the file holds it now.
func (s *Site) Variable(name string) (string, bool, error) {
	f, _, err := openINI(s.loader.paths.INI)
	if err != nil {
		return "", false, fmt.Errorf("settings: %w", err)
	}
	v, ok := f.Get(name)
	return v.Value, ok, nil
}
