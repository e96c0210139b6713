package machine

import (
	"testing"
	"testing/fstest"
)

// TestGroupLimit: the least limit of the control groups above the process counts,
// in both versions, and what cannot be read is none.
func TestGroupLimit(t *testing.T) {
	const total = 8 << 30
	for _, c := range []struct {
		name  string
		files map[string]string
		total uint64
		want  uint64
	}{
		{"no control groups", nil, total, total},
		{"no limit", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, total, total},
		{"a container", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n"}, total, 512 << 20},
		{"a unit", map[string]string{"proc/self/cgroup": "0::/system.slice/domigo.service\n",
			"sys/fs/cgroup/system.slice/domigo.service/memory.high": "1073741824\n", "sys/fs/cgroup/system.slice/memory.max": "2147483648\n"}, total, 1 << 30},
		{"a group above", map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n",
			"sys/fs/cgroup/a/memory.max": "1048576\n"}, total, 1 << 20},
		{"version 1", map[string]string{"proc/self/cgroup": "4:cpu,cpuacct:/x\n3:hugetlb,memory:/docker/1\n",
			"sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes": "268435456\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, total, 256 << 20},
		{"more than there is", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "9223372036854771712\n"}, total, total},
		{"the machine not known", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4096\n"}, 0, 4096},
		{"nonsense", map[string]string{"proc/self/cgroup": "x\n0::/../..\n", "sys/fs/cgroup/memory.max": "-1\n"}, total, total},
	} {
		root := fstest.MapFS{}
		for name, text := range c.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := groupLimit(root, c.total); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if got := MemoryLimit(); got < 1<<20 {
		t.Errorf("memory of this process: %d", got)
	}
}
