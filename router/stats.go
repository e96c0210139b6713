package router

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Meter takes measurements of the Router. Its methods are called by the threads
// at work, which go on when they return.
type Meter interface {
	// Delivered: a mail file took a message for a recipient, and took is how long
	// the attempt was.
	Delivered(took time.Duration)
	// Transferred: a message was offered to a next hop that talks to us, and took
	// is how long its dialogue was. The result is "transferred" if the next hop
	// took it for a recipient at least, else "failed" or "deferred".
	Transferred(took time.Duration, result string)
}

// noMeter is the Meter of a Router that was given none.
type noMeter struct{}

func (noMeter) Delivered(time.Duration)           {}
func (noMeter) Transferred(time.Duration, string) {}

// counters are the totals since the start.
type counters struct {
	now   func() time.Time
	meter Meter

	routed, failures, transferFailures atomic.Int64
	delivered, transferred             flow
	deliverTime, deliverMax            atomic.Int64 // nanoseconds, octets
	waitingDNS, hops                   atomic.Int64 // look-ups under way; Received fields of what was routed
}

func (c *counters) deliver(size int64, took time.Duration) {
	c.delivered.add(c.now(), size)
	c.deliverTime.Add(int64(took))
	c.meter.Delivered(took)
	for {
		most := c.deliverMax.Load()
		if size <= most || c.deliverMax.CompareAndSwap(most, size) {
			return
		}
	}
}

func (c *counters) transfer(size int64) { c.transferred.add(c.now(), size) }

// offered measures the dialogue about a message that ended with these outcomes.
func (c *counters) offered(took time.Duration, outs []outcome) {
	name := ""
	for _, o := range outs {
		switch {
		case o.result == done:
			name = "transferred"
		case o.result == failed && name != "transferred":
			name = "failed"
		case o.result == deferred && name == "":
			name = "deferred"
		}
	}
	if name != "" { // else the server stops
		c.meter.Transferred(took, name)
	}
}

// Statistic is one of Domino's server statistics.
type Statistic struct {
	Name  string // "Mail.Delivered"
	Value int64
	Time  time.Time // of a statistic that is a time, which has no Value
}

// Statistics gives the Mail statistics that the Router knows, sorted by name.
// Average times are in seconds, average and maximum sizes in KB, rates those of
// the last minute. Those that the Router's own counts make start at 0 with each
// New ("Show Stat Mail").
func (r *Router) Statistics(ctx context.Context) ([]Statistic, error) {
	n, err := r.c.Store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	s := &r.stats
	most := r.threads(r.c.View())
	r.mu.Lock()
	delivery, transfer, highest := r.busy.delivery, r.busy.transfer, r.busy.highest
	r.mu.Unlock()
	delivered, transferred := s.delivered.messages(), s.transferred.messages()
	list := []Statistic{
		{Name: "MAIL.Dead", Value: int64(n.Dead)},
		{Name: "MAIL.Hold", Value: int64(n.Held)},
		{Name: "MAIL.Waiting", Value: int64(n.Pending)},
		{Name: "MAIL.WaitingForDNS", Value: s.waitingDNS.Load()},
		{Name: "MAIL.WaitingRecipients", Value: int64(n.Recipients)},
		{Name: "Mail.AverageDeliverTime", Value: average(s.deliverTime.Load(), delivered) / int64(time.Second)},
		{Name: "Mail.AverageServerHops", Value: average(s.hops.Load(), s.routed.Load())},
		{Name: "Mail.AverageSizeDelivered", Value: kilobytes(s.delivered.mean())},
		{Name: "Mail.Delivered", Value: delivered},
		{Name: "Mail.DeliveryThreads.Max", Value: int64(most.delivery)},
		{Name: "Mail.DeliveryThreads.Total", Value: int64(delivery)},
		{Name: "Mail.MaximumSizeDelivered", Value: kilobytes(s.deliverMax.Load())},
		{Name: "Mail.TotalFailures", Value: s.failures.Load()},
		{Name: "Mail.TotalPending", Value: int64(n.Pending)},
		{Name: "Mail.TotalRouted", Value: s.routed.Load()},
		{Name: "Mail.TransferFailures", Value: s.transferFailures.Load()},
		{Name: "Mail.TransferThreads.Concurrent.Highest", Value: int64(highest)},
		{Name: "Mail.TransferThreads.Concurrent.Max", Value: int64(most.concurrent)},
		{Name: "Mail.TransferThreads.Max", Value: int64(most.transfer)},
		{Name: "Mail.TransferThreads.Total", Value: int64(transfer)},
		{Name: "Mail.Transferred", Value: transferred},
		{Name: "Mail.Transferred.SMTP", Value: transferred},
	}
	now := s.now()
	list = append(list, s.delivered.statistics(now, deliveryNames)...)
	list = append(list, s.transferred.statistics(now, transferNames)...)
	slices.SortFunc(list, func(a, b Statistic) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return list, nil
}

func kilobytes(octets int64) int64 { return (octets + 1023) / 1024 }

func average(total, count int64) int64 {
	if count == 0 {
		return 0
	}
	return total / count
}
