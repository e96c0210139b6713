package directory

import "testing"

// Without a directory at all nothing is known, which is not the same as knowing
// nobody; what asks for groups gets none.
func TestViewWithoutDirectory(t *testing.T) {
	var v View
	if found, state := v.Lookup(Query{Local: "jdoe", Domain: "acme.com"}); len(found) != 0 || state != Unavailable {
		t.Errorf("Lookup: got %v, %v, want Unavailable", found, state)
	}
	if found, state := v.Login("jdoe", true); len(found) != 0 || state != Unavailable {
		t.Errorf("Login: got %v, %v, want Unavailable", found, state)
	}
	if v.InGroup("Sales", "John Doe/Acme") || v.HasGroup("Sales") || v.IsGroup("Sales") || v.IsCopy(&Entry{}) {
		t.Error("a group, or a copy, of no directory")
	}
	if members, ok := v.Expand("Sales"); ok || len(members) > 0 {
		t.Errorf("Expand: got %v, %v", members, ok)
	}
	if p, g, m := v.Len(); p+g+m != 0 || len(v.Problems()) > 0 || len(v.Under("*/Acme")) > 0 {
		t.Error("no directory holds something")
	}
	for range v.Entries() {
		t.Error("an entry of no directory")
	}
}
