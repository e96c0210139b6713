package server

import (
	"os"
	"path/filepath"
	"syscall"
)

// fileSystemOf gives the file system of an absolute path: the highest folder
// above it that is on the same device.
func fileSystemOf(path string) (fileSystem, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return fileSystem{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileSystem{}, false
	}
	fs := fileSystem{mount: path}
	for device := st.Dev; ; {
		up := filepath.Dir(fs.mount)
		info, err := os.Stat(up)
		if err != nil || up == fs.mount {
			break
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || st.Dev != device {
			break
		}
		fs.mount = up
	}
	var space syscall.Statfs_t
	if err := syscall.Statfs(path, &space); err != nil {
		return fileSystem{}, false
	}
	fs.free, fs.size = int64(space.Bavail)*int64(space.Bsize), int64(space.Blocks)*int64(space.Bsize)
	return fs, true
}

// machineMemory gives the memory of the machine in octets.
func machineMemory() (free, total int64, ok bool) {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 0, 0, false
	}
	unit := int64(info.Unit)
	return int64(info.Freeram) * unit, int64(info.Totalram) * unit, true
}
