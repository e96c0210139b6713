package lockout

import "time"

// Restored gives a Book without a file that holds records as Read gives them:
// for asking what a server with them would do. now is the clock, nil for
// time.Now.
func Restored(records []Record, now func() time.Time) *Book {
	b := newBook(now)
	for _, r := range records {
		b.restore(r)
	}
	return b
}
