// Package metrics shows the server's statistics to Prometheus. Domino's name of
// a statistic is the truth: a metric's name is made of it by rule, and its help
// text names it. Beside them stand what Domino does not count: how long replies,
// deliveries, transfers and syncs take, what was refused and why, and the state
// of tasks, mail.box and certificates.
//
// The package knows neither listener nor Router. They call the methods of
// Metrics as the Meter that they were given; what is only there when it is asked
// for comes from the functions in Options. Which address is served, and when, is
// the server's business.
package metrics

import (
	"context"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"
)

// Statistic is one of Domino's statistics that is a number.
type Statistic struct {
	Name  string // "Mail.Delivered"
	Value int64
}

// State is what a scrape sees of the server beside its statistics.
type State struct {
	Server  string          // "Server-704/Acme"
	Product string          // "Lotus Domino Release 7.0.4"
	Tasks   map[string]bool // by name, "smtp": whether it runs
	// Work is how many units of work the mail.box holds, by state.
	Work         map[string]int
	Certificates []Certificate
}

// Certificate is one that the listener offers.
type Certificate struct {
	Name    string // the first name it is for
	Expires time.Time
}

// Options are what Metrics shows. Statistics and State are called once for each
// scrape, within its time.
type Options struct {
	Statistics func(ctx context.Context) ([]Statistic, error)
	State      func(ctx context.Context) (State, error)
	Version    string
	Log        zerolog.Logger
}

// Metrics are the metrics of one server. Its methods may be called from several
// goroutines.
type Metrics struct {
	log      zerolog.Logger
	registry *prometheus.Registry

	replies   map[bool]prometheus.Observer   // by whether the message was taken
	transfers map[string]prometheus.Observer // by result
	delivery  prometheus.Histogram
	sync      prometheus.Histogram
	refusals  *prometheus.CounterVec
}

// Bounds of the histograms in seconds. A final reply and a delivery wait for the
// disk, a transfer for another server's time-outs.
var (
	diskBuckets  = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	localBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	farBuckets   = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600}
)

// New makes Metrics with a registry of their own.
func New(o Options) *Metrics {
	m := &Metrics{log: o.Log, registry: prometheus.NewRegistry()}
	replies := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "domigo_smtp_final_reply_seconds", Buckets: localBuckets,
		Help: "Time from the end of a message's data to the reply, in which it is judged and stored, by whether it was accepted or refused."}, []string{"result"})
	m.replies = map[bool]prometheus.Observer{true: replies.WithLabelValues("accepted"), false: replies.WithLabelValues("refused")}
	m.refusals = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "domigo_smtp_refusals_total",
		Help: "Replies of code 400 and above, by command, code and the setting that decided."}, []string{"command", "code", "rule"})
	transfers := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "domigo_router_transfer_seconds", Buckets: farBuckets,
		Help: "Time of a message's dialogue with a next hop, by its result: transferred, deferred or failed."}, []string{"result"})
	m.transfers = map[string]prometheus.Observer{}
	for _, result := range []string{"transferred", "deferred", "failed"} {
		m.transfers[result] = transfers.WithLabelValues(result)
	}
	m.delivery = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "domigo_router_delivery_seconds", Buckets: localBuckets,
		Help: "Time of a delivery into a mail file."})
	m.sync = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "domigo_mailbox_sync_seconds", Buckets: diskBuckets,
		Help: "Time that the mail.box waits for stable storage."})
	m.registry.MustRegister(replies, m.refusals, transfers, m.delivery, m.sync,
		&collector{statistics: o.Statistics, state: o.State, build: buildInfo(o.Version)},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func buildInfo(version string) prometheus.Metric {
	desc := prometheus.NewDesc("domigo_build_info", "The program that runs; always 1.", nil,
		prometheus.Labels{"version": version, "goversion": runtime.Version()})
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 1)
}

// Registry gives what a scrape is made from.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// FinalReply is what the listener's Meter asks for.
func (m *Metrics) FinalReply(took time.Duration, accepted bool) {
	m.replies[accepted].Observe(took.Seconds())
}

// Refused is what the listener's Meter asks for.
func (m *Metrics) Refused(command string, code int, rule string) {
	m.refusals.WithLabelValues(command, strconv.Itoa(code), rule).Inc()
}

// Delivered is what the Router's Meter asks for.
func (m *Metrics) Delivered(took time.Duration) { m.delivery.Observe(took.Seconds()) }

// Transferred is what the Router's Meter asks for. A result that it does not
// know is left out.
func (m *Metrics) Transferred(took time.Duration, result string) {
	if o := m.transfers[result]; o != nil {
		o.Observe(took.Seconds())
	}
}

// Synced takes the time of a wait for stable storage.
func (m *Metrics) Synced(took time.Duration) { m.sync.Observe(took.Seconds()) }
