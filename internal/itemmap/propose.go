package itemmap

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"domigo/configdoc"
	"domigo/settings"
)

// What a proposal must reach, and how many an item gets.
const (
	leastScore   = 49
	mostProposed = 3
)

// How much a word that is in no field's name tells: that the item is another one.
const strangeWord = 3.0

// guesser knows the fields that an item may be.
type guesser struct {
	words vocabulary
	forms map[string]*fields
}

// fields are those of one form, with how much each word of a name tells.
type fields struct {
	list   []target
	weight map[string]float64
}

// target is a field under every name it is known by.
type target struct {
	field *configdoc.Field
	row   *settings.Row
	names []name
}

// name is one name of a field.
type name struct {
	text    string
	letters string
	words   map[string]bool
	kind    string // for reasons
}

func newGuesser() *guesser { return &guesser{newVocabulary(), map[string]*fields{}} }

// of gives the fields of a form.
func (g *guesser) of(form *configdoc.Form) *fields {
	if f := g.forms[form.Name]; f != nil {
		return f
	}
	rows := settings.Rows()
	f := &fields{weight: map[string]float64{}}
	seen := map[string]int{}
	for i := range form.Fields {
		fl := &form.Fields[i]
		if fl.Unused {
			continue
		}
		t := target{field: fl, row: rowOf(rows, form.Name, fl.Item)}
		t.add(g.words, fl.Item, "item")
		for _, n := range fl.Names {
			t.add(g.words, n, "item")
		}
		t.add(g.words, fl.FullLabel(), "label")
		if t.row != nil {
			for _, n := range append([]string{t.row.Name}, t.row.Aliases...) {
				t.add(g.words, n, "variable")
			}
		}
		all := map[string]bool{}
		for _, n := range t.names {
			for w := range n.words {
				all[w] = true
			}
		}
		for w := range all {
			seen[w]++
		}
		f.list = append(f.list, t)
	}
	for w, n := range seen {
		f.weight[w] = 1 + math.Log(float64(len(f.list))/float64(n))
	}
	g.forms[form.Name] = f
	return f
}

func (t *target) add(v vocabulary, text, kind string) {
	if key := letters(text); key != "" {
		t.names = append(t.names, name{text, key, v.concepts(text), kind})
	}
}

// rowOf finds the setting of a field.
func rowOf(rows []settings.Row, form, item string) *settings.Row {
	for i := range rows {
		r := &rows[i]
		if r.Form == form && r.Item == item || form == "SMTPInboundSite" && r.SiteItem == item {
			return r
		}
	}
	return nil
}

// propose gives the fields that an item probably is, the likeliest first.
func (g *guesser) propose(u *Unknown) []Proposal {
	f := g.of(u.form)
	own := name{u.Item, letters(u.Item), g.words.concepts(u.Item), ""}
	out := []Proposal{}
	for i := range f.list {
		if p := f.judge(u, &own, &f.list[i]); p.Score >= leastScore {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Proposal) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(len(out), mostProposed)]
}

// judge scores one field for an item.
func (f *fields) judge(u *Unknown, own *name, t *target) Proposal {
	best, why := 0.0, ""
	for i := range t.names {
		if score, reason := f.likeness(own, &t.names[i]); score > best {
			best, why = score, reason
		}
	}
	if best < 0.35 {
		return Proposal{}
	}
	v := fits(u, t.field, t.row)
	score := 0.85*best + 0.15*v.score
	switch {
	case v.score <= 0.2:
		score *= 0.6
	case v.score < 0.5:
		score *= 0.85
	}
	reasons := []string{why, v.reason}
	if a, b, ok := opposed(own.words, t.names); ok {
		score *= 0.55
		reasons = append(reasons, fmt.Sprintf("but the item says %s, and the field %s", a, b))
	}
	if u.beside[t.field.Item] {
		score *= 0.6
		reasons = append(reasons, "but the documents have "+t.field.Item+" itself, too")
	}
	return Proposal{Item: t.field.Item, Label: t.field.FullLabel(), Score: int(math.Round(100 * score)), Reasons: reasons}
}

// likeness compares the name of an item with one of a field, from 0 to 1.
func (f *fields) likeness(own, n *name) (float64, string) {
	if own.letters == "" {
		return 0, ""
	}
	longest := max(len(own.letters), len(n.letters))
	d := settings.Distance(own.letters, n.letters)
	score, reason := 1-float64(d)/float64(longest), fmt.Sprintf("%d characters differ from the %s %s", d, n.kind, n.text)
	if d == 0 {
		reason = fmt.Sprintf("the %s %s, written otherwise", n.kind, n.text)
	}
	if score < 0.6 { // words of some length agree in that many letters by chance
		score *= 0.7
	}
	short, long := own.letters, n.letters
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) >= 5 && strings.Contains(long, short) {
		if c := 0.75 + 0.25*float64(len(short))/float64(len(long)); c > score {
			score, reason = c, fmt.Sprintf("holds the name of the %s %s", n.kind, n.text)
			if short == own.letters {
				reason = fmt.Sprintf("is part of the %s %s", n.kind, n.text)
			}
		}
	}
	mine, common := f.covered(own.words, n.words)
	theirs, _ := f.covered(n.words, own.words)
	share := 0.3
	if n.kind == "label" { // a label has more words than any item
		share = 0.2
	}
	if w := 0.95 * ((1-share)*mine + share*theirs); w > score && len(common) > 0 {
		slices.Sort(common)
		score, reason = w, fmt.Sprintf("shares %s with the %s %q", strings.Join(common, ", "), n.kind, n.text)
	}
	return score, reason
}

// covered gives the part of a's words, by what each tells, that b has as well.
func (f *fields) covered(a, b map[string]bool) (part float64, common []string) {
	var got, all float64
	for w := range a {
		weight := f.weight[w]
		if weight == 0 {
			weight = strangeWord
		}
		best := 0.0
		for o := range b {
			best = max(best, alike(w, o))
		}
		if best > 0 {
			common = append(common, w)
		}
		got += weight * best
		all += weight
	}
	if all == 0 {
		return 0, nil
	}
	return got / all, common
}

// opposed finds a word of an item whose opposite is in the names of a field,
// and not the word itself.
func opposed(own map[string]bool, names []name) (a, b string, ok bool) {
	has := func(w string) bool {
		return slices.ContainsFunc(names, func(n name) bool { return n.words[w] })
	}
	for _, pair := range [][2]string{{"allow", "deny"}, {"allow", "reject"}, {"black", "white"}, {"from", "to"}, {"high", "low"}, {"high", "normal"}, {"low", "normal"}, {"inbound", "outbound"}, {"router", "inbound"}, {"private", "dns"}, {"anonymous", "password"}} {
		for _, p := range [][2]string{pair, {pair[1], pair[0]}} {
			if own[p[0]] && !own[p[1]] && has(p[1]) && !has(p[0]) {
				return p[0], p[1], true
			}
		}
	}
	return "", "", false
}
