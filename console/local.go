package console

import (
	"context"
	"fmt"
	"io"
)

// local is the server in this process.
type local struct {
	server Server
	out    io.Writer
	shown  func(ctx context.Context) // waits until what was written to out is seen
	paint  func(text []byte, failed bool) []byte
}

func (l *local) run(ctx context.Context, line string) error {
	output, failure := execute(ctx, l.server, line)
	if len(output) == 0 {
		return nil
	}
	if _, err := l.out.Write(l.paint(output, failure != nil)); err != nil {
		return fmt.Errorf("write output of console command: %w", err)
	}
	l.shown(ctx)
	return nil
}

func (l *local) own(string) (known, done bool) { return false, false }

func (l *local) completions(ctx context.Context, line string) []string {
	return completions(ctx, l.server, table(), line)
}

func (l *local) secured(context.Context) (bool, error) {
	return passwordState(l.server) == passwordSet, nil
}
