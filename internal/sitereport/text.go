package sitereport

import (
	"fmt"
	"io"
	"strings"

	"domigo/internal/sitetext"
)

// Write prints the report as text: what applies, a line of counts, and a line
// for each setting under its class.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	if r.Server != "" {
		fmt.Fprintf(&b, "server %s, ", r.Server)
	}
	fmt.Fprintf(&b, "host %s, as %s\n", r.HostName, r.Product)
	for _, d := range r.Documents {
		fmt.Fprintf(&b, "%s: %s\n", d.What, d.Place)
	}
	for _, a := range r.Assumptions {
		fmt.Fprintf(&b, "assumed: %s\n", a)
	}
	if r.Errors+r.Warnings > 0 {
		fmt.Fprintf(&b, "domigo check: %s\n", r.Found())
	}
	var counts []string
	for _, c := range classes() {
		counts = append(counts, fmt.Sprintf("%d %s", r.Count[c], c))
	}
	fmt.Fprintf(&b, "%s: %s\n", sitetext.Count(len(r.Settings), "setting"), strings.Join(counts, ", "))
	for _, c := range classes() {
		list := r.of(c)
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", c)
		for _, s := range list {
			fmt.Fprintf(&b, "  %s = %s (%s)", s.Name, s.Value, strings.Join(s.Places, "; also "))
			if s.Reason != "" {
				b.WriteString(": " + s.Reason)
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Found words how many findings the files have.
func (r *Report) Found() string {
	return sitetext.Count(r.Errors, "error") + ", " + sitetext.Count(r.Warnings, "warning")
}
