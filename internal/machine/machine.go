// Package machine tells what the operating system knows of the machine and of
// this process: file systems, memory, descriptors. What a system does not tell
// is said to be unknown; nothing is guessed. What the numbers mean to a mail
// server is its caller's business.
package machine

import "runtime/metrics"

// FileSystem is where files are kept.
type FileSystem struct {
	Mount      string // the folder that it is mounted on
	Free, Size int64  // octets; Free is what this process may still write
}

// Allocated gives the memory that the process has of the operating system, in
// octets.
func Allocated() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	var sum [2]uint64
	for i := range samples {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			sum[i] = samples[i].Value.Uint64()
		}
	}
	return int64(sum[0] - sum[1])
}
