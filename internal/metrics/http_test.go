package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serve runs the HTTP server; end stops it and gives what Serve returned.
func serve(t *testing.T, m *Metrics) (addr string, end func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Serve(ctx, l) }()
	return l.Addr().String(), func() error {
		cancel()
		return <-done
	}
}

// TestServe: GET and HEAD of /metrics, and nothing else.
func TestServe(t *testing.T) {
	addr, end := serve(t, New(testOptions()))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		method, path string
		code         int
		holds        string
	}{
		{"GET", "/metrics", 200, `domigo_build_info{goversion="go`},
		{"GET", "/metrics?x=1", 200, "domigo_mail_waiting 7"},
		{"HEAD", "/metrics", 200, ""},
		{"POST", "/metrics", 405, ""},
		{"DELETE", "/metrics", 405, ""},
		{"GET", "/", 404, ""},
		{"GET", "/metrics/", 404, ""},
		{"GET", "/debug/pprof/", 404, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+addr+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != c.code || !strings.Contains(string(body), c.holds) {
			t.Errorf("%s %s: %d, %v, want %d with %q; got\n%.300s", c.method, c.path, resp.StatusCode, err, c.code, c.holds, body)
		}
	}
	client.CloseIdleConnections()
	if err := end(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("somebody listens still")
	}
}

// TestServeEndsScrapes: a stop lets a scrape under way end.
func TestServeEndsScrapes(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	o := testOptions()
	o.State = func(context.Context) (State, error) {
		close(asked)
		<-answer
		return State{}, nil
	}
	addr, end := serve(t, New(o))
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /metrics HTTP/1.0\r\n\r\n")
	<-asked
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	for { // until the stop has begun
		other, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		other.Close()
	}
	select {
	case err := <-ended:
		t.Errorf("it ended before the scrape, with %v", err)
	default:
	}
	close(answer)
	text, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(text), "HTTP/1.0 200 OK\r\n") || !strings.Contains(string(text), "domigo_mail_waiting 7") {
		t.Errorf("%v, %.200s", err, text)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestServeSilentClients: those who say nothing keep neither others nor the end.
func TestServeSilentClients(t *testing.T) {
	addr, end := serve(t, New(testOptions()))
	for range maxConnections - 1 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	begun := time.Now()
	if err := end(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > stopTime+2*time.Second {
		t.Errorf("the end took %v", took)
	}
}

// failing is a listener that fails.
type failing struct{ net.Listener }

var errFailing = errors.New("no more")

func (f failing) Accept() (net.Conn, error) { return nil, errFailing }

func TestServeFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := New(testOptions()).Serve(t.Context(), failing{l}); !errors.Is(err, errFailing) {
		t.Errorf("got %v, want %v", err, errFailing)
	}
}
