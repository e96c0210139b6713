package console

import (
	"fmt"
	"slices"
	"testing"
)

func TestHistory(t *testing.T) {
	var h history
	for _, line := range []string{"show tasks", "", "  ", "show tasks ", "set secure sesame", "SET SECURE a b", "se se old new", "quit sesame", "q x",
		"exit sesame", "restart server sesame", "quit", "set secure", "show config SMTPGreeting", "set config secure=1", "show tasks"} {
		h.Add(line)
	}
	want := []string{"show tasks", "quit", "set secure", "show config SMTPGreeting", "set config secure=1", "show tasks"}
	if !slices.Equal(h.entries, want) {
		t.Errorf("history is %q, want %q", h.entries, want)
	}
	if got := h.At(0) + "; " + h.At(1); got != "show tasks; set config secure=1" {
		t.Errorf("the latest lines are %s", got)
	}
	h.hidden = true
	if h.Len() != 0 {
		t.Errorf("%d lines can be brought back into a password", h.Len())
	}
}

func TestHistoryIsBounded(t *testing.T) {
	var h history
	for i := range 2 * maxHistory {
		h.Add(fmt.Sprintf("show config A%d", i))
	}
	if h.Len() != maxHistory || h.At(0) != fmt.Sprintf("show config A%d", 2*maxHistory-1) {
		t.Errorf("%d lines, the latest %q; want %d", h.Len(), h.At(0), maxHistory)
	}
}
