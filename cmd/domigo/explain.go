package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"domigo/internal/sitetext"
	"domigo/settings"
)

// explained is what explain -json prints; with -all, an array of it.
type explained struct {
	Name    string           `json:"name"`
	Site    string           `json:"site"` // the folder that was read
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
		if err := mistaken(rest); err != nil {
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
			return exitFailed, errors.New(text)
		}
		x := explanation(r, dir(rest, 1))
		if c.json {
			return exitOK, printJSON(e.out, x)
		}
		return exitOK, printExplained(e.out, x)
	}
}

// mistaken gives an error for a first argument that is no setting's name and is a
// folder: the site, most likely, which was to come second. Which was meant, only
// the administrator knows.
func mistaken(args []string) error {
	if _, known := settings.Find(args[0]); known {
		return nil
	}
	if st, err := os.Stat(args[0]); err != nil || !st.IsDir() {
		return nil
	}
	if len(args) > 1 {
		return fmt.Errorf("%w: %s stands where the setting's name does, and is a folder; for a setting of that site say %q", errUsage, args[0], "domigo explain "+args[1]+" "+args[0])
	}
	return fmt.Errorf("%w: %s was taken for the name of a setting of the current folder's site, and is a folder; for the site in it say %q or %q",
		errUsage, args[0], "domigo explain NAME "+args[0], "domigo explain -all "+args[0])
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// explanation gives what is to be said of a setting of the site in a folder.
func explanation(r *settings.Resolved, site string) explained {
	w := r.Winner()
	x := explained{Name: r.Row.Key(), Site: site, Item: sitetext.Item(r.Row), Value: r.Shown(), Source: w.Source, Place: w.Place, Rule: r.Rule,
		Takes: r.Row.Takes.String(), Status: r.Row.Status.String(), Reason: r.Row.Reason, Doc: r.Row.Doc, Layers: r.ShownLayers()}
	if len(x.Layers) > 0 {
		x.Default = x.Layers[0].Value
	}
	return x
}

func printExplained(w io.Writer, x explained) error {
	p := &printer{w: w}
	p.line("%s = %s", x.Name, orBlank(x.Value))
	p.line("  %s", x.Doc)
	p.line("  site:    %s", siteName(x.Site))
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

// siteName names the folder of a site; of the current one it tells which that is.
func siteName(dir string) string {
	if dir == "." {
		if where, err := os.Getwd(); err == nil {
			return where + " (the current folder)"
		}
	}
	return dir
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
			out[i] = explanation(r, dir)
		}
		return exitOK, printJSON(e.out, out)
	}
	p := &printer{w: e.out}
	p.line("site: %s", siteName(dir))
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
