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
	// whole: the keyword must be spelled out. Such are the commands that Domino
	// does not have, so that abbreviations mean what they mean there.
	whole bool
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
		{usage: `BROADCAST "msg" ["user/database"]`, about: "Broadcast a message to user(s)", min: 1, max: 2},
		{usage: "DBCACHE", about: "Database Cache management commands", max: anyArgs},
		{usage: `DROP ["username/database"] [ALL]`, about: "Drop one or more sessions", max: anyArgs},
		{usage: "EXIT [password]", about: "Exit server", max: 1, run: runQuit},
		{usage: "HELP", about: "Help (Displays this help information)", run: runHelp},
		{usage: "LOAD pgmname", about: "Load program", min: 1, max: 1, run: runLoad},
		{usage: "PULL server [database]", about: "Replicate one-way (pull)", min: 1, max: 2},
		{usage: "PUSH server [database]", about: "Replicate one-way (push)", min: 1, max: 2},
		{usage: "QUIT [password]", about: "Quit (exit server)", max: 1, run: runQuit},
		{usage: "REPLICATE server [database]", about: "Replicate two-way request", min: 1, max: 2},
		{usage: "RESTART", about: "Restart information:", sub: []command{
			{usage: "PORT portname", about: "Disable/Enable transactions on port", min: 1, max: 1},
			{usage: "SERVER [password]", about: "Restart Server", max: 1, run: runRestartServer},
			{usage: "TASK taskname", about: "Restart specified server task", min: 1, max: 1, run: runRestartTask},
		}},
		{usage: "ROUTE servername", about: "Route mail to server", min: 1, max: 1, run: runRoute},
		{usage: "SET", about: "Set server option:", sub: []command{
			{usage: `CONFIGURATION "variable=value" [update/noupdate]`, about: "Configuration variable", min: 1, max: anyArgs, run: runSetConfig},
			{usage: "RULES", about: "Reload system mail rules", run: runSetRules},
			{usage: "SECURE [current-password] [new-password]", about: "Secure Console Password", max: 2},
			{usage: "STAT [Facility] [Statname]", about: "Reset statistics", max: 2},
		}},
		{usage: "SHOW", about: "Show server information:", sub: showTable()},
		{usage: "START", about: "Starts the specified port", sub: []command{
			{usage: "CONSOLELOG", about: "Enable console logging"},
			{usage: "PORT portname", about: "Enable transactions on port", min: 1, max: 1},
		}},
		{usage: "STOP", about: "Stops the specified port", sub: []command{
			{usage: "CONSOLELOG", about: "Disable console logging"},
			{usage: "PORT portname", about: "Disable transactions on port", min: 1, max: 1},
		}},
		{usage: "TELL taskname command-string", about: "Send command-string to a task", min: 2, max: anyArgs, run: runTell},
		{usage: "TRACE servername", about: "Trace server connection", min: 1, max: anyArgs},
	}
}

func showTable() []command {
	return []command{
		{usage: "ALLPORTS", about: "Show configuration for all ports"},
		{usage: "CLUSTER", about: "Cluster information"},
		{usage: "CONFIGURATION variable", about: "Configuration variable", min: 1, max: 1, run: runShowConfig},
		{usage: "DATABASE filename", about: "Show Database Information", min: 1, max: 1},
		{usage: "DIRECTORY", about: "File Directory Information", max: anyArgs},
		{usage: "DISKSPACE filesystem", about: "Available disk space", max: 1},
		{usage: "PORT portname", about: "Port specific information", min: 1, max: 1},
		{usage: "SCHEDULE", about: "Next Schedule [Server/Program/Location] [Appl]", max: 2},
		{usage: "SERVER", about: "Server information", run: runShowServer},
		{usage: "STATISTIC variable", about: "Statistic variable", max: 1, run: runShowStat},
		{usage: "TASKS [only/user/all]", about: "Server tasks", max: 1, run: runShowTasks},
		{usage: "USERS", about: "Users with open sessions"},
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
			{usage: "SHOW", whole: true, sub: []command{{usage: "LOCKOUTS", run: runTold}}},
			{usage: "UNLOCK name", whole: true, min: 1, max: anyArgs, run: runUnlock},
			update,
		}
	case "router":
		return []command{
			{usage: "COMPACT"},
			{usage: "DELIVERY", sub: []command{{usage: "STATS", run: runTold}}},
			{usage: "EXIT", run: runTold},
			{usage: "O"},
			{usage: "QUEUE command", whole: true, min: 1, max: anyArgs, run: runQueue},
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
