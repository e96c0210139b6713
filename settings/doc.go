// Package settings makes one value of a site's configuration: of notes.ini, the
// Server, Configuration Settings, SMTP Inbound Site, Domain and Connection
// documents, One-Touch files and the directories. It opens files and nothing
// else; listening, sending and deciding are left to others, which read a
// [Snapshot].
//
// # From the files to a Snapshot
//
//	Loader.Load  files            → Source: what they say, each with its place
//	Build        Source           → Snapshot, Report: typed values, findings
//	Lint         Source, Snapshot → findings that keep no site from starting
//	Open         all of it, and again whenever a Site is told to Update
//
// A command that looks at a site once uses [Loader], [Build] and [Lint]. A server
// uses a [Site]: it holds a view of its own for each [Task], since the listener
// and the Router refresh at times of their own, and replaces a view as a whole. A
// Snapshot never changes after Build. What may not change yet, such as a port
// before the task restarts, is kept from the previous view and told as
// [Pending].
//
// # The table
//
// Every setting is one [Row] of [Rows]: the variable of notes.ini, the field of a
// document, or both, with type, default, bounds, the Snapshot field that it fills
// and when a change takes effect. Resolving, explaining, reporting and the manual
// read the table and nothing repeats it. Where several sources give a value the
// stronger counts, in this order: default, document, One-Touch notesINI,
// notes.ini, NOTES.INI Settings of the Configuration Settings document. A
// [Resolved] has a [Layer] for each, so that [Snapshot.Explained] can say why.
//
// # What is wrong
//
// Nothing an administrator writes is an error of Go: it becomes a [Finding] with a
// [Code], a place and a text, and the setting keeps a weaker source's value. A
// finding with NoStart keeps a server from starting; an error that was not there
// before has [Site.Update] refuse the change with a [RefusedError], and the view
// stays. An export that cannot be read whole, or is gone, keeps what it said for as
// long as the Site is open, unless other files say it now. What an export lacks
// that it had is gone, and [Update.News] tells of it; a change without the Server
// document, or without a group that a list names, is refused.
package settings
