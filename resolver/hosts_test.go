package resolver

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const hostsText = "# comment\n127.0.0.1 localhost\r\n192.0.2.1\tMail.Acme.test mail # alias\n192.0.2.2 mail.acme.test\n" +
	"::1 localhost\nfe80::1%lo0 localhost\n\nnonsense host\n192.0.2.3\n192.0.2.4 a/b c\n::ffff:192.0.2.5 mapped\n192.0.2.1 mail"

func TestHosts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(path, []byte(hostsText), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := Hosts(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]netip.Addr{
		"localhost":       addrs("127.0.0.1", "::1", "fe80::1"),
		"MAIL.acme.test.": addrs("192.0.2.1", "192.0.2.2"),
		"mail":            addrs("192.0.2.1"),
		"mapped":          addrs("192.0.2.5"),
		"c":               addrs("192.0.2.4"),
		"alias":           nil,
		"host":            nil,
	} {
		if got := table.Addrs(name); !reflect.DeepEqual(got, want) {
			t.Errorf("Addrs(%q): got %v, want %v", name, got, want)
		}
	}
	var problems []string
	for _, p := range table.Problems() {
		problems = append(problems, strings.TrimPrefix(p.Error(), path))
	}
	want := []string{`:8: "nonsense" is no IP address`, ":9: address without a name", `:10: "a/b" is no host name`}
	if !reflect.DeepEqual(problems, want) {
		t.Errorf("problems: got %q, want %q", problems, want)
	}
}

func TestHostsUnreadable(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, maxHostsFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{large, filepath.Join(dir, "absent"), dir, "/dev/zero"} {
		if _, err := Hosts(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that names it", path, err)
		}
	}
}

func FuzzHosts(f *testing.F) {
	f.Add(hostsText)
	f.Fuzz(func(t *testing.T, text string) {
		table := parseHosts("hosts", text)
		for name, list := range table.addrs {
			if len(list) == 0 || name != hostName(name) || !reflect.DeepEqual(table.Addrs(strings.ToUpper(name)), list) {
				t.Fatalf("%q: %q has %v, in capitals %v", text, name, list, table.Addrs(strings.ToUpper(name)))
			}
		}
		if len(table.Problems()) > maxProblems {
			t.Fatalf("%d problems", len(table.Problems()))
		}
	})
}
