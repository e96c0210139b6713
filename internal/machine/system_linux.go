package machine

import (
	"os"
	"path/filepath"
	"syscall"
)

// FileSystemOf gives the file system of an absolute path, mounted on the highest
// folder above it that is on the same device; ok is false where that is not
// known.
func FileSystemOf(path string) (fs FileSystem, ok bool) {
	info, err := os.Stat(path)
	if err != nil {
		return FileSystem{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return FileSystem{}, false
	}
	fs.Mount = path
	for device := st.Dev; ; {
		up := filepath.Dir(fs.Mount)
		info, err := os.Stat(up)
		if err != nil || up == fs.Mount {
			break
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || st.Dev != device {
			break
		}
		fs.Mount = up
	}
	var space syscall.Statfs_t
	if err := syscall.Statfs(path, &space); err != nil {
		return FileSystem{}, false
	}
	fs.Free, fs.Size = int64(space.Bavail)*int64(space.Bsize), int64(space.Blocks)*int64(space.Bsize)
	return fs, true
}

// Memory gives the memory of the machine in octets; ok is false where that is
// not known.
func Memory() (free, total int64, ok bool) {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 0, 0, false
	}
	unit := int64(info.Unit)
	return int64(info.Freeram) * unit, int64(info.Totalram) * unit, true
}
