package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"domigo/internal/sitetext"
	"domigo/settings"
)

// explained is what explain -json prints; with -all, an array of it.
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

// explain tells of one setting, or of all, where the value comes from.
func explain(c *common) runner {
	all := c.set.Bool("all", false, "every setting in one listing")
	return func(ctx context.Context, e env, rest []string) (int, error) {
		if *all {
			if len(rest) > 1 {
				return exitUsage, fmt.Errorf("%w: -all takes no name", errUsage)
			}
			return explainAll(ctx, e, c, dir(rest, 0))
		}
		if len(rest) == 0 {
			return exitUsage, fmt.Errorf("%w: name a setting, or say -all", errUsage)
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
			return exitFailed, errors.New(text)
		}
		x := explanation(r)
		if c.json {
			return exitOK, printJSON(e.out, x)
		}
		return exitOK, printExplained(e.out, x)
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func explanation(r *settings.Resolved) explained {
	w := r.Winner()
	x := explained{Name: r.Row.Key(), Item: sitetext.Item(r.Row), Value: r.Shown(), Source: w.Source, Place: w.Place, Rule: r.Rule,
		Takes: r.Row.Takes.String(), Status: r.Row.Status.String(), Reason: r.Row.Reason, Doc: r.Row.Doc, Layers: slices.Clone(r.Layers)}
	if len(r.Layers) > 0 {
		x.Default = r.Layers[0].Value
	}
	if sitetext.Secret(r.Row) {
		for i := range x.Layers {
			if l := &x.Layers[i]; l.Value != "" {
				l.Value = masked
			}
		}
	}
	return x
}

// masked stands for a password.
const masked = "********"

func printExplained(w io.Writer, x explained) error {
	p := &printer{w: w}
	p.line("%s = %s", x.Name, orBlank(x.Value))
	p.line("  %s", x.Doc)
	if x.Item != "" {
		p.line("  field:   %s", x.Item)
	}
	p.line("  default: %s", orBlank(x.Default))
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
		p.line("  %s %s: %s%s", mark, l, orBlank(l.Value), note)
	}
	return p.err
}

// orBlank gives a value on one line, with a word for none.
func orBlank(value string) string {
	if value == "" {
		return "blank"
	}
	return sitetext.Plain(value)
}

// explainAll lists every setting in the order of names.
func explainAll(ctx context.Context, e env, c *common, dir string) (int, error) {
	_, snap, _, err := c.build(ctx, dir)
	if err != nil {
		return exitFailed, err
	}
	list := snap.All()
	slices.SortStableFunc(list, func(a, b *settings.Resolved) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Row.Key()), strings.ToLower(b.Row.Key())), cmp.Compare(a.Row.Form, b.Row.Form))
	})
	if c.json {
		out := make([]explained, len(list))
		for i, r := range list {
			out[i] = explanation(r)
		}
		return exitOK, printJSON(e.out, out)
	}
	p := &printer{w: e.out}
	for _, r := range list {
		w := r.Winner()
		name := r.Row.Key()
		if r.Row.Name == "" { // of two settings of one name, one is only a field
			name = r.Row.Form + " " + name
		}
		source := strings.TrimSpace(w.Source + " " + w.Place)
		if w.Source != "default" {
			source += "; " + r.Rule
		}
		p.line("%s = %s (%s)", name, sitetext.Value(r), source)
	}
	return exitOK, p.err
}
