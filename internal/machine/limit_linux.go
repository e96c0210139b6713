package machine

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// MemoryLimit gives how much memory this process may have, in octets: that of the
// machine, or what a control group above it has, as in a container or by a unit's
// MemoryMax. It is 0 where that is not known.
func MemoryLimit() uint64 {
	_, total, ok := Memory()
	if !ok {
		total = 0
	}
	return groupLimit(os.DirFS("/"), uint64(total))
}

// groupLimit gives the least of total and the limits of the process's control
// groups, of either version, below the root of a file system.
func groupLimit(root fs.FS, total uint64) uint64 {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return total // a kernel without them
	}
	for line := range strings.Lines(string(groups)) {
		// ID:CONTROLLERS:PATH, without controllers in version 2
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, at, ok := strings.Cut(rest, ":")
		base, files := "sys/fs/cgroup", []string{"memory.max", "memory.high"}
		if controllers != "" {
			base, files = "sys/fs/cgroup/memory", []string{"memory.limit_in_bytes"}
		}
		if !ok || controllers != "" && !strings.Contains(","+controllers+",", ",memory,") {
			continue
		}
		for at = path.Clean("/" + at); ; at = path.Dir(at) {
			for _, file := range files {
				total = least(root, path.Join(base, at, file), total)
			}
			if at == "/" {
				break
			}
		}
	}
	return total
}

// least gives the number in a file if there is one and it is less.
func least(root fs.FS, name string, total uint64) uint64 {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return total
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil || n == 0 || total > 0 && n >= total {
		return total // "max" among them
	}
	return n
}
