package server

import (
	"context"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"domigo/console"
	"domigo/internal/machine"
	"domigo/internal/metrics"
	"domigo/settings"
)

// statistic is one statistic with its number.
type statistic struct {
	name  string
	value int64
}

// counts tells whether a statistic counts up from the server's start, so that
// SET STAT can have it begin anew. The others tell what is now, or the highest
// or the mean of what was.
func (s statistic) counts() bool {
	d, known := metrics.Describe(s.name)
	return known && d.Counter
}

// shown gives a value as Domino prints it: the long numbers of disks and memory
// with commas.
func (s statistic) shown(value int64) string {
	text := strconv.FormatInt(value, 10)
	if !strings.HasPrefix(s.name, "Disk.") && !strings.HasPrefix(s.name, "Mem.") {
		return text
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// baselines are the values that reset statistics had when they were reset. The
// counters themselves go on: others read them too.
type baselines struct {
	mu sync.Mutex
	of map[string]int64
}

// since gives a statistic's value since its reset. One that is lower than then
// was begun anew by its task, and the reset is over.
func (b *baselines) since(s statistic) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	base := b.of[s.name]
	if s.value < base {
		delete(b.of, s.name)
		base = 0
	}
	return s.value - base
}

func (b *baselines) reset(s statistic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[string]int64{}
	}
	b.of[s.name] = s.value
}

// ResetStatistic has a statistic of show stat begin at 0 again.
func (s *Server) ResetStatistic(ctx context.Context, name string) error {
	list, words, err := s.statistics(ctx)
	if err != nil {
		return err
	}
	for _, st := range list {
		if !strings.EqualFold(st.name, name) {
			continue
		}
		if !st.counts() {
			return console.ErrGauge
		}
		s.resets.reset(st)
		return nil
	}
	for _, st := range words {
		if strings.EqualFold(st.Name, name) {
			return console.ErrGauge
		}
	}
	return console.ErrNoStatistic
}

// Statistics gives all statistics, those that were reset since then.
func (s *Server) Statistics(ctx context.Context) ([]console.Statistic, error) {
	list, words, err := s.statistics(ctx)
	if err != nil {
		return nil, err
	}
	for _, st := range list {
		words = append(words, console.Statistic{Name: st.name, Value: st.shown(s.resets.since(st))})
	}
	return words, nil
}

// statistics gives all statistics as they were counted, and those that are no
// numbers; with an error come those that could be had. It does not wait for a
// command that stops a task.
func (s *Server) statistics(ctx context.Context) (list []statistic, words []console.Statistic, err error) {
	add := func(name string, value int64) { list = append(list, statistic{name, value}) }
	say := func(name, value string) { words = append(words, console.Statistic{Name: name, Value: value}) }
	s.stats.Stats().Each(add)
	s.serverStatistics(add, say)
	s.machineStatistics(add)
	s.ldapStatistics(add, say)
	r := s.runningRouter()
	if r == nil {
		return list, words, nil
	}
	mail, err := r.Statistics(ctx)
	if err != nil {
		return list, words, err
	}
	for _, st := range mail {
		if st.Time.IsZero() {
			add(st.Name, st.Value)
		} else {
			say(st.Name, s.printer.Format().Time(st.Time))
		}
	}
	return list, words, nil
}

// serverStatistics gives the family Server, with the numbers that show server
// prints. What has no meaning here is not among them.
func (s *Server) serverStatistics(add func(string, int64), say func(name, value string)) {
	snap, st, format := s.view(settings.SMTPTask), s.stats.Stats(), s.printer.Format()
	_, release, _ := strings.Cut(snap.Identity.Product, " Release ")
	say("Server.Name", displayName(snap))
	say("Server.Path.Data", s.opt.Paths.Dir)
	say("Server.Time.Start", format.Time(s.started))
	say("Server.Title", snap.Identity.Title)
	say("Server.Version.Notes", "Release "+release)
	say("Server.Version.OS", runtime.GOOS)
	tasks := s.Tasks()
	now := format.Time(s.now())
	for _, t := range tasks {
		say("Server.Task", t.Name+":"+t.Description+":["+now+"]")
	}
	add("Server.AvailabilityIndex", 100)
	add("Server.CPU.Count", int64(runtime.NumCPU()))
	add("Server.MailBoxes", 1)
	add("Server.Tasks", int64(len(tasks)))
	add("Server.Trans.Total", st.Messages)
	add("Server.Users", st.Active)
	add("Server.Users.Peak", st.Peak)
}

// machineStatistics gives the families Disk, for the file systems of the data
// directory and of the state folder, and Mem, as far as the operating system
// tells.
func (s *Server) machineStatistics(add func(string, int64)) {
	seen := map[string]bool{}
	for _, dir := range []string{s.opt.Paths.Dir, s.opt.State} {
		abs, err := filepath.Abs(dir)
		if err != nil {
			continue // the working directory is gone
		}
		fs, ok := machine.FileSystemOf(abs)
		if !ok || seen[fs.Mount] {
			continue
		}
		seen[fs.Mount] = true
		add("Disk."+fs.Mount+".Free", fs.Free)
		add("Disk."+fs.Mount+".Size", fs.Size)
	}
	allocated := machine.Allocated()
	add("Mem.Allocated", allocated)
	add("Mem.Allocated.Process", allocated)
	if free, total, ok := machine.Memory(); ok {
		add("Mem.Free", free)
		add("Mem.PhysicalRAM", total)
	}
}
