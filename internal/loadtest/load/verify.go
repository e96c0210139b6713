package load

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Audit is what a Maildir holds of a ledger.
type Audit struct {
	Acknowledged int      `json:"acknowledged"` // lines of the ledger
	Delivered    int      `json:"delivered"`    // of them, those in the Maildir
	Lost         []string `json:"lost"`         // acknowledged and not delivered
	Damaged      []string `json:"damaged"`      // delivered otherwise than they were sent
	Duplicates   int      `json:"duplicates"`   // copies beyond the first of one id
	Unconfirmed  int      `json:"unconfirmed"`  // delivered although the reply was lost
}

// OK reports whether every acknowledged message is there as it was sent.
func (a Audit) OK() bool { return len(a.Lost) == 0 && len(a.Damaged) == 0 }

// Verify compares the acknowledged ids with the messages in a Maildir's new
// and cur. Messages of others are passed over.
func Verify(maildir string, acknowledged []string) (Audit, error) {
	copies, damaged, err := delivered(maildir)
	if err != nil {
		return Audit{}, err
	}
	a := Audit{Acknowledged: len(acknowledged), Damaged: damaged}
	known := make(map[string]bool, len(acknowledged))
	for _, id := range acknowledged {
		known[id] = true
		if copies[id] == 0 {
			a.Lost = append(a.Lost, id)
			continue
		}
		a.Delivered++
	}
	for id, n := range copies {
		a.Duplicates += n - 1
		if !known[id] {
			a.Unconfirmed++
		}
	}
	slices.Sort(a.Damaged)
	return a, nil
}

// delivered counts the copies of each id, and names those that are not as they
// were sent.
func delivered(maildir string) (copies map[string]int, damaged []string, err error) {
	copies = map[string]int{}
	for _, sub := range []string{"new", "cur"} {
		files, err := os.ReadDir(filepath.Join(maildir, sub))
		if err != nil && !os.IsNotExist(err) {
			return nil, nil, err
		}
		for _, f := range files {
			data, err := os.ReadFile(filepath.Join(maildir, sub, f.Name()))
			if err != nil {
				return nil, nil, err
			}
			id, ok := Inspect(string(data))
			if id == "" {
				continue
			}
			copies[id]++
			if !ok {
				damaged = append(damaged, fmt.Sprintf("%s in %s", id, f.Name()))
			}
		}
	}
	return copies, damaged, nil
}

// Inspect gives the id of a message, "" for one that this package did not make,
// and whether its body and the header fields that it was sent with have the sum of
// its header. Servers put fields of their own before them. Line ends may be either.
func Inspect(text string) (id string, whole bool) {
	text = folded(text)
	head, body, _ := strings.Cut(text, "\n\n")
	sent, want := "", ""
	for line := range strings.Lines(head + "\n") {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case headerSum:
			want = value
		case headerID:
			id = value
			sent += line
		case "From", "To", "Subject", "Message-ID":
			sent += line
		}
	}
	return id, sum(sent+"\n"+body) == want
}
