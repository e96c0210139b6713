package sitediff

import (
	"fmt"
	"io"
	"strings"

	"domigo/internal/sitetext"
)

// mostMembers is how many entries a line of text names; JSON has them all.
const mostMembers = 20

// Write prints the result, a setting a line: what changed, where it stands on
// both sides, and when the change takes effect.
func (r *Result) Write(w io.Writer) error {
	var b strings.Builder
	for _, c := range r.Changes {
		b.WriteString(c.String() + "\n")
	}
	if len(r.Idle) > 0 {
		b.WriteString("without effect:\n")
		for _, c := range r.Idle {
			b.WriteString("  " + c.String() + "\n")
		}
	}
	switch n := len(r.Changes); n {
	case 0:
		fmt.Fprintf(&b, "no setting differs between %s and %s\n", r.Old, r.New)
	case 1:
		fmt.Fprintf(&b, "1 setting differs between %s and %s\n", r.Old, r.New)
	default:
		fmt.Fprintf(&b, "%d settings differ between %s and %s\n", n, r.Old, r.New)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String gives the line of one change.
func (c Change) String() string {
	place := c.NewPlace
	if c.OldPlace != c.NewPlace {
		place = c.OldPlace + " -> " + c.NewPlace
	}
	return fmt.Sprintf("%s: %s (%s; %s)", c.Name, c.what(), place, c.Takes)
}

func (c Change) what() string {
	switch {
	case c.secret && c.Old == blank:
		return "set"
	case c.secret && c.New == blank:
		return "removed"
	case c.secret:
		return "changed"
	case !c.List:
		return c.Old + " -> " + c.New
	case c.Reordered:
		return "the order: " + c.Old + " -> " + c.New
	}
	var parts []string
	parts = appendEntries(parts, "", c.Added, c.Removed)
	if len(c.Removed) > 0 && c.New == blank {
		parts = append(parts, "blank now")
	}
	for _, g := range c.Groups {
		parts = appendEntries(parts, "group "+sitetext.Plain(g.Group)+": ", g.Added, g.Removed)
	}
	return strings.Join(parts, "; ")
}

// blank is how sitetext shows nothing.
const blank = "blank"

func appendEntries(parts []string, of string, added, removed []string) []string {
	if len(added) > 0 {
		parts = append(parts, of+"added "+sitetext.Few(added, mostMembers))
		of = ""
	}
	if len(removed) > 0 {
		parts = append(parts, of+"removed "+sitetext.Few(removed, mostMembers))
	}
	return parts
}
