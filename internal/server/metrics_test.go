package server

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"domigo/internal/metrics"
	"domigo/mailbox"
)

// startMetered starts the acme site with Domigo_Metrics, a certificate, an LDAP
// directory and a next hop, and gives the address of the statistics.
func startMetered(t *testing.T) (s *site, addr string) {
	t.Helper()
	hop := nextHop(t)
	_, people := peopleServer(t)
	addr = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s = start(t, func(dir string) {
		pemFile(t, dir, "mail.pem", "mail.acme.com", time.Now().Add(-time.Hour), time.Now().Add(240*time.Hour))
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nDomigo_TLSCert=mail.pem\nSMTPExpandDNSBLStats=1\n"+people+"Domigo_Metrics="+addr)
		replace(t, filepath.Join(dir, "names", "configuration.dxl"), "[127.0.0.1]:2526", hop)
	})
	s.out.wait(t, "Metrics: Listening on "+addr, 1)
	return s, addr
}

// nextHop takes what it is offered, and gives its address as the field of the
// relay host wants it.
func nextHop(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			takeAll(c)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "[127.0.0.1]:" + port
}

// takeAll is the dialogue of nextHop on one connection.
func takeAll(nc net.Conn) {
	defer nc.Close()
	c := &lineReader{Conn: nc}
	fmt.Fprint(nc, "220 hop\r\n")
	for data := false; ; {
		line, ok := c.line()
		switch {
		case !ok:
			return
		case data && line != ".":
		case strings.EqualFold(line, "DATA"):
			data = true
			fmt.Fprint(nc, "354 go on\r\n")
		case strings.EqualFold(line, "QUIT"):
			fmt.Fprint(nc, "221 bye\r\n")
			return
		default:
			data = false
			fmt.Fprint(nc, "250 ok\r\n")
		}
	}
}

// lineReader reads lines.
type lineReader struct {
	net.Conn
	rest string
}

func (r *lineReader) line() (string, bool) {
	for {
		if line, rest, ok := strings.Cut(r.rest, "\r\n"); ok {
			r.rest = rest
			return line, true
		}
		var b [1024]byte
		n, err := r.Read(b[:])
		if err != nil {
			return "", false
		}
		r.rest += string(b[:n])
	}
}

// scrape gives what Prometheus would read.
func scrape(t *testing.T, addr string) map[string]*dto.MetricFamily {
	t.Helper()
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		t.Fatalf("%s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value gives the value of a metric with these labels, of a histogram its number
// of observations.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) (float64, bool) {
	for _, m := range families[name].GetMetric() {
		has := 0
		for _, l := range m.GetLabel() {
			for i := 0; i+1 < len(labels); i += 2 {
				if l.GetName() == labels[i] && l.GetValue() == labels[i+1] {
					has++
				}
			}
		}
		if has*2 != len(labels) {
			continue
		}
		switch {
		case m.Counter != nil:
			return m.Counter.GetValue(), true
		case m.Gauge != nil:
			return m.Gauge.GetValue(), true
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount()), true
		}
	}
	return 0, false
}

// traffic sends a message to John Doe and, through the relay host, to somebody
// outside, has a recipient refused, and waits until all is done.
func (s *site) traffic(t *testing.T) {
	t.Helper()
	c := s.talk(t, "127.0.0.1")
	for _, step := range []struct{ say, want string }{
		{"", "220"}, {"EHLO ws.acme.com", "250"}, {"MAIL FROM:<Jane.Smith@acme.com>", "250"}, {"RCPT TO:<John.Doe@acme.com>", "250"},
		{"RCPT TO:<Ann.Away@acme.com>", "250"}, {"RCPT TO:<nobody@acme.com>", "550"}, {"DATA", "354"},
		{"Subject: statistics\r\n\r\nhello\r\n.", "250"}, {"QUIT", "221"},
	} {
		if got := c.say(t, step.say); !strings.HasPrefix(got, step.want) {
			t.Fatalf("%s: got %q, want %s", step.say, got, step.want)
		}
	}
	until(t, "delivered and transferred", func() bool {
		got := s.command(t, "show stat mail")
		return strings.Contains(got, "Mail.Delivered = 1\n") && strings.Contains(got, "Mail.Transferred = 1\n") && strings.Contains(got, "Mail.TotalPending = 0\n") &&
			// The results are in the mail.box before their threads are free.
			strings.Contains(got, "Mail.DeliveryThreads.Total = 0\n") && strings.Contains(got, "Mail.TransferThreads.Total = 0\n")
	})
}

// until looks again until it is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not %s", what)
		}
	}
}

// TestMetrics: a message is sent, and a scrape shows what show stat does, and
// what was measured on its way; all of it passes promlint.
func TestMetrics(t *testing.T) {
	s, addr := startMetered(t)
	s.traffic(t)
	families := scrape(t, addr)
	for _, c := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"domigo_smtp_messages_processed_total", nil, 1},
		{"domigo_smtp_final_reply_seconds", []string{"result", "accepted"}, 1},
		{"domigo_smtp_refusals_total", []string{"command", "RCPT", "code", "550", "rule", "Verify that local domain recipients exist in the Domino Directory"}, 1},
		{"domigo_router_delivery_seconds", nil, 1},
		{"domigo_router_transfer_seconds", []string{"result", "transferred"}, 1},
		{"domigo_mail_delivered_size_total", []string{"size", "Under_1KB"}, 1},
		{"domigo_task_up", []string{"task", "smtp"}, 1},
		{"domigo_task_up", []string{"task", "router"}, 1},
		{"domigo_mailbox_work", []string{"state", "ready"}, 0},
		{"domigo_server_info", []string{"server", "Server-704/Acme", "product", "Lotus Domino Release 7.0.4"}, 1},
		{"domigo_build_info", []string{"version", "test"}, 1},
		{"domigo_ldap_up", nil, 1},
	} {
		if got, ok := value(families, c.name, c.labels...); !ok || got != c.want {
			t.Errorf("%s%v: got %v (%t), want %v", c.name, c.labels, got, ok, c.want)
		}
	}
	if got, ok := value(families, "domigo_mailbox_sync_seconds"); !ok || got < 2 {
		t.Errorf("syncs: got %v, want the commit and the results", got)
	}
	if got, ok := value(families, "domigo_tls_certificate_expiry_timestamp_seconds", "name", "mail.acme.com"); !ok || got < float64(time.Now().Add(239*time.Hour).Unix()) {
		t.Errorf("certificate: got %v, %t", got, ok)
	}
	problems, err := testutil.GatherAndLint(s.metrics.Registry())
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %+v, %v", problems, err)
	}
}

// TestMetricsHoldShowStat: each number of show stat is in a scrape, under the
// name that its description gives, with the same value where it stands still.
func TestMetricsHoldShowStat(t *testing.T) {
	s, addr := startMetered(t)
	s.traffic(t)
	families := scrape(t, addr)
	list, words, err := s.statistics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		d, known := metrics.Describe(st.name)
		if !known {
			t.Errorf("%s has no description", st.name)
			continue
		}
		f := families[d.Metric()]
		if f == nil {
			t.Errorf("%s: no metric %s", st.name, d.Metric())
			continue
		}
		if !strings.Contains(f.GetHelp(), ": "+d.Name+").") && !strings.Contains(f.GetHelp(), "(show stat "+d.Name+").") {
			t.Errorf("%s: help %q does not name it", d.Metric(), f.GetHelp())
		}
		if counter := f.GetType() == dto.MetricType_COUNTER; counter != st.counts() {
			t.Errorf("%s: counter %t, want %t", d.Metric(), counter, st.counts())
		}
		if got, ok := value(families, d.Metric()); strings.HasPrefix(st.name, "Mail.T") && !strings.Contains(d.Name, "*") && (!ok || got != float64(st.value)) {
			t.Errorf("%s: got %v, want %d", d.Metric(), got, st.value)
		}
	}
	text := s.command(t, "show stat")
	for _, w := range words {
		if !strings.Contains(text, "  "+w.Name+" = "+w.Value+"\n") && w.Name != "Server.Task" {
			t.Errorf("show stat has no %s = %s", w.Name, w.Value)
		}
	}
	if want := fmt.Sprintf("  %d statistics found\n", len(list)+len(words)); !strings.HasSuffix(text, want+"\n") {
		t.Errorf("show stat ends with %q, want %q", text[max(0, len(text)-40):], want)
	}
}

// TestShowStatFamilies: the families of Domino that are here, their spelling,
// and the form of values.
func TestShowStatFamilies(t *testing.T) {
	s := start(t, nil)
	for pattern, want := range map[string][]string{
		"server": {"Server.AvailabilityIndex = 100", "Server.MailBoxes = 1", "Server.Name = Server-704/Acme", "Server.Path.Data = " + s.dir,
			"Server.Task = Router:Utility: Idle:[", "Server.Task = SMTP Server:Utility task:[", "Server.Time.Start = ", "Server.Users.Peak = 0", "Server.Version.Notes = Release 7.0.4"},
		"mail": {"MAIL.Dead = 0", "MAIL.Hold = 0", "MAIL.Waiting = 0", "MAIL.WaitingForDNS = 0", "MAIL.WaitingRecipients = 0", "Mail.AverageDeliverTime = 0",
			"Mail.CurrentByteDeliveryRate = 0", "Mail.PeakMessagesDelivered = 0", "Mail.TransferredSize.Over_100MB = 0"},
		"MAIL.Waiting*":                 {"MAIL.Waiting = 0", "3 statistics found"},
		"smtp.sessions.inbound.total.*": {"SMTP.Sessions.Inbound.Total.SSL = 0", "2 statistics found"},
		"mem":                           {"Mem.Allocated = ", "Mem.Allocated.Process = "},
	} {
		got := s.command(t, "show stat "+pattern)
		for _, line := range want {
			if !strings.Contains(got, "  "+line) {
				t.Errorf("show stat %s: no %q in\n%s", pattern, line, got)
			}
		}
		var names []string
		for line := range strings.Lines(got) {
			if name, _, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
				names = append(names, strings.ToLower(name))
			}
		}
		if !slices.IsSorted(names) {
			t.Errorf("show stat %s is not sorted: %q", pattern, names)
		}
	}
	for value, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 76427976704: "76,427,976,704"} {
		if got := (statistic{"Disk./.Free", value}).shown(value); got != want {
			t.Errorf("%d is shown as %q, want %q", value, got, want)
		}
	}
	if got := (statistic{"Mail.Delivered", 0}).shown(12345); got != "12345" {
		t.Errorf("a counter is shown as %q", got)
	}
	if _, err := s.ask(t, "set stat Server.Name"); err == nil {
		t.Error("set stat of a name was taken")
	}
}

// TestMetricsStates: what waits, is put off, held and dead, and a task that is
// down, show as what they are; while tasks stop a scrape does not wait.
func TestMetricsStates(t *testing.T) {
	s, addr := startMetered(t)
	s.command(t, "tell router quit")
	for range 4 {
		d, err := s.store.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		env := mailbox.Envelope{Sender: "a@acme.com", Recipients: []mailbox.Recipient{{Address: "b@acme.com"}, {Address: "c@acme.com"}}}
		if err := d.Commit(t.Context(), env); err != nil {
			t.Fatal(err)
		}
	}
	claims, err := s.store.Claim(t.Context(), "test", time.Minute, mailbox.Want{Limit: 3})
	if err != nil || len(claims) != 3 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	for i, do := range []func(c mailbox.Claim) error{
		func(c mailbox.Claim) error { return s.store.Hold(t.Context(), c.Token, nil, "held") },
		func(c mailbox.Claim) error { return s.store.Dead(t.Context(), c.Token, nil, "dead") },
		func(c mailbox.Claim) error {
			return s.store.Reschedule(t.Context(), c.Token, mailbox.Retry{Recipients: c.Recipients, Due: time.Now().Add(time.Hour), LastError: "busy"})
		},
	} {
		if err := do(claims[i]); err != nil {
			t.Fatal(err)
		}
	}
	families := scrape(t, addr)
	for state, want := range map[string]float64{"ready": 1, "deferred": 1, "held": 1, "dead": 1} {
		if got, ok := value(families, "domigo_mailbox_work", "state", state); !ok || got != want {
			t.Errorf("%s: got %v, %t, want %v", state, got, ok, want)
		}
	}
	if got, ok := value(families, "domigo_task_up", "task", "router"); !ok || got != 0 {
		t.Errorf("router: got %v, %t, want 0", got, ok)
	}
	s.mu.Lock() // a command that takes long
	families = scrape(t, addr)
	s.mu.Unlock()
	if _, ok := value(families, "domigo_smtp_sessions_inbound_active"); !ok {
		t.Error("no statistics while a command runs")
	}
	s.command(t, "tell smtp quit")
	if got, ok := value(scrape(t, addr), "domigo_task_up", "task", "smtp"); !ok || got != 0 {
		t.Errorf("smtp: got %v, %t, want 0", got, ok)
	}
}

// TestMetricsRestart: the address follows the variable at restart server, stays
// when it is the same, and stays when the new one cannot be had.
func TestMetricsRestart(t *testing.T) {
	s, addr := startMetered(t)
	s.command(t, "restart server")
	scrape(t, addr)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s.ini(t, "Domigo_Metrics="+addr, "Domigo_Metrics="+taken.Addr().String())
	if _, err := s.ask(t, "restart server"); err == nil {
		t.Error("restart server says nothing of a port that is taken")
	}
	s.out.wait(t, "Metrics: Domigo_Metrics: port "+taken.Addr().String()+" is taken by another process", 1)
	scrape(t, addr)
	fresh := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s.ini(t, "Domigo_Metrics="+taken.Addr().String(), "Domigo_Metrics="+fresh)
	s.command(t, "restart server")
	scrape(t, fresh)
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("the old address is served still")
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", fresh); err == nil {
		c.Close()
		t.Error("served after the end")
	}
}

// TestMetricsWiden: the address goes from one of the machine's to all of them on
// the same port, and back; where the new one cannot be had, the old one is served
// again.
func TestMetricsWiden(t *testing.T) {
	s, addr := startMetered(t)
	_, port, _ := net.SplitHostPort(addr)
	last, everywhere := addr, "0.0.0.0:"+port
	for _, next := range []string{everywhere, addr} {
		s.ini(t, "Domigo_Metrics="+last, "Domigo_Metrics="+next)
		s.command(t, "restart server")
		scrape(t, addr)
		last = next
	}
	other, err := net.Listen("tcp", "127.0.0.2:"+port) // keeps all addresses from being had
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.ini(t, "Domigo_Metrics="+addr, "Domigo_Metrics="+everywhere)
	if _, err := s.ask(t, "restart server"); err == nil {
		t.Error("restart server says nothing of a port that is taken")
	}
	s.out.wait(t, "Metrics: Domigo_Metrics: port "+everywhere+" is taken by another process", 1)
	scrape(t, addr)
}

// TestMetricsCounts: counters in a scrape do not follow set stat.
func TestMetricsCounts(t *testing.T) {
	s, addr := startMetered(t)
	s.greeting(t)
	s.command(t, "set stat SMTP.Sessions.Inbound.Total")
	if got, ok := value(scrape(t, addr), "domigo_smtp_sessions_inbound_total"); !ok || got != 1 {
		t.Errorf("got %v, %t, want 1", got, ok)
	}
}
