package main

import "domigo/internal/manual"

// Here are the pages of the verbs that run a server or work on a running one.

func servePage() manual.Page {
	return manual.Page{
		Name:  "serve",
		Forms: []string{"[flags] [DIR]"},
		Short: "run: listener, router, console",
		About: `
Runs the site in DIR: the SMTP listener, the Router, the console and the watcher of
its files. Console lines go to standard output, and standard input takes console
commands; its end detaches the console and leaves the server running. The server is
ready with the line "SMTP Server: Started".

On a terminal the arrow keys bring back lines and TAB completes them. Ctrl-C clears a
line; on an empty one, pressed twice, it ends the server, and Ctrl-D leaves the console.
While a console password is set (set secure) neither does: quit asks for it.

SIGTERM and SIGINT end it in order: no new connections, 421 at the next command, and
after a grace time an end to what is open. A second signal ends it at once. SIGHUP
reads the configuration anew. Under systemd it takes sockets that are handed over,
and tells when it is ready and that it lives.

A site that would be an open relay starts only on loopback addresses, unless
Domigo_AllowOpenRelay=1 says that it is meant.`,
		Args:   []manual.Arg{siteArg()},
		Common: siteFlags("state"),
		Exits: []manual.Exit{
			{Code: 0, Means: "the server ended in order"},
			{Code: 1, Means: "it could not start, with all reasons, or it failed"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "serve acme", Does: "the example site, on 127.0.0.1 port 2525", Needs: "a terminal to stop it"},
			{Line: "serve -state /var/lib/domigo /etc/domigo", Does: "what the systemd unit runs", Needs: "a site in /etc/domigo"},
		},
		Files: append(siteFiles(),
			manual.File{Name: "mail.box/", Means: "the mail that waits; state folder"},
			manual.File{Name: "mail/", Means: "Maildirs; state folder"},
			manual.File{Name: "console.log", Means: "console lines; state folder"},
			manual.File{Name: "domigo.log", Means: "the structured log, JSON; state folder"},
			manual.File{Name: "domigo.sock", Means: "the console's socket; state folder"}),
		SeeAlso: []string{"check", "console", "queue", "domigo-notes.ini(5)"},
	}
}

func queuePage() manual.Page {
	return manual.Page{
		Name: "queue",
		Forms: []string{"list [flags] [DIR]", "show ID [-body] [DIR]", "hold|release|retry|delete ID...|-all [flags] [DIR]",
			"edit-recipient ID OLD NEW [DIR]"},
		Short: "the mail that waits: list, show, hold, release, retry, delete",
		About: `
Shows and steers the mail in the mail.box: through the running server, or in the store
of one that does not run. An ID is whole, or the eight digits that the console prints.
Without ids a change wants -all, and the other flags select.

hold keeps mail from the Router, release lets it go. release and retry try the
recipients of dead mail again; release -to-sender gives them up and reports that to
the sender, with -state pending what waits. retry makes waiting mail due and leaves held mail alone. delete removes
what is selected, with -to only those recipients. edit-recipient corrects an address.`,
		Args: []manual.Arg{{Choices: []string{"list", "show", "hold", "release", "retry", "delete", "edit-recipient"}},
			{Kind: manual.Dir, Many: true}},
		Common: []string{"state", "json"},
		Values: map[string]manual.Arg{"state": {Kind: manual.Dir, Choices: []string{"pending", "held", "dead"}}},
		Exits: []manual.Exit{
			{Code: 0, Means: "done"},
			{Code: 1, Means: "nothing matched, or refused"},
			{Code: 2, Means: "wrong arguments, or no mail.box"},
		},
		Examples: []manual.Example{
			{Line: "queue list acme", Does: "the mail that waits", Needs: "a running server"},
			{Line: "queue list -state dead -older 12h acme", Does: "dead mail that came more than twelve hours ago", Code: 1, Needs: "a running server"},
			{Line: "queue retry -all -dest example.net acme", Does: "everything for a domain at once", Needs: "mail for example.net"},
			{Line: "queue edit-recipient 5F00A1B2 jon.doe@acme.com john.doe@acme.com acme", Does: "correct an address", Needs: "that message"},
		},
		Files: []manual.File{
			{Name: "mail.box/", Means: "the mail that waits; state folder"},
			{Name: "domigo.log", Means: "where each change is recorded; state folder"},
		},
		SeeAlso: []string{"route", "console"},
	}
}

func lockoutPage() manual.Page {
	return manual.Page{
		Name:  "lockout",
		Forms: []string{"list [flags] [DIR]", "unlock NAME|ADDRESS [flags] [DIR]"},
		Short: "who is locked out for failed logins; unlock them",
		About: `
Lists the names and addresses that are locked out, or have failed to log in, and
unlocks one. A running server is asked, else the file of its state is.`,
		Args:   []manual.Arg{{Choices: []string{"list", "unlock"}}, {Kind: manual.Dir, Many: true}},
		Common: siteFlags("state", "json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "done"},
			{Code: 1, Means: "nobody of that name is locked out, or files cannot be read"},
			{Code: 2, Means: "wrong arguments, or neither a server nor its lockout.json"},
		},
		Examples: []manual.Example{
			{Line: "lockout list acme", Does: "who is locked out", Needs: "a running server, or its lockout.json", Code: 2},
			{Line: `lockout unlock "John Doe/Acme" acme`, Does: "let a user log in again", Needs: "a running server", Code: 1},
			{Line: "lockout unlock 203.0.113.9 acme", Does: "let an address log in again", Needs: "a running server", Code: 1},
		},
		Files:   []manual.File{{Name: "lockout.json", Means: "who is locked out; state folder"}},
		SeeAlso: []string{"console", "simulate"},
	}
}

func consolePage() manual.Page {
	return manual.Page{
		Name:  "console",
		Forms: []string{"[-state DIR] [DIR]", "-c COMMAND [-state DIR] [DIR]"},
		Short: "attach to a running server, or run one command",
		About: `
Attaches to the console of a running server through its socket, or runs one command
and prints its answer. The console's own word "help" lists the commands. The word
"done", Ctrl-D and Ctrl-C on an empty line leave it, and the server runs on; quit and
exit end the server.`,
		Args:   []manual.Arg{siteArg()},
		Common: []string{"state"},
		Exits: []manual.Exit{
			{Code: 0, Means: "done"},
			{Code: 1, Means: "the command was refused, or the connection failed"},
			{Code: 2, Means: "wrong arguments, or no server has its socket there"},
		},
		Examples: []manual.Example{
			{Line: "console acme", Does: "the console; done or the end of the input leaves it", Needs: "a running server"},
			{Line: `console -c "show tasks" acme`, Does: "what the server does", Needs: "a running server"},
			{Line: `console -c "tell smtp update config" acme`, Does: "read the listener's settings anew", Needs: "a running server"},
		},
		Files:   []manual.File{{Name: "domigo.sock", Means: "the console's socket; state folder"}},
		SeeAlso: []string{"serve", "queue", "lockout"},
	}
}

func manPage() manual.Page {
	return manual.Page{
		Name:  "man",
		Forms: []string{"DIR"},
		Short: "write the man pages",
		About: `
Writes the man pages of this program, of each command and of the variables of
notes.ini into DIR/man1 and DIR/man5, where "man -M DIR" finds them. They are made
from the table that -h reads.`,
		Args: []manual.Arg{{Kind: manual.Dir}},
		Exits: []manual.Exit{
			{Code: 0, Means: "the pages are written; their names are printed"},
			{Code: 1, Means: "they cannot be written"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "man manual", Does: "into the folder manual; then: man -M manual domigo-check"},
			{Line: "man /usr/local/share/man", Does: "for all users", Needs: "the right to write there"},
		},
		SeeAlso: []string{"completion", "domigo-notes.ini(5)"},
	}
}

func completionPage() manual.Page {
	return manual.Page{
		Name:  "completion",
		Forms: []string{"bash|zsh|fish"},
		Short: "print what completes this program's commands in a shell",
		About: `
Prints a script for the shell, which then completes commands, flags, names of settings,
folders and files. The Debian package brings the scripts with it.`,
		Args: []manual.Arg{{Choices: manual.Shells()}},
		Exits: []manual.Exit{
			{Code: 0, Means: "the script is printed"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "completion bash", Does: "for bash: source <(domigo completion bash)"},
			{Line: "completion zsh", Does: "for zsh: write it to a file _domigo in a folder of $fpath"},
			{Line: "completion fish", Does: "for fish: domigo completion fish | source"},
		},
		SeeAlso: []string{"man"},
	}
}

func versionPage() manual.Page {
	return manual.Page{
		Name:  "version",
		Forms: []string{"[-json]"},
		Short: "print the version",
		About: `
Prints the version. -json adds the Go version, the platform, and the revision of the
source if the build recorded one.`,
		Common: []string{"json"},
		Exits: []manual.Exit{
			{Code: 0, Means: "the version is printed"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "version", Does: "the version of this program"},
			{Line: "version -json", Does: "what it was built from and with"},
		},
		SeeAlso: []string{"check"},
	}
}

// programPage is the page of the program itself.
func programPage() manual.Page {
	return manual.Page{
		Name:  "domigo",
		Forms: []string{"COMMAND [flags] [arguments]", "help [COMMAND]"},
		Short: "the mail part of a Domino server's configuration",
		About: `
Takes the notes.ini and the exported Domino Directory documents of a server, and is
the SMTP listener and Router that Domino would have been. DIR, the last argument of
most commands, is the folder of a site; without one it is the current folder. Flags may
stand before or behind arguments.`,
		Exits: []manual.Exit{
			{Code: 0, Means: "done, and the answer is good"},
			{Code: 1, Means: "done, and the answer is bad; or it failed"},
			{Code: 2, Means: "wrong arguments; some commands say with it that nothing could be decided"},
		},
		Examples: []manual.Example{
			{Line: "check acme", Does: "is the site in the folder acme sound?"},
			{Line: "serve acme", Does: "run it", Needs: "a terminal to stop it"},
			{Line: "explain SMTPMaxSessions acme", Does: "where does a value come from?"},
			{Line: "simulate -host 203.0.113.7 -ptr mx.example.org -from a@example.org -to b@example.net acme",
				Does: "may that host relay?", Code: 1},
		},
		Files: []manual.File{
			{Name: "/etc/domigo/", Means: "the site of the systemd service"},
			{Name: "/var/lib/domigo/", Means: "what the service writes"},
			{Name: "/usr/share/doc/domigo/examples/acme/", Means: "the example site, which the examples call acme"},
		},
	}
}
