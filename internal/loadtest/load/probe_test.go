package load

import (
	"context"
	"net"
	"testing"
	"time"
)

// startSink serves Sink until the test ends.
func startSink(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Sink(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("sink: %v", err)
		}
	})
	return l.Addr().String()
}

// TestShapes: how messages are spread over connections and packets.
func TestShapes(t *testing.T) {
	addr := startSink(t)
	for _, c := range []struct {
		name        string
		change      func(o *Options)
		connections int
	}{
		{"lasting", func(o *Options) { o.Conns = 1 }, 1},
		{"one a connection", func(o *Options) { o.PerConn = 1 }, 50},
		{"pipelined", func(o *Options) { o.Conns, o.Pipeline = 1, true }, 1},
		{"large", func(o *Options) { o.Conns, o.N, o.Size = 1, 3, 200_000 }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(addr)
			c.change(&o)
			r, err := Run(context.Background(), o)
			if err != nil || r.Acknowledged != o.N || r.Failed != 0 || r.Connections != c.connections {
				t.Errorf("got %+v, %v; want %d acknowledged over %d connections", r, err, o.N, c.connections)
			}
		})
	}
}

func TestConnect(t *testing.T) {
	o := options(startSink(t))
	r, err := Connect(context.Background(), o)
	if err != nil || r.Acknowledged != o.N || r.Failed != 0 || r.Latency.P50 <= 0 {
		t.Errorf("got %+v, %v; want %d connections", r, err, o.N)
	}
	o.StartTLS = true // which the sink does not know
	if r, err = Connect(context.Background(), o); err != nil || r.Failed != o.N || r.FirstError == "" {
		t.Errorf("STARTTLS: got %+v, %v; want %d failed", r, err, o.N)
	}
}

func TestIdle(t *testing.T) {
	o := options(startSink(t))
	open := 0
	r, err := Idle(context.Background(), o, time.Millisecond, func(n int) error { open = n; return nil })
	if err != nil || r.Acknowledged != o.N || open != o.N {
		t.Errorf("got %+v, %d open, %v; want %d", r, open, err, o.N)
	}
}

func TestWrongOptions(t *testing.T) {
	for _, change := range []func(o *Options){
		func(o *Options) { o.Conns = 0 },
		func(o *Options) { o.PerConn = -1 },
		func(o *Options) { o.Run = ".run" },
	} {
		o := options("127.0.0.1:1")
		change(&o)
		if _, err := Run(context.Background(), o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
