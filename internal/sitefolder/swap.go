package sitefolder

import (
	"errors"
	"os"
)

// swapInSteps exchanges two names by renames; the second one is missing for a
// moment. If its new content cannot be put there, the old one comes back.
func swapInSteps(a, b string) error {
	aside := a + ".old"
	if err := os.Rename(b, aside); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return errors.Join(err, os.Rename(aside, b))
	}
	return os.Rename(aside, a)
}
