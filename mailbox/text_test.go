package mailbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTextsNameThePlaceOnce: whoever prints a line of the log or an error says
// that it is the mail.box's, so that texts do not say it again, nor twice.
func TestTextsNameThePlaceOnce(t *testing.T) {
	dir, free := t.TempDir(), uint64(1<<40)
	var lines []string
	o := Options{InlineMax: 16, MinFree: 1 << 20, Free: func(string) (uint64, error) { return free, nil },
		Log: func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }}
	s, err := OpenDisk(dir, o)
	must(t, err)
	var texts []string
	d, err := s.Create(t.Context())
	must(t, err)
	free = 0
	_, err = d.Write(make([]byte, 64))
	wantErr(t, "write without space", err, ErrFull)
	texts = append(texts, err.Error())
	_, err = s.Create(t.Context())
	wantErr(t, "create without space", err, ErrFull)
	texts = append(texts, err.Error())
	err = s.Delete(t.Context(), "0")
	wantErr(t, "delete what is not there", err, ErrNotFound)
	texts = append(texts, err.Error(), fmt.Sprint(s.Done(t.Context(), "0")))
	must(t, d.Discard())
	must(t, s.Close())

	must(t, os.WriteFile(filepath.Join(dir, "content", "stray"), nil, 0o600))
	s, err = OpenDisk(dir, o)
	must(t, err)
	must(t, s.Close())
	_, err = s.Claim(t.Context(), "o", time.Minute, Want{Limit: 1})
	texts = append(texts, fmt.Sprint(err))
	if len(lines) == 0 {
		t.Error("opening says nothing of a stray file")
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "mail") {
			t.Errorf("line of the log %q names the mail.box", line)
		}
	}
	for _, text := range texts {
		if n := strings.Count(text, "mailbox:"); n > 1 || n == 1 && !strings.HasPrefix(text, "mailbox:") {
			t.Errorf("error %q names the package within", text)
		}
	}
}
