package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"domigo/configdoc"
	"domigo/directory"
	"domigo/notesini"
)

// Here the remarks of the packages that read the files become findings with a
// code. A remark's text is the only thing that tells what it is about; a test
// has each package make every one of them.

type remark struct {
	part string // of the text
	code Code
}

func codeOf(text string, known []remark, other Code) Code {
	for _, r := range known {
		if strings.Contains(text, r.part) {
			return r.code
		}
	}
	return other
}

func iniRemarks() []remark {
	return []remark{
		{"comment, not read", CodeINIComment},
		{"read as LMBCS", CodeINIComment},
		{"mixed line endings", CodeINIComment},
		{"; the first counts", CodeDuplicate},
		{"read as UTF-8", CodeINICoding},
		{"byte order mark", CodeINICoding},
		{"stand for no character", CodeINICoding},
		{"control character", CodeINICoding},
		{"not read", CodeINILine},
	}
}

func iniFinding(w notesini.Warning) Finding {
	text := w.Text
	if before, excerpt, ok := strings.Cut(text, ", not read: "); ok && secretName(excerpt) {
		text = before + ", not read, and not shown"
	}
	return codeOf(text, iniRemarks(), CodeINIOddity).At(Finding{File: w.File, Line: w.Line, Variable: w.Name}, "%s", text)
}

func directoryRemarks() []remark {
	return []remark{
		{"the document has no name", CodeEntryUnnamed},
		{"the same document stands in", CodeDocumentTwice},
		{"it has to be local@domain", CodeAddressBad},
		{"Internet passwords are stored", CodePasswordMany},
		{"the person cannot log in with it", CodePasswordForm},
		{"it may be of an unknown variant", CodePasswordTail},
		{"the group type", CodeGroupType},
		{"the group has no members", CodeGroupEmpty},
		{"the group is a member of itself", CodeGroupCycle},
		{"the Internet address", CodeAddressTwice},
		{"also means", CodeNameTwice},
	}
}

func directoryFinding(p directory.Problem) Finding {
	at := Finding{File: p.File, Line: p.Line, Document: entryName(p.Kind, p.Name)}
	return codeOf(p.Text, directoryRemarks(), CodeDirectory).At(at, "%s", p.Text)
}

// entryName names an entry of the directory in a place.
func entryName(k directory.Kind, name string) string {
	if name == "" {
		return k.String()
	}
	return fmt.Sprintf("%v %q", k, name)
}

// secretName reports whether the name of a variable or item, or a line that
// holds one, says that a secret follows.
func secretName(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{"passw", "pwd", "secret", "passphrase", "token", "apikey"}, func(p string) bool { return strings.Contains(text, p) })
}

// valueCode tells a number out of bounds from a value that is none.
func valueCode(row *Row, value string) Code {
	switch row.Type {
	case Int, Days, Hours, Minutes, Seconds, Kilobytes:
		if _, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
			return CodeValueRange
		}
	}
	return CodeValueBad
}

// maxGuesses bounds for how many unknown names of a site a like one is looked
// for, as each is compared with every name.
const maxGuesses = 100

// didYouMean gives "; did you mean A or B?" for an unknown name: an item of
// the form, or with a nil form a variable. It is empty when none is like it.
func (b *builder) didYouMean(name string, form *configdoc.Form) string {
	if b.guesses++; b.guesses > maxGuesses {
		return ""
	}
	type scored struct {
		name string
		d    int
	}
	lower := strings.ToLower(name)
	most := 1 + len(lower)/6
	var like []scored
	consider := func(candidate, shown string) {
		if len(candidate) < len(lower)-most || len(candidate) > len(lower)+most {
			return
		}
		if d := Distance(lower, strings.ToLower(candidate)); d > 0 && d <= most {
			like = append(like, scored{shown, d})
		}
	}
	if form == nil {
		for i := range b.rows {
			for _, n := range append([]string{b.rows[i].Name}, b.rows[i].Aliases...) {
				consider(n, b.rows[i].Name)
			}
		}
	} else {
		for i := range form.Fields {
			consider(form.Fields[i].Item, form.Fields[i].Item)
		}
	}
	slices.SortFunc(like, func(x, y scored) int { return cmp.Or(cmp.Compare(x.d, y.d), strings.Compare(x.name, y.name)) })
	var names []string
	for _, l := range like {
		if !slices.Contains(names, l.name) && len(names) < 3 {
			names = append(names, l.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}
