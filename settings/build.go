package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/sitedoc"
)

// Input is what Build makes a Snapshot of.
type Input struct {
	Source     *Source   // from Load; must be set
	Server     string    // name given on the command line, "" to find it out
	HostName   string    // the operating system's host name, for a site whose documents give none
	Version    string    // Domigo's own
	Previous   *Snapshot // the view that is replaced; nil at server start
	Thaw       Effect    // how much of Previous may change: Live, TaskRestart, ServerStart
	Generation uint64
}

// Pending is a change that is in the files and waits for a restart.
type Pending struct {
	Key   string `json:"name"`
	Now   string `json:"now"`
	Then  string `json:"then"`
	Takes Effect `json:"-"`
	When  string `json:"when"`
}

// Choice names the documents that apply.
type Choice struct {
	Server      *note.Document
	Config      *note.Document
	ConfigRank  configdoc.Rank
	OtherConfig []*note.Document
	Site        *note.Document
	OtherSites  []*note.Document
}

// Report is what Build found out beside the Snapshot.
type Report struct {
	Findings    []Finding
	Pending     []Pending
	Assumptions []string // what was assumed for want of a document, one console line each
	Persons     int      // entries of the directory
	Groups      int
	MailIns     int
}

// NoStart gives the findings that keep a server from starting, such as a truncated
// export: what stands in the rest of the file is unknown, and may be a list that
// denies. A nil report has none.
func (r *Report) NoStart() []error {
	if r == nil {
		return nil
	}
	var out []error
	for _, f := range r.Findings {
		if f.NoStart {
			out = append(out, errors.New(f.String()))
		}
	}
	return out
}

// Build merges a site's sources into a Snapshot. It has no side effects. The
// only error is a site whose Server document cannot be told: everything else is
// a Finding, and the setting keeps its default.
func Build(in Input) (*Snapshot, *Report, error) {
	b := &builder{in: in, src: in.Source, rep: &Report{}}
	b.rep.Findings = append(b.rep.Findings, in.Source.Findings...)
	if b.src.Directory == nil {
		b.src.Directory = directory.NewBuilder().Build()
	}
	b.rep.Persons, b.rep.Groups, b.rep.MailIns = b.src.Directory.Len()
	if err := b.choose(); err != nil {
		return nil, nil, err
	}
	s := &Snapshot{Generation: in.Generation, resolved: map[string]*Resolved{}, choice: b.choice}
	if err := b.resolveAll(s); err != nil {
		return nil, nil, err
	}
	b.derive(s)
	b.check(s)
	return s, b.rep, nil
}

// builder is the state of one Build.
type builder struct {
	in     Input
	src    *Source
	rep    *Report
	rows   []Row
	known  map[string]*Row // rows by name, see index
	choice Choice
	server string // canonical name
	res    *resolver

	guesses     int             // unknown names that a like one was looked for
	serverNames map[string]bool // see serverKeys
}

func (b *builder) finding(f Finding) { b.rep.Findings = append(b.rep.Findings, f) }

// choose finds the server's name and the documents that apply to it.
func (b *builder) choose() error {
	naming := configdoc.Naming{Same: directory.SameName, InGroup: b.src.Directory.InGroup}
	name, sure := b.in.Server, b.in.Server != ""
	if name == "" {
		if name = b.src.variable("ServerName"); name == "" {
			name = b.src.variable("MailServer")
		}
	}
	server, err := configdoc.SelectServer(b.src.Documents, name, b.src.Aliases, naming)
	if err != nil && !sure {
		server, err = configdoc.SelectServer(b.src.Documents, "", b.src.Aliases, naming)
	}
	if err != nil {
		return fmt.Errorf("settings: %w (give one with -server)", err)
	}
	if server != nil {
		b.choice.Server = server.Document
		if own := server.Text("ServerName"); own != "" {
			name = own
		}
	}
	if name != "" {
		b.server = directory.Canonical(name)
	}
	b.rows = Rows()
	b.known = index(b.rows)
	res := &resolver{forms: newForms(), src: b.src, server: server, report: b.finding}
	res.config, b.choice.ConfigRank, b.choice.OtherConfig = configdoc.SelectConfig(b.src.Documents, b.server, b.src.Aliases, naming)
	if res.config != nil {
		b.choice.Config = res.config.Document
	}
	b.chooseSite(res)
	res.configI = configVariables(res.config, b.rows)
	b.res = res
	return nil
}

func (b *builder) chooseSite(res *resolver) {
	sites := sitedoc.Select(b.src.Documents, b.src.Aliases, sitedoc.Server{
		Name: b.server, Organization: organization(b.server),
		InGroup: b.src.Directory.InGroup, SameName: directory.MatchName,
	})
	res.sites = res.server != nil && res.server.Text("LdISite") == "1"
	if len(sites) == 0 || !res.sites {
		return
	}
	res.site = sites[0]
	b.choice.Site = sites[0].Document
	for _, o := range sites[1:] {
		b.choice.OtherSites = append(b.choice.OtherSites, o.Document)
	}
}

// configVariables reads the NOTES.INI Settings of a Configuration Settings
// document: a list NAME=value, or items named like variables of the table.
func configVariables(d *configdoc.Doc, rows []Row) map[string]iniLine {
	out := map[string]iniLine{}
	if d == nil {
		return out
	}
	if v := d.Value("NotesINI"); v != nil {
		for _, line := range v.List {
			if name, value, ok := strings.Cut(line, "="); ok {
				out[strings.ToLower(strings.TrimSpace(name))] = iniLine{strings.TrimSpace(value), itemPlace(d, v), v.Item.Line}
			}
		}
	}
	names := variableNames(rows)
	rest := d.Unknown[:0:0]
	for _, it := range d.Unknown {
		if key := strings.ToLower(it.Name); names[key] {
			out[key] = iniLine{strings.TrimSpace(it.First()), fmt.Sprintf("%s:%d: %s: %s", d.File, it.Line, docName(d), it.Name), it.Line}
			continue
		}
		rest = append(rest, it)
	}
	d.Unknown = rest
	return out
}

// resolveAll resolves each row, keeps what is frozen from the previous view,
// and fills the Snapshot.
func (b *builder) resolveAll(s *Snapshot) error {
	groups := listGroups{b.src.Directory}
	for i := range b.rows {
		row := &b.rows[i]
		r := b.res.resolve(row)
		b.deriveRow(r)
		if old := b.frozen(row); old != nil {
			if !r.same(old) {
				b.rep.Pending = append(b.rep.Pending, Pending{row.Key(), old.Shown(), r.Shown(), row.Takes, row.Takes.String()})
			}
			r = old
		}
		s.resolved[row.ID()] = r
		if err := fill(s, r, groups); err != nil {
			return err
		}
	}
	return nil
}

// frozen gives the previous resolution of a row that may not change yet.
func (b *builder) frozen(row *Row) *Resolved {
	if b.in.Previous == nil || row.Takes <= b.in.Thaw {
		return nil
	}
	return b.in.Previous.resolved[row.ID()]
}

// Shown gives the value for people: a password is not shown.
func (r *Resolved) Shown() string {
	return r.Row.shown(r.Value)
}

// ShownLayers gives the layers for people: no password is shown. The slice is the
// caller's.
func (r *Resolved) ShownLayers() []Layer {
	out := slices.Clone(r.Layers)
	for i := range out {
		out[i].Value = r.Row.shown(out[i].Value)
	}
	return out
}

// shown masks a value of the row if it is a password.
func (r *Row) shown(value string) string {
	if r.Secret() && value != "" {
		return "********"
	}
	return value
}

// listGroups resolves group names of lists with the directory.
type listGroups struct{ dir *directory.Directory }

// Expand gives the members of a Mail only or Multi-purpose group of the
// primary directory.
func (g listGroups) Expand(group string) ([]string, bool) { return g.dir.Expand(group) }

// Address gives a person's Internet address.
func (g listGroups) Address(member string) string {
	found := g.dir.Login(member, false)
	if len(found) != 1 {
		return ""
	}
	return found[0].InternetAddress
}

// organization gives the component O of a canonical name, "" without one.
func organization(canonical string) string {
	for part := range strings.SplitSeq(canonical, "/") {
		if k, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(k), "O") {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// Explained gives the resolution of a setting by variable, alias or item name.
func (s *Snapshot) Explained(name string) (*Resolved, bool) {
	row, ok := Find(name)
	if !ok {
		return nil, false
	}
	r, ok := s.resolved[row.ID()]
	return r, ok
}

// All gives every resolution in the order of names.
func (s *Snapshot) All() []*Resolved {
	out := make([]*Resolved, 0, len(s.resolved))
	for _, key := range slices.Sorted(maps.Keys(s.resolved)) {
		out = append(out, s.resolved[key])
	}
	return out
}

// Choice gives the documents that the Snapshot was built of.
func (s *Snapshot) Choice() Choice { return s.choice }
