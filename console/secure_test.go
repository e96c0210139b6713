package console

import (
	"errors"
	"testing"
)

// TestSecure: which commands a console password keeps from whom.
func TestSecure(t *testing.T) {
	for _, tt := range []struct{ line, want, asked string }{
		{"quit", textQuitPassword, ""},
		{"exit", textQuitPassword, ""},
		{"quit wrong", textPassword, ""},
		{"quit sesame", "", "quit"},
		{"exit sesame", "", "quit"},
		{"restart server", textSecured, ""},
		{"restart server wrong", textPassword, ""},
		{"restart server sesame", "", "restart server"},
		{"restart task smtp", textSecured, ""},
		{"load sesame", textSecured, ""},
		{"tell smtp quit", textSecured, ""},
		{"tell router queue list", textSecured, ""},
		{"set config A=b", textSecured, ""},
		{"drop all", textSecured, ""},
		{"stop consolelog", textSecured, ""},
		{"set rules", "", "set rules"},
		{"set secure sesame", "", `secure "sesame" ""`},
		{"route *", "", "route *"},
		{"show config A", "", "show config A"},
		{"show stat Mail.Dead", "", ""},
		{"tell", textInsufficient, ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			s := &fakeServer{password: "sesame"}
			_, err := runLine(t, s, tt.line)
			var failure *CommandError
			if got := ""; errors.As(err, &failure) {
				if got = failure.Text; got != tt.want {
					t.Errorf("Run(%q) = %q, want %q", tt.line, got, tt.want)
				}
			} else if err != nil || tt.want != "" {
				t.Errorf("Run(%q) = %v, want %q", tt.line, err, tt.want)
			}
			if s.asked() != tt.asked {
				t.Errorf("Run(%q) asked %q, want %q", tt.line, s.asked(), tt.asked)
			}
		})
	}
}
