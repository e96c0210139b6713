package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"domigo/internal/server"
	"domigo/internal/sitereport"
	"domigo/settings"
)

// checkReport is what check -json prints.
type checkReport struct {
	Server      string                `json:"server"`
	HostName    string                `json:"host_name"`
	Documents   []sitereport.Document `json:"documents"`
	Settings    int                   `json:"settings_set"`
	Persons     int                   `json:"persons"`
	Groups      int                   `json:"groups"`
	MailIns     int                   `json:"mail_in_databases"`
	Assumptions []string              `json:"assumptions"`
	Errors      int                   `json:"errors"`
	Warnings    int                   `json:"warnings"`
	Findings    []finding             `json:"findings"`
}

// finding is a finding with what to do about it.
type finding struct {
	settings.Finding
	Remedy string `json:"remedy"`
}

// check lints a site.
func check(c *common) runner {
	dns := c.set.Bool("dns", false, "also ask DNS for the hosts and domains that the settings name")
	all := c.set.Bool("all", false, "print every finding, also many of one kind")
	return func(ctx context.Context, e env, rest []string) (int, error) {
		where := dir(rest, 0)
		src, snap, rep, err := c.build(ctx, where)
		if err != nil {
			return exitFailed, err
		}
		found := slices.Concat(rep.Findings, settings.Lint(src, snap), server.Check(src, snap, where, time.Now()))
		errorsStand := slices.ContainsFunc(found, func(f settings.Finding) bool { return f.Severity == settings.SevError })
		running, err := c.pending(ctx, where, src, snap, errorsStand)
		if err != nil {
			return exitFailed, err
		}
		found = append(found, running...)
		if *dns {
			unknown, err := checkDNS(ctx, src, snap, where)
			if err != nil {
				return exitFailed, err
			}
			found = append(found, unknown...)
		}
		out := summary(snap, rep, found)
		if c.json {
			err = printJSON(e.out, out)
		} else {
			err = printCheck(e.out, out, *all)
		}
		if out.Errors > 0 {
			return exitFailed, err
		}
		return exitOK, err
	}
}

func summary(snap *settings.Snapshot, rep *settings.Report, found []settings.Finding) checkReport {
	out := checkReport{Server: snap.Identity.ServerName, HostName: snap.Identity.HostName, Documents: sitereport.Documents(snap),
		Persons: rep.Persons, Groups: rep.Groups, MailIns: rep.MailIns, Assumptions: append([]string{}, rep.Assumptions...)}
	for _, r := range snap.All() {
		if r.Winner().Source != "default" {
			out.Settings++
		}
	}
	out.Findings = arrange(found)
	for _, f := range out.Findings {
		switch f.Severity {
		case settings.SevError:
			out.Errors++
		case settings.SevWarning:
			out.Warnings++
		}
	}
	return out
}

// arrange sorts findings by severity, then by code in the order of the table,
// then by place, and leaves out what is there already.
func arrange(found []settings.Finding) []finding {
	rank := map[settings.Code]int{}
	remedy := map[settings.Code]string{}
	for i, info := range settings.Codes() {
		rank[info.Code], remedy[info.Code] = i, info.Remedy
	}
	out := make([]finding, 0, len(found))
	seen := make(map[settings.Finding]bool, len(found))
	for _, f := range found {
		if !seen[f] {
			seen[f] = true
			out = append(out, finding{f, remedy[f.Code]})
		}
	}
	severities := []settings.Severity{settings.SevError, settings.SevWarning, settings.SevInfo}
	slices.SortStableFunc(out, func(a, b finding) int {
		return cmp.Or(cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			cmp.Compare(rank[a.Code], rank[b.Code]), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out
}
