package server

const (
	// reservedDescriptors are kept for what is no session: up to 1,000 files of the
	// mail.box, logs, listening sockets, the console, the Router's connections.
	reservedDescriptors = 1280
	// perSession is what a session may hold at once: its connection, and a file of
	// a large message or a question to DNS.
	perSession = 2
	// leastSessions is served even where descriptors are scarce.
	leastSessions = 16
)

// sessionsFor gives how many sessions a process of so many descriptors bears
// (SMTPMaxSessions without a number); 0 descriptors are no limit.
func sessionsFor(descriptors uint64) int {
	const most = 1 << 20 // the largest SMTPMaxSessions
	switch {
	case descriptors == 0 || descriptors >= most*perSession+reservedDescriptors:
		return most
	case descriptors < leastSessions*perSession+reservedDescriptors:
		return leastSessions
	}
	return int((descriptors - reservedDescriptors) / perSession)
}
