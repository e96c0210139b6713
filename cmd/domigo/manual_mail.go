package main

import "domigo/internal/manual"

// Here are the pages of the verbs that play through what happens to mail.

func simulatePage() manual.Page {
	return manual.Page{
		Name:  "simulate",
		Forms: []string{"-host IP [flags] -from ADDRESS -to ADDRESS [-to ADDRESS...] [DIR]"},
		Short: "what the listener would answer to a client, and why",
		About: `
Plays a session through the listener's own code and prints each reply, the setting
that decided and the steps it took; then where the Router would take the message.
Nothing is sent or stored, and a login needs no password.

What DNS would be asked must be said with -ptr or -fact, or -dns lets it ask. A
verdict that hangs on something unknown is no verdict: it says what is missing.`,
		Args:   []manual.Arg{siteArg()},
		Common: siteFlags("state", "json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "accepted"},
			{Code: 1, Means: "refused, for good or for now, or files cannot be read"},
			{Code: 2, Means: "wrong arguments, or a fact is missing that decides"},
		},
		Examples: []manual.Example{
			{Line: "simulate -host 203.0.113.7 -ptr mx.example.org -from a@example.org -to john.doe@acme.com acme",
				Does: "mail from outside for a user"},
			{Line: "simulate -host 203.0.113.7 -ptr mx.example.org -from a@example.org -to b@example.net acme",
				Does: "an attempt to relay, which is refused", Code: 1},
			{Line: "simulate -host 203.0.113.7 -fact any=none -auth jdoe -from john.doe@acme.com -to b@example.net acme",
				Does: "a user who has logged in; DNS knows nothing"},
			{Line: "simulate -host 203.0.113.7 -dns -from a@example.org -to john.doe@acme.com acme",
				Does: "the same, with what DNS says now", Needs: "DNS"},
		},
		Files:   append(siteFiles(), manual.File{Name: "lockout.json", Means: "who is locked out"}),
		SeeAlso: []string{"who-may-relay", "route", "explain"},
	}
}

func relayPage() manual.Page {
	return manual.Page{
		Name:  "who-may-relay",
		Forms: []string{"[flags] [DIR]", "[flags] DIR DIR2"},
		Short: "which hosts may relay to which destinations",
		About: `
Asks the relay decision about each class of hosts and of destinations that the site's
relay controls tell apart, and prints a table. With DIR2, or -diff DIR2, only what
differs from DIR to DIR2.`,
		Args:   []manual.Arg{siteArg(), siteArg()},
		Common: siteFlags("json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "the table is printed; of two sites, nothing differs"},
			{Code: 1, Means: "something differs, or files cannot be read"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "who-may-relay acme", Does: "the table of a site"},
			{Line: "who-may-relay acme acme.new", Does: "what a change would open or close", Code: 1},
			{Line: "who-may-relay -json acme", Does: "the table for a program"},
		},
		Files:   siteFiles(),
		SeeAlso: []string{"simulate", "diff", "check"},
	}
}

func routePage() manual.Page {
	return manual.Page{
		Name:  "route",
		Forms: []string{"ADDRESS [flags] [DIR]"},
		Short: "where mail for an address goes, and why",
		About: `
Asks the Router's own decisions where a message for an address would go: through
groups, forwarding addresses and domains to a mail file, a relay host, a smart host or
the hosts that DNS names, with every step. Nothing is sent.`,
		Args:   []manual.Arg{{Kind: manual.Word}, siteArg()},
		Common: siteFlags("json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "each recipient would be delivered or transferred"},
			{Code: 1, Means: "one would get a failure report, or files cannot be read"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "route john.doe@acme.com acme", Does: "a user"},
			{Line: "route b@example.net acme", Does: "another Internet domain"},
			{Line: `route b@example.net -fact "mx=10 mx1.example.net,20 mx2.example.net" acme`,
				Does: "the same, with what DNS would say"},
			{Line: "route nobody@acme.com acme", Does: "somebody who is not there", Code: 1},
		},
		Files:   siteFiles(),
		SeeAlso: []string{"simulate", "queue"},
	}
}
