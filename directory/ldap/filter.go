package ldap

import (
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
)

const (
	// maxName bounds a name that is asked for, in octets; no entry has a longer
	// one that is looked at.
	maxName = 1024
	// maxWords bounds the words of a name that are tried as first and last name.
	maxWords = 6
)

// askable tells whether anything is to be asked for a question at all.
func askable(q directory.Question) bool {
	return len(q.Address) <= maxName && len(q.Alias) <= maxName && len(q.Name) <= maxName && q.Address+q.Name != ""
}

// filters gives the filters of people and of groups for questions: everybody
// whom they can mean, as far as equality of values tells. weak takes in those who
// match by first or last name alone. Whatever stands in a question becomes the
// value of an assertion and nothing else.
func (a *attributes) filters(questions []directory.Question, weak bool) (people, groups string) {
	var p, g terms
	for _, q := range questions {
		for _, address := range []string{q.Address, q.Alias} {
			if address == "" {
				continue
			}
			for _, t := range []*terms{&p, &g} {
				t.add(a.mail, address)
				t.add(a.proxy, "smtp:"+address)
			}
		}
		if q.Name == "" {
			continue
		}
		own, value := firstComponent(q.Name)
		for _, v := range spellings(value) {
			p.add(own, v)
			p.add(a.short, v)
			g.add(own, v)
			for _, t := range []*terms{&p, &g} {
				t.add(a.full, v)
				t.add(a.display, v)
			}
		}
		if strings.ContainsRune(q.Name, '/') {
			continue // the whole hierarchical name decides
		}
		a.firstAndLast(&p, value)
		if weak {
			for _, v := range spellings(value) {
				p.add(a.first, v)
				p.add(a.last, v)
			}
		}
	}
	return p.with(a.people), g.with(a.groups)
}

// firstAndLast adds first and last name together, with one word for a middle
// name between them or none.
func (a *attributes) firstAndLast(p *terms, name string) {
	words := strings.FieldsFunc(name, isSeparator)
	if len(words) > maxWords {
		return
	}
	for i := 1; i < len(words); i++ {
		for j := i; j <= i+1 && j < len(words); j++ {
			for _, first := range a.first {
				for _, last := range a.last {
					p.put("(&" + equal(first, strings.Join(words[:i], " ")) + equal(last, strings.Join(words[j:], " ")) + ")")
				}
			}
		}
	}
}

func isSeparator(r rune) bool { return r == ' ' || r == '.' || r == '_' }

// spellings gives a name as it is, and with blanks, dots or underscores in the
// place of each of those: in a local part a dot or an underscore stands for the
// blank of a name. A name that mixes them otherwise is found as it is written.
func spellings(name string) []string {
	out := []string{name}
	if !strings.ContainsAny(name, " ._") {
		return out
	}
	words := strings.FieldsFunc(name, isSeparator)
	if len(words) == 0 {
		return out
	}
	for _, by := range []string{" ", ".", "_"} {
		if s := strings.Join(words, by); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// namingAttributes are those that a name's first component may have for a type,
// other than the common name.
func namingAttributes() []string {
	return []string{"uid", "mail", "sn", "displayname", "samaccountname", "employeenumber"}
}

// firstComponent gives the value of a hierarchical name's first component and
// the attribute that it names beside the usual ones, as entryName made it.
func firstComponent(name string) (own []string, value string) {
	first, _, deep := strings.Cut(name, "/")
	if deep {
		first, _, _ = strings.Cut(first, "+") // of several attributes one will do
	}
	kind, rest, ok := strings.Cut(first, "=")
	if ok && slices.Contains(namingAttributes(), strings.ToLower(strings.TrimSpace(kind))) {
		own, first = []string{strings.ToLower(strings.TrimSpace(kind))}, strings.TrimSpace(rest)
	}
	return own, unescapeName(first)
}

// terms are the assertions of a filter, each once.
type terms struct {
	text []string
	seen map[string]bool
}

func (t *terms) add(attributes []string, value string) {
	for _, a := range attributes {
		t.put(equal(a, value))
	}
}

func (t *terms) put(term string) {
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	if !t.seen[term] {
		t.seen[term] = true
		t.text = append(t.text, term)
	}
}

// with gives the filter of entries that are of a kind and fit one term; "" if
// there is no term.
func (t *terms) with(kind string) string {
	if len(t.text) == 0 {
		return ""
	}
	return "(&" + kind + "(|" + strings.Join(t.text, "") + "))"
}

// equal gives an assertion of equality.
func equal(attribute, value string) string {
	return "(" + attribute + "=" + ldap.EscapeFilter(value) + ")"
}
