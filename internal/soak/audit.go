package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"domigo/internal/loadtest/load"
)

// settled is the age from which a delivered message is audited and removed while
// the servers run. A server that cannot have the name of a delivery on its disk
// takes the file back within this time, so what is older is there to stay.
const settled = 10 * time.Second

// auditor reads what is delivered, once: a whole message is removed, and what it
// was stays here in some twenty octets, so that neither the disk nor the memory
// of a long run grows with the size of its mail. The goroutine that sweeps owns
// it.
type auditor struct {
	dir     string // to which the names of Maildirs are relative
	streams []*stream
	names   keys
	boxes   []*box
}

// box is what has been found in a Maildir.
type box struct {
	dir     string
	first   map[key]arrival   // of each message
	more    map[key][]arrival // copies beyond the first
	damaged []string
	foreign int             // messages that no stream has sent: reports
	kept    map[string]bool // files that were not removed
}

// arrival is one copy of a message: the hash of its file's name, and the second
// since 1970 in which the server of the Maildir took it.
type arrival struct{ file, second uint32 }

func newAuditor(dir string, streams []*stream) *auditor {
	a := &auditor{dir: dir, streams: streams, names: newKeys(streams)}
	for _, s := range streams {
		for _, b := range s.boxes {
			if a.box(b) == nil {
				a.boxes = append(a.boxes, &box{dir: b, first: map[key]arrival{}, more: map[key][]arrival{}, kept: map[string]bool{}})
			}
		}
	}
	slices.SortFunc(a.boxes, func(x, y *box) int { return strings.Compare(x.dir, y.dir) })
	return a
}

func (a *auditor) box(dir string) *box {
	for _, b := range a.boxes {
		if b.dir == dir {
			return b
		}
	}
	return nil
}

// sweep audits the messages of all Maildirs that are older than age, and removes
// those that are whole. Damaged ones, and those of nobody, stay for a look.
func (a *auditor) sweep(age time.Duration) error {
	late := time.Now().Add(-age)
	for _, b := range a.boxes {
		for _, sub := range []string{"new", "cur"} {
			files, err := os.ReadDir(filepath.Join(b.dir, sub))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			for _, f := range files {
				info, err := f.Info()
				if err == nil && (b.kept[f.Name()] || info.ModTime().After(late)) {
					continue
				}
				if err == nil {
					err = a.take(b, filepath.Join(b.dir, sub, f.Name()))
				}
				// A server may have taken back what it could not have on the disk.
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
	}
	return nil
}

// take notes one message and removes it if it is whole.
func (a *auditor) take(b *box, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	name := filepath.Base(file)
	id, whole := load.Inspect(string(data))
	if id == "" {
		b.foreign++
		b.kept[name] = true
		return nil
	}
	k, known := a.names.key(id)
	switch {
	case !known:
		b.damaged = append(b.damaged, fmt.Sprintf("%q, which nobody has sent, in %s", id, name))
	case !slices.Contains(a.streams[k.stream()].boxes, b.dir):
		b.damaged = append(b.damaged, fmt.Sprintf("%s, which is for somebody else, in %s", id, name))
		whole = false
	case !whole:
		b.damaged = append(b.damaged, fmt.Sprintf("%s in %s", id, name))
	case strings.Contains(strings.ReplaceAll(string(data), "\r\n", ""), "\n"):
		b.damaged = append(b.damaged, fmt.Sprintf("%s, with a line that does not end in CRLF, in %s", id, name))
		whole = false
	}
	if known {
		at, err := received(string(data))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		b.add(k, arrival{hash(name), uint32(at.Unix())})
	}
	if !known || !whole {
		b.kept[name] = true
		return nil
	}
	return os.Remove(file)
}

// add notes a copy. One under a name that was seen is the delivery of before,
// done again: it would have replaced its file, had that not been removed.
func (b *box) add(k key, c arrival) {
	first, known := b.first[k]
	switch {
	case !known:
		b.first[k] = c
	case first.file != c.file && !slices.ContainsFunc(b.more[k], func(o arrival) bool { return o.file == c.file }):
		b.more[k] = append(b.more[k], c)
	}
}

func hash(name string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash takes all
	return h.Sum32()
}

// received gives the date of a message's topmost Received field, 1970 if it has
// none.
func received(text string) (time.Time, error) {
	head, _, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	m, err := mail.ReadMessage(strings.NewReader(head + "\n\n"))
	if err != nil {
		return time.Time{}, err
	}
	field := m.Header.Get("Received")
	if field == "" {
		return time.Unix(0, 0), nil
	}
	at, err := mail.ParseDate(strings.TrimSpace(field[strings.LastIndex(field, ";")+1:]))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q: %w", field, err)
	}
	return at, nil
}

// boxAudit is what a Maildir held of all ledgers whose mail it must have.
type boxAudit struct {
	Box string `json:"box"`
	load.Audit
}

// compare holds what has been found against the ledgers.
func (a *auditor) compare() ([]boxAudit, error) {
	out := make([]boxAudit, len(a.boxes))
	for i, b := range a.boxes {
		name, err := filepath.Rel(a.dir, b.dir)
		if err != nil {
			return nil, err
		}
		slices.Sort(b.damaged)
		out[i] = boxAudit{name, load.Audit{Damaged: b.damaged}}
		for _, copies := range b.more {
			out[i].Duplicates += len(copies)
		}
	}
	for _, s := range a.streams {
		n := 0
		for id, err := range load.Lines(s.file) {
			if err != nil {
				return nil, err
			}
			n++
			k, known := a.names.key(id)
			for i, b := range a.boxes {
				if !slices.Contains(s.boxes, b.dir) {
					continue
				}
				out[i].Acknowledged++
				if _, there := b.first[k]; there && known {
					out[i].Delivered++
				} else {
					out[i].Lost = append(out[i].Lost, id)
				}
			}
		}
		if n != s.acknowledged {
			return nil, fmt.Errorf("the ledger of %s has %d lines, and %d messages were acknowledged", s.name, n, s.acknowledged)
		}
	}
	for i, b := range a.boxes {
		out[i].Unconfirmed = len(b.first) - out[i].Delivered
	}
	return out, nil
}

// copies are the times at which the server of a Maildir took each copy of a
// message, in order.
type copies map[string][]time.Time

// twice gives the messages of which the Maildir had more than one copy.
func (a *auditor) twice(b *box) copies {
	out := copies{}
	for k, more := range b.more {
		times := []time.Time{time.Unix(int64(b.first[k].second), 0)}
		for _, c := range more {
			times = append(times, time.Unix(int64(c.second), 0))
		}
		slices.SortFunc(times, time.Time.Compare)
		out[a.names.id(k)] = times
	}
	return out
}
