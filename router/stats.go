package router

import (
	"context"
	"sync/atomic"
	"time"
)

// counters are the totals since the start.
type counters struct {
	routed, delivered, transferred, failures, transferFailures atomic.Int64
	deliverTime, deliverBytes, deliverMax                      atomic.Int64 // nanoseconds, octets
	waitingDNS, hops                                           atomic.Int64 // look-ups under way; Received fields of what was routed
}

func (c *counters) deliver(size int64, took time.Duration) {
	c.delivered.Add(1)
	c.deliverTime.Add(int64(took))
	c.deliverBytes.Add(size)
	for {
		most := c.deliverMax.Load()
		if size <= most || c.deliverMax.CompareAndSwap(most, size) {
			return
		}
	}
}

// Statistic is one of Domino's server statistics.
type Statistic struct {
	Name  string // "Mail.Delivered"
	Value int64
}

// Statistics gives the Mail statistics that the Router knows, sorted by name.
// Times are in seconds, sizes in KB, as in Domino. Those that the Router's own
// counts make start at 0 with each New.
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
	return []Statistic{
		{"Mail.AverageDeliverTime", average(s.deliverTime.Load(), s.delivered.Load()) / int64(time.Second)},
		{"Mail.AverageServerHops", average(s.hops.Load(), s.routed.Load())},
		{"Mail.AverageSizeDelivered", kilobytes(average(s.deliverBytes.Load(), s.delivered.Load()))},
		{"Mail.Dead", int64(n.Dead)},
		{"Mail.Delivered", s.delivered.Load()},
		{"Mail.DeliveryThreads.Max", int64(most.delivery)},
		{"Mail.DeliveryThreads.Total", int64(delivery)},
		{"Mail.Hold", int64(n.Held)},
		{"Mail.MaximumSizeDelivered", kilobytes(s.deliverMax.Load())},
		{"Mail.TotalFailures", s.failures.Load()},
		{"Mail.TotalPending", int64(n.Pending)},
		{"Mail.TotalRouted", s.routed.Load()},
		{"Mail.TransferFailures", s.transferFailures.Load()},
		{"Mail.TransferThreads.Concurrent.Highest", int64(highest)},
		{"Mail.TransferThreads.Concurrent.Max", int64(most.concurrent)},
		{"Mail.TransferThreads.Max", int64(most.transfer)},
		{"Mail.TransferThreads.Total", int64(transfer)},
		{"Mail.Transferred", s.transferred.Load()},
		{"Mail.Waiting", int64(n.Pending)},
		{"Mail.WaitingForDNS", s.waitingDNS.Load()},
	}, nil
}

func kilobytes(octets int64) int64 { return (octets + 1023) / 1024 }

func average(total, count int64) int64 {
	if count == 0 {
		return 0
	}
	return total / count
}
