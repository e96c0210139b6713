package settings_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"domigo/settings"
)

// A site is loaded and built once, and asked where a value comes from.
func Example() {
	src, err := settings.NewLoader(settings.Paths{Dir: "../testdata/acme"}).Load(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	snap, report, err := settings.Build(settings.Input{Source: src, HostName: "mx.example.com", Version: "1.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(snap.Identity.HostName, snap.Domains.Primary, snap.Recipients.Verify)
	fmt.Println(report.Persons, "persons")
	r, _ := snap.Explained("SMTPVerifyRcpts")
	fmt.Println(r.Value, "because", r.Rule)
	fmt.Println(r.Winner())
	// Output:
	// Server-704.acme.com [acme.com] true
	// 3 persons
	// 1 because the document sets it
	// Configuration Settings document ../testdata/acme/names/configuration.dxl:34: ServerConfig document 2: SMTPVerifyRcpts
}

// exampleSite makes a folder with this notes.ini.
func exampleSite(ini string) (dir, file string) {
	dir, err := os.MkdirTemp("", "site")
	if err != nil {
		panic(err)
	}
	file = filepath.Join(dir, "notes.ini")
	if err := os.WriteFile(file, []byte("[Notes]\n"+ini), 0o600); err != nil {
		panic(err)
	}
	return dir, file
}

// A server keeps a Site and updates the view of each task. What cannot be honoured
// is refused, and the view stays.
func ExampleSite_Update() {
	ctx := context.Background()
	dir, ini := exampleSite("SMTPMaxSessions=5\n")
	defer os.RemoveAll(dir)
	site, _, err := settings.Open(ctx, settings.Options{Paths: settings.Paths{Dir: dir}, HostName: "mx.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range []string{"SMTPMaxSessions=7", "SMTPMaxSessions=lots"} {
		if err := os.WriteFile(ini, []byte("[Notes]\n"+line+"\n"), 0o600); err != nil {
			fmt.Println(err)
			return
		}
		update, err := site.Update(ctx, settings.SMTPTask, settings.Live)
		var refused *settings.RefusedError
		if errors.As(err, &refused) {
			fmt.Printf("line %d: %s\n", refused.Finding.Line, refused.Finding.Text)
		}
		for _, c := range update.Changed {
			fmt.Println(c.Key, c.Old, "->", c.New)
		}
	}
	fmt.Println(site.View(settings.SMTPTask).SMTP.MaxSessions)
	// Output:
	// SMTPMaxSessions 5 -> 7
	// line 2: SMTPMaxSessions: "lots" is not a number
	// 7
}

// Findings have a code for programs, and a remedy for people.
func ExampleCode() {
	dir, _ := exampleSite("SMTPVerifyRcpts=1\n")
	defer os.RemoveAll(dir)
	src, err := settings.NewLoader(settings.Paths{Dir: dir}).Load(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, report, err := settings.Build(settings.Input{Source: src, HostName: "mx.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		fmt.Println(f.Code, f.Severity, f.Line)
		fmt.Println(f.Code.Info().Remedy)
	}
	// Output:
	// field-as-variable warning 2
	// Change the field in the document, and take the line out.
}

// The table knows every name, in whatever case it is written.
func ExampleFind() {
	row, ok := settings.Find("mailmaxthreads")
	fmt.Println(ok, row.Name, row.Form, row.Item, row.Type, row.Takes)
	fmt.Println(settings.Suggest("SMTPGreting", 1))
	// Output:
	// true MailMaxThreads ServerConfig MailTransferThreads number at the next configuration update
	// [SMTPGreeting]
}
