// Package systemd speaks the two small protocols between a service and the
// manager that started it: notification (sd_notify: ready, reloading, stopping,
// watchdog) and sockets that the manager has bound and hands over (sd_listen_fds).
// Both are environment variables, and a manager other than systemd may set them.
//
// Without the variables everything here does nothing, so a server calls it in any
// case. What "alive" means for the watchdog, and which socket serves what, is left
// to the caller.
package systemd

// The variables, as sd_notify(3) and sd_listen_fds(3) name them.
const (
	envSocket   = "NOTIFY_SOCKET"
	envWatchdog = "WATCHDOG_USEC"
	envDogPID   = "WATCHDOG_PID"
	envPID      = "LISTEN_PID"
	envCount    = "LISTEN_FDS"
	envNames    = "LISTEN_FDNAMES"
)
