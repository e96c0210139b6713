// Package fault makes the disk of a running process fail for a while: its
// syncs, with strace, or its space, on a small file system in memory that is
// filled and emptied. It needs Linux, the commands strace and mount, and for
// mount the rights of root. Faults end with the calls of this package; nothing
// of them outlives an orderly end of the program.
package fault
