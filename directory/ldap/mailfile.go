package ldap

import (
	"context"
	"slices"
	"strings"

	"domigo/directory"
)

// A mail file that no entry names is made of the first short name, which Domino
// would have fixed when it registered the person. It is made for one entry only:
// whoever would share it with another gets none, and RemoteEntry.MailFileClash says
// with whom, so that mail waits until an administrator has decided.

// madeFile makes the name of a mail file of the first short name, unless that
// cannot be the name of a file.
func (c *Client) madeFile(short []string) string {
	if len(short) == 0 || short[0] == "." || short[0] == ".." || strings.ContainsAny(short[0], `/\:@`) {
		return ""
	}
	return strings.ReplaceAll(c.cfg.MailFile, "%s", strings.ToLower(short[0]))
}

// settle finds out whether anybody else below the base has the mail files that
// were made for entries, and takes them away from those who would share one.
func (c *Client) settle(ctx context.Context, l *link, a *attributes, made []*directory.Entry) error {
	for some := range slices.Chunk(made, maxBatch) {
		if err := c.settleSome(ctx, l, a, some); err != nil {
			return err
		}
	}
	return nil
}

// settleSome is settle with one search, or with more where one gives too much.
func (c *Client) settleSome(ctx context.Context, l *link, a *attributes, made []*directory.Entry) error {
	var t terms
	for _, e := range made {
		for _, name := range sameFile(strings.ToLower(e.ShortName[0])) {
			t.add(a.short, name)
		}
		for _, name := range spelledFile(mailFileKey(e.MailFile)) {
			t.add(a.file, name)
		}
	}
	found, cut, err := c.entries(ctx, l, a, t.with(a.people))
	if err != nil {
		return err
	}
	if half := len(made) / 2; cut && half > 0 {
		if err := c.settleSome(ctx, l, a, made[:half]); err != nil {
			return err
		}
		return c.settleSome(ctx, l, a, made[half:])
	}
	holders := map[string][]string{} // of a mail file, by their names
	for _, e := range found {
		if p, _, ok := c.person(a, e); ok && p.MailFile != "" && p.Forward == "" {
			key := mailFileKey(p.MailFile)
			holders[key] = append(holders[key], p.FullName[0])
		}
	}
	for _, e := range made {
		others := slices.DeleteFunc(slices.Clone(holders[mailFileKey(e.MailFile)]), func(name string) bool {
			return strings.EqualFold(name, e.FullName[0])
		})
		switch {
		case len(others) > 0:
			e.MailFile, e.Remote.MailFileClash = "", directory.Abbreviate(slices.Min(others))
		case cut:
			e.MailFile, e.Remote.MailFileClash = "", "too many entries of the name to tell"
		}
	}
	return nil
}

// mailFileKey gives one text for every way to write a mail file: with slashes or
// backslashes, with or without the folder mail and the suffix .nsf, in any case.
// The Router takes all of them for one.
func mailFileKey(file string) string {
	key := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(file), `\`, "/"))
	return strings.TrimSuffix(strings.TrimPrefix(key, "mail/"), ".nsf")
}

// sameFile gives the short names whose mail files may be that of a short name:
// the suffix .nsf counts in neither direction, since nobody knows which of two
// entries was there first, and whose mail lies in the file.
func sameFile(short string) []string {
	out := []string{short, short + ".nsf"}
	if bare := strings.TrimSuffix(short, ".nsf"); bare != short {
		out = append(out, bare)
	}
	return out
}

// spelledFile gives the ways to write a mail file, by its key.
func spelledFile(key string) []string {
	var out []string
	for _, file := range []string{key, key + ".nsf", "mail/" + key, "mail/" + key + ".nsf"} {
		out = append(out, file)
		if turned := strings.ReplaceAll(file, "/", `\`); turned != file {
			out = append(out, turned)
		}
	}
	return out
}
