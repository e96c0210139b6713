package metrics

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// collectTime bounds how long a scrape waits for the server.
const collectTime = 5 * time.Second

// collector asks the server for its statistics and its state at each scrape.
// Which there are depends on the tasks that run, so it describes none.
type collector struct {
	statistics func(ctx context.Context) ([]Statistic, error)
	state      func(ctx context.Context) (State, error)
	build      prometheus.Metric
}

// Describe sends nothing: what is collected is not known beforehand.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends what there is. What could not be had is sent as an error, which
// leaves the rest.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTime)
	defer cancel()
	ch <- c.build
	list, err := c.statistics(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewDesc("domigo_statistics", "Statistics", nil, nil), err)
	}
	for _, s := range merged(list) {
		ch <- s.metric()
	}
	state, err := c.state(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewDesc("domigo_state", "State", nil, nil), err)
	}
	state.collect(ch)
}

// sample is a metric with its value.
type sample struct {
	Description
	part  string
	value float64
}

// merged gives the samples of statistics; those that become the same metric with
// the same label are added up, and those without a description left out.
func merged(list []Statistic) []sample {
	exact, open := map[string]Description{}, []Description{}
	for _, d := range descriptions() {
		if d.label == "" {
			exact[d.Name] = d
		} else {
			open = append(open, d)
		}
	}
	var out []sample
	at := map[[2]string]int{}
	add := func(d Description, part string, value int64) {
		key := [2]string{d.Name, part}
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			out = append(out, sample{Description: d, part: part})
		}
		out[i].value += float64(value)
	}
	for _, s := range list {
		if d, ok := exact[s.Name]; ok {
			add(d, "", s.Value)
			continue
		}
		for _, d := range open {
			if part, ok := d.match(s.Name); ok {
				add(d, part, s.Value)
				break
			}
		}
	}
	return out
}

func (s sample) metric() prometheus.Metric {
	kind, value := prometheus.GaugeValue, s.value
	if s.Counter {
		kind = prometheus.CounterValue
	}
	if s.factor != 0 {
		value *= s.factor
	}
	var names, values []string
	if s.label != "" {
		names, values = []string{s.label}, []string{s.part}
	}
	desc := prometheus.NewDesc(s.Metric(), s.help(), names, nil)
	m, err := prometheus.NewConstMetric(desc, kind, value, values...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return m
}

// collect sends the state of the server.
func (s State) collect(ch chan<- prometheus.Metric) {
	gauge := func(name, help string, value float64, labels ...string) {
		var names, values []string
		for i := 0; i+1 < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		desc := prometheus.NewDesc(name, help, names, nil)
		m, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, value, values...)
		if err != nil {
			m = prometheus.NewInvalidMetric(desc, err)
		}
		ch <- m
	}
	if s.Server != "" {
		gauge("domigo_server_info", "The server's name and the product that it answers as; always 1.", 1, "server", s.Server, "product", s.Product)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Tasks)) {
		up := 0.0
		if s.Tasks[name] {
			up = 1
		}
		gauge("domigo_task_up", "Whether a task runs: 1, or 0.", up, "task", name)
	}
	for _, state := range slices.Sorted(maps.Keys(s.Work)) {
		gauge("domigo_mailbox_work", "Units of work in the mail.box, each a message and its next hop: ready for a first attempt, deferred after one, held or dead.",
			float64(s.Work[state]), "state", state)
	}
	soonest := map[string]time.Time{}
	for _, c := range s.Certificates {
		if at, known := soonest[c.Name]; !known || c.Expires.Before(at) {
			soonest[c.Name] = c.Expires
		}
	}
	for _, name := range slices.Sorted(maps.Keys(soonest)) {
		gauge("domigo_tls_certificate_expiry_timestamp_seconds", "When a certificate of the listener expires, in seconds since 1970.",
			float64(soonest[name].Unix()), "name", name)
	}
}
