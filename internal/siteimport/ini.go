package siteimport

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"domigo/configdoc/ots"
	"domigo/internal/sitetext"
	"domigo/notesini"
)

// maxItemMap bounds an item map that is copied.
const maxItemMap = 1 << 20

// fileVariables are the variables that name files which are not copied: some of
// them are private keys.
func fileVariables() []string {
	return []string{"Domigo_TLSCert", "Domigo_TLSKey", "Domigo_Hosts", "Domigo_LDAPPasswordFile", "Domigo_LDAPCA", "MailTextFileForTransferDelays"}
}

// notesINI copies the notes.ini byte for byte, with the changes that were asked
// for, and the item map that it names. It gives the notes.ini that the site will
// have: without a new one that which stands there.
func (im *importer) notesINI(path string, o Options) (*notesini.File, error) {
	if there := filepath.Join(o.Out, "notes.ini"); path == "" && len(o.Set) == 0 && isFile(there) {
		return openINI(there)
	}
	ini, err := openINI(path)
	if err != nil {
		return nil, err
	}
	for _, s := range o.Set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("%w: -set %s: want NAME=VALUE", ErrInput, s)
		}
		if value == "" {
			_, err = ini.Unset(name)
		} else {
			err = ini.Set(name, value)
		}
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		im.rep.Set = append(im.rep.Set, name)
	}
	if path == "" && len(o.Set) == 0 {
		return ini, nil
	}
	im.rep.INI = path
	if err := im.folder.File("notes.ini", ini.Bytes()); err != nil {
		return nil, err
	}
	for _, name := range fileVariables() {
		if v, ok := ini.Get(name); ok && v.Value != "" {
			im.rep.note("%s names %s, which is not copied", name, v.Value)
		}
	}
	return ini, im.itemMap(path, ini)
}

func openINI(path string) (*notesini.File, error) {
	if path == "" {
		return notesini.Parse("notes.ini", []byte("[Notes]\n"))
	}
	f, err := notesini.Load(path)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return f, nil
}

// itemMap copies the item map of a notes.ini when it lies below its folder; one
// with a whole path is found where it is.
func (im *importer) itemMap(path string, ini *notesini.File) error {
	v, ok := ini.Get("Domigo_ItemMap")
	if !ok || v.Value == "" || filepath.IsAbs(v.Value) {
		return nil
	}
	if err := mapPlace(v.Value); err != nil {
		return fmt.Errorf("import: %s:%d: Domigo_ItemMap=%s: %w", ini.Name(), v.Line, sitetext.Plain(v.Value), err)
	}
	from := filepath.Join(filepath.Dir(path), v.Value)
	st, err := os.Stat(from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		im.rep.note("Domigo_ItemMap names %s, which is not there", v.Value)
		return nil
	case err != nil:
		return fmt.Errorf("import: %w", err)
	case !st.Mode().IsRegular() || st.Size() > maxItemMap:
		return fmt.Errorf("import: %s is no file of at most %d bytes", from, maxItemMap)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	im.rep.note("the item map %s is copied", v.Value)
	return im.folder.File(v.Value, data)
}

// mapPlace reports why an item map cannot lie at a path below the folder of
// notes.ini: the new folder has something else there.
func mapPlace(name string) error {
	if !filepath.IsLocal(name) {
		return errors.New("an item map outside of the folder of notes.ini cannot be copied; name it with its whole path")
	}
	top, below, _ := strings.Cut(filepath.ToSlash(filepath.Clean(name)), "/")
	switch top = strings.ToLower(top); {
	case top == "notes.ini" && below == "", top == "names", top == "dircat", top == ".":
		return errors.New("the import itself writes notes.ini, names and dircat: an item map cannot lie there")
	}
	return nil
}

// oneTouch keeps the variables of One-Touch files, which have no place in DXL.
func (im *importer) oneTouch() error {
	if len(im.variables) == 0 {
		return nil
	}
	var out bytes.Buffer
	if err := ots.NewWriter(&out, im.variables, "names.nsf").Close(); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	im.rep.Variables = len(im.variables)
	return im.folder.File(filepath.Join("names", "notesini.json"), out.Bytes())
}
