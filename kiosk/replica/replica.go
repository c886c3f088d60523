// Package replica is the copy of one site on one device: what central told, what
// this device did, and the view that comes of both. It is an SQLite file; what
// it answered to have, it has on disk.
//
// Two halves meet in it. The base (slots, bookings, programmes) is written by
// central only and arrives in pages. Events are facts, made here or told by
// central, kept in one table and never changed; a booking's state is the fold of
// all events known about it, so a page that brings our own events back changes
// nothing, and one that only names them need not bring them. Own events above the
// acknowledged number are the outbox.
package replica

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/syncproto"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrDiskFull says that nothing could be written because the device's disk is
// full; what was written before is kept.
var ErrDiskFull = sqldb.ErrFull

// ErrNotEnrolled says that the device has no grant yet.
var ErrNotEnrolled = errors.New("this device is not enrolled")

// File is the name of the database in its folder.
const File = "replica.db"

// Config is what the world brings in.
type Config struct {
	Dir   string        // folder of the database and of the key that seals it, made if missing
	Keys  *seal.Keyring // nil: from the folder's key file, which is made if missing
	Clock clock.Clock
	NewID func() clinic.ID // UUIDs of version 7; names this run of the program, walk-ins and leases
	Open  sqldb.Opener     // nil: sqldb.Open
}

// Replica is safe for use by several goroutines.
type Replica struct {
	db    *sqldb.DB
	keys  *seal.Keyring
	clock clock.Clock
	boot  clinic.ID
	start time.Time
	path  string
	newID func() clinic.ID

	leftover error // see Leftover

	identity atomic.Pointer[Identity] // once it was read

	mu      sync.Mutex
	anchor  anchor
	changed map[chan struct{}]struct{}
	version uint64 // counts the changes
	visits  visits
	sums    map[syncproto.Day]tally // of the buckets that were counted

	base sync.Mutex // held by whoever moves the base, see HoldBase
}

// anchor ties central's clock to ours at the last contact of this run.
type anchor struct {
	central, local time.Time
}

// Open opens the replica in a folder, or makes an empty one.
func Open(ctx context.Context, cfg Config) (*Replica, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the replica's folder: %w", err)
	}
	keys := cfg.Keys
	if keys == nil {
		var err error
		if keys, err = seal.LoadOrCreate(cfg.Dir); err != nil {
			return nil, fmt.Errorf("open the replica's key: %w", err)
		}
	}
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.Dir, File)
	open := cfg.Open
	if open == nil {
		open = sqldb.Open
	}
	db, err := open(ctx, path, sub)
	if err != nil {
		return nil, fmt.Errorf("open the replica: %w", err)
	}
	r := &Replica{
		db: db, keys: keys, clock: cfg.Clock, boot: cfg.NewID(), start: cfg.Clock(), path: path, newID: cfg.NewID,
		changed: make(map[chan struct{}]struct{}), sums: make(map[syncproto.Day]tally),
	}
	if err := r.sealOld(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("seal what an older program kept: %w", err), db.Close())
	}
	if err := r.tellMoves(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("make events of the stock that an older program kept: %w", err), db.Close())
	}
	return r, nil
}

// Close closes the file.
func (r *Replica) Close() error { return r.db.Close() }

// Now is the time of day by central's clock as far as this run knows it: the
// time central told at the last contact and what has passed since, or this
// device's own clock before the first contact.
func (r *Replica) Now() time.Time {
	now := r.clock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.anchor.central.IsZero() {
		return now
	}
	return r.anchor.central.Add(now.Sub(r.anchor.local))
}

// Today is the day at Now.
func (r *Replica) Today() clinic.Date { return clinic.DateOf(r.Now()) }

// Wall is this device's own clock, right or wrong.
func (r *Replica) Wall() time.Time { return r.clock() }

// Size is the size of the database in bytes, 0 where it can't be read.
func (r *Replica) Size() int64 {
	info, err := os.Stat(r.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Monotonic counts the time since this run of the program began.
func (r *Replica) Monotonic() time.Duration { return r.clock().Sub(r.start) }

// Boot names this run of the program.
func (r *Replica) Boot() clinic.ID { return r.boot }

// Watch gives a channel that receives after every change, until stop is called.
// Changes that come faster than they are read are told once.
func (r *Replica) Watch() (changes <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	r.mu.Lock()
	r.changed[ch] = struct{}{}
	r.mu.Unlock()
	return ch, func() {
		r.mu.Lock()
		delete(r.changed, ch)
		r.mu.Unlock()
	}
}

// tell tells the watchers of a change that is on disk.
func (r *Replica) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announce()
}

func (r *Replica) announce() {
	r.version++
	for ch := range r.changed {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// write runs one transaction and tells the watchers when it is on disk.
func (r *Replica) write(ctx context.Context, fn func(*sql.Tx) error) error {
	if err := r.db.InTx(ctx, fn); err != nil {
		return err
	}
	r.tell()
	return nil
}

// The keys of the meta table.
const (
	metaGrant      = "grant"       // CBOR of Identity, sealed
	metaSite       = "site"        // CBOR of syncproto.SiteRow
	metaHistory    = "history"     // 16 bytes
	metaCursor     = "cursor"      // decimal
	metaFloor      = "floor"       // decimal, syncproto.Welcome.MinSeq when the base began
	metaWhole      = "whole"       // decimal, the cursor when a pull last came to its end
	metaAcked      = "acked"       // decimal
	metaAhead      = "ahead "      // and a day: decimal, see Ahead
	metaSiteSeq    = "site_seq"    // decimal, the number of the site's row
	metaLeaseAcked = "lease_acked" // decimal, the events that the leases know of
	metaContact    = "contact"     // Unix milliseconds, decimal
	metaReset      = "reset"       // CBOR of Reset, sealed
	metaUnlock     = "unlock"      // CBOR of unlock, sealed
	metaStandby    = "standby"     // CBOR of toldStandby
	metaStock      = "stock"       // CBOR of toldStock
	metaUnsealed   = "unsealed"    // of a file of an older program, see unsealed.go
	metaNeighbours = "neighbours"  // CBOR of syncproto.Neighbours, sealed
	metaCheckpoint = "checkpoint"  // CBOR of the latest syncproto.Checkpoint
)
