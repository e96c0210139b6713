package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"domigo/internal/loadtest/load"
)

// headerID is the field in which package load puts a message's id.
const headerID = "X-Load-Id"

// boxAudit is what a Maildir holds of all ledgers whose mail it must have.
type boxAudit struct {
	Box string `json:"box"`
	load.Audit
}

// auditAll compares the Maildirs with the ledgers. Names of boxes are relative
// to dir.
func auditAll(dir string, streams []*stream) ([]boxAudit, error) {
	expected := map[string][]string{}
	for _, s := range streams {
		ids, err := load.ReadLedger(s.file)
		if err != nil {
			return nil, err
		}
		if len(ids) != s.acknowledged {
			return nil, fmt.Errorf("the ledger of %s has %d lines, and %d messages were acknowledged", s.name, len(ids), s.acknowledged)
		}
		for _, box := range s.boxes {
			expected[box] = append(expected[box], ids...)
		}
	}
	var out []boxAudit
	for box, ids := range expected {
		a, err := load.Verify(box, ids)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(dir, box)
		if err != nil {
			return nil, err
		}
		out = append(out, boxAudit{rel, a})
	}
	slices.SortFunc(out, func(a, b boxAudit) int { return strings.Compare(a.Box, b.Box) })
	return out, nil
}

// copies are the times at which the server of a Maildir took each copy of a
// message, in order.
type copies map[string][]time.Time

// copiesIn reads which messages a Maildir holds more than once, and how many
// messages it has that no stream has sent: reports.
func copiesIn(box string) (twice copies, foreign int, err error) {
	all := copies{}
	for _, sub := range []string{"new", "cur"} {
		files, err := os.ReadDir(filepath.Join(box, sub))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, 0, err
		}
		for _, f := range files {
			id, at, err := accepted(filepath.Join(box, sub, f.Name()))
			if err != nil {
				return nil, 0, err
			}
			if id == "" {
				foreign++
				continue
			}
			all[id] = append(all[id], at)
		}
	}
	for id, times := range all {
		if len(times) == 1 {
			delete(all, id)
			continue
		}
		slices.SortFunc(times, time.Time.Compare)
	}
	return all, foreign, nil
}

// accepted gives a message's id and the date of its topmost Received field.
func accepted(file string) (id string, at time.Time, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", at, err
	}
	defer f.Close()
	m, err := mail.ReadMessage(bufio.NewReader(io.LimitReader(f, 64<<10)))
	if err != nil {
		return "", at, fmt.Errorf("%s: %w", file, err)
	}
	id = m.Header.Get(headerID)
	received := m.Header.Get("Received")
	if id == "" || received == "" {
		return id, at, nil
	}
	_, date, _ := cutLast(received, ";")
	at, err = mail.ParseDate(strings.TrimSpace(date))
	if err != nil {
		return "", at, fmt.Errorf("%s: %q: %w", file, received, err)
	}
	return id, at, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
