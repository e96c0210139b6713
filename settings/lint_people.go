package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"domigo/directory"
)

// sameFault counts persons that have the same thing wrong with them.
type sameFault struct {
	first *directory.Entry
	count int
}

// people is what lintPeople remembers while it walks over the directory.
type people struct {
	files   map[string]*directory.Entry // folder of mail to the first person that has it
	foreign map[string]*sameFault       // domain that is not local
	homes   map[string]*sameFault       // server without a document
}

// lintPeople looks at persons and mail-in databases: whether mail can reach
// them, and nobody else's reaches them.
func (b *builder) lintPeople(s *Snapshot) {
	p := people{map[string]*directory.Entry{}, map[string]*sameFault{}, map[string]*sameFault{}}
	for e := range b.src.Directory.Entries() {
		if e.Kind != directory.Group && !b.src.Directory.IsCopy(e) && strings.TrimSpace(e.Forward) == "" {
			b.lintPlace(s, &p, e)
		}
	}
	for _, domain := range slices.Sorted(maps.Keys(p.foreign)) {
		f := p.foreign[domain]
		b.finding(CodeDomainMissing.At(entryAt(f.first), "%s has mail here and an address in %s, which is no local Internet domain%s", named(f.first), domain, f.more()))
	}
	for _, home := range slices.Sorted(maps.Keys(p.homes)) {
		f := p.homes[home]
		b.finding(CodeHomeUnknown.At(entryAt(f.first), "the mail server %s has no Server document%s", quoted(f.first.MailServer), f.more()))
	}
	b.lintForwards(s)
}

func entryAt(e *directory.Entry) Finding {
	return Finding{File: e.File, Line: e.Line, Document: entryName(e.Kind, e.Name())}
}

func named(e *directory.Entry) string { return entryName(e.Kind, e.Name()) }

func (f *sameFault) more() string {
	if f.count == 1 {
		return ""
	}
	return fmt.Sprintf(" (and %d more so)", f.count-1)
}

func count(faults map[string]*sameFault, key string, e *directory.Entry) {
	f := faults[key]
	if f == nil {
		f = &sameFault{first: e}
		faults[key] = f
	}
	f.count++
}

// lintPlace looks where the mail of an entry lies that is not forwarded.
func (b *builder) lintPlace(s *Snapshot, p *people, e *directory.Entry) {
	home := strings.TrimSpace(e.MailServer)
	if home != "" && b.server != "" && !directory.SameName(home, b.server) {
		if !b.serverKeys()[nameKey(home)] {
			count(p.homes, nameKey(home), e)
		}
		return
	}
	_, domain := directory.SplitAddress(e.InternetAddress)
	domain = strings.ToLower(domain)
	local := domain != "" && s.Domains.IsLocal(domain)
	folder := mailFolder(e.MailFile)
	switch {
	case folder == "" && local:
		b.finding(CodeMailFileNone.At(entryAt(e), "%s has the address %s, and neither mail file nor forwarding address", named(e), e.InternetAddress))
	case folder == "":
		return
	case domain != "" && !local:
		count(p.foreign, domain, e)
	}
	if e.Kind != directory.Person {
		return
	}
	if other := p.files[folder]; other == nil {
		p.files[folder] = e
	} else {
		b.finding(CodeMailFileShared.At(entryAt(e), "%s and %s (%s:%d) have one mail file, %s", named(e), named(other), other.File, other.Line, e.MailFile))
	}
}

// mailFolder gives one text for each spelling of a mail file that leads to one
// folder of mail: the delivery folder stands for Domino's mail, and the
// extension does not count.
func mailFolder(file string) string {
	file = strings.ReplaceAll(strings.TrimSpace(file), `\`, "/")
	if len(file) > 5 && strings.EqualFold(file[:5], "mail/") {
		file = file[5:]
	}
	if n := len(file) - 4; n > 0 && strings.EqualFold(file[n:], ".nsf") {
		file = file[:n]
	}
	return file
}

// lintForwards finds forwarding addresses that lead in a circle. Each entry is
// passed once.
func (b *builder) lintForwards(s *Snapshot) {
	const (
		under = 1 // on the way that is being followed
		done  = 2
	)
	state := map[*directory.Entry]int{}
	for start := range b.src.Directory.Entries() {
		if start.Forward == "" || state[start] != 0 {
			continue
		}
		var way []*directory.Entry
		e := start
		for e != nil && state[e] == 0 {
			state[e] = under
			way = append(way, e)
			e = b.forwarded(s, e)
		}
		if e != nil && state[e] == under {
			circle := way[slices.Index(way, e):]
			var names []string
			for _, c := range circle {
				names = append(names, c.Name())
			}
			b.finding(CodeForwardLoop.At(entryAt(e), "the forwarding address leads back to where it began: %s", few(append(names, e.Name()), 5)))
		}
		for _, w := range way {
			state[w] = done
		}
	}
}

// forwarded gives the one entry that mail for e is forwarded to, nil when it
// leaves the directory or is not told.
func (b *builder) forwarded(s *Snapshot, e *directory.Entry) *directory.Entry {
	if strings.TrimSpace(e.Forward) == "" {
		return nil
	}
	found := b.lookup(s, e.Forward)
	if len(found) != 1 || found[0].Kind == directory.Group {
		return nil
	}
	return found[0]
}

// lookup finds who a member of a group or a forwarding address is.
func (b *builder) lookup(s *Snapshot, text string) []*directory.Entry {
	local, domain := directory.SplitAddress(text)
	if domain != "" && !s.Domains.IsLocal(domain) {
		return nil
	}
	return b.src.Directory.Lookup(directory.Query{Local: local, Domain: strings.ToLower(domain), Primary: s.Domains.PrimaryOf(domain), Mode: s.Router.Lookup})
}

// lintGroups looks for members that name nobody, in the groups that take mail.
// Such a group may as well hold hosts and domains, for restriction fields.
// Somebody whom the documents do not have may be in the LDAP directory.
func (b *builder) lintGroups(s *Snapshot) {
	if s.LDAP.On() {
		return
	}
	for e := range b.src.Directory.Entries() {
		if e.Kind != directory.Group || !e.GroupType.Mail() {
			continue
		}
		var lost []string
		for _, m := range e.Members {
			if m = strings.TrimSpace(m); b.isName(s, m) && !b.somebody(m) && len(b.lookup(s, m)) == 0 {
				lost = append(lost, quoted(m))
			}
		}
		if len(lost) > 0 {
			b.finding(CodeMemberUnknown.At(entryAt(e), "%s nobody: %s", plural(len(lost), "member names", "members name"), few(lost, 5)))
		}
	}
}

// isName reports whether a member of a group is a name, or an address here, for
// the directory to know.
func (b *builder) isName(s *Snapshot, m string) bool {
	local, domain := directory.SplitAddress(m)
	switch {
	case m == "" || strings.ContainsAny(m, "*[]%"):
		return false
	case domain != "":
		return local != "" && s.Domains.IsLocal(domain)
	case strings.Contains(m, "@"):
		return false // a Notes domain, or a whole Internet domain
	}
	return strings.ContainsAny(m, "/ ") || !strings.Contains(m, ".")
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
