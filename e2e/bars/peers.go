package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"ezhitong.tw/e2e/load"
)

// peer is a booking service as others write it, running.
type peer struct {
	*server
	name  string
	doors *load.Target
	next  int // person
}

// buildPeer compiles a peer, which is a module of its own so that its libraries
// are not ours.
func (b *bench) buildPeer(ctx context.Context, name string) (string, error) {
	program, err := filepath.Abs(filepath.Join(b.bin, "peer-"+name))
	if err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, ".")
	build.Dir = filepath.Join(b.peers, name)
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the peer %s: %w: %s", name, err, out)
	}
	return program, nil
}

// openPeer starts a peer's way of booking on an empty database.
// database is an address of PostgreSQL, or empty for a file.
func (b *bench) openPeer(ctx context.Context, program, way, database string, pooled pool, slots, places int) (*peer, error) {
	folder, err := os.MkdirTemp(b.work, "peer-*")
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, folder, program, "-data", folder, "-way", way, "-database", database, "-open", strconv.Itoa(pooled.open), "-idle", strconv.Itoa(pooled.idle), "-slots", strconv.Itoa(slots), "-places", strconv.Itoa(places))
	if err != nil {
		return nil, err
	}
	p := &peer{server: s, name: way}
	p.doors, err = load.NewTarget("http://" + s.at.Doors)
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return p, nil
}

// pool is how many connections to its database a peer has, and how many stay.
type pool struct{ open, idle int }

// The pools of the peer.
var (
	onFile     = pool{8, 8}    // on SQLite more only wait for the lock
	documented = pool{100, 10} // as GORM's documentation sets it: https://gorm.io/docs/connecting_to_the_database.html
	tuned      = pool{64, 64}  // at which it is fastest here
)

// bookings are requests for so many new people, in turn for slots of the peer.
func (p *peer) bookings(slots, count int) ([]*load.Shot, error) {
	shots := make([]*load.Shot, count)
	for i, r := range asks([]int{0}, p.next, count) {
		text, err := json.Marshal(map[string]any{
			"slot": 1 + (p.next+i)%slots, "id_number": r.Person.ID.Reveal(), "name": r.Person.Name.Reveal(),
			"birth": r.Person.Birth.Reveal().String(), "mobile": r.Person.Mobile.Reveal(),
		})
		if err != nil {
			return nil, err
		}
		shots[i] = p.doors.Post("/bookings", [16]byte{}, text)
	}
	p.next += count
	return shots, nil
}

// rate is how many bookings a peer makes each second. What it refuses or fails
// at does not count.
func (p *peer) rate(ctx context.Context, slots, count int, window time.Duration) (float64, error) {
	shots, err := p.bookings(slots, count)
	if err != nil {
		return 0, err
	}
	r, err := p.doors.Paced(ctx, callers, shots, atOnce, window) // none repeated
	if err != nil {
		return 0, err
	}
	return r.Rate(), nil
}

// booked asks a peer how many bookings it has.
func (p *peer) booked(ctx context.Context) (n int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.doors.URL()+"/booked", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	return n, json.NewDecoder(answer.Body).Decode(&n)
}

func (p *peer) end() error { return errors.Join(p.stop(), os.RemoveAll(p.folder)) }

// ways are how the peer books: as most people write it, and in a transaction.
var ways = [...]string{"plain", "transaction"}

// againstGorm is R6a: both on files of SQLite, with its write-ahead log.
func againstGorm(ctx context.Context, on *bench) (finding, error) {
	return beside(ctx, on, onFile, func() (string, error) { return "", nil })
}

// beside is R6: ours over HTTP ÷ Gin with GORM, by whichever of its ways is
// faster. It also tells what the peer's ways do with too few places. fresh gives
// a new database for each server.
func beside(ctx context.Context, on *bench, pooled pool, fresh func() (string, error)) (f finding, err error) {
	const count = 5000                  // they are slow: the time of a half ends them
	thousand := shape{10, large.Places} // slots, for both
	program, err := on.buildPeer(ctx, "gorm")
	if err != nil {
		return f, err
	}
	var notes []string
	var peers []*peer
	for _, way := range ways {
		crowd, errC := fresh()
		database, err := fresh()
		if err = errors.Join(errC, err); err != nil {
			return f, err
		}
		note, err := crowded(ctx, on, program, way, crowd, pooled)
		if err != nil {
			return f, err
		}
		notes = append(notes, note)
		p, err := on.openPeer(ctx, program, way, database, pooled, thousand.slots(), large.Places)
		if err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, p.end()) }()
		peers = append(peers, p)
	}
	database, err := fresh()
	if err != nil {
		return f, err
	}
	t, err := on.openTownOn(ctx, thousand, database)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	p, err := pairs(ctx, t.hello,
		func() (float64, error) { return flood(ctx, t.doors, callers, t.bookings(booksOfAHalf)) },
		func() (best float64, err error) {
			for _, p := range peers {
				r, err := p.rate(ctx, thousand.slots(), count, half)
				if err != nil {
					return 0, err
				}
				best = max(best, r)
			}
			return best, nil
		})
	return ofPairs(p, notes...), err
}

// crowded has a thousand people ask a peer for two hundred places, and says how
// many it took.
func crowded(ctx context.Context, on *bench, program, way, database string, pooled pool) (note string, err error) {
	const people, slots, places = 1000, 10, 20
	p, err := on.openPeer(ctx, program, way, database, pooled, slots, places)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.end()) }()
	if _, err := p.rate(ctx, slots, people, 0); err != nil {
		return "", err
	}
	n, err := p.booked(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("GORM %s: %d booked on %d places", way, n, slots*places), nil
}
