package load

import (
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies counts durations in a histogram of high dynamic range: microseconds
// up to an hour with three digits, so a quantile is right to a thousandth. It is
// safe for use by many goroutines.
type Latencies struct {
	mu sync.Mutex
	h  *hdrhistogram.Histogram
}

// longest is what Latencies tell apart; what took longer counts as this.
const longest = time.Hour

// NewLatencies makes an empty histogram.
func NewLatencies() *Latencies {
	return &Latencies{h: hdrhistogram.New(1, longest.Microseconds(), 3)}
}

// Add counts a duration; less than a microsecond counts as one.
func (l *Latencies) Add(d time.Duration) {
	us := max(1, min(d, longest).Microseconds())
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.h.RecordValue(us); err != nil {
		panic(err) // only what is longer than the longest is refused
	}
}

// Count is how many durations were counted.
func (l *Latencies) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.h.TotalCount())
}

// Quantile is the duration that the share q (0 to 1) of all did not exceed; 0
// when there are none.
func (l *Latencies) Quantile(q float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Duration(l.h.ValueAtQuantile(100*q)) * time.Microsecond
}

// Max is the longest.
func (l *Latencies) Max() time.Duration { return l.Quantile(1) }

// String is a line for people.
func (l *Latencies) String() string {
	return fmt.Sprintf("p50 %s  p90 %s  p99 %s  p99.9 %s  max %s", short(l.Quantile(0.5)), short(l.Quantile(0.9)), short(l.Quantile(0.99)),
		short(l.Quantile(0.999)), short(l.Max()))
}

// short writes a duration with three digits or so.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
