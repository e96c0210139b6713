package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"domigo/settings"
)

// explained is what explain -json prints.
type explained struct {
	Name    string           `json:"name"`
	Item    string           `json:"item,omitempty"`
	Value   string           `json:"value"`
	Default string           `json:"default"`
	Source  string           `json:"source"`
	Place   string           `json:"place,omitempty"`
	Rule    string           `json:"rule"`
	Takes   string           `json:"takes_effect"`
	Status  string           `json:"status"`
	Reason  string           `json:"reason,omitempty"`
	Doc     string           `json:"doc"`
	Layers  []settings.Layer `json:"layers"`
}

// explain tells of one setting where its value comes from.
func explain(ctx context.Context, e env, args []string) (int, error) {
	c := newFlags("explain", e.err)
	rest, err := c.parse(args, 1, 2)
	if err != nil {
		return exitUsage, err
	}
	_, snap, _, err := c.build(ctx, dir(rest, 1))
	if err != nil {
		return exitFailed, err
	}
	r, ok := snap.Explained(rest[0])
	if !ok {
		text := fmt.Sprintf("nothing is named %s", rest[0])
		if like := settings.Suggest(rest[0], 3); len(like) > 0 {
			text += "; did you mean " + strings.Join(like, " or ") + "?"
		}
		return exitFailed, fmt.Errorf("%s", text)
	}
	x := explanation(r)
	if c.json {
		enc := json.NewEncoder(e.out)
		enc.SetIndent("", "  ")
		return exitOK, enc.Encode(x)
	}
	return exitOK, printExplained(e.out, x)
}

func explanation(r *settings.Resolved) explained {
	w := r.Winner()
	x := explained{Name: r.Row.Key(), Value: r.Shown(), Source: w.Source, Place: w.Place, Rule: r.Rule,
		Takes: r.Row.Takes.String(), Status: r.Row.Status.String(), Reason: r.Row.Reason, Doc: r.Row.Doc, Layers: r.Layers}
	if len(r.Layers) > 0 {
		x.Default = r.Layers[0].Value
	}
	if f := r.Row.Field(); f != nil {
		x.Item = r.Row.Form + " " + f.Item
		if f.Provisional {
			x.Item += " (provisional)"
		}
	}
	return x
}

func printExplained(w io.Writer, x explained) error {
	p := &printer{w: w}
	p.line("%s = %s", x.Name, x.Value)
	p.line("  %s", x.Doc)
	if x.Item != "" {
		p.line("  field:   %s", x.Item)
	}
	p.line("  default: %s", x.Default)
	p.line("  source:  %s", strings.TrimSpace(x.Source+" "+x.Place))
	p.line("  rule:    %s", x.Rule)
	p.line("  change:  takes effect %s", x.Takes)
	status := x.Status
	if x.Reason != "" {
		status += ": " + x.Reason
	}
	p.line("  status:  %s", status)
	for _, l := range x.Layers {
		mark := " "
		if l.Won {
			mark = "*"
		}
		note := ""
		if l.Note != "" {
			note = " - " + l.Note
		}
		p.line("  %s %s: %s%s", mark, strings.TrimSpace(l.Source+" "+l.Place), l.Value, note)
	}
	return p.err
}
