package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
)

const (
	pairsOfABar  = 5
	callers      = 256  // connections, or goroutines without HTTP: they fill a batch
	helloes      = 3000 // requests of a control
	readsOfAHalf = 12_000
	booksOfAHalf = 8000
)

// bench is what the bars share.
type bench struct {
	work  string // a folder on a disk, for databases
	bin   string // of the programs of cmd
	peers string // source of the peers
	tests string // the compiled tests of e2e
}

// town is our own server under load, with every booking that was asked for.
type town struct {
	*server
	shape  shape
	doors  *load.Target
	hello  *load.Target
	books  load.Store
	before *load.Books
	sent   []*load.Shot
	people int // the next person's number
}

// openTown starts our own server on an empty database.
func (b *bench) openTown(ctx context.Context, s shape) (*town, error) {
	return b.openTownOn(ctx, s, "")
}

// openTownOn starts our own server on an empty database of PostgreSQL, or on a
// file of its own when database is empty.
func (b *bench) openTownOn(ctx context.Context, s shape, database string) (*town, error) {
	var more []string
	if database != "" {
		more = []string{"--database", database}
	}
	srv, err := serveNew(ctx, b.work, s, more...)
	if err != nil {
		return nil, err
	}
	t := &town{server: srv, shape: s, books: booksOf(srv.folder, database)}
	if t.doors, t.hello, err = srv.at.targets(); err == nil {
		t.before, err = t.books.Open(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, srv.stop())
	}
	return t, nil
}

func (a addresses) targets() (doors, hello *load.Target, err error) {
	if doors, err = load.NewTarget("http://" + a.Doors); err != nil {
		return nil, nil, err
	}
	hello, err = load.NewTarget("http://" + a.Hello)
	return doors, hello, err
}

// bookings are requests for so many new people, spread over all slots.
func (t *town) bookings(count int) []*load.Shot {
	return t.ask(every(1, t.shape.slots()), count)
}

func (t *town) ask(slots []int, count int) []*load.Shot {
	shots := post(t.doors, asks(slots, t.people, count))
	t.people += count
	t.sent = append(t.sent, shots...)
	return shots
}

func post(to *load.Target, requests []booking.Request) []*load.Shot {
	shots := make([]*load.Shot, len(requests))
	for i, r := range requests {
		shots[i] = to.Post("/api/v1/bookings", r.ID, body(r))
	}
	return shots
}

// reads are requests for the availability of one site after the other.
func (t *town) reads(count int) []*load.Shot {
	shots := make([]*load.Shot, count)
	for i := range shots {
		shots[i] = t.doors.Get("/api/v1/sites/" + siteCode(i%t.shape.Sites) + "/availability")
	}
	return shots
}

// close ends the server and holds its answers against its books.
func (t *town) close(ctx context.Context) error {
	if err := t.stop(); err != nil {
		return err
	}
	after, err := t.books.Open(ctx)
	if err != nil {
		return err
	}
	for _, c := range load.Compare(t.sent, t.before, after) {
		if !c.OK() {
			err = errors.Join(err, fmt.Errorf("%w: %s: %d, not %d", load.ErrBooks, c.What, c.Got, c.Want))
		}
	}
	return errors.Join(err, os.RemoveAll(t.folder))
}

// half is how long one half of a pair lasts at most; on a quick machine its
// count ends it before.
const half = time.Second

// flood sends shots as fast as answers come, for the time of a half, and gives
// how many got a 2xx each second. Any other answer is an error.
func flood(ctx context.Context, to *load.Target, connections int, shots []*load.Shot) (float64, error) {
	r, err := to.Paced(ctx, connections, shots, atOnce, half)
	if err != nil {
		return 0, err
	}
	if done, sent := r.Booked.Load()+r.Read.Load(), r.Sent.Load(); done != sent {
		return 0, fmt.Errorf("%d of %d requests were done", done, sent)
	}
	return r.Rate(), nil
}

// atOnce is a rate at which every request is due at once.
const atOnce = 1e12

// control is how many times a second Gin says hello.
func control(ctx context.Context, hello *load.Target) (float64, error) {
	return flood(ctx, hello, callers, greetings(hello, helloes))
}

func greetings(hello *load.Target, count int) []*load.Shot {
	return slices.Repeat([]*load.Shot{hello.Get("/hello")}, count)
}

// booker is a way of booking without HTTP.
type booker func(context.Context, booking.Request) (clinic.Booking, error)

// raw books straight with an engine, for the time of a half, and gives the
// bookings each second.
func raw(ctx context.Context, book booker, callers int, requests []booking.Request) (float64, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var done atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil && time.Since(began) < half {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return
				}
				if _, err := book(ctx, requests[i]); err != nil {
					stop(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), context.Cause(ctx)
}

// pairs measures a and b in turn, between two controls, five times. Every other
// pair begins with b, so that neither always follows the control.
func pairs(ctx context.Context, hello *load.Target, a, b func() (float64, error)) ([]pair, error) {
	out := make([]pair, pairsOfABar)
	for i := range out {
		p := &out[i]
		both := []func() error{
			func() (err error) { p.A, err = a(); return err },
			func() (err error) { p.B, err = b(); return err },
		}
		if i%2 == 1 {
			slices.Reverse(both)
		}
		var err error
		if p.Before, err = control(ctx, hello); err != nil {
			return nil, fmt.Errorf("control: %w", err)
		}
		for _, measure := range both {
			if err := measure(); err != nil {
				return nil, err
			}
		}
		if p.After, err = control(ctx, hello); err != nil {
			return nil, fmt.Errorf("control: %w", err)
		}
		p.Ratio = p.A / p.B
	}
	return out, nil
}

// program is one of the programs of cmd.
func (b *bench) program(name string) (string, error) {
	path := filepath.Join(b.bin, name)
	_, err := os.Stat(path)
	return path, err
}
