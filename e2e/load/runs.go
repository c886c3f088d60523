package load

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// answerWithin is how long an answer may take before its outcome counts as
// unknown.
const answerWithin = 30 * time.Second

// mostShots bounds what one run sends.
const mostShots = 2_000_000

// ErrNotAll says that requests of a burst did not all get a place.
var ErrNotAll = errors.New("不是每一筆都預約成功 / not every request was booked")

// count is how many shots a rate makes in a while.
func count(rate float64, d time.Duration) (int, error) {
	n := rate * d.Seconds()
	if !(n >= 1 && n <= mostShots) {
		return 0, fmt.Errorf("每秒 %g 次、%s 不在可量測的範圍 / %g each second for %s are not between 1 and %d requests", rate, d, rate, d, mostShots)
	}
	return int(n), nil
}

// Mix sends bookings and reads of availability at a rate for a while, share of
// them (0 to 1) bookings, with a control before and after: the same rate to a
// server that only says hello, in this process.
func (t *Trial) Mix(ctx context.Context, rate float64, d time.Duration, share float64) (*Result, error) {
	n, err := count(rate, d)
	if err != nil {
		return nil, err
	}
	if share < 0 || share > 1 {
		return nil, fmt.Errorf("預約所占的比例要在 0 到 1 之間 / the share of bookings must be 0 to 1, not %g", share)
	}
	shots, err := t.Plan.Mix(n, share)
	if err != nil {
		return nil, err
	}
	if err := t.control(ctx, rate, d); err != nil {
		return nil, err
	}
	r, err := t.crew().open(ctx, t.keep(shots), rate, 0)
	if err != nil {
		return nil, err
	}
	r.Print(t.Print)
	return r, t.control(ctx, rate, d)
}

// keep remembers the bookings among shots for the books.
func (t *Trial) keep(shots []*Shot) []*Shot {
	for _, s := range shots {
		if s.books() {
			t.sent = append(t.sent, s)
		}
	}
	return shots
}

// Burst sends so many bookings at once and waits until each has a place; who is
// told to come back (503) does. All connections are open before the first is
// sent. ErrNotAll says that some have none.
func (t *Trial) Burst(ctx context.Context, n int) (*Result, error) {
	if n < 1 || n > mostShots {
		return nil, fmt.Errorf("筆數要在 1 到 %d 之間 / the count must be 1 to %d, not %d", mostShots, mostShots, n)
	}
	shots, err := t.Bookings(n)
	if err != nil {
		return nil, err
	}
	c := t.crew()
	c.persist = true
	r, err := c.closed(ctx, t.keep(shots))
	if err != nil {
		return nil, err
	}
	t.Print.Line("%d 筆同時送出，%d 條連線 / sent at once on so many connections", n, c.size)
	r.Print(t.Print)
	if int(r.Booked.Load()) != n {
		return r, fmt.Errorf("%w: %d / %d", ErrNotAll, r.Booked.Load(), n)
	}
	return r, nil
}

// Overload is what a run beyond the capacity showed.
type Overload struct {
	Peak    float64 // bookings a second as fast as answers came; mean of before and after
	Goodput float64 // bookings a second that were answered in time at the multiple
	Offered float64 // requests a second that this generator really sent
	Result  *Result
}

// Ratio is goodput over peak.
func (o Overload) Ratio() float64 { return o.Goodput / o.Peak }

// probing is how many connections find the capacity: enough to fill a batch.
const probing = 256

// Overload measures the capacity with so many bookings, sends a multiple of it
// for a while at its own pace, and measures the capacity again.
func (t *Trial) Overload(ctx context.Context, multiple float64, probe int, d time.Duration) (*Overload, error) {
	if !(multiple > 0 && multiple <= 10) {
		return nil, fmt.Errorf("倍數要在 0 到 10 之間 / the multiple must be at most 10, not %g", multiple)
	}
	before, err := t.capacity(ctx, probe)
	if err != nil {
		return nil, err
	}
	n, err := count(before*multiple, d)
	if err != nil {
		return nil, err
	}
	shots, err := t.Bookings(n)
	if err != nil {
		return nil, err
	}
	r, err := t.crew().open(ctx, t.keep(shots), before*multiple, d)
	if err != nil {
		return nil, err
	}
	r.Print(t.Print)
	after, err := t.capacity(ctx, probe)
	if err != nil {
		return nil, err
	}
	o := &Overload{
		Peak: (before + after) / 2, Result: r,
		Goodput: float64(r.InTime.Load()) / d.Seconds(), Offered: float64(r.Sent.Load()) / d.Seconds(),
	}
	t.Print.Line("最高 / peak %.0f/s（%.0f、%.0f），要求 / wanted %.0f/s，實際送出 / offered %.0f/s", o.Peak, before, after, before*multiple, o.Offered)
	t.Print.Line("過載時完成 / goodput %.0f/s，為最高的 / of the peak %.2f", o.Goodput, o.Ratio())
	return o, nil
}

// capacity is how many bookings a second central makes when the next is sent
// as soon as one is answered.
func (t *Trial) capacity(ctx context.Context, n int) (float64, error) {
	shots, err := t.Bookings(n)
	if err != nil {
		return 0, err
	}
	c := t.crew()
	c.size, c.persist = probing, true
	r, err := c.closed(ctx, t.keep(shots))
	if err != nil {
		return 0, err
	}
	return r.Rate(), nil
}
