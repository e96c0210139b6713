package fault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Disk is a small file system in memory.
type Disk struct{ dir string }

// ballast is the file that fills a Disk.
const ballast = "ballast"

// Mount makes the folder and puts a file system of the size, in mebibytes, on
// it. It belongs to the caller, who calls Unmount.
func Mount(ctx context.Context, dir string, mebibytes int) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=700", mebibytes), "soak", dir).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("mount: %w: %s", err, out)
	}
	return &Disk{dir}, nil
}

// Fill takes all the space there is, and gives how many octets that were.
func (d *Disk) Fill() (n int64, err error) {
	f, err := os.OpenFile(filepath.Join(d.dir, ballast), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for piece := make([]byte, 64<<10); ; {
		w, err := f.Write(piece)
		n += int64(w)
		if errors.Is(err, syscall.ENOSPC) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// Free gives back the space that Fill took.
func (d *Disk) Free() error { return os.Remove(filepath.Join(d.dir, ballast)) }

// Unmount takes the file system away, also where a file of it is open yet.
func (d *Disk) Unmount() error {
	out, err := exec.Command("umount", "-l", d.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("umount: %w: %s", err, out)
	}
	return nil
}
