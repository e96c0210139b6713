package directory

import "iter"

// Entries gives every entry, by directory and in each in the order of the
// documents. An entry must not be changed.
func (d *Directory) Entries() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		if d == nil {
			return
		}
		for _, e := range d.entries {
			if !yield(e) {
				return
			}
		}
	}
}

// IsCopy reports whether an entry of a further directory stands for the same
// person or mail-in database as one before it.
func (d *Directory) IsCopy(e *Entry) bool { return d != nil && d.copies[e] != nil }

// IsGroup reports whether a name is one of a group of any directory and type.
func (d *Directory) IsGroup(name string) bool { return d != nil && d.nestedGroup(name) != nil }
