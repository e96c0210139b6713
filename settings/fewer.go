package settings

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"domigo/configdoc/note"
	"domigo/directory"
)

// Documents of which there are fewer than before are most often what somebody
// deleted, and sometimes an export that lost half of its content. Nobody but its
// administrator knows, so every fall is told when it is found, with the exports
// that held what is gone, and a large one as a warning: ten documents of a kind at
// once that are more than a tenth, or all of several.
const (
	manyFewer  = 10
	tenthFewer = 10 // one in so many
	maxExports = 3  // exports that are named; of more, their folders are
)

// fewer gives a finding for each kind of documents of which there are fewer now.
func (old *Source) fewer(now *Source) []Finding {
	var out []Finding
	if old.Directory != now.Directory {
		was, is := kinds(old.Directory), kinds(now.Directory)
		for _, k := range []directory.Kind{directory.Person, directory.Group, directory.MailIn} {
			if is[k] < was[k] {
				out = append(out, fewerFinding(kindName(k), entryHoldings(old.Directory, k), entryHoldings(now.Directory, k)))
			}
		}
	}
	if slices.Equal(old.Documents, now.Documents) {
		return out
	}
	was, is := formHoldings(old.Documents), formHoldings(now.Documents)
	var forms []string
	for form, list := range was {
		if len(is[form]) < len(list) {
			forms = append(forms, form)
		}
	}
	slices.Sort(forms)
	for _, form := range forms {
		out = append(out, fewerFinding(was[form][0].shown+" documents", was[form], is[form]))
	}
	return out
}

// holding is one document of a kind: what makes it the same in two exports, and
// the export that holds it.
type holding struct {
	key, file string
	shown     string // the form as the document writes it
}

// kinds gives how many entries of each kind there are.
func kinds(d *directory.Directory) map[directory.Kind]int {
	persons, groups, mailIns := d.Len()
	return map[directory.Kind]int{directory.Person: persons, directory.Group: groups, directory.MailIn: mailIns}
}

func kindName(k directory.Kind) string {
	return map[directory.Kind]string{directory.Person: "persons", directory.Group: "groups", directory.MailIn: "mail-in databases"}[k]
}

func entryHoldings(d *directory.Directory, k directory.Kind) []holding {
	var out []holding
	for e := range d.Entries() {
		if e.Kind == k {
			out = append(out, holding{key: strings.ToLower(e.Name()), file: e.File})
		}
	}
	return out
}

// formHoldings gives the documents that configure by form, in lower case.
func formHoldings(docs []*note.Document) map[string][]holding {
	out := map[string][]holding{}
	for _, d := range docs {
		form := strings.ToLower(d.Form)
		out[form] = append(out[form], holding{configKey(d), d.File, d.Form})
	}
	return out
}

// fewerFinding tells of a kind of documents what there was, what there is, and
// which exports held what is gone. Where documents came at the same time, more are
// gone than there are fewer.
func fewerFinding(what string, was, is []holding) Finding {
	here := make(map[string]int, len(is))
	for _, h := range is {
		here[h.key]++
	}
	byFile := map[string]int{}
	for _, h := range was {
		if here[h.key]--; here[h.key] < 0 {
			byFile[h.file]++
		}
	}
	var place Finding
	if len(byFile) == 1 {
		for file := range byFile {
			place.File = file
		}
	}
	code := CodeFewer
	if n := len(was) - len(is); n >= manyFewer && n > len(was)/tenthFewer || len(is) == 0 && n > 1 {
		code = CodeManyFewer
	}
	return code.At(place, "%s: %d, and %d before; gone are %s", what, len(is), len(was), exportsOf(byFile))
}

// exportsOf names exports with the number of documents that are gone from each,
// most first.
func exportsOf(byFile map[string]int) string {
	of := byFile
	if len(byFile) > maxExports {
		of = map[string]int{}
		for file, n := range byFile {
			of[filepath.Dir(file)+string(filepath.Separator)] += n
		}
	}
	files := make([]string, 0, len(of))
	for file := range of {
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Or(cmp.Compare(of[b], of[a]), strings.Compare(a, b)) })
	for i, file := range files {
		files[i] = fmt.Sprintf("%d of %s", of[file], file)
	}
	return few(files, maxExports)
}
