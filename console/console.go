// Package console is the Domino server console: the grammar of its commands,
// the form of their output, the prefix of the lines that a running server
// prints, and a unix socket on which an administrator runs commands or stays
// attached.
//
// What a command does is behind the interface Server, which the caller
// implements. The package knows neither mail nor settings: it decides which
// command a line means, whether it has the words it needs, and with which text
// Domino answers.
//
// Commands come from standard input (Interactive) or from the socket (Listen,
// Serve; Dial on the other side); both end in Run. Lines that tell of events
// go through a Printer to every attached output. Where an administrator types
// at a terminal, a Terminal is the input of either: a line editor with history
// and completion, above whose prompt the lines are printed.
package console

import (
	"context"
	"errors"
	"time"
)

// Errors by which a Server says why it did not do what a command asked; each
// becomes the text that Domino prints. They are tested with errors.Is, so a
// Server may wrap them.
var (
	// ErrProtected: the variable cannot be set from the console.
	ErrProtected = errors.New("console: variable is protected")
	// ErrNoTask: no task has that name, or it takes no Tell commands.
	ErrNoTask = errors.New("console: no such task")
	// ErrTaskDown: the task exists but does not run.
	ErrTaskDown = errors.New("console: task is not running")
	// ErrNoSuchTell: the task does not know the words told to it.
	ErrNoSuchTell = errors.New("console: task does not know this command")
	// ErrNoProgram: there is no program of that name to load.
	ErrNoProgram = errors.New("console: no such program")
	// ErrRunning: the task to load runs already.
	ErrRunning = errors.New("console: task is already running")
	// ErrNoSession: no session has that id.
	ErrNoSession = errors.New("console: no such session")
	// ErrNoStatistic: no statistic has that name.
	ErrNoStatistic = errors.New("console: no such statistic")
	// ErrGauge: the statistic tells what is now, and cannot be reset.
	ErrGauge = errors.New("console: statistic cannot be reset")
	// ErrAlready: console logging is on, or off, already.
	ErrAlready = errors.New("console: already so")
	// ErrPassword: not the console's password.
	ErrPassword = errors.New("console: incorrect password")
	// ErrNoPath: there is no file system of that name.
	ErrNoPath = errors.New("console: no such file system")
)

// Server is what the console steers. Commands of several consoles run at the
// same time, so every method may be called concurrently. A method returns when
// its effect is complete, because the end of a command's output says just
// that. Task names and the words of Tell arrive in lower case, abbreviations
// spelled out; names of variables, servers and statistics arrive as typed.
//
// An error that is none of this package's is shown to the administrator as its
// own text.
type Server interface {
	// Tasks gives the rows of `show tasks` in their order.
	Tasks() []Task
	// Info gives what `show server` prints.
	Info(ctx context.Context) (Info, error)
	// Statistics gives all statistics; the console selects and sorts them.
	Statistics(ctx context.Context) ([]Statistic, error)
	// Queues gives what `tell router show queues` prints, or ErrTaskDown.
	Queues(ctx context.Context) (Queues, error)

	// ShowConfig looks up a notes.ini variable.
	ShowConfig(name string) Variable
	// ExplainConfig tells where the value of a setting comes from: each source
	// that has a say in it, and the rule that decides. It gives nothing for a
	// name that is no setting.
	ExplainConfig(name string) []string
	// SetConfig sets a notes.ini variable, or gives ErrProtected. remarks tell
	// what is wrong with the value, a line each, and what becomes of it.
	SetConfig(ctx context.Context, name, value string) (remarks []string, err error)
	// UnsetConfig removes a notes.ini variable; one that is not set is no
	// error. It gives remarks and ErrProtected where SetConfig would.
	UnsetConfig(ctx context.Context, name string) (remarks []string, err error)

	// ConfigNames gives the names of the notes.ini variables that are settings,
	// for completion.
	ConfigNames() []string
	// QueueCommands gives the words that may follow "tell router queue".
	QueueCommands() []string

	// SetRules reads the server mail rules anew and makes them effective.
	SetRules(ctx context.Context) error

	// Tell passes words ("update", "config"; "quit"; "o"; "show", "lockouts";
	// "delivery", "stats"; "trace", "on" or "off" and maybe a host; "unlock"
	// and a name, or "queue" and its words, these as they were typed) to a
	// task and gives the lines it answers; ErrNoTask, ErrTaskDown or
	// ErrNoSuchTell.
	Tell(ctx context.Context, task string, words []string) (output []string, err error)
	// Load starts a task and returns when it is ready; ErrNoProgram or
	// ErrRunning.
	Load(ctx context.Context, task string) error
	// RestartTask stops a task and starts it again. It gives the time waited
	// in between, which the console reports in seconds if it is at least one;
	// ErrNoProgram for a name that cannot be loaded.
	RestartTask(ctx context.Context, task string) (waited time.Duration, err error)
	// Route forces the transfer of mail that waits for a server, or of all
	// mail for "*", and gives the number of its units of work; ErrTaskDown without a router.
	Route(ctx context.Context, server string) (int, error)

	// Sessions gives the open sessions of the SMTP task, oldest first, or
	// ErrTaskDown.
	Sessions() ([]Session, error)
	// DropSession ends a session: one that waits gets a 421, one that sends a
	// message is cut, and the message is not taken. It gives ErrNoSession.
	DropSession(id string) error
	// Broadcast sends a message to the consoles that are attached and gives
	// their number.
	Broadcast(message string) int

	// ResetStatistic has a statistic count from 0 again; ErrNoStatistic or
	// ErrGauge. The name is whole, in any case.
	ResetStatistic(ctx context.Context, name string) error
	// Ports gives the Notes ports, as notes.ini defines them.
	Ports() (enabled, disabled []Port)
	// PortUse gives what `show port` prints of a port below its definition;
	// name is that of a Port.
	PortUse(name string) []string
	// Files gives the mail.box and the mail files.
	Files() ([]File, error)
	// DiskSpace gives the free octets of the file system that holds path, of
	// the data directory's for ""; ErrNoPath.
	DiskSpace(path string) (free uint64, err error)
	// Schedule gives what is going to happen at a known time, in this order.
	Schedule(ctx context.Context) ([]Event, error)

	// ConsoleLog switches the writing of the console log on or off until the
	// server ends; ErrAlready.
	ConsoleLog(on bool) error
	// Unlocked tells whether commands that a console password protects are
	// permitted to one who gives this password; always if none is set.
	Unlocked(password string) bool
	// SetSecure sets the console password where none is set. With the current
	// one alone it removes it, with a fresh one it changes it; ErrPassword.
	SetSecure(current, fresh string) error

	// RestartServer ends all tasks and begins the server anew.
	RestartServer(ctx context.Context) error
	// Quit ends all tasks and then has the server stop. It must not wait for
	// Serve or Interactive to end: they wait for the command that called it.
	Quit(ctx context.Context) error
}

// Task is one row of `show tasks`; a task with several activities has several
// rows of the same name.
type Task struct {
	Name        string // "SMTP Server"
	Description string // "Listen for connect requests on TCP Port:25"
}

// Variable is a notes.ini variable as `show config` prints it.
type Variable struct {
	Name  string // in the file's spelling; empty: as it was asked for
	Value string
	Set   bool
	// InEffect is a line that tells what is in effect where that is not Value;
	// it is left out where ExplainConfig tells all.
	InEffect string
	// Notes are further lines about the variable, such as a change that waits
	// for a restart.
	Notes []string
}

// Statistic is one line of `show stat`.
type Statistic struct {
	Name  string // "Mail.TotalPending"
	Value string
}

// Info is what `show server` prints. Times are strings in the console's own
// form, as Format.Time gives them. Lines of Domino that have no meaning here
// (mail tracking, DAOS, DB2 and the like) are printed as not enabled.
type Info struct {
	Product  string // "Lotus Domino (r) Server"
	Release  string // "Release 8.5"
	Platform string // "Linux/64"
	Date     string // the time now

	ServerName string
	Title      string // the server's title, shown after its name if not empty
	Domain     string
	Directory  string // the data directory
	Elapsed    time.Duration

	LastMinute, LastHour, PeakMinute uint64 // transactions in a minute
	Transactions                     uint64 // transactions since the start
	PeakSessions                     int
	PeakSessionsAt                   string
	MaxConcurrent                    int    // transactions at the same time
	Threads                          int    // of the thread pool
	Port                             string // the thread pool's port, "TCPIP"
	Availability                     int    // 0 to 100

	Mailboxes    int
	Pending      int // messages that wait
	Dead         int
	WaitingTasks int

	DiagnosticDirectory string // no line if empty
	ConsoleLogFile      string // empty: console logging is not enabled
	ConsoleLogSize      int64  // bytes now in it
}

// Queues is what `tell router show queues` prints.
type Queues struct {
	Queues   []Queue
	Transfer Threads
	Delivery Threads // its MaxConcurrent is not printed
}

// Queue is the mail that waits for one destination.
type Queue struct {
	Messages    int
	State       string // "Busy", "Retry"
	Count       int    // threads that are busy, or attempts made
	Via         string // "SMTP", "NRPC"
	Destination string // a host or domain, or LocalDelivery
	LastError   string // no line if empty
	NextRetry   string // in the console's form; no line if empty
}

// LocalDelivery is the destination of mail for mail files on this server. The
// Router's key of such mail is where it comes from, package route's LocalDelivery,
// which a Server hands on; a console knows no Router and so has a copy.
const LocalDelivery = "[LocalDelivery]"

// Threads counts the threads of the router.
type Threads struct {
	Max, Total, Inactive, MaxConcurrent int
}

// Session is one open session of the SMTP task.
type Session struct {
	ID       string
	Address  string        // of the client
	Port     string        // "plain", "tls", "submission"; "+tls" after STARTTLS
	User     string        // who logged in, "" for nobody
	State    string        // the command under way, or what it waits for
	Age      time.Duration // since the client connected
	Idle     time.Duration // since it last sent something
	Messages int64         // taken so far
}

// Port is a Notes port: a name in Ports of notes.ini, and its definition.
type Port struct {
	Name, Definition string // "TCPIP", "TCP, 0, 15, 0"
}

// File is a mail file or the mail.box.
type File struct {
	Path     string
	Modified string // in the console's form
}

// Event is one row of `show schedule`.
type Event struct {
	What string // "Hub/Acme", a destination or a task
	Type string // "Mail Routing"
	At   string // in the console's form
}

// CommandError is the error of a command that was understood to fail: an
// unknown or incomplete command, or a Server that could not do it. Its text
// has been shown to who gave the command.
type CommandError struct {
	Text string // as printed, lines separated by "\n", without a last one
	Err  error  // what the Server said; nil if it was not asked
}

// Error gives the text as printed.
func (e *CommandError) Error() string { return e.Text }

// Unwrap gives the error of the Server.
func (e *CommandError) Unwrap() error { return e.Err }
