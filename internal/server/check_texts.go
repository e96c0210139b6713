package server

import (
	"fmt"
	"os"

	"domigo/settings"
)

// checkTexts tells of files with the texts of reports that cannot be read: the
// reports would go out without.
func checkTexts(s *settings.Snapshot, dir string) []settings.Finding {
	t, r := &s.Router.Texts, &s.Router
	var out []settings.Finding
	for _, x := range []struct{ key, name string }{
		{"MailFailTransferFile", t.Transfer.File}, {"MailFailDeliveryFile", t.Delivery.File}, {"MailFailExpirationFile", t.Expiration.File},
		{"MailFailDomainFile", t.Domain.File}, {"MailFailServerFile", t.Server.File}, {"MailFailUsernameFile", t.Username.File},
		{"MailFailSizeFile", t.Size.File}, {"MailFailRestrictionFile", t.Restriction.File}, {"MailFailDelayFile", t.Delay.File},
		{"MailTextFileForTransferDelays", r.LowPriority.TextFile},
	} {
		if x.name == "" {
			continue
		}
		if err := readable(under(dir, x.name)); err != nil {
			out = append(out, settings.CodeReportText.At(placeOf(s, x.key), "%s: %v", x.key, err))
		}
	}
	return out
}

// readable gives why a file could not be read. What is no file is not opened: a pipe
// would wait for its writer.
func readable(name string) error {
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return f.Close()
}
