package metrics

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
	"golang.org/x/net/netutil"
)

// Bounds of the HTTP server: nobody but a few Prometheus servers asks it, and a
// client that is slow, or that asks all the time, gets no more than this.
const (
	maxConnections = 32
	maxScrapes     = 4
	headerTime     = 5 * time.Second
	readTime       = 10 * time.Second
	writeTime      = 30 * time.Second
	idleTime       = 2 * time.Minute
	maxHeader      = 8 << 10
	stopTime       = 2 * time.Second // of scrapes under way when the server stops
)

// handler answers GET /metrics and nothing else.
func (m *Metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            logLines{m.log},
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
		Timeout:             writeTime - time.Second,
		EnableOpenMetrics:   true,
	}))
	return mux
}

// Serve answers scrapes on l until ctx is done, ends those under way, and closes
// l. It gives nil unless l failed.
func (m *Metrics) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           m.handler(),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(logLines{m.log}, "", 0),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(netutil.LimitListener(l, maxConnections)) }()
	var failed error
	select {
	case failed = <-served:
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err := srv.Shutdown(stop); err != nil {
			failed = srv.Close() // a client that does not read is cut off
		}
		if err := <-served; failed == nil {
			failed = err
		}
	}
	if failed == nil || errors.Is(failed, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve metrics on %s: %w", l.Addr(), failed)
}

// logLines writes what the HTTP server reports to the structured log.
type logLines struct{ log zerolog.Logger }

// Println is what promhttp asks for.
func (l logLines) Println(v ...any) { l.log.Warn().Msg("metrics: " + fmt.Sprint(v...)) }

// Write is what a log.Logger asks for.
func (l logLines) Write(line []byte) (int, error) {
	l.log.Warn().Msg("metrics: " + string(line[:max(0, len(line)-1)]))
	return len(line), nil
}
