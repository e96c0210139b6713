package resolver

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
)

const (
	maxHostsFile = 4 << 20
	maxProblems  = 100
)

// HostsTable is the content of a hosts file, for "Local lookup only". It does not change and is safe
// for concurrent use. The zero HostsTable is empty.
type HostsTable struct {
	addrs    map[string][]netip.Addr
	problems []error
}

// Hosts reads a hosts file: on each line an address and its names, the rest of
// a line from '#' on being a comment. Lines that are no such thing are left out
// and told by Problems, because a system's file may hold what only others
// understand. It fails if the file cannot be read or exceeds 4 MiB.
func Hosts(path string) (*HostsTable, error) {
	text, err := readBounded(path, maxHostsFile)
	if err != nil {
		return nil, fmt.Errorf("read hosts file: %w", err)
	}
	return parseHosts(path, string(text)), nil
}

func parseHosts(path, text string) *HostsTable {
	t := &HostsTable{addrs: map[string][]netip.Addr{}}
	problem := func(line int, text string) {
		if len(t.problems) < maxProblems {
			t.problems = append(t.problems, fmt.Errorf("%s:%d: %s", path, line, text))
		}
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		switch {
		case err != nil:
			problem(n, fmt.Sprintf("%q is no IP address", fields[0]))
			continue
		case len(fields) == 1:
			problem(n, "address without a name")
			continue
		}
		addr = addr.Unmap().WithZone("")
		for _, f := range fields[1:] {
			name := hostName(f)
			if name == "" {
				problem(n, fmt.Sprintf("%q is no host name", f))
				continue
			}
			if !slices.Contains(t.addrs[name], addr) {
				t.addrs[name] = append(t.addrs[name], addr)
			}
		}
	}
	return t
}

// Addrs gives the addresses of a name, whatever its case, in the order of the
// file; nil if it has none.
func (t *HostsTable) Addrs(name string) []netip.Addr {
	return slices.Clone(t.addrs[strings.ToLower(strings.TrimSuffix(name, "."))])
}

// Problems gives what was left out, each with file and line, at most 100.
func (t *HostsTable) Problems() []error { return slices.Clone(t.problems) }

// readBounded reads a file of at most limit octets, whatever its size is said to
// be: a device has none.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(text)) > limit:
		return nil, fmt.Errorf("%s: larger than %d octets", path, limit)
	}
	return text, nil
}
