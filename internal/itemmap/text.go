package itemmap

import (
	"fmt"
	"io"
	"strings"

	"domigo/internal/sitetext"
)

// WriteMap writes an item map for Domigo_ItemMap: each item with where it
// stands, what it holds, and its proposals as lines that count once their "#"
// is taken away. As it is written, the map maps nothing.
func WriteMap(w io.Writer, files []string, found []*Unknown) error {
	var b strings.Builder
	proposed := 0
	for _, u := range found {
		if len(u.Proposals) > 0 {
			proposed++
		}
	}
	fmt.Fprintf(&b, "# Items of %s that nothing recognises: %d, with a proposal %d.\n", sitetext.Plain(strings.Join(files, ", ")), len(found), proposed)
	if len(found) > 0 {
		b.WriteString("# Take the # from the line of each proposal that is right, and name this file in\n" +
			"# notes.ini: Domigo_ItemMap=FILE. The number is how sure a proposal is, of 100.\n")
	}
	for _, u := range found {
		u.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (u *Unknown) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n# %s\n", sitetext.Plain(u.place()))
	if !u.mappable() {
		fmt.Fprintf(b, "#   %s: a name with =, or with # or ; in front, cannot be mapped\n", sitetext.Plain(u.Item))
		return
	}
	if len(u.Proposals) == 0 {
		fmt.Fprintf(b, "#   %s: nothing is like it\n", u.Item)
	}
	for _, p := range u.Proposals {
		fmt.Fprintf(b, "#   %d: %s: %s\n", p.Score, p.Label, sitetext.Plain(strings.Join(p.Reasons, "; ")))
		fmt.Fprintf(b, "# %s = %s\n", u.Item, p.Item)
	}
}

// mappable reports whether a line of an item map can hold the name.
func (u *Unknown) mappable() bool {
	name := strings.TrimSpace(u.Item)
	return name != "" && !strings.ContainsAny(name, "=\r\n") && name[0] != '#' && name[0] != ';' && sitetext.Plain(name) == name
}
