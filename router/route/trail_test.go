package route

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestTrail compares what an administrator reads with testdata/trails.txtar: a
// section for each question, "route ADDRESS" or "hops KEY [MX...]" in the comment
// line of its text, settings before it.
func TestTrail(t *testing.T) {
	const file = "testdata/trails.txtar"
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	src := loadSource(t)
	for i := range a.Files {
		f := &a.Files[i]
		t.Run(f.Name, func(t *testing.T) {
			s, m := siteOf(src), &Message{}
			var asked []string
			question := ""
			for line := range strings.Lines(string(f.Data)) {
				asked = append(asked, line)
				line = strings.TrimSuffix(strings.TrimPrefix(line, "? "), "\n")
				if text, ok := strings.CutPrefix(line, "message "); ok {
					m = message(t, text)
				} else if !s.apply(t, line) {
					question = line
					break
				}
			}
			want := strings.TrimPrefix(string(f.Data), strings.Join(asked, ""))
			got := answer(t, s.env(t), m, question)
			if got == want {
				return
			}
			if *update {
				f.Data = []byte(strings.Join(asked, "") + got)
				return
			}
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", question, got, want)
		})
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// answer gives the trail for a question.
func answer(t *testing.T, env *Env, m *Message, question string) string {
	t.Helper()
	var trail Trail
	verb, rest, _ := strings.Cut(question, " ")
	switch verb {
	case "route":
		Expand(env, m, target(rest), &trail)
	case "hops":
		words := strings.Fields(rest)
		facts := Facts{MXState: NotFound}
		for i, host := range words[1:] {
			facts.MXState, facts.MX = Found, append(facts.MX, MX{host, uint16(10 * (i + 1))})
		}
		NextHops(env.Settings, words[0], facts, &trail)
	case "priority":
		p, _ := PriorityOf(env.Settings, m, &trail)
		trail.add(Verdict, "priority", p.String())
	default:
		t.Fatalf("question %q", question)
	}
	var out bytes.Buffer
	if err := trail.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestTrailIsClean holds that an address cannot write to an administrator's
// terminal, nor a line of its own into the trail.
func TestTrailIsClean(t *testing.T) {
	var trail Trail
	Decide(acme(t), &Message{}, "a\x1b[2J\nVerdict: b@acme.com", &trail)
	var out bytes.Buffer
	if err := trail.Write(&out); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(out.String(), "\n"), len(trail.Steps); got != want || strings.ContainsRune(out.String(), 0x1b) {
		t.Errorf("%d steps: got %q", want, out.String())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestTrailWriteError(t *testing.T) {
	for _, trail := range []*Trail{{Steps: []Step{{"Address", "a", "b"}}}, {Omitted: 1}} {
		if err := trail.Write(broken{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%+v: got %v, want %v", trail, err, io.ErrClosedPipe)
		}
	}
	var none *Trail
	if err := none.Write(broken{}); err != nil {
		t.Errorf("no trail: got %v", err)
	}
}
