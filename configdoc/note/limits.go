package note

import "fmt"

// What the readers keep of one export is bounded, so that a file that is
// broken or hostile ends in an error with a position. A Domino Directory
// document with every list full stays far below: a summary text item holds at
// most 32 KB there.
const (
	MaxValue    = 1 << 20  // bytes of one value
	MaxDocument = 16 << 20 // bytes of one document's names and values, ValueCost added for each
	MaxItems    = 10_000   // items of one document
	MaxToken    = 8 << 20  // bytes of one tag, comment, text or string as written: a value in which every character is escaped still fits
	MaxDepth    = 64       // nesting of elements, or of JSON objects and arrays
	MaxDamaged  = 1000     // damaged documents of one file: one with more is something else than an export with a few bad places
	ValueCost   = 16       // bytes that a value takes beside its text, so that empty ones count too
)

// RangeSeparator stands between the two ends of a date or time range, which
// the readers keep as one value.
const RangeSeparator = " - "

// Size adds up what is kept of one document, and stops a reader, or a writer whose
// file a reader shall take, at MaxItems, MaxValue and MaxDocument. The zero value
// is a new document.
type Size struct {
	bytes, items int
}

// AddItem counts an item by its name; the error wraps ErrLimit.
func (s *Size) AddItem(name string) error {
	s.items++
	if s.items > MaxItems {
		return fmt.Errorf("items of a document: %w of %d", ErrLimit, MaxItems)
	}
	return s.add(len(name))
}

// AddValue counts a value by its length in bytes; the error wraps ErrLimit.
func (s *Size) AddValue(length int) error {
	if length > MaxValue {
		return fmt.Errorf("length of a value: %w of %d bytes", ErrLimit, MaxValue)
	}
	return s.add(length)
}

// Bytes is what was counted so far.
func (s *Size) Bytes() int { return s.bytes }

func (s *Size) add(length int) error {
	s.bytes += length + ValueCost
	if s.bytes > MaxDocument {
		return fmt.Errorf("size of a document: %w of %d bytes", ErrLimit, MaxDocument)
	}
	return nil
}
