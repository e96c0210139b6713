package site

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Swap is a piece of a site's files and what stands there instead. The piece
// must occur, so that a site that has changed is not run with half of what was
// meant.
type Swap struct{ Old, New string }

// Copy copies the files of a site from one folder to another, which it makes,
// with every occurrence of the swaps replaced.
func Copy(from, to string, swaps []Swap) error {
	pairs := make([]string, 0, 2*len(swaps))
	seen := make([]bool, len(swaps))
	for _, s := range swaps {
		pairs = append(pairs, s.Old, s.New)
	}
	replace := strings.NewReplacer(pairs...)
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for i, s := range swaps {
			seen[i] = seen[i] || strings.Contains(string(data), s.Old)
		}
		return os.WriteFile(filepath.Join(to, rel), []byte(replace.Replace(string(data))), 0o600)
	})
	if err != nil {
		return fmt.Errorf("copy site: %w", err)
	}
	for i, s := range swaps {
		if !seen[i] {
			return fmt.Errorf("copy site: %s has no %q", from, s.Old)
		}
	}
	return nil
}

// Ports below the ones that systems give to outgoing connections, so that none
// is taken between the look and the use.
const (
	firstPort = 12000
	lastPort  = 32000
)

// FreePort gives a port, the same for all the hosts, on which nobody listens.
// It looks from a place that start chooses.
func FreePort(start int, hosts ...string) (string, error) {
	for i := range lastPort - firstPort {
		port := fmt.Sprint(firstPort + (start+i)%(lastPort-firstPort))
		if free(port, hosts) {
			return port, nil
		}
	}
	return "", fmt.Errorf("no free port from %d to %d on %v", firstPort, lastPort, hosts)
}

func free(port string, hosts []string) bool {
	for _, h := range hosts {
		l, err := net.Listen("tcp", net.JoinHostPort(h, port))
		if err != nil {
			return false
		}
		if l.Close() != nil {
			return false
		}
	}
	return true
}

// SetVariable gives a variable of a notes.ini another value, adding it if it
// is not there. The file is replaced as a whole.
func SetVariable(file, name, value string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		if key, _, _ := strings.Cut(line, "="); !strings.EqualFold(key, name) {
			out.WriteString(strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	out.WriteString(name + "=" + value + "\n")
	if err := os.WriteFile(file+".new", []byte(out.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
