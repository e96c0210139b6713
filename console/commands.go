package console

import (
	"context"
	"strings"
)

// anyArgs as a command's maximum: its arguments are not counted.
const anyArgs = -1

// command is one row of the table that the parser, HELP and the errors read.
type command struct {
	usage    string // as HELP prints it; its first word is the keyword
	about    string // HELP's description
	min, max int    // arguments after the keyword
	sub      []command
	// secure: not permitted while a console password is set, but by giving it
	// where the command takes one.
	secure bool
	// whole: the keyword must be spelled out. Such are the commands that Domino
	// does not have, so that abbreviations mean what they mean there.
	whole bool
	// next completes the argument that is being typed; nil where nobody knows
	// what it may be.
	next choices
	// run does the command and writes its output. nil: a command of Domino
	// that is known, so that abbreviations mean what they mean there, but that
	// this server answers with "This server is not configured for that
	// function".
	run func(ctx context.Context, r *request) error
}

func (c *command) keyword() string {
	keyword, _, _ := strings.Cut(c.usage, " ")
	return keyword
}

// table gives Domino's console commands in the order of HELP. Usage and
// descriptions are Domino's (C API, server string table); debug commands and
// the commands of clusters are left out, as HELP of a plain server does.
func table() []command {
	return []command{
		{usage: `BROADCAST "msg" ["user/database"]`, about: "Broadcast a message to user(s)", min: 1, max: 2, run: runBroadcast},
		{usage: "DBCACHE", about: "Database Cache management commands", max: anyArgs},
		{usage: `DROP ["username/database"] [ALL]`, about: "Drop one or more sessions", min: 1, max: 2, secure: true, run: runDrop, next: droppable},
		{usage: "EXIT [password]", about: "Exit server", max: 1, secure: true, run: runQuit},
		{usage: "HELP", about: "Help (Displays this help information)", run: runHelp},
		{usage: "LOAD pgmname", about: "Load program", min: 1, max: 1, secure: true, run: runLoad, next: fixed(taskNames()...)},
		{usage: "PULL server [database]", about: "Replicate one-way (pull)", min: 1, max: 2},
		{usage: "PUSH server [database]", about: "Replicate one-way (push)", min: 1, max: 2},
		{usage: "QUIT [password]", about: "Quit (exit server)", max: 1, secure: true, run: runQuit},
		{usage: "REPLICATE server [database]", about: "Replicate two-way request", min: 1, max: 2},
		{usage: "RESTART", about: "Restart information:", sub: []command{
			{usage: "PORT portname", about: "Disable/Enable transactions on port", min: 1, max: 1},
			{usage: "SERVER [password]", about: "Restart Server", max: 1, secure: true, run: runRestartServer},
			{usage: "TASK taskname", about: "Restart specified server task", min: 1, max: 1, secure: true, run: runRestartTask, next: fixed(taskNames()...)},
		}},
		{usage: "ROUTE servername", about: "Route mail to server", min: 1, max: 1, run: runRoute, next: destinations},
		{usage: "SET", about: "Set server option:", sub: []command{
			{usage: `CONFIGURATION "variable=value" [update/noupdate]`, about: "Configuration variable", min: 1, max: anyArgs, secure: true, run: runSetConfig, next: assignedNames},
			{usage: "RULES", about: "Reload system mail rules", run: runSetRules},
			{usage: "SECURE [current-password] [new-password]", about: "Secure Console Password", min: 1, max: 2, run: runSetSecure},
			{usage: "STAT [Facility] [Statname]", about: "Reset statistics", min: 1, max: 2, run: runSetStat, next: statisticNames},
		}},
		{usage: "SHOW", about: "Show server information:", sub: showTable()},
		{usage: "START", about: "Starts the specified port", sub: []command{
			{usage: "CONSOLELOG", about: "Enable console logging", secure: true, run: runStartLog},
			{usage: "PORT portname", about: "Enable transactions on port", min: 1, max: 1},
		}},
		{usage: "STOP", about: "Stops the specified port", sub: []command{
			{usage: "CONSOLELOG", about: "Disable console logging", secure: true, run: runStopLog},
			{usage: "PORT portname", about: "Disable transactions on port", min: 1, max: 1},
		}},
		{usage: "TELL taskname command-string", about: "Send command-string to a task", min: 2, max: anyArgs, secure: true, run: runTell, next: fixed(taskNames()...)},
		{usage: "TRACE servername", about: "Trace server connection", min: 1, max: anyArgs},
	}
}

func showTable() []command {
	return []command{
		{usage: "ALLPORTS", about: "Show configuration for all ports", run: runShowPorts},
		{usage: "CLUSTER", about: "Cluster information"},
		{usage: "CONFIGURATION variable [WHY]", about: "Configuration variable", min: 1, max: 2, run: runShowConfig, next: variableNames},
		{usage: "DATABASE filename", about: "Show Database Information", min: 1, max: 1},
		{usage: "DIRECTORY", about: "File Directory Information", run: runShowDirectory},
		{usage: "DISKSPACE filesystem", about: "Available disk space", max: 1, run: runShowDisk},
		{usage: "PORT portname", about: "Port specific information", min: 1, max: 1, run: runShowPort, next: portNames},
		{usage: "SCHEDULE", about: "Next Schedule [Server/Program/Location] [Appl]", max: 2, run: runShowSchedule},
		{usage: "SERVER", about: "Server information", run: runShowServer},
		{usage: "STATISTIC variable", about: "Statistic variable", max: 1, run: runShowStat, next: statisticNames},
		{usage: "TASKS [only/user/all]", about: "Server tasks", max: 1, run: runShowTasks, next: fixed("only", "user", "all")},
		{usage: "USERS", about: "Users with open sessions", run: runShowUsers},
	}
}

// tellTable gives the commands that a task of Domino accepts from TELL, so
// that they can be abbreviated; nil for a task that is not known (help topics
// "Server tell commands", Router and SMTP).
func tellTable(task string) []command {
	update := command{usage: "UPDATE", sub: []command{{usage: "CONFIG", run: runTold}}}
	switch task {
	case "smtp":
		return []command{
			{usage: "QUIT", run: runTold},
			{usage: "DROP id", whole: true, min: 1, max: 1, run: runTellDrop, next: sessionIDs},
			{usage: "SHOW", whole: true, sub: []command{{usage: "LOCKOUTS", run: runTold}, {usage: "SESSIONS", run: runShowSessions}}},
			{usage: "TRACE", whole: true, sub: []command{{usage: "ON [host]", max: 1, run: runTrace, next: clientHosts}, {usage: "OFF [host]", max: 1, run: runTrace, next: clientHosts}}},
			{usage: "UNLOCK name", whole: true, min: 1, max: anyArgs, run: runUnlock},
			update,
		}
	case "router":
		return []command{
			{usage: "COMPACT"},
			{usage: "DELIVERY", sub: []command{{usage: "STATS", run: runTold}}},
			{usage: "EXIT", run: runTold},
			{usage: "O", run: runTold},
			{usage: "QUEUE command", whole: true, min: 1, max: anyArgs, run: runQueue, next: queueWords},
			{usage: "QUIT", run: runTold},
			{usage: "SHOW", sub: []command{{usage: "QUEUES", run: runShowQueues}}},
			update,
		}
	}
	return nil
}

// help gives the rows of HELP: the usage in 25 columns and the description;
// the options of a command follow it, indented by two blanks.
func help(commands []command, indent string) string {
	var b strings.Builder
	for i := range commands {
		c := &commands[i]
		about := c.about
		if c.run == nil && len(c.sub) == 0 {
			about += " (not configured)"
		}
		usage := c.usage
		if len(usage) >= 25 {
			usage += " "
		}
		b.WriteString(indent + pad(usage, 25) + about + "\n")
		b.WriteString(help(c.sub, indent+"  "))
	}
	return b.String()
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-len(s)))
}
