package siteimport

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"domigo/configdoc/note"
	"domigo/internal/sitetext"
)

// maxCounted is how many different forms and items a report counts by name; the
// rest is counted together, so that no export can fill the memory.
const maxCounted = 2000

// rest stands for the names that are counted together.
const rest = "(others)"

// Report says what an import kept and dropped, and why. It holds no value of any
// item.
type Report struct {
	Dir       string   `json:"dir"`
	Files     int      `json:"files"`     // exports that were read
	Documents int      `json:"documents"` // kept
	Kept      []Count  `json:"kept"`
	Dropped   []Count  `json:"dropped"`
	Items     []Count  `json:"dropped_items"`
	Unknown   []Count  `json:"unknown_items"` // kept although nothing recognises them
	Passwords int      `json:"passwords"`     // documents with a stored Internet password
	INI       string   `json:"notes_ini,omitempty"`
	Set       []string `json:"set,omitempty"` // variables of the notes.ini that were changed
	Variables int      `json:"one_touch_variables"`
	Notes     []string `json:"notes,omitempty"`
	Damaged   []string `json:"damaged,omitempty"` // documents that could not be read, with the place, at most mostDamaged
	Lost      int      `json:"damaged_documents"`

	counts [lists]map[key]int
}

// Count is how many documents of a form there were, or items of a name in them.
type Count struct {
	Form      string `json:"form"`
	Directory string `json:"directory,omitempty"` // the folder of dircat, "" for the primary directory
	Item      string `json:"item,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Number    int    `json:"number"`
}

// key is what a Count counts.
type key struct{ form, directory, item, reason string }

// The lists of a report.
const (
	kept = iota
	dropped
	droppedItems
	unknownItems
	lists
)

func newReport(dir string) *Report {
	r := &Report{Dir: dir}
	for i := range r.counts {
		r.counts[i] = map[key]int{}
	}
	return r
}

func (r *Report) count(list int, k key) {
	m := r.counts[list]
	if _, seen := m[k]; !seen && len(m) >= maxCounted {
		k.form, k.item = rest, ""
		if list == droppedItems || list == unknownItems {
			k.item = rest
		}
	}
	m[k]++
}

func (r *Report) keep(form, directory string) {
	r.Documents++
	r.count(kept, key{form: form, directory: directory})
}

func (r *Report) drop(form, reason string) { r.count(dropped, key{form: form, reason: reason}) }

func (r *Report) dropItem(form, item, reason string) {
	r.count(droppedItems, key{form: form, item: item, reason: reason})
}

func (r *Report) unknown(form, item string) { r.count(unknownItems, key{form: form, item: item}) }

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// mostDamaged is how many documents that cannot be read a report names.
const mostDamaged = 20

// damage counts a document that cannot be read, and has the reading go on.
func (r *Report) damage(e *note.Error) bool {
	if r.Lost++; r.Lost <= mostDamaged {
		r.Damaged = append(r.Damaged, e.Error())
	}
	return true
}

// Empty reports whether exports were read and nothing of them was kept.
func (r *Report) Empty() bool { return r.Files > 0 && r.Documents == 0 && r.Variables == 0 }

// finish makes the lists of the counts.
func (r *Report) finish() {
	if r.Empty() {
		r.note("warning: these exports hold no Server document, nor any other that has a bearing on mail")
	}
	for i, to := range []*[]Count{&r.Kept, &r.Dropped, &r.Items, &r.Unknown} {
		*to = []Count{}
		for k, n := range r.counts[i] {
			*to = append(*to, Count{k.form, k.directory, k.item, k.reason, n})
		}
		slices.SortFunc(*to, func(a, b Count) int {
			return cmp.Or(cmp.Compare(a.Directory, b.Directory), cmp.Compare(a.Form, b.Form),
				cmp.Compare(a.Reason, b.Reason), cmp.Compare(strings.ToLower(a.Item), strings.ToLower(b.Item)), cmp.Compare(a.Item, b.Item))
		})
	}
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of %s\n", r.Dir, sitetext.Count(r.Documents, "document"), sitetext.Count(r.Files, "export"))
	for _, c := range r.Kept {
		where := "names"
		if c.Directory != "" {
			where = "dircat/" + c.Directory
		}
		fmt.Fprintf(&b, "  kept     %6d %s in %s\n", c.Number, c.Form, where)
	}
	for _, c := range r.Dropped {
		form := c.Form
		if form == "" {
			form = "documents without a form"
		}
		fmt.Fprintf(&b, "  dropped  %6d %s: %s\n", c.Number, sitetext.Plain(form), c.Reason)
	}
	r.items(&b)
	for _, d := range r.Damaged {
		fmt.Fprintf(&b, "  left out: a document that cannot be read: %s\n", sitetext.Plain(d))
	}
	if more := r.Lost - len(r.Damaged); more > 0 {
		fmt.Fprintf(&b, "  left out: %d more documents that cannot be read\n", more)
	}
	fmt.Fprintf(&b, "  %s with a stored Internet password, kept\n", sitetext.Count(r.Passwords, "document"))
	switch {
	case r.INI != "" && len(r.Set) == 0:
		fmt.Fprintf(&b, "  notes.ini: %s, byte for byte\n", r.INI)
	case len(r.Set) > 0:
		fmt.Fprintf(&b, "  notes.ini: %s, with changes of %s\n", cmp.Or(r.INI, "a new one"), strings.Join(r.Set, ", "))
	default:
		b.WriteString("  notes.ini: none was given\n")
	}
	if r.Variables > 0 {
		fmt.Fprintf(&b, "  %s of One-Touch files in names/notesini.json\n", sitetext.Count(r.Variables, "variable"))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  %s\n", sitetext.Plain(n))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// items tells of the items, those of one form and reason together.
func (r *Report) items(b *strings.Builder) {
	for i := 0; i < len(r.Items); {
		n, names := 0, []string{}
		first := r.Items[i]
		for ; i < len(r.Items) && r.Items[i].Form == first.Form && r.Items[i].Reason == first.Reason; i++ {
			n += r.Items[i].Number
			names = append(names, r.Items[i].Item)
		}
		fmt.Fprintf(b, "  dropped  %6d items of %s: %s: %s\n", n, sitetext.Plain(first.Form), first.Reason, sitetext.Plain(sitetext.Few(names, mostNamed)))
	}
	names := []string{}
	for _, c := range r.Unknown {
		names = append(names, c.Item)
	}
	if len(names) > 0 {
		fmt.Fprintf(b, "  kept, though nothing recognises them, %s: %s (domigo items proposes what they are)\n", sitetext.Count(len(names), "item"), sitetext.Plain(sitetext.Few(names, mostNamed)))
	}
}

// mostNamed is how many items a line of text names; JSON has them all.
const mostNamed = 8
