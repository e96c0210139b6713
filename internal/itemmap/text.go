package itemmap

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

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

// place gives the line that says where an item stands.
func (u *Unknown) place() string {
	text := u.Place
	if u.Documents > 1 {
		text += fmt.Sprintf(" and %d more", u.Documents-1)
	}
	if u.Value == "" {
		return text + ": blank"
	}
	return text + ": " + u.Value
}

// maxShown is how many characters of a value are shown.
const maxShown = 72

// show gives the values of an item in one short line for people, without what
// would steer a terminal; one that may be a secret as asterisks.
func show(name string, values []string) string {
	if sitetext.MayBeSecret(name, values) {
		return sitetext.Masked
	}
	text := sitetext.Plain(strings.Join(values, ", "))
	if utf8.RuneCountInString(text) <= maxShown {
		return text
	}
	return string([]rune(text)[:maxShown-3]) + "..."
}
