package sitefolder

import (
	"errors"
	"os"
)

// errStranded says that an exchange failed and could not be taken back either:
// the old content lies under another name beside the first one.
var errStranded = errors.New("the old content could not be put back")

// swapInSteps exchanges two names by renames; the second one is missing for a
// moment. If its new content cannot be put there, the old one comes back.
func swapInSteps(a, b string) error {
	aside := a + ".old"
	if err := os.Rename(b, aside); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return putBack(err, aside, b)
	}
	if err := os.Rename(aside, a); err != nil {
		if back := os.Rename(b, a); back != nil {
			return errors.Join(err, errStranded, back)
		}
		return putBack(err, aside, b)
	}
	return nil
}

// putBack takes back the first step of an exchange that failed with err.
func putBack(err error, aside, b string) error {
	if back := os.Rename(aside, b); back != nil {
		return errors.Join(err, errStranded, back)
	}
	return err
}
