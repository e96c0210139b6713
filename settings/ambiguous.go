package settings

// ambiguous gives a finding if more names and addresses mean several entries now
// than before, as after an export that came beside its older self: mail to them
// fails from now on.
func (old *Source) ambiguous(now *Source) []Finding {
	if old.Directory == now.Directory {
		return nil
	}
	was, is := ambiguities(old), ambiguities(now)
	if len(is) <= len(was) {
		return nil
	}
	before := make(map[string]bool, len(was))
	for _, f := range was {
		before[f.Text] = true
	}
	for _, f := range is {
		if !before[f.Text] {
			at := Finding{File: f.File, Line: f.Line, Document: f.Document}
			return []Finding{CodeMoreTwice.At(at, "names and addresses that mean several entries: %d, and %d before; one of them: %s", len(is), len(was), f.Text)}
		}
	}
	return nil
}

// ambiguities gives the findings of names and addresses that mean several entries.
func ambiguities(s *Source) (out []Finding) {
	for _, f := range s.Findings {
		if f.Code == CodeAddressTwice || f.Code == CodeNameTwice {
			out = append(out, f)
		}
	}
	return out
}
