//go:build !linux

package server

// fileSystemOf: not known here.
func fileSystemOf(string) (fileSystem, bool) { return fileSystem{}, false }

// machineMemory: not known here.
func machineMemory() (free, total int64, ok bool) { return 0, 0, false }
