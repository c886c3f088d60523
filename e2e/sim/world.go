package main

import (
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"ezhitong.tw/clinic"
)

// begin is the instant at which every world begins: a Monday, half an hour before
// the clinics open.
var begin = time.Date(2026, 11, 23, 8, 30, 0, 0, clinic.Taipei)

// world is one central, its devices, and whatever goes wrong between them. One
// goroutine runs all of it in the order of a queue; time is what the queue says.
type world struct {
	ctx     context.Context
	seed    uint64
	dir     string
	set     *stage
	rng     *rand.Rand
	plan    plan
	now     time.Time
	queue   queue
	entered int // number of the last entry, so that equal times keep their order
	depth   int // entries at work: what happens while a message is on its way
	healed  bool

	central  *central
	devices  []*device
	work     *workload
	lists    *lists
	watch    *observer
	answered map[[32]byte]bool // sealed messages, by hash
	journal  *journal
	tally    *tally
	broken   error // the first promise that was not kept
}

// errBroken marks a promise that was not kept, as against a simulator that could
// not run.
var errBroken = errors.New("a promise is broken")

// run plays one seed and gives what it counted. The error wraps errBroken when the
// system is at fault.
func run(ctx context.Context, set *stage, seed uint64, j *journal) (*tally, error) {
	w, err := newWorld(ctx, set, seed, j)
	if err != nil {
		return nil, err
	}
	err = w.verdict(w.play())
	w.shut()
	return w.tally, errors.Join(err, os.RemoveAll(w.dir))
}

// newWorld is a world in which nothing is yet. Nothing in it ends half way when ctx
// does.
func newWorld(ctx context.Context, set *stage, seed uint64, j *journal) (*world, error) {
	dir, err := os.MkdirTemp(set.dir, "seed-*")
	if err != nil {
		return nil, fmt.Errorf("a folder for seed %d: %w", seed, err)
	}
	w := &world{
		ctx: context.WithoutCancel(ctx), seed: seed, dir: dir, set: set, rng: rand.New(rand.NewPCG(seed, 0x5eed)), now: begin, journal: j,
		tally: newTally(), answered: make(map[[32]byte]bool),
	}
	w.tally.worlds = 1
	j.now = w.clock
	return w, nil
}

// verdict is what a run comes to.
func (w *world) verdict(fault error) error {
	if w.broken != nil {
		return fmt.Errorf("seed %d: %w: %w", w.seed, errBroken, w.broken)
	}
	return fault
}

func (w *world) clock() time.Time { return w.now }

func (w *world) play() error {
	w.plan = draw(w.rng, w.set.certain)
	w.say("world", "%s", w.plan)
	if err := w.build(); err != nil {
		return err
	}
	w.work.schedule()
	w.faults()
	w.until(begin.Add(w.plan.span))
	w.heal()
	return nil
}

func (w *world) build() error {
	w.work, w.watch, w.lists = newWorkload(w), newObserver(w), newLists(w)
	w.central = &central{w: w, path: filepath.Join(w.dir, "central.db")}
	if err := w.set.copyCentral(w.central.path, w.plan.waits); err != nil {
		return err
	}
	if err := w.central.open(); err != nil {
		return err
	}
	for i := range w.plan.devices {
		d, err := newDevice(w, w.set.seats[i%w.plan.sites][i/w.plan.sites])
		if err != nil {
			return err
		}
		w.devices = append(w.devices, d)
		d.wake(w.between(0, time.Minute))
	}
	return nil
}

// heal ends every fault, gives the devices two of their longest pauses, and judges
// what is left.
func (w *world) heal() {
	if w.broken != nil {
		return
	}
	w.healed = true
	w.say("world", "healed")
	w.central.mend()
	for _, d := range w.devices {
		d.mend()
	}
	w.until(w.now.Add(2 * (retryMax + spread)))
	for range w.rounds() { // whoever pushed last has moved the feed of the others
		for _, d := range w.devices {
			d.settle()
		}
	}
	w.judge()
}

// rounds is how many rounds everybody makes before the judgement. What was heard of
// others goes from a device in the round after the one in which central took it.
func (w *world) rounds() int {
	if w.plan.lan {
		return 3
	}
	return 2
}

func (w *world) shut() {
	for _, d := range w.devices {
		d.close()
	}
	if w.central != nil {
		w.must("end central", w.central.close())
	}
}

// say writes a line of the journal.
func (w *world) say(who, format string, args ...any) {
	w.journal.line(who, fmt.Sprintf(format, args...))
}

// fail notes that a promise is broken; the first one counts.
func (w *world) fail(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf(format, args...)
		w.say("BROKEN", "%v", w.broken)
	}
}

// must is for what cannot go wrong unless the simulator itself is at fault.
func (w *world) must(what string, err error) {
	if err != nil {
		w.fail("%s: %w", what, err)
	}
}

// entry is something that will happen.
type entry struct {
	at time.Time
	n  int
	do func()
}

type queue []entry

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].n < q[j].n
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is heap.Interface's.
func (q *queue) Push(v any) { *q = append(*q, v.(entry)) }

// Pop is heap.Interface's.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// after has something happen once d has passed.
func (w *world) after(d time.Duration, do func()) {
	w.entered++
	heap.Push(&w.queue, entry{w.now.Add(d), w.entered, do})
}

// deepest bounds how much happens inside of something else.
const deepest = 6

// until lets happen what is due by then. It may be called by something that is
// happening, to let others act while a message is on its way.
func (w *world) until(then time.Time) {
	w.depth++
	for w.depth <= deepest && w.broken == nil && len(w.queue) > 0 && !w.queue[0].at.After(then) {
		next := heap.Pop(&w.queue).(entry)
		if next.at.After(w.now) {
			w.now = next.at
		}
		next.do()
		if w.depth == 1 {
			w.watch.look()
		}
	}
	w.depth--
	if then.After(w.now) {
		w.now = then
	}
}

// chance is true with a probability.
func (w *world) chance(p float64) bool { return p > 0 && w.rng.Float64() < p }

// between draws a duration.
func (w *world) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.rng.Int64N(int64(most-least)+1))
}

// newID makes a UUID of version 7.
func (w *world) newID() clinic.ID {
	var id clinic.ID
	binary.BigEndian.PutUint64(id[:8], uint64(w.now.UnixMilli())<<16|uint64(w.rng.Uint32N(1<<12))|7<<12)
	binary.BigEndian.PutUint64(id[8:], w.rng.Uint64()&(1<<62-1)|1<<63)
	return id
}
