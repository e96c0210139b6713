package server

import "domigo/settings"

const (
	// reservedDescriptors are kept for what is no session: up to 1,000 files of the
	// mail.box, logs, listening sockets, the console, the Router's connections.
	reservedDescriptors = 1280
	// perSession is what a session may hold at once: its connection, and a file of
	// a large message or a question to DNS.
	perSession = 2
	// sessionMemory is what a session holds at its most, in octets: a message that
	// is just too small for a file, with the room in which it grew.
	sessionMemory = 256 << 10
	// leastSessions is served even where descriptors or memory are scarce.
	leastSessions = 16
)

// sessionsFor gives how many sessions a process bears that has so many descriptors
// and so many octets of memory (SMTPMaxSessions without a number); 0 is no limit.
// All sessions at their most may take half of the memory.
func sessionsFor(descriptors, memory uint64) int {
	row, _ := settings.Find("SMTPMaxSessions")
	most := uint64(row.Max)
	if descriptors > 0 {
		most = min(most, (max(descriptors, reservedDescriptors)-reservedDescriptors)/perSession)
	}
	if memory > 0 {
		most = min(most, memory/2/sessionMemory)
	}
	return int(max(most, leastSessions))
}
