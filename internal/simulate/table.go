package simulate

import (
	"fmt"
	"io"
	"strings"

	"domigo/internal/smtpwire"
)

// Write writes the matrix as a table. Destinations of one class about which all
// hosts get the same answer share a column. A letter behind an answer stands
// for the control that gives it, which is explained below the table.
func (m *Matrix) Write(w io.Writer) error {
	p := &printer{w: w}
	columns := m.columns()
	p.line("destinations")
	for n, c := range columns {
		var names []string
		for _, j := range c {
			names = append(names, m.Destinations[j].label())
		}
		p.line("  %d  %s", n+1, smtpwire.Clean(strings.Join(names, "; ")))
	}
	width := len("hosts")
	for i := range m.Hosts {
		width = max(width, len(m.Hosts[i].label()))
	}
	head := fmt.Sprintf("%-*s", width, "hosts")
	for n := range columns {
		head += fmt.Sprintf("  %-8d", n+1)
	}
	p.line("%s", strings.TrimRight(head, " "))
	marks := &marks{letter: map[string]string{}}
	for i := range m.Hosts {
		row := fmt.Sprintf("%-*s", width, smtpwire.Clean(m.Hosts[i].label()))
		for _, c := range columns {
			row += fmt.Sprintf("  %-8s", marks.of(m.Cells[i][c[0]]))
		}
		p.line("%s", strings.TrimRight(row, " "))
	}
	for n, text := range marks.texts {
		p.line("  %s  %s", letter(n), smtpwire.Clean(text))
	}
	if m.OpenRelay {
		p.line("open relay: a stranger may send to anybody")
	}
	return p.err
}

func (h *Host) label() string { return h.Class + ", " + h.Example }

func (d Destination) label() string {
	if strings.HasSuffix(d.Class, " "+d.Domain) {
		return d.Class
	}
	return d.Class + ": " + d.Domain
}

// columns groups the destinations.
func (m *Matrix) columns() [][]int {
	var out [][]int
	at := map[string]int{}
	for j, d := range m.Destinations {
		class, _, _ := strings.Cut(d.Class, " ")
		var key strings.Builder
		key.WriteString(class)
		for i := range m.Hosts {
			c := m.Cells[i][j]
			key.WriteString("\x00" + c.Relay)
			if c.Control != nil {
				key.WriteString(" " + c.Control.Rule)
			}
		}
		n, ok := at[key.String()]
		if !ok {
			n = len(out)
			at[key.String()] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], j)
	}
	return out
}

// marks gives a letter to each control.
type marks struct {
	letter map[string]string
	texts  []string
}

func (m *marks) of(c Cell) string {
	if c.Control == nil || c.Relay == Local {
		return c.Relay
	}
	text := c.Control.String()
	if m.letter[text] == "" {
		m.letter[text] = letter(len(m.texts))
		m.texts = append(m.texts, text)
	}
	return c.Relay + " " + m.letter[text]
}

// letter gives a, b … z, aa, ab …
func letter(n int) string {
	if n < 26 {
		return string(rune('a' + n))
	}
	return letter(n/26-1) + letter(n%26)
}

// WriteDifferences writes a line for each difference.
func WriteDifferences(w io.Writer, list []Difference) error {
	p := &printer{w: w}
	for i := range list {
		d := &list[i]
		p.line("%s", smtpwire.Clean(d.Host.label()+" to "+d.Destination.label()+": "+d.Before.Relay+" -> "+d.After.Relay))
		for _, c := range []struct {
			when string
			cell Cell
		}{{"before", d.Before}, {"after ", d.After}} {
			if c.cell.Control != nil {
				p.line("  %s: %s", c.when, smtpwire.Clean(c.cell.Control.String()))
			}
		}
	}
	return p.err
}
