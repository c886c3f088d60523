package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/hub"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/syncproto"
)

// errDied stands in for the answer of a program that died.
var errDied = errors.New("the program has died")

// central is the real central without a network before it: it can be killed, also
// at a COMMIT, restored from a backup, and asked for more than it can bear.
type central struct {
	w    *world
	path string

	store  *store.Store // nil while it is down
	engine *booking.Engine
	fleet  *fleet.Fleet
	doors  *gin.Engine

	dying dying
	busy  time.Time // until then it says to come back later
}

// dying is a program that may die at a COMMIT.
type dying struct {
	in     int  // COMMITs to go, this one included; 0: it will not
	before bool // it dies before the COMMIT, not after
	struck bool // it has died, and only has to be buried
}

// commit stands around each COMMIT of a program.
func (d *dying) commit(commit func() error) error {
	switch {
	case d.struck:
		return errDied
	case d.in == 0:
		return commit()
	}
	d.in--
	if d.in > 0 {
		return commit()
	}
	d.struck = true
	if d.before {
		return errDied
	}
	return errors.Join(commit(), errDied)
}

// arm has the program die at one of its next COMMITs.
func (d *dying) arm(w *world) { d.in, d.before = 1+w.rng.IntN(3), w.chance(0.5) }

// overloaded is an engine that may have no room for more.
type overloaded struct {
	*booking.Engine
	c *central
}

func (o overloaded) refuses() error {
	if o.c.w.now.Before(o.c.busy) {
		return clinic.Refuse(clinic.RefusedBusy)
	}
	return nil
}

// Receive is hub.Engine's.
func (o overloaded) Receive(ctx context.Context, b booking.Batch) (syncproto.Ack, error) {
	if err := o.refuses(); err != nil {
		return syncproto.Ack{}, err
	}
	return o.Engine.Receive(ctx, b)
}

// Feed is hub.Engine's. It tells few rows at a time, so that there are pages.
func (o overloaded) Feed(ctx context.Context, r booking.FeedRequest) (booking.FeedPage, error) {
	r.Limit = min(r.Limit, o.c.w.plan.page)
	return o.Engine.Feed(ctx, r)
}

func (c *central) open() (err error) {
	c.dying = dying{}
	if c.store, err = store.OpenBy(c.w.ctx, c.path, sqldb.Trial{Commit: c.dying.commit}.Open); err != nil {
		return fmt.Errorf("open central: %w", err)
	}
	log := c.w.journal.logOf("central")
	if c.engine, err = booking.Open(c.w.ctx, booking.Config{Store: c.store, Keys: c.w.set.keys, Clock: c.w.clock, NewID: c.w.newID, Log: log}); err != nil {
		return errors.Join(fmt.Errorf("open central: %w", err), c.close())
	}
	c.fleet, err = fleet.New(c.w.ctx, fleet.Config{
		Store: c.store, Secrets: c.w.set.secrets, Now: c.w.clock, Random: rand.Reader, NewID: c.w.newID, Log: log,
		Open:   func(string, time.Time) bool { return true },
		Record: c.engine.Record,
	})
	if err != nil {
		return errors.Join(fmt.Errorf("open central: %w", err), c.close())
	}
	h, err := hub.New(hub.Config{Engine: overloaded{c.engine, c}, Fleet: c.fleet, Now: c.w.clock, Random: rand.Reader, Log: log, Watch: c.engine.Watch})
	if err != nil {
		return errors.Join(fmt.Errorf("open central: %w", err), c.close())
	}
	c.doors = gin.New()
	h.Mount(c.doors)
	return nil
}

func (c *central) close() error {
	if c.store == nil {
		return nil
	}
	var err error
	if c.engine != nil {
		err = c.engine.Close()
	}
	err = errors.Join(err, c.store.Close())
	c.store, c.engine, c.fleet, c.doors = nil, nil, nil, nil
	return err
}

// serve answers a request, or nil when nobody does.
func (c *central) serve(r *http.Request) *http.Response {
	if c.store == nil {
		return nil
	}
	if c.w.now.Before(c.busy) && c.w.chance(0.3) { // a machine before central that says so itself
		head := http.Header{}
		head.Set(syncproto.HeaderProblem, syncproto.ProblemBusy)
		head.Set("Retry-After", fmt.Sprint(1+c.w.rng.IntN(20)))
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: head, Body: http.NoBody, Request: r}
	}
	answer := httptest.NewRecorder()
	if !c.call(func() { c.doors.ServeHTTP(answer, r) }) {
		return nil
	}
	return answer.Result()
}

// call has central do something. It is false when central is down or dies of it.
func (c *central) call(do func()) bool {
	if c.store == nil {
		return false
	}
	do()
	if c.dying.struck {
		c.w.say("central", "killed at a commit, %s", map[bool]string{true: "before", false: "after"}[c.dying.before])
		c.w.tally.faults[crashCentralCommit]++
		c.bury()
		return false
	}
	return true
}

func (c *central) kill() {
	if c.store == nil {
		return
	}
	c.w.say("central", "killed")
	c.w.tally.faults[crashCentral]++
	c.bury()
}

// bury ends the program and has it start again some time later.
func (c *central) bury() {
	c.w.must("end central", c.close())
	c.w.after(c.w.between(time.Second, 2*time.Minute), c.start)
}

func (c *central) start() {
	if c.store == nil {
		c.w.must("start central", c.open())
		c.w.say("central", "started")
		for _, d := range c.w.devices {
			if d.doubted {
				d.lookUp()
			}
		}
	}
}

func (c *central) arm() { c.dying.arm(c.w) }

// overload has central answer with RETRY_AFTER for a while.
func (c *central) overload() {
	c.busy = c.w.now.Add(c.w.between(10*time.Second, 3*time.Minute))
	c.w.tally.faults[storm]++
	c.w.say("central", "overloaded until %s", c.busy.Format("15:04"))
}

// backUp makes a backup, which takes the database's place some hours later.
func (c *central) backUp() {
	if c.store == nil {
		return
	}
	path := filepath.Join(c.w.dir, fmt.Sprintf("backup-%d.db", c.w.entered))
	c.w.must("back central up", c.store.CopyTo(c.w.ctx, path))
	c.w.say("central", "backed up")
	c.w.after(c.w.between(10*time.Minute, 6*time.Hour), func() { c.restore(path) })
}

// restore puts a backup in the database's place, as the manual says.
func (c *central) restore(path string) {
	if c.w.healed {
		return
	}
	w := c.w
	w.must("end central", c.close())
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(c.path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			w.must("restore central", err)
		}
	}
	w.must("restore central", os.Rename(path, c.path))
	st, err := store.OpenBy(w.ctx, c.path, sqldb.Trial{}.Open)
	if err != nil {
		w.must("restore central", err)
		return
	}
	_, err = booking.Renew(w.ctx, st, w.set.keys, w.newID)
	w.must("restore central", errors.Join(err, st.Close(), c.open()))
	w.say("central", "restored from the backup")
	w.tally.faults[restore]++
	w.watch.restored()
	w.work.restored()
	for _, d := range w.devices {
		d.lookUp()
	}
}

// mend ends what is wrong with central.
func (c *central) mend() {
	c.busy = time.Time{}
	c.dying.in = 0
	c.start()
}
