//go:build !linux

package machine

// FileSystemOf: not known here.
func FileSystemOf(string) (fs FileSystem, ok bool) { return FileSystem{}, false }

// Memory: not known here.
func Memory() (free, total int64, ok bool) { return 0, 0, false }

// MemoryLimit: not known here.
func MemoryLimit() uint64 { return 0 }
