package metrics

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var expires = time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)

// testOptions are those of a server with one of each.
func testOptions() Options {
	return Options{
		Version: "1.2.3", Log: zerolog.Nop(),
		Statistics: func(context.Context) ([]Statistic, error) {
			return []Statistic{
				{"MAIL.Waiting", 7}, {"Mail.Delivered", 12}, {"Mail.AverageSizeDelivered", 3}, {"Mail.CurrentByteDeliveryRate", 600},
				{"Mail.DeliveredSize.Under_1KB", 4}, {"Mail.DeliveryThreads.Total", 2}, {"SMTP.Sessions.Inbound.Total.SSL.Bad_Handshake", 1},
				{"SMTP.Sessions.Inbound.BytesReceived", 4096}, {"SMTP.DNSBL.TotalHits", 9},
				{"SMTP.DNSBL.zen.example.203.0.113.9.Hits", 2}, {"SMTP.DNSBL.zen.example.2001:db8::1.Hits", 3}, {"SMTP.DNSBL.other.example.203.0.113.9.Hits", 4},
				{"Disk./.Free", 1 << 30}, {"Nobody.Knows", 1},
			}, nil
		},
		State: func(context.Context) (State, error) {
			return State{Server: "Server-704/Acme", Product: "Lotus Domino Release 7.0.4", Tasks: map[string]bool{"smtp": true, "router": false},
				Work:         map[string]int{"ready": 1, "deferred": 2, "held": 3, "dead": 4},
				Certificates: []Certificate{{"mail.acme.com", expires.Add(time.Hour)}, {"mail.acme.com", expires}}}, nil
		},
	}
}

// TestScrape: names, help, kinds, units and labels of what the server tells.
func TestScrape(t *testing.T) {
	m := New(testOptions())
	m.Refused("RCPT", 554, "Deny mail to groups")
	const want = `
# HELP domigo_disk_free_bytes Free space of a file system (Domino: Disk.*.Free).
# TYPE domigo_disk_free_bytes gauge
domigo_disk_free_bytes{filesystem="/"} 1.073741824e+09
# HELP domigo_mail_average_size_delivered_bytes Mean size of what was delivered (Domino: Mail.AverageSizeDelivered).
# TYPE domigo_mail_average_size_delivered_bytes gauge
domigo_mail_average_size_delivered_bytes 3072
# HELP domigo_mail_current_byte_delivery_rate_bytes_per_second Delivered in the last minute (Domino: Mail.CurrentByteDeliveryRate).
# TYPE domigo_mail_current_byte_delivery_rate_bytes_per_second gauge
domigo_mail_current_byte_delivery_rate_bytes_per_second 10
# HELP domigo_mail_delivered_size_total Messages delivered, by class of size (Domino: Mail.DeliveredSize.*).
# TYPE domigo_mail_delivered_size_total counter
domigo_mail_delivered_size_total{size="Under_1KB"} 4
# HELP domigo_mail_delivered_total Messages delivered, for each recipient (Domino: Mail.Delivered).
# TYPE domigo_mail_delivered_total counter
domigo_mail_delivered_total 12
# HELP domigo_mail_delivery_threads Deliveries under way (Domino: Mail.DeliveryThreads.Total).
# TYPE domigo_mail_delivery_threads gauge
domigo_mail_delivery_threads 2
# HELP domigo_mail_waiting Units of work in the mail.box that wait or are worked on (Domino: MAIL.Waiting).
# TYPE domigo_mail_waiting gauge
domigo_mail_waiting 7
# HELP domigo_mailbox_work Units of work in the mail.box, each a message and its next hop: ready for a first attempt, deferred after one, held or dead.
# TYPE domigo_mailbox_work gauge
domigo_mailbox_work{state="dead"} 4
domigo_mailbox_work{state="deferred"} 2
domigo_mailbox_work{state="held"} 3
domigo_mailbox_work{state="ready"} 1
# HELP domigo_smtp_dnsbl_hits_total Hosts found in DNS blacklists (Domino: SMTP.DNSBL.TotalHits).
# TYPE domigo_smtp_dnsbl_hits_total counter
domigo_smtp_dnsbl_hits_total 9
# HELP domigo_smtp_dnsbl_site_hits_total Hosts found in a DNS blacklist, of those that are counted one by one (Domino: SMTP.DNSBL.*.Hits).
# TYPE domigo_smtp_dnsbl_site_hits_total counter
domigo_smtp_dnsbl_site_hits_total{site="other.example"} 4
domigo_smtp_dnsbl_site_hits_total{site="zen.example"} 5
# HELP domigo_smtp_refusals_total Replies of code 400 and above, by command, code and the setting that decided.
# TYPE domigo_smtp_refusals_total counter
domigo_smtp_refusals_total{code="554",command="RCPT",rule="Deny mail to groups"} 1
# HELP domigo_smtp_sessions_inbound_received_bytes_total Octets received by the listener, TLS included (Domino: SMTP.Sessions.Inbound.BytesReceived).
# TYPE domigo_smtp_sessions_inbound_received_bytes_total counter
domigo_smtp_sessions_inbound_received_bytes_total 4096
# HELP domigo_smtp_sessions_inbound_ssl_bad_handshake_total TLS handshakes that failed (Domino: SMTP.Sessions.Inbound.Total.SSL.Bad_Handshake).
# TYPE domigo_smtp_sessions_inbound_ssl_bad_handshake_total counter
domigo_smtp_sessions_inbound_ssl_bad_handshake_total 1
# HELP domigo_server_info The server's name and the product that it answers as; always 1.
# TYPE domigo_server_info gauge
domigo_server_info{product="Lotus Domino Release 7.0.4",server="Server-704/Acme"} 1
# HELP domigo_task_up Whether a task runs: 1, or 0.
# TYPE domigo_task_up gauge
domigo_task_up{task="router"} 0
domigo_task_up{task="smtp"} 1
# HELP domigo_tls_certificate_expiry_timestamp_seconds When a certificate of the listener expires, in seconds since 1970.
# TYPE domigo_tls_certificate_expiry_timestamp_seconds gauge
domigo_tls_certificate_expiry_timestamp_seconds{name="mail.acme.com"} 1.798859045e+09
`
	var names []string
	for line := range strings.Lines(want) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	if err := testutil.GatherAndCompare(m.Registry(), strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if strings.Contains(f.GetName(), "nobody") {
			t.Errorf("%s: a statistic without a description is shown", f.GetName())
		}
	}
}

// TestLint: every name that there can be, its help and its unit pass promlint,
// and no two statistics share one.
func TestLint(t *testing.T) {
	o := testOptions()
	var all []Statistic
	for _, d := range descriptions() {
		all = append(all, Statistic{strings.Replace(d.Name, "*", "zen.example.192.0.2.1", 1), 1})
	}
	o.Statistics = func(context.Context) ([]Statistic, error) { return all, nil }
	m := New(o)
	m.Refused("RCPT", 554, "Deny mail to groups")
	problems, err := testutil.GatherAndLint(m.Registry())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	seen := map[string]string{}
	for _, d := range descriptions() {
		if other := seen[d.Metric()]; other != "" {
			t.Errorf("%s and %s are both %s", d.Name, other, d.Metric())
		}
		seen[d.Metric()] = d.Name
		if n, err := testutil.GatherAndCount(m.Registry(), d.Metric()); n != 1 || err != nil {
			t.Errorf("%s: %d times, %v", d.Metric(), n, err)
		}
		if strings.HasSuffix(d.Help, ".") || d.Help == "" {
			t.Errorf("%s: help %q", d.Name, d.Help)
		}
	}
}

// TestSources: what cannot be had is an error, and the rest is there.
func TestSources(t *testing.T) {
	o := testOptions()
	broken := errors.New("the mail.box is broken")
	o.Statistics = func(context.Context) ([]Statistic, error) { return []Statistic{{"MAIL.Dead", 1}}, broken }
	m := New(o)
	families, err := m.Registry().Gather()
	if err == nil || !strings.Contains(err.Error(), broken.Error()) {
		t.Errorf("got %v, want %v", err, broken)
	}
	found := map[string]bool{}
	for _, f := range families {
		found[f.GetName()] = true
	}
	for _, name := range []string{"domigo_mail_dead", "domigo_task_up", "domigo_build_info", "go_goroutines", "process_cpu_seconds_total"} {
		if !found[name] {
			t.Errorf("%s is not there", name)
		}
	}
}

func TestDescribe(t *testing.T) {
	for name, want := range map[string]string{
		"mail.delivered": "Mail.Delivered", "Mail.Dead": "MAIL.Dead", "SMTP.DNSWL.list.example.2001:db8::1.Hits": "SMTP.DNSWL.*.Hits",
		"SMTP.DNSWL.TotalHits": "SMTP.DNSWL.TotalHits", "Mail.DeliveredSize.1KB_to_10KB": "Mail.DeliveredSize.*",
		"Mail.DeliveredSize.": "", "SMTP.DNSBL.Hits": "", "Mail": "", "": "", "Disk./var/spool.Free": "Disk.*.Free",
	} {
		if d, ok := Describe(name); d.Name != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t, want %q", name, d.Name, ok, want)
		}
	}
	for part, want := range map[string]string{"zen.example.203.0.113.9": "zen.example", "zen.example.::1": "zen.example",
		"10.20.example.192.0.2.1": "10.20.example", "zen.example": "zen.example", "": ""} {
		if got := siteOf(part); got != want {
			t.Errorf("site of %q: got %q, want %q", part, got, want)
		}
	}
}

// TestWords: where a name falls into words.
func TestWords(t *testing.T) {
	for name, want := range map[string]string{
		"Mail.WaitingForDNS": "mail waiting for dns", "SMTP.PrivateBL.TotalHits": "smtp private bl total hits", "Mem.PhysicalRAM": "mem physical ram",
		"SSLHandshake": "ssl handshake", "Total.SSL.Bad_Handshake": "total ssl bad handshake", "1KB_to_10KB": "1kb to 10kb", "": "", "..": "",
	} {
		if got := strings.Join(wordsOf(name), " "); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// TestMeterAllocations: what is measured on the way of a message that is taken
// makes no object.
func TestMeterAllocations(t *testing.T) {
	m := New(testOptions())
	m.Transferred(time.Second, "nothing known") // left out
	got := testing.AllocsPerRun(100, func() {
		m.FinalReply(3*time.Millisecond, true)
		m.Delivered(2 * time.Millisecond)
		m.Transferred(2*time.Second, "transferred")
		m.Synced(time.Millisecond)
	})
	if got != 0 {
		t.Errorf("got %v objects, want none", got)
	}
}

func BenchmarkFinalReply(b *testing.B) {
	m := New(testOptions())
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.FinalReply(3*time.Millisecond, true)
		}
	})
}

// BenchmarkScrape is what a scrape costs with 1,000 hosts in a DNS list.
func BenchmarkScrape(b *testing.B) {
	o := testOptions()
	var list []Statistic
	for i := range 1000 {
		list = append(list, Statistic{fmt.Sprintf("SMTP.DNSBL.zen.example.10.0.%d.%d.Hits", i/250, i%250), 1})
	}
	o.Statistics = func(context.Context) ([]Statistic, error) { return list, nil }
	m := New(o)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Registry().Gather(); err != nil {
			b.Fatal(err)
		}
	}
}
