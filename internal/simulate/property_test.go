package simulate

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawAll makes a site, a client and what DNS says of it.
func drawAll(t *rapid.T) (Site, Case, *dns) {
	site := drawSite(t)
	of := drawCase(t)
	domain := strings.ToLower(of.From[strings.LastIndexByte(of.From, '@')+1:])
	if strings.HasPrefix(domain, "[") || !strings.Contains(of.From, "@") {
		domain = ""
	}
	return site, of, drawDNS(t, of.Client, domain)
}

// TestSimulateSaysWhatTheWireSays has random sites, clients and DNS, and holds
// that every reply and the fate of the message are those of a session with a
// real listener.
func TestSimulateSaysWhatTheWireSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		site, of, w := drawAll(t)
		facts, err := NewFacts(of.Client, "", w.facts(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res := Run(t.Context(), site, of, facts)
		if len(facts.unanswered()) > 0 {
			t.Fatalf("facts are missing: %q", facts.unanswered())
		}
		if len(res.Stages) == 1 && len(res.Stages[0].Reply) == 0 {
			return // nobody listens on that port
		}
		complete(t, of, res)
		onTheWire(t, site, w, of, res)
	})
}

// complete holds that a dialogue ends where it must: behind DATA, or with a
// refusal, and that a refusal has a control if a setting has a say.
func complete(t *rapid.T, of Case, res *Result) {
	last := res.Stages[len(res.Stages)-1]
	if last.Command != "DATA" && last.Outcome == Accepted {
		taken := false
		for _, s := range res.Stages {
			taken = taken || strings.HasPrefix(s.Command, "RCPT") && s.Outcome == Accepted
		}
		if taken || !strings.HasPrefix(last.Command, "RCPT") {
			t.Fatalf("the dialogue ends with %q, %s", last.Command, last.Outcome)
		}
	}
	for _, s := range res.Stages {
		policy := strings.Contains(strings.Join(s.Reply, ""), "olicy reason")
		if s.Outcome != Accepted && policy && (s.Control == nil || s.Control.Setting == "" || s.Control.Source == "") {
			t.Fatalf("%q is refused with %q, and no setting is named: %+v", s.Command, s.Reply, s.Control)
		}
	}
}

// TestFewerFactsNeverChangeTheVerdict leaves some facts out: then the verdict is
// the same, or it is said which fact is missing; never another one.
func TestFewerFactsNeverChangeTheVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		site, of, w := drawAll(t)
		all := w.facts()
		full, err := NewFacts(of.Client, "", all, nil)
		if err != nil {
			t.Fatal(err)
		}
		var some []string
		for _, f := range all {
			if rapid.Bool().Draw(t, "keep "+f[:strings.IndexByte(f, '=')]) {
				some = append(some, f)
			}
		}
		part, err := NewFacts(of.Client, "", some, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, got := Run(t.Context(), site, of, full), Run(t.Context(), site, of, part)
		if got.Outcome == Undecided {
			if len(got.Stages[len(got.Stages)-1].Missing) == 0 || len(part.unanswered()) == 0 {
				t.Fatalf("undecided, and no fact is missing: %+v", got.Stages)
			}
			return
		}
		if got.Outcome != want.Outcome || len(got.Stages) != len(want.Stages) {
			t.Fatalf("with %q: %s, with all facts: %s", some, got.Outcome, want.Outcome)
		}
	})
}
