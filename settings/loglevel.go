package settings

// LogLevel is what the field "Logging level" must at least say for a console
// line to be printed.
type LogLevel uint8

// The levels, each with the lines of those before it ("Setting advanced
// controls for the Router": Minimal is mandatory status and fatal errors, Normal
// adds warnings, Informational adds mail.box, conversion and transport, Verbose
// is all).
const (
	LogMinimal LogLevel = iota
	LogNormal
	LogInformational
	LogVerbose
)

// Logs reports whether the logging level asks for a line of that level.
func (r *Router) Logs(line LogLevel) bool {
	have := LogNormal
	switch r.LogLevel {
	case 1:
		have = LogMinimal
	case 2:
		have = LogInformational
	case 3:
		have = LogVerbose
	}
	return have >= line
}
