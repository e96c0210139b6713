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
	for addr, want := range map[string][]string{
		"192.0.2.1":        {"mail.acme.test", "mail"},
		"::ffff:192.0.2.2": {"mail.acme.test"},
		"192.0.2.3":        nil,
		"192.0.2.9":        nil,
	} {
		if got := table.Names(netip.MustParseAddr(addr)); !reflect.DeepEqual(got, want) {
			t.Errorf("Names(%s): got %q, want %q", addr, got, want)
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
	for _, path := range []string{large, filepath.Join(dir, "absent"), dir} {
		if _, err := Hosts(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that names it", path, err)
		}
		if _, err := New(Config{Servers: []string{"192.0.2.1"}, HostsFile: path}); err == nil {
			t.Errorf("New with %s: got no error", path)
		}
	}
}

func TestDynamicThenLocal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts")
	text := "192.0.2.1 local.test both.test failing.test\n192.0.2.2 reverse.test\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	answers := map[string][]string{
		"both.test. A":                {"both.test. 60 A 192.0.2.77"},
		"failing.test. A":             {"SERVFAIL"},
		"1.2.0.192.in-addr.arpa. PTR": {"1.2.0.192.in-addr.arpa. 60 PTR dns.test."},
	}
	r, f := newFake(t, answers, Config{HostsFile: path})
	for host, want := range map[string]string{"local.test": "192.0.2.1", "both.test": "192.0.2.77", "failing.test": "192.0.2.1"} {
		if got, err := r.Addrs(t.Context(), host); err != nil || !reflect.DeepEqual(got, addrs(want)) {
			t.Errorf("Addrs(%q): got %v, %v, want %s", host, got, err, want)
		}
	}
	for addr, want := range map[string]string{"192.0.2.1": "dns.test", "192.0.2.2": "reverse.test"} {
		if got, err := r.PTR(t.Context(), netip.MustParseAddr(addr)); err != nil || !reflect.DeepEqual(got, []string{want}) {
			t.Errorf("PTR(%s): got %q, %v, want %s", addr, got, err, want)
		}
	}
	if _, err := r.A(t.Context(), "local.test"); outcome(err) != "nxdomain" {
		t.Errorf("A asks DNS alone: got %v", err)
	}
	asked := len(f.asked)
	if got := r.Local().Addrs("both.test"); !reflect.DeepEqual(got, addrs("192.0.2.1")) || len(f.asked) != asked {
		t.Errorf("Local: got %v after %d questions, want 192.0.2.1 after none", got, len(f.asked)-asked)
	}
}

func FuzzHosts(f *testing.F) {
	f.Add(hostsText)
	f.Fuzz(func(t *testing.T, text string) {
		table := parseHosts("hosts", text)
		for name, list := range table.addrs {
			for _, addr := range list {
				found := false
				for _, n := range table.Names(addr) {
					found = found || n == name
				}
				if !found || name != hostName(name) {
					t.Fatalf("%q: %q has %v, which has %q", text, name, addr, table.Names(addr))
				}
			}
		}
		if len(table.Problems()) > maxProblems {
			t.Fatalf("%d problems", len(table.Problems()))
		}
	})
}
