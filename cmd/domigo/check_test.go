package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domigo/internal/dnstest"
	"domigo/settings"
)

// namesZone is DNS for TestCheckDNS. 127.0.0.9 is the site's own listener.
const namesZone = `
hub.acme.com.              300 IN A 192.0.2.1
acme.com.                  300 IN MX 10 hub.acme.com.
null.example.              300 IN MX 0 .
plain.example.             300 IN A 192.0.2.2
relay.isp.example.         300 IN A 192.0.2.3
onlymx.example.            300 IN MX 10 relay.isp.example.
alias.acme.com.            300 IN A 127.0.0.9
2.0.0.127.bl.example.      300 IN A 127.0.0.2
2.0.0.127.closed.example.  300 IN A 127.255.255.254
`

// siteWith makes a site of variables and of items of its documents.
func siteWith(t *testing.T, ini, config string, domains ...string) string {
	t.Helper()
	dir := t.TempDir()
	docs := `{"items": {"Form": "Server", "ServerName": "CN=Hub/O=Acme", "SMTPFullHostDomain": "hub.acme.com", "SMTPListenerEnabled": "1"}},
  {"items": {"Form": "ServerConfig", "ServerName": "*", "UseAsDefault": "1", "SMTPRlyDenyHosts": "*"` + config + `}}`
	for _, d := range domains {
		docs += `,
  {"items": {"Form": "Domain", "DomainType": "GlobalDomain", "LocalPrimaryInternetDomain": "` + d + `"}}`
	}
	for name, text := range map[string]string{"notes.ini": "[Notes]\n" + ini,
		"names.json": `{"appConfiguration": {"databases": [{"filePath": "names.nsf", "documents": [` + docs + `]}]}}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// codesOf runs check -json and gives the codes of the findings, without those
// that are only worth knowing.
func codesOf(t *testing.T, args ...string) (codes []string, text string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(context.Background(), append([]string{"check", "-json"}, args...), strings.NewReader(""), &out, &errOut)
	var report struct {
		Errors   int
		Findings []struct {
			Code, Severity, Text, Remedy, File string
			Line                               int
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), errOut.String())
	}
	if (code == exitFailed) != (report.Errors > 0) {
		t.Errorf("%q: exit code %d with %d errors", args, code, report.Errors)
	}
	for _, f := range report.Findings {
		if info := settings.Code(f.Code).Info(); info.Remedy == "" || f.Remedy != info.Remedy || string(info.Severity) != f.Severity {
			t.Errorf("%q: finding %+v is not as the table of codes has it", args, f)
		}
		if f.Severity != string(settings.SevInfo) {
			codes = append(codes, f.Code)
			text += f.Code + ": " + f.Text + "\n"
		}
	}
	return codes, text
}

func TestCheckDNS(t *testing.T) {
	for _, c := range []struct {
		name, config string
		domains      []string
		want         []string
		text         string
	}{
		{"all there", `, "MailRelayHost": "relay.isp.example", "MailSmartHost": "onlymx.example", "SMTPDNSBL": "1", "SMTPDNSBLSites": "bl.example"`,
			[]string{"acme.com", "plain.example"}, nil, ""},
		{"an address needs no question", `, "MailRelayHost": "[192.0.2.9]:2525"`, []string{"acme.com"}, nil, ""},
		{"no such relay host", `, "MailRelayHost": "relay.isp.exampel:25"`, []string{"acme.com"}, []string{"dns-unknown"}, "relay.isp.exampel"},
		{"relay host is this server", `, "MailRelayHost": "alias.acme.com"`, []string{"acme.com"}, []string{"relay-self"}, "127.0.0.9"},
		{"domain without mail", "", []string{"acme.com", "gone.example", "null.example"}, []string{"dns-domain", "dns-domain"}, "gone.example"},
		{"DNS lists", `, "SMTPDNSBL": "1", "SMTPDNSBLSites": ["closed.example", "dead.example"], "SMTPDNSWL": "0", "SMTPDNSWLSites": "off.example"`,
			[]string{"acme.com"}, []string{"dns-list", "dns-list"}, "dead.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dns := dnstest.Start(t, namesZone)
			dir := siteWith(t, "Domigo_Listen=127.0.0.9\nDomigo_DNS="+dns.Addr+"\n", c.config, c.domains...)
			quiet, _ := codesOf(t, dir)
			if n, _ := dns.Queries(); n != 0 {
				t.Errorf("without -dns %d questions were asked", n)
			}
			got, text := codesOf(t, "-dns", dir)
			got = slices.DeleteFunc(got, func(code string) bool { return slices.Contains(quiet, code) })
			if !slices.Equal(got, c.want) || !strings.Contains(text, c.text) {
				t.Errorf("items %s: got %q, want %q with %q in:\n%s", c.config, got, c.want, c.text, text)
			}
			if n, _ := dns.Queries(); n == 0 {
				t.Error("with -dns nothing was asked")
			}
		})
	}
}

// TestCheckDNSNoAnswer: a server that does not answer is no name that is not
// there.
func TestCheckDNSNoAnswer(t *testing.T) {
	dns := dnstest.Start(t, namesZone)
	addr := dns.Addr
	dns.Close()
	got, text := codesOf(t, "-dns", siteWith(t, "Domigo_Listen=127.0.0.9\nDomigo_DNS="+addr+"\n", "", "acme.com"))
	if want := []string{"dns-no-answer", "dns-no-answer"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: %s", got, want, text)
	}
}

// TestArrange: by severity, then by code, then by place, and none twice.
func TestArrange(t *testing.T) {
	at := func(code settings.Code, file string, line int) settings.Finding {
		return code.At(settings.Finding{File: file, Line: line}, "text")
	}
	list := []settings.Finding{
		at(settings.CodePending, "a", 1), at(settings.CodeGroupEmpty, "b", 2), at(settings.CodeGroupEmpty, "b", 1),
		at(settings.CodeGroupEmpty, "a", 9), at(settings.CodeGroupEmpty, "b", 2), at(settings.CodeOpenRelay, "z", 1), at(settings.CodeAuthClear, "z", 1),
	}
	var got []string
	for _, f := range arrange(list) {
		got = append(got, string(f.Code)+" "+f.Place())
		if f.Remedy == "" {
			t.Errorf("%s has no remedy", f)
		}
	}
	want := []string{"open-relay z:1", "auth-clear z:1", "group-empty a:9", "group-empty b:1", "group-empty b:2", "pending a:1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestPrintCheckCleans holds that nothing of a site's files reaches a terminal
// as a control character, and that a remedy stands behind each kind once.
func TestPrintCheckCleans(t *testing.T) {
	var list []settings.Finding
	for i := range 20 {
		list = append(list, settings.CodeGroupEmpty.At(settings.Finding{File: "a\x1b[31m", Line: i + 1}, "bell \a"))
	}
	var out strings.Builder
	if err := printCheck(&out, checkReport{Server: "CN=\x1b]0;x\a", Findings: arrange(list)}, false); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.ContainsAny(got, "\x1b\a") || strings.Count(got, "  -> ") != 1 || strings.Count(got, "[group-empty]") != fewAlike {
		t.Errorf("got:\n%q", got)
	}
}
