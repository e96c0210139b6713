package sitefolder

import (
	"errors"
	"fmt"
	"os"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
	"domigo/configdoc/ots"
)

// database is the name of the Domino Directory, which every document gets.
const database = "names.nsf"

// maxJSON is how many documents a One-Touch file of the directory gets, since
// its reader holds a file whole.
const maxJSON = 10_000

// output is the file, or with JSON the files, that documents of one kind go to.
type output struct {
	stem      string // path without number and ending
	format    Format
	numbered  bool           // further files may follow
	variables []ots.Variable // of the first file

	file  *os.File
	to    documents
	files int
	count int // documents of the file
}

// documents is a writer of a format.
type documents interface {
	Write(*note.Document) error
	Close() error
}

func (o *output) open() error {
	o.files++
	o.count = 0
	name := o.stem + ".dxl"
	if o.format == JSON {
		name = o.stem + ".json"
		if o.numbered { // numbered from the first: files are read in the order of their names
			name = fmt.Sprintf("%s-%04d.json", o.stem, o.files)
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	o.file = f
	if o.format == JSON {
		o.to = ots.NewWriter(f, o.variables, database)
		o.variables = nil
	} else {
		o.to = dxl.NewWriter(f, database)
	}
	return nil
}

func (o *output) write(d *note.Document) error {
	if o.file == nil || o.numbered && o.format == JSON && o.count == maxJSON {
		if err := o.next(); err != nil {
			return err
		}
	}
	err := o.to.Write(d)
	if errors.Is(err, ots.ErrFull) && o.numbered && o.count > 0 {
		if err = o.next(); err == nil {
			err = o.to.Write(d)
		}
	}
	o.count++
	return err
}

// next ends the file and begins the next one.
func (o *output) next() error {
	if err := o.close(); err != nil {
		return err
	}
	return o.open()
}

// close ends and syncs the file.
func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	err := o.to.Close()
	if err == nil {
		err = o.file.Sync()
	}
	if closed := o.file.Close(); err == nil {
		err = closed
	}
	o.file = nil
	if err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	return nil
}
