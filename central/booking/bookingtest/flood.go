package bookingtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
)

// Requests makes count requests by count people, in turn for each of the slots.
// Person numbers begin at first.
func Requests(slots []clinic.Slot, first, count int) []booking.Request {
	out := make([]booking.Request, count)
	for i := range out {
		out[i] = Ask(slots[i%len(slots)], first+i)
	}
	return out
}

// Flood has so many callers work through the requests, each with book, and
// gives how long it took. Any error ends it.
func Flood(ctx context.Context, callers int, requests []booking.Request, book func(context.Context, booking.Request) error) (time.Duration, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return
				}
				if err := book(ctx, requests[i]); err != nil {
					stop(fmt.Errorf("request %d: %w", i, err))
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(begin), context.Cause(ctx)
}

// Raw books straight with the engine, for comparison with what a door does.
func Raw(e *booking.Engine) func(context.Context, booking.Request) error {
	return func(ctx context.Context, r booking.Request) error {
		_, err := e.Book(ctx, r)
		return err
	}
}
