package settings

import (
	"errors"
	"fmt"
	"io/fs"

	"domigo/internal/safefile"
	"domigo/notesini"
)

// openINI loads a notes.ini; one that does not exist yet is empty.
func openINI(path string) (f *notesini.File, exists bool, err error) {
	f, err = notesini.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = notesini.Parse(path, []byte("[Notes]\n"))
		return f, false, err
	}
	return f, true, err
}

// editINI sets or removes one variable in the file, and writes it. One that does
// not exist is only made if create is set.
func editINI(path, name, value string, remove, create bool) error {
	f, exists, err := openINI(path)
	if err == nil && !exists && !create {
		err = fmt.Errorf("%s is gone, and with it all that it said: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if remove {
		_, err = f.Unset(name)
	} else {
		err = f.Set(name, value)
	}
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if exists {
		err = f.Save()
	} else {
		err = safefile.Write(path, f.Bytes(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}
