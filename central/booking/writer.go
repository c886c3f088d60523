package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
)

// maxBatch is how many jobs share a transaction at most, unless the
// configuration says otherwise.
const maxBatch = 256

// job is a decision to make. run may run again when the transaction of its
// first run could not be committed.
type job struct {
	ctx   context.Context
	run   func(*batch) error
	alone bool // changes the catalogue: no other decision in its transaction
	err   error
	done  chan error
}

// batch is the transaction at work.
type batch struct {
	*memory
	e      *Engine
	now    time.Time
	opened *store.Tx
	fed    []*site  // whose feeds moved
	shown  []*site  // whose boards change
	moved  []*place // whose numbers changed
	freed  []*place // where a place may have become free
	undo   []func() // puts the holds back
	added  []store.Audit
	fresh  *Catalogue // to publish after the commit
	next   store.Ledger
}

// do has the writer run a decision and waits until its outcome is on the disk.
// A refusal is the decision's; busy means that nothing was stored.
func (e *Engine) do(ctx context.Context, run func(*batch) error) error {
	return e.submit(&job{ctx: ctx, run: run, done: make(chan error, 1)})
}

func (e *Engine) doAlone(ctx context.Context, run func(*batch) error) error {
	return e.submit(&job{ctx: ctx, run: run, alone: true, done: make(chan error, 1)})
}

func (e *Engine) submit(j *job) error {
	e.gate.RLock()
	if e.closed {
		e.gate.RUnlock()
		return ErrClosed
	}
	select {
	case e.queue <- j:
		e.gate.RUnlock()
	default:
		e.gate.RUnlock()
		return clinic.Refuse(clinic.RefusedBusy)
	}
	select {
	case err := <-j.done:
		return err
	case <-j.ctx.Done():
		return fmt.Errorf("wait for the writer: %w", context.Cause(j.ctx))
	}
}

// write is the writer: it takes what is queued, without waiting for more, and
// decides it in one transaction.
func (e *Engine) write() {
	defer close(e.stopped)
	jobs := make([]*job, 0, e.most)
	var kept *job // comes first in the next batch
	for {
		jobs = jobs[:0]
		if kept != nil {
			jobs, kept = append(jobs, kept), nil
		} else if j, ok := <-e.queue; ok {
			jobs = append(jobs, j)
		} else {
			return
		}
	fill:
		for len(jobs) < e.most && !jobs[0].alone {
			select {
			case j, ok := <-e.queue:
				if !ok {
					break fill
				}
				if j.alone {
					kept = j
					break fill
				}
				jobs = append(jobs, j)
			default:
				break fill
			}
		}
		e.decide(jobs)
	}
}

// decide runs jobs in one transaction and answers them. When it cannot be
// committed for a reason that lies in one of the jobs, each gets its own.
func (e *Engine) decide(jobs []*job) {
	err := e.persist(jobs)
	if err == nil {
		for _, j := range jobs {
			j.done <- j.err
		}
		return
	}
	e.log.Error("a batch of bookings was not stored", "jobs", len(jobs), "error", err)
	if len(jobs) > 1 && !errors.Is(err, sqldb.ErrFull) && !errors.Is(err, sqldb.ErrUnknown) && !passes(err) {
		for _, j := range jobs {
			e.decide([]*job{j})
		}
		return
	}
	for _, j := range jobs {
		j.done <- fmt.Errorf("%w: %w", clinic.Refuse(clinic.RefusedBusy), err)
	}
}

// attempt runs jobs in one transaction. An error means that nothing is stored
// and nobody has been answered.
func (e *Engine) attempt(jobs []*job) error {
	if e.mem == nil {
		if err := e.load(context.Background()); err != nil {
			return err
		}
	}
	b := &batch{memory: e.mem, e: e, now: e.clock()}
	if e.store.Shared() {
		if err := b.takeTurn(); err != nil {
			if b.opened != nil {
				err = errors.Join(err, b.opened.Rollback())
			}
			return err
		}
	}
	b.lapse()
	if !e.mem.settled { // it was just read
		b.freeAll()
	}
	err := b.endSessions()
	if err == nil {
		err = b.promote()
	}
	for _, j := range jobs {
		if err != nil {
			break
		}
		if j.ctx.Err() != nil {
			j.err = context.Cause(j.ctx)
			continue
		}
		if j.err = j.run(b); j.err != nil && !isAnswer(j.err) {
			err = j.err
			break
		}
		err = b.promote() // who waits comes before who asks next
	}
	if err == nil {
		err = b.finish()
	}
	if errors.Is(err, sqldb.ErrUnknown) {
		err = b.resolve(err)
	}
	if err != nil {
		e.mem = nil
		for _, undo := range slices.Backward(b.undo) {
			undo()
		}
		if b.opened != nil {
			err = errors.Join(err, b.opened.Rollback())
		}
		return err
	}
	b.publish()
	return nil
}

// isAnswer reports whether an error is a decision, taken before anything was
// changed, rather than a failure.
func isAnswer(err error) bool {
	var refusal *clinic.Refusal
	return errors.As(err, &refusal) || errors.Is(err, ErrFork) || errors.Is(err, ErrGap)
}

// tx opens the batch's transaction when the first decision needs it, so a batch
// of refusals costs nothing.
func (b *batch) tx() (*store.Tx, error) {
	if b.opened == nil {
		tx, err := b.e.store.Begin(context.Background())
		if err != nil {
			return nil, err
		}
		b.opened = tx
	}
	return b.opened, nil
}

// finish writes what the decisions share, a row for each slot and site, and
// commits.
func (b *batch) finish() error {
	if b.opened == nil {
		return nil
	}
	if !b.opened.Wrote() && len(b.added) == 0 {
		return b.opened.Rollback()
	}
	for _, p := range b.moved {
		if p.taken == 0 && p.over == 0 {
			continue
		}
		if err := b.opened.TakePlaces(p.slot.ID, p.taken, p.over, p.site.next(b)); err != nil {
			return err
		}
		p.site.counted = true
	}
	for _, s := range b.fed {
		if err := b.opened.AdvanceSite(s.code, s.seq, s.given); err != nil {
			return err
		}
	}
	for i := range b.added {
		if err := b.opened.InsertAudit(&b.added[i]); err != nil {
			return err
		}
	}
	if err := b.close(); err != nil {
		return err
	}
	if b.e.fault != nil {
		if err := b.e.fault("commit"); err != nil {
			return err
		}
	}
	return b.opened.Commit()
}

// publish makes the committed numbers visible.
func (b *batch) publish() {
	b.settled = true
	for _, p := range b.moved {
		p.taken, p.over, p.touched = 0, 0, false
	}
	if b.next.Batch != 0 {
		b.ledger = b.next
	}
	b.e.seen.Store(b.ledger.Batch)
	changed := false
	for _, s := range b.fed {
		s.seq, s.touched = s.given, false
	}
	for _, s := range b.shown {
		changed = changed || s.counted
		b.renumber(s)
		s.counted, s.shown = false, false
	}
	if b.fresh != nil {
		b.e.catalogue.Store(b.fresh)
		changed = true
	}
	if changed {
		b.e.version.Add(1)
	}
	for _, s := range b.fed {
		b.e.watchers.tell(s.code, s.seq)
	}
}

// renumber puts a site's present numbers on its board.
func (b *batch) renumber(s *site) {
	old := s.board.now.Load()
	n := &numbers{seq: s.seq, counts: old.counts, change: old.change}
	if s.counted {
		n.counts, n.change = slices.Clone(old.counts), old.change+1
		for _, p := range b.moved {
			if p.site == s {
				n.counts[p.at] = p.count()
			}
		}
	}
	s.board.now.Store(n)
}

// reload reads sites, slots and rules back from the transaction after they were
// changed; they are published after the commit.
func (b *batch) reload() error {
	for _, s := range b.fed { // the counters first: they are read back too
		if err := b.opened.AdvanceSite(s.code, s.seq, s.given); err != nil {
			return err
		}
	}
	fresh, err := b.loadCatalogue(context.Background(), b.opened.Reads())
	b.fresh = fresh
	b.freeAll() // there may be more places now
	return err
}
