// Package siteimport turns a real export into the folder of a site: the
// documents and items that have a bearing on mail, without those of other tasks,
// without keys and certificates, and with a report of what was kept and dropped.
// What an item means is the business of settings and directory; how the folder
// is written, of sitefolder.
package siteimport

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/configdoc/ots"
	"domigo/internal/sitefolder"
	"domigo/internal/sitetext"
	"domigo/notesini"
	"domigo/settings"
)

// Options say what is imported, and whereto.
type Options struct {
	Files    []string // exports, folders with exports, and a notes.ini
	INI      string   // the notes.ini, "" for one among Files
	Set      []string // NAME=VALUE for the new notes.ini; NAME= removes
	Catalogs []Catalog
	Server   string // the server that the site is of, "" if notes.ini or the documents say it
	Out      string // folder of the new site
	Force    bool   // it may hold something
}

// Catalog is one further directory.
type Catalog struct {
	Name  string   // of its folder in dircat
	Files []string // exports and folders
}

// ErrInput says that the files to import cannot be told, or hold nothing.
var ErrInput = errors.New("nothing to import")

// Import reads exports and writes the folder of a site. Memory does not grow
// with the exports, but for what configures in a One-Touch file (ots.MaxFile). A
// document that cannot be read is left out, and the report says so. A file that
// ends too early or breaks otherwise, several Server documents of which nothing
// says which one counts, a folder that is not empty (sitefolder.ErrNotEmpty), a
// cancelled ctx: nothing is written.
func Import(ctx context.Context, o Options) (rep *Report, err error) {
	in, err := gather(o)
	if err != nil {
		return nil, err
	}
	var own configdoc.Aliases
	if in.ini != "" {
		if own, _, err = settings.ItemMap(settings.Paths{Dir: filepath.Dir(in.ini), INI: in.ini}); err != nil {
			return nil, err
		}
	}
	folder, err := sitefolder.Create(o.Out, sitefolder.Options{Force: o.Force})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Discard()) }()
	im := &importer{known: settings.NewRecogniser(own), own: own, folder: folder, rep: newReport(o.Out), entries: sitefolder.Entries{Passwords: true}}
	im.read.Damaged = im.rep.damage
	if err := im.exports(ctx, "", in.files); err != nil {
		return nil, err
	}
	for _, c := range in.catalogs {
		if err := im.exports(ctx, c.Name, c.Files); err != nil {
			return nil, err
		}
	}
	ini, err := im.notesINI(in.ini, o)
	if err != nil {
		return nil, err
	}
	if err := im.chooseServer(ini, o.Server); err != nil {
		return nil, err
	}
	if err := im.oneTouch(); err != nil {
		return nil, err
	}
	if im.rep.Documents == 0 && in.ini == "" {
		return nil, fmt.Errorf("%w: no document of these files has a bearing on mail, and there is no notes.ini", ErrInput)
	}
	if err := folder.Commit(); err != nil {
		return nil, err
	}
	im.rep.finish()
	return im.rep, nil
}

// inputs are the files to read, in their order.
type inputs struct {
	ini      string
	files    []string
	catalogs []Catalog
}

// gather sorts what was named into a notes.ini and exports.
func gather(o Options) (inputs, error) {
	in := inputs{ini: o.INI}
	takeINI := func(path string) error {
		if in.ini != "" && o.INI == "" {
			return fmt.Errorf("%w: two files notes.ini, %s and %s; name one with -ini", ErrInput, in.ini, path)
		}
		if o.INI == "" {
			in.ini = path
		}
		return nil
	}
	for _, name := range o.Files {
		st, err := os.Stat(name)
		switch {
		case err != nil:
			return in, fmt.Errorf("import: %w", err)
		case st.IsDir():
			if ini := filepath.Join(name, "notes.ini"); isFile(ini) {
				if err := takeINI(ini); err != nil {
					return in, err
				}
			}
			if err := in.folder(name); err != nil {
				return in, err
			}
		case strings.EqualFold(filepath.Ext(name), ".ini"):
			if err := takeINI(name); err != nil {
				return in, err
			}
		case sitefolder.IsExport(name):
			in.files = append(in.files, name)
		default:
			return in, fmt.Errorf("%w: %s is no folder and ends in none of .dxl, .xml, .json, .ini", ErrInput, name)
		}
	}
	for _, c := range o.Catalogs {
		if err := in.catalog(c); err != nil {
			return in, err
		}
	}
	return in, nil
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// folder takes the exports of a folder; those in dircat/NAME are of the further
// directory of that name.
func (in *inputs) folder(dir string) error {
	files, err := sitefolder.Exports(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		rel, err := filepath.Rel(dir, f)
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		parts := strings.Split(filepath.ToSlash(rel), "/")
		if len(parts) >= 3 && parts[0] == "dircat" {
			in.add(parts[1], f)
			continue
		}
		in.files = append(in.files, f)
	}
	return nil
}

// catalog takes a further directory that was named.
func (in *inputs) catalog(c Catalog) error {
	if c.Name == "" || c.Name != filepath.Base(c.Name) || !filepath.IsLocal(c.Name) || strings.HasPrefix(c.Name, ".") || strings.ContainsAny(c.Name, `/\`) {
		return fmt.Errorf("%w: %q cannot name a folder of dircat", ErrInput, c.Name)
	}
	for _, name := range c.Files {
		files := []string{name}
		st, err := os.Stat(name)
		if err == nil && st.IsDir() {
			files, err = sitefolder.Exports(name)
		}
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		for _, f := range files {
			if !sitefolder.IsExport(f) {
				return fmt.Errorf("%w: %s ends in none of .dxl, .xml, .json", ErrInput, f)
			}
			in.add(c.Name, f)
		}
	}
	return nil
}

func (in *inputs) add(catalog, file string) {
	i := slices.IndexFunc(in.catalogs, func(c Catalog) bool { return c.Name == catalog })
	if i < 0 {
		i = len(in.catalogs)
		in.catalogs = append(in.catalogs, Catalog{Name: catalog})
	}
	in.catalogs[i].Files = append(in.catalogs[i].Files, file)
}

// importer is the state of one Import.
type importer struct {
	known     *settings.Recogniser
	own       configdoc.Aliases
	servers   []*note.Document // the Server documents' names
	folder    *sitefolder.Folder
	rep       *Report
	variables []ots.Variable
	entries   sitefolder.Entries
	read      sitefolder.Reader
}

// exports reads the files of one directory.
func (im *importer) exports(ctx context.Context, catalog string, files []string) error {
	for _, file := range files {
		vars, err := im.read.Read(ctx, file, func(d *note.Document) error { return im.document(catalog, d) })
		if err != nil {
			return err
		}
		im.rep.Files++
		if catalog == "" {
			im.variables = append(im.variables, vars...)
		}
	}
	return nil
}

// document sorts one document.
func (im *importer) document(catalog string, d *note.Document) error {
	if d.Form == "" {
		named := *d
		named.Form = d.Value("Type")
		d = &named
	}
	form := im.known.Form(d)
	switch {
	case sitefolder.IsEntry(d):
		kept, dropped, password := im.entries.Entry(d)
		for _, item := range dropped {
			im.rep.dropItem(d.Form, item, why(d.Form, item))
		}
		if password {
			im.rep.Passwords++
		}
		im.rep.keep(d.Form, catalog)
		return im.folder.Entry(catalog, kept)
	case form == nil && d.Is("ServerConfig"):
		im.rep.drop(d.Form, "of another kind of database, or without any setting")
	case form == nil:
		im.rep.drop(d.Form, "no bearing on mail")
	case catalog != "":
		im.rep.drop(d.Form, "only the primary directory configures")
	default:
		im.rep.keep(d.Form, "")
		im.server(form, d)
		return im.folder.Config(im.config(d))
	}
	return nil
}

// server remembers the name of a Server document.
func (im *importer) server(form *configdoc.Form, d *note.Document) {
	if !d.Is("Server") {
		return
	}
	named := *d
	named.Items = slices.DeleteFunc(slices.Clone(d.Items), func(it note.Item) bool {
		f := form.Lookup(it.Name, im.own)
		return f == nil || f.Item != "ServerName"
	})
	im.servers = append(im.servers, &named)
}

// chooseServer fails if it cannot be told which server the site is of: nothing
// could be started with it.
func (im *importer) chooseServer(ini *notesini.File, name string) error {
	src := &settings.Source{INI: ini, Documents: im.servers, Aliases: im.own}
	for _, v := range im.variables {
		src.OTS = append(src.OTS, settings.OneTouchLine{Name: v.Name, Value: v.Value, Line: v.Line})
	}
	_, _, err := settings.Build(settings.Input{Source: src, Server: name})
	return err
}

// why says why the directory has no use for an item.
func why(form, item string) string {
	if sitetext.MayBeSecret(item, nil) {
		return secret
	}
	return "the directory reads no such item of a " + form
}

// The reasons why items are dropped.
const (
	secret     = "a key, certificate or other secret"
	irrelevant = "no bearing on mail"
	internal   = "Domino's own"
)

// config gives the part of a configuration document that is kept: its fields,
// its variables, and what nothing recognises, which may be a setting under a
// name that is not public.
func (im *importer) config(d *note.Document) *note.Document {
	form := im.known.Form(d)
	out := *d
	out.Items = make([]note.Item, 0, len(d.Items))
	for _, it := range d.Items {
		meaning := im.known.Item(form, it.Name)
		reason := ""
		switch {
		case strings.EqualFold(it.Name, "Type"):
		case strings.EqualFold(it.Name, "Form"):
			continue // it is an attribute of what is written
		case meaning == settings.Field, meaning == settings.Variable:
		case sitetext.MayBeSecret(it.Name, it.Values):
			reason = secret
		case strings.HasPrefix(it.Name, "$"):
			reason = internal
		case meaning == settings.Unused, meaning == settings.Irrelevant:
			reason = irrelevant
		default:
			im.rep.unknown(form.Name, it.Name)
		}
		if reason != "" {
			im.rep.dropItem(d.Form, it.Name, reason)
			continue
		}
		out.Items = append(out.Items, it)
	}
	return &out
}
