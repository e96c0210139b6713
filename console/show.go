package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// runShowTasks prints every task, whichever of the words only, user and all is
// given: there are no tasks of users here.
func runShowTasks(_ context.Context, r *request) error {
	if len(r.args) > 0 {
		selections := []command{{usage: "ONLY"}, {usage: "USER"}, {usage: "ALL"}}
		if _, err := match(selections, r.args[0]); err != nil {
			return fail(textValue)
		}
	}
	r.line("")
	r.line("      Task                 Description")
	r.line("")
	for _, t := range r.server.Tasks() {
		r.line(" %-20s %s", t.Name, t.Description)
	}
	return nil
}

const (
	enabled    = "Enabled"
	notEnabled = "Not Enabled"
)

func runShowServer(ctx context.Context, r *request) error {
	i, err := r.server.Info(ctx)
	if err != nil {
		return err
	}
	name := i.ServerName
	if i.Title != "" {
		name += " - " + i.Title
	}
	row := func(label, format string, args ...any) {
		r.line("%-24s%s", label, fmt.Sprintf(format, args...))
	}
	r.line("")
	r.line("%s (%s for %s) %s", i.Product, i.Release, i.Platform, i.Date)
	r.line("")
	row("Server name:", "%s", name)
	row("Domain name:", "%s", i.Domain)
	row("Server directory:", "%s", i.Directory)
	row("Partition:", "%s", partition(i.Directory))
	row("Elapsed time:", "%s", elapsed(i.Elapsed))
	row("Transactions/minute:", "Last minute: %d; Last hour: %d; Peak: %d", i.LastMinute, i.LastHour, i.PeakMinute)
	row("Peak # of sessions:", "%d at %s", i.PeakSessions, i.PeakSessionsAt)
	row(fmt.Sprintf("Transactions: %d ", i.Transactions), "Max. concurrent: %d", i.MaxConcurrent)
	row("ThreadPool Threads:", "%d  (%s Port)", i.Threads, i.Port)
	row("Availability Index:", "%d (state: AVAILABLE)", i.Availability)
	row("Mail Tracking:", notEnabled)
	row("Mail Journalling:", notEnabled)
	row("Number of Mailboxes:", "%d", i.Mailboxes)
	row(fmt.Sprintf("Pending mail: %d ", i.Pending), "Dead mail: %-5d", i.Dead)
	row("Waiting Tasks:", "%d", i.WaitingTasks)
	for _, label := range []string{"DAOS:", "Transactional Logging:", "Fault Recovery:", "Activity Logging:", "Server Controller:"} {
		row(label, notEnabled)
	}
	if i.DiagnosticDirectory != "" {
		row("Diagnostic Directory:", "%s", i.DiagnosticDirectory)
	}
	if i.ConsoleLogFile != "" {
		row("Console Logging:", "%s (%dK)", enabled, (i.ConsoleLogSize+1023)/1024)
		row("Console Log File:", "%s", i.ConsoleLogFile)
	} else {
		row("Console Logging:", notEnabled)
	}
	row("DB2 Server:", notEnabled)
	return nil
}

// partition gives the name by which Domino tells servers on one machine
// apart: the data directory with its separators turned to dots.
func partition(directory string) string {
	return strings.NewReplacer(":", "", "/", ".", `\`, ".").Replace(directory)
}

// elapsed gives a duration as [n days ]hh:mm:ss.
func elapsed(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	days := ""
	switch n := s / 86400; n {
	case 0:
	case 1:
		days = "1 day "
	default:
		days = fmt.Sprintf("%d days ", n)
	}
	return fmt.Sprintf("%s%02d:%02d:%02d", days, s/3600%24, s/60%60, s%60)
}

// runShowStat prints the statistics of one facility (Mail), of one name
// (Mail.Dead), or those that a pattern with asterisks fits (SMTP.*Hits);
// without any of these it prints all. Case does not matter.
func runShowStat(ctx context.Context, r *request) error {
	all, err := r.server.Statistics(ctx)
	if err != nil {
		return err
	}
	pattern := "*"
	if len(r.args) > 0 {
		pattern = r.args[0]
	}
	var found []Statistic
	for _, s := range all {
		if statMatches(strings.ToLower(pattern), strings.ToLower(s.Name)) {
			found = append(found, s)
		}
	}
	if len(found) == 0 && len(r.args) > 0 {
		return fail(fmt.Sprintf(textNoStat, pattern))
	}
	slices.SortStableFunc(found, func(a, b Statistic) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	for _, s := range found {
		r.line("  %s = %s", s.Name, s.Value)
	}
	r.line("  %d statistics found", len(found))
	r.line("")
	return nil
}

func statMatches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return name == pattern || strings.HasPrefix(name, pattern+".")
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// runShowQueues prints the router's queues. Words and values are Domino's
// ("Troubleshooting IBM Lotus Domino 8 mail routing issues"), the widths of
// the columns are not attested.
func runShowQueues(ctx context.Context, r *request) error {
	q, err := r.server.Queues(ctx)
	if err != nil {
		return r.tellError(err)
	}
	r.line("  Msgs  State     Via    Destination")
	for _, row := range q.Queues {
		state := fmt.Sprintf("%-5s %d", row.State, row.Count)
		r.line("%6d  %-9s %-6s %s", row.Messages, state, row.Via, row.Destination)
		if row.LastError != "" {
			r.line("        Last error: %s", row.LastError)
		}
		if row.NextRetry != "" {
			r.line("        Next retry: %s", row.NextRetry)
		}
	}
	r.line("Transfer Threads: Max = %d; Total = %d; Inactive = %d; Max Concurrent = %d",
		q.Transfer.Max, q.Transfer.Total, q.Transfer.Inactive, q.Transfer.MaxConcurrent)
	r.line("Delivery Threads: Max = %d; Total = %d; Inactive = %d",
		q.Delivery.Max, q.Delivery.Total, q.Delivery.Inactive)
	return nil
}
