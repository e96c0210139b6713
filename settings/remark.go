package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Remark is a finding about a variable of notes.ini that was just set, and what
// the next update and the next start make of it.
type Remark struct {
	Finding Finding
	Then    string // "" where the finding says it all
}

// String gives "place: severity: text; then [code]".
func (r Remark) String() string {
	text := r.Finding.String()
	if r.Then != "" {
		text += "; " + r.Then
	}
	if r.Finding.Code != "" {
		text += fmt.Sprintf(" [%s]", r.Finding.Code)
	}
	return text
}

// Remarks tells what is wrong with a variable as notes.ini holds it now, or with
// its absence, before any update looks: what Build and Lint find about it, and
// whether Validate would refuse the whole. more adds what other packages check of
// a site; nil is nothing. The documents are those of the last update; no export is
// read, and no update is waited for. The error is for a notes.ini that cannot be
// read.
func (s *Site) Remarks(name string, more func(*Source, *Snapshot) []Finding) ([]Remark, error) {
	ini, _, err := openINI(s.loader.paths.INI)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	src := *s.src.Load()
	src.INI, src.Findings = ini, nil
	for _, w := range ini.Warnings() {
		if f := iniFinding(w); f.Severity != SevInfo {
			src.Findings = append(src.Findings, f)
		}
	}
	at := Finding{Severity: SevError, File: ini.Name(), Variable: name}
	if v, ok := ini.Get(name); ok {
		at.Line = v.Line
	}
	snap, rep, err := Build(s.input(&src, nil, ServerStart, 0))
	if err != nil {
		at.Text = err.Error()
		return []Remark{{at, noStart}}, nil
	}
	refused, refusal := s.refusals(&src)
	found := append(rep.Findings, lintVariables(&src, snap)...)
	if more != nil {
		found = append(found, more(&src, snap)...)
	}
	var out []Remark
	for _, f := range found {
		if strings.EqualFold(f.Variable, name) || at.Line > 0 && f.File == at.File && f.Line == at.Line {
			out = append(out, Remark{f, becomes(f, snap, name, refused[f.key()])})
		}
	}
	if s.opt.Validate == nil {
		return out, nil
	}
	switch err := s.opt.Validate(snap); {
	case err != nil && refusal != nil:
		at.Text = err.Error()
		out = append(out, Remark{at, noUpdate + "; " + noStart})
	case err != nil:
		at.Text = err.Error()
		out = append(out, Remark{at, noStart})
	case refusal != nil:
		at.Text = refusal.Error()
		out = append(out, Remark{at, noUpdate})
	}
	return out, nil
}

// What becomes of an error.
const (
	noUpdate = "configuration updates are refused until it is corrected"
	noStart  = "the server does not start with it"
)

// becomes tells what comes of a finding about a variable.
func becomes(f Finding, s *Snapshot, name string, refused bool) string {
	var parts []string
	if refused {
		parts = append(parts, noUpdate)
	}
	if f.NoStart {
		parts = append(parts, noStart)
	} else if instead := s.instead(f, name); instead != "" {
		parts = append(parts, "a start of the server takes "+instead)
	}
	return strings.Join(parts, "; ")
}

// Instead tells what is in effect in place of the value that an error is about,
// and where it comes from; "" if the error is about something else.
func (s *Snapshot) Instead(f Finding) string { return s.instead(f, cmp.Or(f.Variable, f.Item)) }

func (s *Snapshot) instead(f Finding, name string) string {
	r, ok := s.Explained(name)
	lost := func(l Layer) bool { return l.at.File == f.File && l.at.Line == f.Line && !l.Won }
	if f.Severity != SevError || !ok || !slices.ContainsFunc(r.Layers, lost) {
		return ""
	}
	value, w := r.Shown(), r.Winner()
	if w.Source == "default" {
		value = w.Value // in words, where it is not a plain value
	}
	return fmt.Sprintf("%s (%s)", cmp.Or(value, "blank"), w)
}

// refusals gives the keys of the findings for which an update of either task would
// be refused with these files, and why Validate would refuse one.
func (s *Site) refusals(src *Source) (keys map[string]bool, invalid error) {
	keys = map[string]bool{}
	for t := range s.views {
		view := s.View(Task(t))
		known := errorKeys(s.views[t].rep.Load())
		snap, rep, err := Build(s.input(src, view, Live, 0))
		if err != nil {
			return keys, err
		}
		for key := range errorKeys(rep) {
			keys[key] = keys[key] || !known[key]
		}
		if s.opt.Validate != nil && invalid == nil {
			invalid = s.opt.Validate(snap)
		}
	}
	return keys, invalid
}
