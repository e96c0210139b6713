package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// The texts of the listings (Domino C API, server string table; help topics
// "Show Allports" and "Show Directory").
const (
	textNoPort     = "Unable to find port %s"
	textNoSchedule = "No events are scheduled at this time."
	textDisk       = "Available disk space %s bytes"
	textNoPath     = "The system cannot find the file system %s"
)

func runShowPorts(_ context.Context, r *request) error {
	enabledPorts, disabledPorts := r.server.Ports()
	for _, part := range []struct {
		title string
		ports []Port
	}{{"Enabled Ports:", enabledPorts}, {"Disabled Ports:", disabledPorts}} {
		r.line("%s", part.title)
		for _, p := range part.ports {
			r.line("%s=%s", p.Name, p.Definition)
		}
	}
	return nil
}

// runShowPort prints one port. Domino's own lines are those of its network
// driver; here they are the sockets of the SMTP task and what passed them.
func runShowPort(_ context.Context, r *request) error {
	enabledPorts, disabledPorts := r.server.Ports()
	for _, p := range append(enabledPorts, disabledPorts...) {
		if !strings.EqualFold(p.Name, r.args[0]) {
			continue
		}
		r.line("%s=%s", p.Name, p.Definition)
		for _, line := range r.server.PortUse(p.Name) {
			r.line("  %s", line)
		}
		return nil
	}
	return fail(fmt.Sprintf(textNoPort, r.args[0]))
}

// runShowDirectory prints the mail.box and the mail files. They are no Notes
// databases, so version and logging say so.
func runShowDirectory(_ context.Context, r *request) error {
	files, err := r.server.Files()
	if err != nil {
		return err
	}
	const name = "DbName"
	width := len(name) + 20
	for _, f := range files {
		width = max(width, len(f.Path)+5)
	}
	r.line("%s%-8s %-7s %s", pad(name, width), "Version", "Logged", "---Modified Time----")
	for _, f := range files {
		r.line("%s%-8s %-7s %s", pad("   "+f.Path, width), "-", "N/A", f.Modified)
	}
	return nil
}

func runShowDisk(_ context.Context, r *request) error {
	path := ""
	if len(r.args) > 0 {
		path = r.args[0]
	}
	free, err := r.server.DiskSpace(path)
	if errors.Is(err, ErrNoPath) {
		return &CommandError{fmt.Sprintf(textNoPath, path), err}
	}
	if err != nil {
		return err
	}
	r.line(textDisk, grouped(free))
	return nil
}

// grouped gives a number with a comma at each thousand.
func grouped(n uint64) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// runShowSchedule prints what is going to happen; one word selects what it is
// about, or a type, two select both.
func runShowSchedule(ctx context.Context, r *request) error {
	all, err := r.server.Schedule(ctx)
	if err != nil {
		return err
	}
	var rows []Event
	for _, e := range all {
		if e.selected(r.args) {
			rows = append(rows, e)
		}
	}
	if len(rows) == 0 {
		r.line(textNoSchedule)
		r.line("")
		return nil
	}
	r.line("%-23s %-23s %s", "Scheduled", "Type", "Next schedule")
	for _, e := range rows {
		r.line("%-23s %-23s %s", e.What, e.Type, e.At)
	}
	return nil
}

func (e Event) selected(words []string) bool {
	for _, w := range words {
		if !strings.EqualFold(w, e.What) && !strings.HasPrefix(strings.ToLower(e.Type), strings.ToLower(w)) {
			return false
		}
	}
	return true
}
