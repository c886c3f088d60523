package main

import (
	"context"
	"errors"
	"os"

	"ezhitong.tw/e2e/load"
)

// large is the town of most bars: the 10,000 slots of a large city's month, with
// places for whoever comes.
var large = shape{Sites: 100, Places: 100_000}

// throughHTTP is R1: durable bookings over HTTP ÷ the same straight with an
// engine, in this process and on a database of its own.
func throughHTTP(ctx context.Context, on *bench) (f finding, err error) {
	t, err := on.openTown(ctx, large)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	e, err := memoryEngine(ctx, on.work, large, 0)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	person := 0
	p, err := pairs(ctx, t.hello,
		func() (float64, error) { return flood(ctx, t.doors, callers, t.bookings(booksOfAHalf)) },
		func() (float64, error) {
			person += booksOfAHalf
			return raw(ctx, e.Book, callers, asks(every(1, large.slots()), person, booksOfAHalf))
		})
	return ofPairs(p), err
}

// withStorage is R2: bookings over HTTP ÷ the same endpoint with a stand-in that
// judges and does not store.
func withStorage(ctx context.Context, on *bench) (f finding, err error) {
	t, err := on.openTown(ctx, large)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	without, err := serveNew(ctx, on.work, large, "--unstored")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, without.stop()) }()
	target, _, err := without.at.targets()
	if err != nil {
		return f, err
	}
	person := 0
	p, err := pairs(ctx, t.hello,
		func() (float64, error) { return flood(ctx, t.doors, callers, t.bookings(booksOfAHalf)) },
		func() (float64, error) {
			person += booksOfAHalf
			return flood(ctx, target, callers, post(target, asks(every(1, large.slots()), person, booksOfAHalf)))
		})
	return ofPairs(p), err
}

// availability is R3: reading what is free at a site, gzipped, ÷ Gin's hello.
func availability(ctx context.Context, on *bench) (f finding, err error) {
	t, err := on.openTown(ctx, large)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	if _, err := flood(ctx, t.doors, callers, t.reads(large.Sites)); err != nil { // the first of each site writes the answer down
		return f, err
	}
	p, err := pairs(ctx, t.hello,
		func() (float64, error) { return flood(ctx, t.doors, callers, t.reads(readsOfAHalf)) },
		func() (float64, error) { return flood(ctx, t.hello, callers, greetings(t.hello, readsOfAHalf)) })
	return ofPairs(p), err
}

// batchCallers keep every batch of R4 and R7 full.
const batchCallers = 512

// inBatches is R4: many decisions in a transaction ÷ one transaction for each.
func inBatches(ctx context.Context, on *bench) (f finding, err error) {
	const alone = 3000 // they are slow: the time of a half ends them
	many, err := memoryEngine(ctx, on.work, large, 0)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, many.close()) }()
	single, err := memoryEngine(ctx, on.work, large, 1)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, single.close()) }()
	person := 0
	book := func(e *engine, count int) func() (float64, error) {
		return func() (float64, error) {
			person += count
			return raw(ctx, e.Book, batchCallers, asks(every(1, large.slots()), person, count))
		}
	}
	p, err := on.withControl(ctx, book(many, booksOfAHalf), book(single, alone))
	return ofPairs(p), err
}

// hotSlots is R7: everybody wants ten slots ÷ spread over 10,000.
func hotSlots(ctx context.Context, on *bench) (f finding, err error) {
	e, err := memoryEngine(ctx, on.work, large, 0)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	person := 0
	book := func(slots []int) func() (float64, error) {
		return func() (float64, error) {
			person += booksOfAHalf
			return raw(ctx, e.Book, batchCallers, asks(slots, person, booksOfAHalf))
		}
	}
	p, err := on.withControl(ctx, book(hot()), book(spread()))
	return ofPairs(p), err
}

// hot are the ten slots of ten sites that everybody wants.
func hot() []int { return every(days*2, 10) }

// spread are all slots, a site after the other in turn.
func spread() []int {
	out := make([]int, large.slots())
	for i := range out {
		out[i] = i%large.Sites*days*2 + i/large.Sites
	}
	return out
}

// withControl measures pairs without a server of ours beside a server that only
// says hello.
func (b *bench) withControl(ctx context.Context, x, y func() (float64, error)) (p []pair, err error) {
	folder, err := os.MkdirTemp(b.work, "hello-*")
	if err != nil {
		return nil, err
	}
	s, err := serve(ctx, folder, shape{1, 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	hello, err := load.NewTarget("http://" + s.at.Hello)
	if err != nil {
		return nil, err
	}
	return pairs(ctx, hello, x, y)
}
