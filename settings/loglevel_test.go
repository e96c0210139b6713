package settings

import "testing"

// TestLogs: each value of the field prints its lines and those below.
func TestLogs(t *testing.T) {
	for code, highest := range map[int]LogLevel{0: LogNormal, 1: LogMinimal, 2: LogInformational, 3: LogVerbose} {
		r := Router{LogLevel: code}
		for _, line := range []LogLevel{LogMinimal, LogNormal, LogInformational, LogVerbose} {
			if got, want := r.Logs(line), line <= highest; got != want {
				t.Errorf("Logging level %d, a line of level %d: got %v, want %v", code, line, got, want)
			}
		}
	}
}
