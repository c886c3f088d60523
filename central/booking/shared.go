package booking

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/internal/sqldb"
)

// Several processes may decide on one PostgreSQL. Each batch first locks the
// ledger, so they take turns by the batch, then reads what the others have changed
// since its own last one, and decides by exactly what the database holds. The
// audit trail is one chain, so batches could not be committed side by side anyhow;
// locking first rather than last makes every decision right at the first attempt.

// The bounds of patience with a server that is away or busy.
const (
	mostAttempts = 10
	firstPause   = 20 * time.Millisecond
	longestPause = 2 * time.Second
	lookEvery    = 250 * time.Millisecond
)

// persist attempts a batch until it is stored, refused or fails for good.
func (e *Engine) persist(jobs []*job) error {
	err := e.attempt(jobs)
	if !e.store.Shared() {
		return err
	}
	for n := 1; n < mostAttempts && passes(err); n++ {
		e.log.Warn("a batch of bookings is tried again", "jobs", len(jobs), "attempt", n, "error", err)
		pause(min(firstPause<<n, longestPause))
		err = e.attempt(jobs)
	}
	return err
}

// passes reports whether an error has to do with the server's state only, and
// nothing is stored.
func passes(err error) bool { return errors.Is(err, sqldb.ErrBusy) || errors.Is(err, sqldb.ErrLost) }

// pause waits up to so long, so that processes do not come back all at once.
func pause(most time.Duration) {
	timer := time.NewTimer(most/2 + rand.N(most/2))
	defer timer.Stop()
	<-timer.C
}

// takeTurn locks the ledger and brings the memory up to date.
func (b *batch) takeTurn() error {
	tx, err := b.tx()
	if err != nil {
		return err
	}
	ledger, err := tx.LockLedger()
	if err != nil || ledger.Batch == b.ledger.Batch {
		return err
	}
	if err := b.catchUp(context.Background(), tx.Reads(), ledger); err != nil {
		b.e.mem = nil
		return fmt.Errorf("read what other processes changed: %w", err)
	}
	return nil
}

// catchUp reads what other processes have committed. The ledger is locked, so all
// of it is of one moment.
func (b *batch) catchUp(ctx context.Context, q store.Querier, ledger store.Ledger) error {
	seqs, err := store.SiteSeqs(ctx, q)
	if err != nil {
		return err
	}
	known := make(map[string]int64)
	for code, seq := range seqs {
		if s, ok := b.sites[code]; !ok {
			known[code] = 0
		} else if s.seq != seq {
			known[code] = s.seq
		}
	}
	var fresh *Catalogue
	if ledger.Rules != b.ledger.Rules { // sites, slots and rules, and all the numbers
		if fresh, err = b.loadCatalogue(ctx, q); err != nil {
			return err
		}
	}
	changed := make(map[*site][]*place)
	if ledger.Claims != b.ledger.Claims {
		if err := b.learnClaims(ctx, q, changed); err != nil {
			return err
		}
	}
	if ledger.Joins != b.ledger.Joins {
		if err := b.learnJoined(ctx, q); err != nil {
			return err
		}
	}
	for code, stamp := range known {
		s := b.sites[code]
		s.seq, s.given = seqs[code], seqs[code]
		if err := b.learnSlots(ctx, q, s, stamp, changed); err != nil {
			return err
		}
		if err := store.HeldSince(ctx, q, code, stamp, b.learn); err != nil {
			return err
		}
	}
	if b.orphans, err = store.Orphans(ctx, q); err != nil {
		return err
	}
	clear(b.streams)
	b.ledger, b.auditN, b.audit = ledger, ledger.Entries, ledger.Hash
	b.tell(fresh, changed)
	return nil
}

// learnSlots takes over what others have taken of a site's slots.
func (b *batch) learnSlots(ctx context.Context, q store.Querier, s *site, stamp int64, changed map[*site][]*place) error {
	rows, err := store.SlotsSince(ctx, q, s.code, stamp)
	if err != nil {
		return err
	}
	if changed[s] == nil {
		changed[s] = []*place{} // its feed has moved
	}
	for _, r := range rows {
		p, ok := b.places[r.ID]
		if !ok {
			return fmt.Errorf("slot %s is not in the catalogue", r.ID)
		}
		held := p.slot.Held
		p.slot, p.overflow = r.Slot, r.Overflow
		p.slot.Held, p.slot.WalkIn = held, p.forWalkIns()
		changed[s] = append(changed[s], p)
	}
	return nil
}

// learnClaims reads who waits for a place and what devices have to give out.
func (b *batch) learnClaims(ctx context.Context, q store.Querier, changed map[*site][]*place) error {
	clear(b.lists)
	clear(b.queued)
	clear(b.leases)
	b.leaseEnd = time.Time{}
	touched := make(map[*place]bool)
	for _, p := range b.places {
		if p.leased != 0 || p.given != 0 {
			touched[p] = true
			p.leased, p.given = 0, 0
			p.slot.WalkIn = p.forWalkIns()
		}
	}
	if err := errors.Join(b.loadLeases(ctx, b.e, q), b.loadStandby(ctx, b.e, q)); err != nil {
		return err
	}
	for _, l := range b.leases {
		touched[b.places[l.Slot]] = true
	}
	for p := range touched {
		changed[p.site] = append(changed[p.site], p)
	}
	return nil
}

// learn takes over a booking that another process made or changed.
func (b *batch) learn(r *store.Held) error {
	p, ok := b.places[r.Slot]
	if !ok {
		return fmt.Errorf("booking %s has no slot", r.ID)
	}
	h, ok := b.bookings[r.ID]
	if !ok {
		h = &held{id: r.ID, person: r.Person, request: r.Request, dose: r.Dose, created: r.Created}
		b.add(h)
	}
	if h.person != r.Person { // the number was corrected
		old := h.person
		h.person = r.Person
		b.regroup(old, r.Person)
	}
	h.place, h.cancelled, h.version, h.attendance, h.holds = p, r.Cancelled, r.Version, r.Attendance, r.Holds
	if !r.Holds {
		return nil
	}
	for o := b.people[h.person]; o != nil; o = o.before { // only one can; an older one made way without a stamp
		if o != h && o.place.slot.Programme == p.slot.Programme {
			o.holds = false
		}
	}
	return nil
}

// tell shows at once what others have changed: it is stored, whatever becomes of
// this batch.
func (b *batch) tell(fresh *Catalogue, changed map[*site][]*place) {
	if fresh != nil {
		b.e.catalogue.Store(fresh)
	}
	for s, places := range changed {
		old := s.board.now.Load()
		n := &numbers{seq: s.seq, counts: slices.Clone(old.counts)}
		for _, p := range places {
			n.counts[p.at] = p.count()
		}
		s.board.now.Store(n)
	}
	b.e.version.Add(1)
	for s := range changed {
		b.e.watchers.tell(s.code, s.seq)
	}
}

// close writes the ledger for the next batch, whoever decides it.
func (b *batch) close() error {
	b.next = store.Ledger{Entries: b.auditN, Hash: b.audit, Batch: b.ledger.Batch + 1, Rules: b.ledger.Rules, Claims: b.ledger.Claims, Joins: b.ledger.Joins}
	if b.fresh != nil {
		b.next.Rules++
	}
	if b.opened.ChangedClaims() {
		b.next.Claims++
	}
	if b.opened.ChangedJoins() {
		b.next.Joins++
	}
	return b.opened.SaveLedger(b.next)
}

// stored looks up whether a batch whose commit was not answered is stored: then
// its last entry stands in the audit trail. Waiting for the ledger makes sure that
// the server is done with it.
func (b *batch) stored() (bool, error) {
	if len(b.added) == 0 {
		return false, nil // nothing that would matter twice
	}
	tx, err := b.e.store.Begin(context.Background())
	if err != nil {
		return false, err
	}
	_, err = tx.LockLedger()
	var hash []byte
	if err == nil {
		hash, err = store.AuditHash(context.Background(), tx.Reads(), b.auditN)
	}
	return bytes.Equal(hash, b.audit), errors.Join(err, tx.Rollback())
}

// resolve finds out what became of a commit that was not answered; nil when all
// of the batch is stored.
func (b *batch) resolve(fault error) error {
	for n := range mostAttempts {
		stored, err := b.stored()
		if err == nil && stored {
			return nil
		}
		if err == nil {
			return fmt.Errorf("%w before it was stored: %v", sqldb.ErrLost, fault)
		}
		b.e.log.Warn("the fate of a batch is looked up again", "attempt", n+1, "error", err)
		pause(min(firstPause<<n, longestPause))
	}
	return fault
}

// follow has the writer catch up soon after another process decided something, so
// that what people see here is not older than that.
func (e *Engine) follow() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	away := false
	for {
		select {
		case <-e.stopped:
			return
		case <-tick.C:
		}
		ledger, err := store.LedgerOf(context.Background(), e.store.Reader())
		if err == nil && ledger.Batch != e.seen.Load() {
			err = e.do(context.Background(), func(*batch) error { return nil })
		}
		if failed := err != nil && !errors.Is(err, ErrClosed); failed != away {
			away = failed
			e.log.Warn("other processes' bookings", "readable", !away, "error", err)
		}
	}
}
