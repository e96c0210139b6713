package route

import (
	"fmt"
	"io"

	"domigo/internal/smtpwire"
)

// Verdict is the Control of a step that is the end of a decision.
const Verdict = "Verdict"

// Step is one line of a Trail: a control by its name in the form, what was
// looked at, and what came of it.
type Step struct {
	Control string `json:"control"`
	Fact    string `json:"fact"`
	Result  string `json:"result"`
}

// maxSteps bounds a Trail; a group may have a hundred thousand members.
const maxSteps = 10000

// Trail collects the steps of decisions. A nil *Trail takes none. It serves one
// goroutine.
type Trail struct {
	Steps   []Step
	Omitted int // steps beyond the first ten thousand
}

// on reports whether steps are wanted, for those whose texts cost something.
func (t *Trail) on() bool { return t != nil }

func (t *Trail) add(control, fact, result string) {
	switch {
	case t == nil:
	case len(t.Steps) < maxSteps:
		t.Steps = append(t.Steps, Step{control, fact, result})
	default:
		t.Omitted++
	}
}

// length gives the number of steps so far, and cut goes back to it: what a
// decision recorded before it asked for answers it records again.
func (t *Trail) length() int {
	if t == nil {
		return 0
	}
	return len(t.Steps)
}

func (t *Trail) cut(to int) {
	if t != nil {
		t.Steps, t.Omitted = t.Steps[:to], 0
	}
}

func (t *Trail) verdict(of string, d Decision) {
	if t.on() {
		t.add(Verdict, of, d.String())
	}
}

// Write writes the trail as text, one line a step: "Control: fact -> result".
// Control characters, which an address may bring along, are replaced.
func (t *Trail) Write(w io.Writer) error {
	if t == nil {
		return nil
	}
	for _, s := range t.Steps {
		if _, err := fmt.Fprintf(w, "%s: %s -> %s\n", s.Control, smtpwire.Clean(s.Fact), smtpwire.Clean(s.Result)); err != nil {
			return fmt.Errorf("write trail: %w", err)
		}
	}
	if t.Omitted > 0 {
		if _, err := fmt.Fprintf(w, "%d more steps\n", t.Omitted); err != nil {
			return fmt.Errorf("write trail: %w", err)
		}
	}
	return nil
}
