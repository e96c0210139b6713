package route

import "testing"

func BenchmarkDecide(b *testing.B) {
	env, m := acme(b), &Message{Sender: "jane.roe@acme.com", Size: 4096}
	for _, address := range []string{"john.doe@acme.com", "a@example.org", "nobody@acme.com"} {
		b.Run(address, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(env, m, address, nil)
			}
		})
		b.Run(address+" with a trail", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(env, m, address, &Trail{})
			}
		})
	}
}

func BenchmarkExpand(b *testing.B) {
	env, m := acme(b), &Message{}
	b.ReportAllocs()
	for b.Loop() {
		Expand(env, m, target("sales@acme.com"), nil)
	}
}

func BenchmarkNextHops(b *testing.B) {
	s, f := acme(b).Settings, mx("b.example", 20, "a.example", 10)
	b.ReportAllocs()
	for b.Loop() {
		NextHops(s, "mx:example.org", f, nil)
	}
}

// TestDecideAllocations holds that the hot path pays for no trail: what is
// allocated is the address in its brackets, the name and the key.
func TestDecideAllocations(t *testing.T) {
	env, m := acme(t), &Message{Sender: "jane.roe@acme.com"}
	for address, most := range map[string]float64{"john.doe@acme.com": 3, "a@example.org": 2} {
		if got := testing.AllocsPerRun(100, func() { Decide(env, m, address, nil) }); got > most {
			t.Errorf("Decide(%q): %v allocations, want at most %v", address, got, most)
		}
	}
}
