package load

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// crew is a number of connections that send shots.
type crew struct {
	target   *Target
	size     int
	patience time.Duration // for one answer
	persist  bool          // after 503 come again when Retry-After says so
}

// tries is how often a shot is sent whose outcome stays unknown.
const tries = 10

// lines opens all connections.
func (c *crew) lines(ctx context.Context) ([]*line, error) {
	all := make([]*line, c.size)
	var work errgroup.Group
	work.SetLimit(128)
	for i := range all {
		all[i] = &line{target: c.target, patience: c.patience}
		work.Go(func() error { return all[i].dial(ctx) })
	}
	if err := work.Wait(); err != nil {
		hangUp(all)
		return nil, fmt.Errorf("連不上中央 / central cannot be reached: %w", err)
	}
	return all, nil
}

func hangUp(lines []*line) {
	for _, l := range lines {
		l.close()
	}
}

// open sends shots at a rate, each at its time. With a window, what could not be
// sent before it closes stays unsent.
func (c *crew) open(ctx context.Context, shots []*Shot, rate float64, window time.Duration) (*Result, error) {
	due := func(i int) time.Duration { return time.Duration(float64(i) / rate * float64(time.Second)) }
	return c.run(ctx, shots, due, window)
}

// closed sends all shots as fast as the connections get answers. All of them
// are due at once.
func (c *crew) closed(ctx context.Context, shots []*Shot) (*Result, error) {
	return c.run(ctx, shots, nil, 0)
}

// run sends shots when they are due after the begin; due is nil when all are at
// once.
func (c *crew) run(ctx context.Context, shots []*Shot, due func(int) time.Duration, window time.Duration) (*Result, error) {
	lines, err := c.lines(ctx)
	if err != nil {
		return nil, err
	}
	defer hangUp(lines)
	r := newResult()
	var next atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for _, l := range lines {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(shots) {
					return
				}
				at := begin
				if due != nil {
					at = begin.Add(due(i))
				}
				if !wait(ctx, time.Until(at)) || window > 0 && time.Since(begin) > window {
					return
				}
				r.Sent.Add(1)
				if due != nil {
					r.Lag.Add(time.Since(at))
				}
				o := c.send(ctx, l, shots[i], r)
				r.count(shots[i], o, time.Since(at), window == 0 || time.Since(begin) <= window)
			}
		})
	}
	wg.Wait()
	r.Took = time.Since(begin)
	if ctx.Err() != nil {
		return r, fmt.Errorf("量測中斷 / the run was cut short: %w", context.Cause(ctx))
	}
	return r, nil
}

// count enters what became of a shot.
func (r *Result) count(s *Shot, o outcome, took time.Duration, inTime bool) {
	if o == unknown {
		r.Unknown.Add(1)
	}
	if o != yes {
		return
	}
	if s.books() {
		r.Booked.Add(1)
		r.Bookings.Add(took)
	} else {
		r.Read.Add(1)
		r.Reads.Add(took)
	}
	if inTime {
		r.InTime.Add(1)
	}
}

// send sends a shot until its outcome is known: the same bytes each time, so
// that central books it once.
func (c *crew) send(ctx context.Context, l *line, s *Shot, r *Result) outcome {
	for lost := 0; ; {
		s.become(unknown)
		a, err := l.ask(ctx, s)
		o := unknown
		if err == nil {
			r.statuses[a.status].Add(1)
			o = a.outcome()
		}
		s.become(o)
		switch o {
		case unknown:
			if lost++; lost == tries || ctx.Err() != nil {
				return unknown
			}
		case busy:
			r.Busy.Add(1)
			if a.later == 0 {
				r.Untold.Add(1)
			}
			if !c.persist || !wait(ctx, max(a.later, time.Second)) {
				return busy
			}
		default:
			return o
		}
		r.Repeated.Add(1)
	}
}

func (a answer) outcome() outcome {
	switch {
	case a.status < 300:
		return yes
	case a.status == http.StatusServiceUnavailable:
		return busy
	case a.status >= 500: // something failed: before or after it was stored, nobody knows
		return unknown
	}
	return no
}

// wait waits for a while; false means that the context ended first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle asks again for every shot whose outcome is unknown.
func (c *crew) settle(ctx context.Context, shots []*Shot) (*Result, error) {
	var open []*Shot
	for _, s := range shots {
		if s.is(unknown) {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return newResult(), nil
	}
	again := *c
	again.size, again.persist = min(c.size, 64), true
	return again.closed(ctx, open)
}
