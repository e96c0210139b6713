package smtpd

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fewDescriptors is set in the process of TestOutOfDescriptors that has few.
const fewDescriptors = "SMTPD_TEST_FEW_DESCRIPTORS"

// TestOutOfDescriptors: a process without a descriptor left waits, and takes
// connections again when one is free. It runs in a process of its own.
func TestOutOfDescriptors(t *testing.T) {
	if os.Getenv(fewDescriptors) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOutOfDescriptors$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), fewDescriptors+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	r := newRig(t)
	addr := overTCP(t, r, Plain)
	usual(t, addr)
	ended(t, r)
	limit := syscall.Rlimit{Cur: uint64(descriptors() + 8), Max: uint64(descriptors() + 8)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	var held []net.Conn
	for {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			if !errors.Is(err, syscall.EMFILE) {
				t.Fatal(err)
			}
			break
		}
		held = append(held, c)
	}
	for limit := time.Now().Add(20 * time.Second); !strings.Contains(r.logged(), "accept failed"); runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatalf("%d connections, and accept did not fail: %s", len(held), r.logged())
		}
	}
	for _, c := range held {
		c.Close()
	}
	usual(t, addr)
	ended(t, r)
}
