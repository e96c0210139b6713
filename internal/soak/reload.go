package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"domigo/internal/soak/site"
)

// reloadEvery is the time between two updates of the settings. Of so many one at
// least has to find a server that runs.
const (
	reloadEvery   = 2 * time.Second
	reloadsWithin = 5
)

// reloaded is a task that is told to read the settings, and a variable that it
// alone reads. No value of it that is set here changes what becomes of the mail.
type reloaded struct {
	task, variable string
	least          int // the values go up from it
}

func reloads() []reloaded {
	return []reloaded{{"smtp", "SMTPMaxRecipientCount", 100}, {"router", "MailTimeoutMinutes", 1200}}
}

// reload changes a variable of each task of both sites every few seconds and has
// the servers read it, until ctx is done.
func (r *run) reload(ctx context.Context) error {
	for n := 1; pause(ctx, reloadEvery) == nil; n++ {
		for _, s := range r.house.servers() {
			for _, t := range reloads() {
				value := fmt.Sprint(t.least + n%50)
				if err := site.SetVariable(filepath.Join(s.Dir, "notes.ini"), t.variable, value); err != nil {
					return err
				}
				r.updated(ctx, s, t, value)
			}
		}
	}
	return nil
}

// commander runs console commands.
type commander interface {
	Command(ctx context.Context, command string) (string, error)
}

// updated has a task read the settings, and counts it if the value is in effect
// then. A server that is down, or is killed meanwhile, has no answer; one that
// began anew meanwhile has read the value at its start.
func (r *run) updated(ctx context.Context, s *site.Server, t reloaded, value string) {
	taken, wrong := update(ctx, s, t, value)
	if taken {
		r.reloads[s.Name+" "+t.task]++
	}
	if wrong != "" {
		r.violated("%s: after an update of %s, %s=%s is not in effect: %s", s.Name, t.task, t.variable, value, wrong)
	}
}

func update(ctx context.Context, s commander, t reloaded, value string) (taken bool, wrong string) {
	if _, err := s.Command(ctx, "tell "+t.task+" update config"); err != nil {
		return false, ""
	}
	out, err := s.Command(ctx, "show config "+t.variable)
	if err != nil {
		return false, ""
	}
	// A value that is only written has a line behind it that says what is in effect.
	if strings.TrimSpace(out) != t.variable+"="+value {
		return false, strings.TrimSpace(out)
	}
	return true, ""
}
