package notesini

import (
	"bytes"
	"fmt"
	"strings"

	"gopkg.in/ini.v1"
)

// chunkLines is how many lines ini.v1 gets at once. It looks a name up by going
// through all names of the section, so that the whole file at once would cost
// the square of its lines.
const chunkLines = 256

// guard stands before a value that ini.v1 would take for a quoted one, which may
// run over lines and fail the whole file. It is taken off what ini.v1 gives back,
// so that such a value is read as it is written, marks included.
const guard = "|"

// loadOptions make ini.v1 read a line as Domino does: no continuation, no inline
// comment, no interpolation, quotation marks kept, names in any case, duplicates
// kept apart.
func loadOptions() ini.LoadOptions {
	return ini.LoadOptions{
		InsensitiveKeys:            true,
		InsensitiveSections:        true,
		IgnoreContinuation:         true,
		IgnoreInlineComment:        true,
		SkipUnrecognizableLines:    true,
		AllowShadows:               true,
		AllowDuplicateShadowValues: true,
		PreserveSurroundedQuote:    true,
		KeyValueDelimiters:         "=",
	}
}

// guarded says whether ini.v1 gets the value behind a guard.
func (l *line) guarded() bool {
	value := strings.TrimSpace(l.decoded)
	return strings.HasPrefix(value, "`") || strings.HasPrefix(value, `"""`)
}

// iniCopy is what ini.v1 gets to read: the variables that count, in UTF-8, as one
// section. Every other line is left blank in it; some of them (a name in quotation
// marks, an open bracket) would fail the whole file, and none has a value.
func iniCopy(lines []line) []byte {
	var b bytes.Buffer
	b.WriteString("[Notes]\n")
	for i := range lines {
		l := &lines[i]
		if l.kind == variable && l.counts {
			b.WriteString(l.key)
			b.WriteByte('=')
			if l.guarded() {
				b.WriteString(guard + strings.TrimSpace(l.decoded))
			} else {
				b.WriteString(l.decoded)
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// readValues sets the value of every variable that counts.
func readValues(lines []line) error {
	for len(lines) > 0 {
		n := min(chunkLines, len(lines))
		if err := readChunk(lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// readChunk hands out the values that ini.v1 found to the lines they stand on.
// ini.v1 gives the values of one name in file order and leaves empty ones out.
func readChunk(lines []line) error {
	loaded, err := ini.LoadSources(loadOptions(), iniCopy(lines))
	if err != nil {
		return fmt.Errorf("read values: %w", err)
	}
	section := loaded.Section("Notes")
	left := make(map[string][]string)
	for i := range lines {
		l := &lines[i]
		if l.kind != variable || !l.counts {
			continue
		}
		key := strings.ToLower(l.name)
		values, seen := left[key]
		if !seen && section.HasKey(key) {
			values = section.Key(key).ValueWithShadows()
		}
		if strings.TrimSpace(l.decoded) != "" {
			if len(values) == 0 {
				return fmt.Errorf("read values: no value for %q", l.name)
			}
			l.value, values = values[0], values[1:]
			if l.guarded() {
				l.value = strings.TrimPrefix(l.value, guard)
			}
		}
		left[key] = values
	}
	return nil
}
