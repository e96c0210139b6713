package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"time"

	"domigo/internal/server"
	"domigo/settings"
)

// checkReport is what check -json prints.
type checkReport struct {
	Server      string             `json:"server"`
	HostName    string             `json:"host_name"`
	Documents   []understood       `json:"documents"`
	Settings    int                `json:"settings_set"`
	Persons     int                `json:"persons"`
	Groups      int                `json:"groups"`
	MailIns     int                `json:"mail_in_databases"`
	Assumptions []string           `json:"assumptions"`
	Findings    []settings.Finding `json:"findings"`
}

// understood is one document that applies.
type understood struct {
	What  string `json:"what"`
	Place string `json:"place"`
}

// check lints a site.
func check(ctx context.Context, e env, args []string) (int, error) {
	c := newFlags("check", e.err)
	rest, err := c.parse(args, 0, 1)
	if err != nil {
		return exitUsage, err
	}
	_, snap, rep, err := c.build(ctx, dir(rest, 0))
	if err != nil {
		return exitFailed, err
	}
	rep.Findings = append(rep.Findings, server.CheckTLS(snap, dir(rest, 0), time.Now())...)
	out := summary(snap, rep)
	broken := 0
	for _, f := range out.Findings {
		if f.Severity == settings.SevError {
			broken++
		}
	}
	if c.json {
		enc := json.NewEncoder(e.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(out)
	} else {
		err = printCheck(e.out, out)
	}
	if broken > 0 {
		return exitFailed, err
	}
	return exitOK, err
}

func summary(snap *settings.Snapshot, rep *settings.Report) checkReport {
	out := checkReport{Server: snap.Identity.ServerName, HostName: snap.Identity.HostName,
		Assumptions: rep.Assumptions, Findings: rep.Findings, Documents: chosen(snap)}
	for _, r := range snap.All() {
		if r.Winner().Source != "default" {
			out.Settings++
		}
	}
	out.Persons, out.Groups, out.MailIns = rep.Persons, rep.Groups, rep.MailIns
	if err := server.RefuseOpenRelay(snap); err != nil {
		out.Findings = append(out.Findings, settings.Finding{Severity: settings.SevError, Text: err.Error()})
	}
	sort.SliceStable(out.Findings, func(i, j int) bool {
		a, b := out.Findings[i], out.Findings[j]
		if a.File != b.File {
			return a.File < b.File
		}
		return a.Line < b.Line
	})
	return out
}

func chosen(snap *settings.Snapshot) []understood {
	var out []understood
	ch := snap.Choice()
	if ch.Server != nil {
		out = append(out, understood{"Server document", ch.Server.Place()})
	}
	if ch.Config != nil {
		out = append(out, understood{"Configuration Settings document (" + ch.ConfigRank.String() + ")", ch.Config.Place()})
	}
	if ch.Site != nil {
		out = append(out, understood{"SMTP Inbound Site document", ch.Site.Place()})
	}
	if r, ok := snap.Explained("LocalPrimaryInternetDomain"); ok {
		for _, l := range r.Layers {
			if l.Source != "default" {
				out = append(out, understood{l.Source, l.Place})
			}
		}
	}
	return out
}

func printCheck(w io.Writer, r checkReport) error {
	p := &printer{w: w}
	p.line("server %s, host %s", r.Server, r.HostName)
	for _, d := range r.Documents {
		p.line("%s: %s", d.What, d.Place)
	}
	p.line("%d settings set by files; %d persons, %d groups, %d mail-in databases", r.Settings, r.Persons, r.Groups, r.MailIns)
	for _, a := range r.Assumptions {
		p.line("assumed: %s", a)
	}
	errors, warnings := 0, 0
	for _, f := range r.Findings {
		p.line("%s", f)
		switch f.Severity {
		case settings.SevError:
			errors++
		case settings.SevWarning:
			warnings++
		}
	}
	p.line("%d errors, %d warnings", errors, warnings)
	return p.err
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
