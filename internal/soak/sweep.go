package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"
)

// sweepEvery is the time between two audits under load.
const sweepEvery = 2 * time.Second

// sweep audits what is delivered, and keeps the logs of the servers short, until
// ctx is done: a run of any length gets by on a disk of one size.
func (r *run) sweep(ctx context.Context) error {
	for pause(ctx, sweepEvery) == nil {
		if err := r.audit.sweep(settled); err != nil {
			return err
		}
		for _, s := range r.house.servers() {
			if err := s.RotateLog(r.o.log << 20); err != nil {
				return err
			}
		}
		n, err := octets(r.house.dir)
		if err != nil {
			return err
		}
		r.onDisk.Store(n)
		r.most = max(r.most, n)
	}
	return nil
}

// octets adds up the sizes of the files in a folder and those below it. What
// goes meanwhile does not count.
func octets(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				n += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return n, err
}
