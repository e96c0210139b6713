package server

import (
	"context"
	"strings"
	"sync"

	"domigo/console"
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
	switch name, _ := strings.CutPrefix(s.name, "SMTP.Sessions.Inbound."); name {
	case "BytesReceived", "BytesSent", "Total", "Total.SSL", "Total.SSL.Bad_Handshake", "SMTP.MessagesProcessed",
		"Mail.Delivered", "Mail.Transferred", "Mail.TotalRouted", "Mail.TotalFailures", "Mail.TransferFailures":
		return true
	}
	return strings.HasPrefix(s.name, "SMTP.") && (strings.HasSuffix(s.name, ".Hits") || strings.HasSuffix(s.name, ".TotalHits"))
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
	list, err := s.statistics(ctx)
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
	return console.ErrNoStatistic
}

// statistics gives all statistics as they were counted.
func (s *Server) statistics(ctx context.Context) ([]statistic, error) {
	var out []statistic
	s.stats.Stats().Each(func(name string, value int64) { out = append(out, statistic{name, value}) })
	if r := s.runningRouter(); r != nil {
		list, err := r.Statistics(ctx)
		if err != nil {
			return nil, err
		}
		for _, st := range list {
			out = append(out, statistic{st.Name, st.Value})
		}
	}
	return out, nil
}
