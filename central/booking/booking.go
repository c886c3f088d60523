// Package booking is the only code that changes bookings: it offers places,
// books them, looks them up, cancels them, takes in what the clinics' devices
// saw, and tells each site what changed.
//
// One goroutine, the writer, makes every decision in memory and writes it down,
// many at a time, in one transaction that is on the disk before anybody gets
// an answer.
package booking

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

// Config is what an Engine needs; every field but Queue and MostPerBatch is
// required.
type Config struct {
	Store *store.Store
	Keys  *seal.Keyring
	Clock clock.Clock
	NewID func() clinic.ID // UUIDs of version 7
	Log   *slog.Logger

	// Queue is how many requests may wait for the writer; more are refused as
	// busy at once. 0 means 4,096.
	Queue int

	// MostPerBatch is how many decisions share a transaction at most. 0 means 256.
	// It is for measurements: 1 shows what one transaction each would cost.
	MostPerBatch int
}

// Engine decides about bookings. It is safe for use by many goroutines. On SQLite
// it must be the only one on its database; on PostgreSQL there may be several, in
// several processes, but holds are known only to the one that gave them.
type Engine struct {
	store *store.Store
	keys  *seal.Keyring
	clock clock.Clock
	newID func() clinic.ID
	log   *slog.Logger

	history clinic.ID
	most    int // decisions in a batch
	queue   chan *job
	gate    sync.RWMutex // held for reading while a job is put into queue
	closed  bool
	stopped chan struct{}

	mem       *memory // the writer's own; nil when it must be read again
	holds     *holds  // the writer's own
	catalogue atomic.Pointer[Catalogue]
	version   atomic.Int64 // rises when any number of places changes
	seen      atomic.Int64 // the last batch that the memory knows of
	vacancies vacancyCache
	watchers  watchers
	digests   digests
	fault     func(stage string) error // lets a test break a commit
}

// ErrClosed says that the engine has been closed.
var ErrClosed = errors.New("booking is closed")

// Open reads everything a decision needs into memory and starts the writer.
func Open(ctx context.Context, c Config) (*Engine, error) {
	if c.Store == nil || c.Keys == nil || c.Clock == nil || c.NewID == nil || c.Log == nil {
		return nil, errors.New("open booking: the configuration is incomplete")
	}
	if c.Queue == 0 {
		c.Queue = 4096
	}
	if c.MostPerBatch <= 0 {
		c.MostPerBatch = maxBatch
	}
	e := &Engine{
		store: c.Store, keys: c.Keys, clock: c.Clock, newID: c.NewID, log: c.Log, most: c.MostPerBatch,
		queue: make(chan *job, c.Queue), stopped: make(chan struct{}), holds: newHolds(),
	}
	var err error
	if e.history, err = beginHistory(ctx, c.Store, c.Keys, c.NewID); err != nil {
		return nil, fmt.Errorf("open booking: %w", err)
	}
	if err := e.load(ctx); err != nil {
		return nil, fmt.Errorf("open booking: %w", err)
	}
	waited := len(e.mem.lists) > 0
	go e.write()
	go e.lapseHolds()
	if waited { // holds have ended with the last run: their places may be somebody's
		if err := e.do(ctx, func(*batch) error { return nil }); err != nil {
			return nil, errors.Join(fmt.Errorf("open booking: %w", err), e.Close())
		}
	}
	if e.store.Shared() {
		go e.follow()
	}
	return e, nil
}

// Close lets the writer finish what is queued and stops it. The store stays
// open.
func (e *Engine) Close() error {
	e.gate.Lock()
	if e.closed {
		e.gate.Unlock()
		return nil
	}
	e.closed = true
	close(e.queue)
	e.gate.Unlock()
	<-e.stopped
	e.watchers.close()
	return nil
}
