package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/e2e/load"
)

// overloaded is R8: bookings made each second when twice as many are asked for
// as can be made ÷ when as many are, before and after. Both by the clock and on
// the same connections, so that what an overload costs is what differs between
// them (docs/adr/0015). What can be made is told by a flood of few connections,
// which is more than either gets.
func overloaded(ctx context.Context, on *bench) (f finding, err error) {
	const (
		multiple    = 2
		connections = 16_000 // more than central lets wait, so that it never is the generator that waits
		window      = 1500 * time.Millisecond
		probe       = booksOfAHalf
	)
	t, err := on.openTown(ctx, large)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	offer := func(rate float64) (*load.Result, error) {
		return t.doors.Paced(ctx, connections, t.bookings(int(rate*window.Seconds())), rate, window)
	}
	var refused int64
	var offered, flooded []float64
	for range pairsOfABar {
		var p pair
		if p.Before, err = control(ctx, t.hello); err != nil {
			return f, err
		}
		peak, err := flood(ctx, t.doors, callers, t.bookings(probe))
		if err != nil {
			return f, err
		}
		before, err := offer(peak)
		if err != nil {
			return f, err
		}
		r, err := offer(peak * multiple)
		if err != nil {
			return f, err
		}
		after, err := offer(peak)
		if err != nil {
			return f, err
		}
		if p.After, err = control(ctx, t.hello); err != nil {
			return f, err
		}
		refused += r.Busy.Load()
		offered = append(offered, float64(r.Sent.Load())/window.Seconds()/peak)
		flooded = append(flooded, r.Rate()/peak)
		p.A, p.B = r.Rate(), (before.Rate()+after.Rate())/2
		p.Ratio = p.A / p.B
		f.Pairs = append(f.Pairs, p)
	}
	return ofPairs(f.Pairs,
		fmt.Sprintf("sent %s of the peak, %d told to come back", measure(median(offered), ""), refused),
		fmt.Sprintf("against the peak of %d connections that wait for their answers: %s", callers, measure(median(flooded), ""))), nil
}

const (
	steadyRate  = 5000.0 // requests each second of A2
	steadyWhile = 1500 * time.Millisecond
	quiet       = 3.0 // milliseconds: the longest p99 of a control that A2 is judged beside
)

// inTime is A2: at 5,000 bookings each second, by the clock, the p99 from when
// each was due. Beside it runs the same rate of hello.
func inTime(ctx context.Context, on *bench) (f finding, err error) {
	t, err := on.openTown(ctx, large)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	count := int(steadyRate * steadyWhile.Seconds())
	p99 := func(to *load.Target, shots []*load.Shot) (float64, error) {
		r, err := to.Paced(ctx, callers, shots, steadyRate, 0)
		if err != nil {
			return 0, err
		}
		if got := int(r.Booked.Load() + r.Read.Load()); got != len(shots) {
			return 0, fmt.Errorf("%d of %d requests were done", got, len(shots))
		}
		of := r.Bookings
		if of.Count() == 0 {
			of = r.Reads
		}
		return of.Quantile(0.99).Seconds() * 1000, nil
	}
	for range pairsOfABar {
		var p pair
		if p.Before, err = p99(t.hello, greetings(t.hello, count)); err != nil {
			return f, err
		}
		if p.A, err = p99(t.doors, t.bookings(count)); err != nil {
			return f, err
		}
		if p.After, err = p99(t.hello, greetings(t.hello, count)); err != nil {
			return f, err
		}
		p.B, p.Ratio = max(p.Before, p.After), p.A
		f.Pairs = append(f.Pairs, p)
	}
	return besideQuiet(f.Pairs), nil
}

// besideQuiet takes the median of the pairs whose controls were quick. When
// there are fewer than three, the machine is too busy for a judgement.
func besideQuiet(all []pair) finding {
	f := finding{Pairs: all, Value: median(ratios(all))}
	var good []pair
	for _, p := range all {
		if p.B <= quiet {
			good = append(good, p)
		}
	}
	if len(good) < 3 {
		var controls []float64
		for _, p := range all {
			controls = append(controls, p.B)
		}
		f.Unquiet = fmt.Sprintf("hello itself had a p99 of %s", measure(median(controls), "ms"))
		return f
	}
	f.Value = median(ratios(good))
	return f
}

// burst is A3: a whole month of a city at once, on 2,000 connections. How long
// until the last has a place ÷ how long so many take at the steady pace of R1,
// which holds that pace against the engine's own (docs/adr/0015).
func burst(ctx context.Context, on *bench) (f finding, err error) {
	const (
		month       = 54_000
		connections = 2000
	)
	t, err := on.openTown(ctx, large)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	p, err := pairs(ctx, t.hello,
		func() (float64, error) { // bookings each second, all of them at the first try
			shots := t.bookings(month)
			r, err := t.doors.Flood(ctx, connections, shots)
			if err != nil {
				return 0, err
			}
			if r.Booked.Load() != month || r.Repeated.Load() != 0 {
				return 0, fmt.Errorf("of %d bookings %d were made, %d requests had to be repeated", month, r.Booked.Load(), r.Repeated.Load())
			}
			return month / r.Took.Seconds(), nil
		},
		func() (float64, error) { return flood(ctx, t.doors, callers, t.bookings(booksOfAHalf)) })
	if err != nil {
		return f, err
	}
	var took []float64
	for i := range p {
		took = append(took, month/p[i].A)
		p[i].Ratio = p[i].B / p[i].A
	}
	return ofPairs(p, fmt.Sprintf("%d on %d connections in %s", month, connections, measure(median(took), "s"))), nil
}
