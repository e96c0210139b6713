package router

import (
	"context"
	"path/filepath"
	"testing"

	"domigo/directory"
)

// twins is a directory over the network with two people whose mail file would be
// one.
type twins struct{ further }

func (*twins) Find(_ context.Context, questions []directory.Question) []directory.Answer {
	out := make([]directory.Answer, len(questions))
	for i := range out {
		out[i].Entries = directory.Answered([]*directory.Entry{{DN: "uid=twin,ou=east,dc=net", FullName: []string{"UID=twin/OU=east/DC=net"},
			InternetAddress: "twin@acme.com", Remote: &directory.RemoteEntry{MailFileClash: "UID=twin/west/DC=net"}}})
	}
	return out
}

// TestMailFileClashWaits: mail for somebody whose mail file would be another's, too,
// is neither returned nor put there: it waits, and says for what.
func TestMailFileClashWaits(t *testing.T) {
	l := newLab(t)
	l.config.Assistance = &twins{}
	l.put("a@b.example", message, "twin@acme.com", "John.Doe@acme.com")
	defer l.run()()
	const reason = "Mail file not unique: that of UID=twin/east/DC=net would be that of UID=twin/west/DC=net, too"
	l.wait("the wait", func() bool {
		rows := l.rows()
		return len(rows) == 1 && len(rows[0].Recipients) == 1 && rows[0].LastError == reason && rows[0].Attempts == 1
	})
	if got := files(t, filepath.Join(l.config.MailDir, "mail/jdoe")); len(got) != 1 {
		t.Errorf("%d messages for the other recipient, want 1", len(got))
	}
}
