package router

import (
	"sync"
	"time"
)

// flow counts what goes one way: to mail files, or to other servers. A message
// counts once for each recipient, as in Domino.
type flow struct {
	mu     sync.Mutex
	total  flowed
	sizes  [len(sizeClasses)]int64
	recent [rateSeconds]struct {
		second int64 // since 1970
		flowed
	}
	peak   int64 // most messages in a minute
	peakAt time.Time
}

// flowed is an amount of mail.
type flowed struct{ messages, octets int64 }

// rateSeconds is the time over which rates and peaks are taken, a minute.
const rateSeconds = 60

// sizeClasses are the ends of the names Mail.DeliveredSize and
// Mail.TransferredSize, each for what is smaller than its bound, the last
// without one.
var sizeClasses = [...]struct {
	name  string
	bound int64
}{
	{"Under_1KB", 1 << 10}, {"1KB_to_10KB", 10 << 10}, {"10KB_to_100KB", 100 << 10}, {"100KB_to_1MB", 1 << 20},
	{"1MB_to_10MB", 10 << 20}, {"10MB_to_100MB", 100 << 20}, {"Over_100MB", 0},
}

func (f *flow) add(now time.Time, size int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total.messages++
	f.total.octets += size
	f.sizes[sizeClass(size)]++
	at := &f.recent[now.Unix()%rateSeconds]
	if at.second != now.Unix() {
		at.second, at.flowed = now.Unix(), flowed{}
	}
	at.messages++
	at.octets += size
	if n := f.minute(now).messages; n > f.peak {
		f.peak, f.peakAt = n, now
	}
}

func sizeClass(size int64) int {
	for i := range len(sizeClasses) - 1 {
		if size < sizeClasses[i].bound {
			return i
		}
	}
	return len(sizeClasses) - 1
}

// minute gives what went in the minute before now. f.mu is held.
func (f *flow) minute(now time.Time) flowed {
	var sum flowed
	for i := range f.recent {
		if age := now.Unix() - f.recent[i].second; age >= 0 && age < rateSeconds {
			sum.messages += f.recent[i].messages
			sum.octets += f.recent[i].octets
		}
	}
	return sum
}

// mean gives the mean size in octets.
func (f *flow) mean() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return average(f.total.octets, f.total.messages)
}

func (f *flow) messages() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total.messages
}

// flowNames are the names of one direction.
type flowNames struct{ byteRate, messageRate, peak, peakAt, size string }

var (
	deliveryNames = flowNames{"Mail.CurrentByteDeliveryRate", "Mail.CurrentMessageDeliveryRate",
		"Mail.PeakMessagesDelivered", "Mail.PeakMessageDeliveryTime", "Mail.DeliveredSize."}
	transferNames = flowNames{"Mail.CurrentByteTransferRate", "Mail.CurrentMessageTransferRate",
		"Mail.PeakMessagesTransferred", "Mail.PeakMessageTransferredTime", "Mail.TransferredSize."}
)

// statistics gives what is named after the direction; rates are those of the
// last minute. A time of a peak is there once there was one.
func (f *flow) statistics(now time.Time, n flowNames) []Statistic {
	f.mu.Lock()
	defer f.mu.Unlock()
	rate := f.minute(now)
	list := []Statistic{{Name: n.byteRate, Value: rate.octets}, {Name: n.messageRate, Value: rate.messages}, {Name: n.peak, Value: f.peak}}
	if !f.peakAt.IsZero() {
		list = append(list, Statistic{Name: n.peakAt, Time: f.peakAt})
	}
	for i, c := range sizeClasses {
		list = append(list, Statistic{Name: n.size + c.name, Value: f.sizes[i]})
	}
	return list
}
