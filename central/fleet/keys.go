package fleet

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Refusals of RotateKeys and RetireKeys.
const (
	RefusedRotating = "keys_rotating" // the generation before the newest is still in use
	RefusedRetired  = "keys_retired"  // there is none to retire
)

// KeyState is one generation of central's static keys.
type KeyState struct {
	Number      int
	Fingerprint string
	Created     time.Time // zero for the first
	Retired     time.Time // zero while devices may use it
	Devices     int       // in order, and last seen with this one
}

// Keys tells of all generations, the newest first, and how many devices in order
// have not been seen since they came in.
func (f *Fleet) Keys() (states []KeyState, unseen int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	count := make(map[int]int)
	for _, d := range f.devices {
		if f.inOrder(d) {
			count[d.Keys]++
		}
	}
	for _, g := range f.cfg.Secrets.generations() {
		states = append(states, KeyState{
			Number: g.number, Fingerprint: g.public().Fingerprint(), Devices: count[g.number],
			Created: syncproto.TimeOf(g.created), Retired: syncproto.TimeOf(g.retired),
		})
	}
	return states, count[0]
}

// inOrder reports whether central still speaks with a device.
func (f *Fleet) inOrder(d store.Device) bool {
	return d.Revoked == 0 && d.Fenced == 0 && f.cfg.Now().Unix() < d.Expires
}

// RotateKeys draws the next generation. New devices come in with it; the others
// learn of it at their next Renew, and until all have, both are valid.
func (f *Fleet) RotateKeys(ctx context.Context, actor string) error {
	f.entry.Lock()
	defer f.entry.Unlock()
	if len(f.cfg.Secrets.valid()) > 1 {
		return clinic.Refuse(RefusedRotating)
	}
	seeds := make([]byte, seedsSize)
	if _, err := io.ReadFull(f.cfg.Random, seeds); err != nil {
		return fmt.Errorf("draw central's keys: %w", err)
	}
	number := f.cfg.Secrets.newest().number + 1
	sealed, err := f.cfg.Secrets.sealSeeds(number, seeds)
	if err != nil {
		return err
	}
	err = f.record(ctx, func(tx *store.Tx) (store.Note, error) {
		all, err := store.CentralKeys(ctx, tx.Reads())
		if err != nil {
			return store.Note{}, err
		}
		if slices.ContainsFunc(all, func(k store.CentralKey) bool { return k.Number >= number }) { // another process was quicker
			return store.Note{}, clinic.Refuse(RefusedRotating)
		}
		return store.Note{Actor: actor, Action: "keys.rotate", Object: fmt.Sprint(number)},
			tx.InsertCentralKey(store.CentralKey{Number: number, Sealed: sealed, Created: f.cfg.Now().UnixMilli()})
	})
	if err != nil {
		return fmt.Errorf("keep central's next keys: %w", err)
	}
	if err := f.loadKeys(ctx); err != nil {
		return err
	}
	f.cfg.Log.Warn("central has new keys", "generation", number, "fingerprint", f.cfg.Secrets.Public().Fingerprint(), "actor", actor)
	return nil
}

// RetireKeys ends every generation but the newest, whether or not all devices
// have moved. Those that have not must be enrolled again.
func (f *Fleet) RetireKeys(ctx context.Context, actor string) error {
	f.entry.Lock()
	defer f.entry.Unlock()
	return f.retire(ctx, actor)
}

func (f *Fleet) retire(ctx context.Context, actor string) error {
	valid := f.cfg.Secrets.valid()
	if len(valid) < 2 {
		return clinic.Refuse(RefusedRetired)
	}
	err := f.record(ctx, func(tx *store.Tx) (store.Note, error) {
		return store.Note{Actor: actor, Action: "keys.retire", Object: fmt.Sprint(valid[0].number)}, tx.RetireCentralKeys(valid[0].number, f.cfg.Now().UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("retire central's keys: %w", err)
	}
	if err := f.loadKeys(ctx); err != nil {
		return err
	}
	f.cfg.Log.Warn("central's old keys are retired", "newest", valid[0].number, "actor", actor)
	return nil
}

// retireWhenMoved retires the old keys once every device in order was seen with
// the new ones and no enrolment code of the old ones lives.
func (f *Fleet) retireWhenMoved(ctx context.Context) error {
	f.entry.Lock()
	defer f.entry.Unlock()
	newest := f.cfg.Secrets.newest()
	if len(f.cfg.Secrets.valid()) < 2 || f.cfg.Now().Sub(syncproto.TimeOf(newest.created)) < 2*CodeLife {
		return nil
	}
	f.mu.Lock()
	for _, d := range f.devices {
		if f.inOrder(d) && d.Keys != newest.number {
			f.mu.Unlock()
			return nil
		}
	}
	f.mu.Unlock()
	return f.retire(ctx, "central")
}

// loadKeys reads the generations that are in the database.
func (f *Fleet) loadKeys(ctx context.Context) error {
	rows, err := store.CentralKeys(ctx, f.cfg.Store.Reader())
	if err != nil {
		return err
	}
	all := make([]*generation, 0, len(rows))
	for _, r := range rows {
		g, known := f.cfg.Secrets.numbered(r.Number)
		if !known {
			if g, err = f.cfg.Secrets.openSeeds(r.Number, r.Sealed); err != nil {
				return err
			}
		}
		next := *g
		next.created, next.retired = r.Created, r.Retired
		all = append(all, &next)
	}
	slices.Reverse(all)
	f.cfg.Secrets.all.Store(&all)
	return nil
}

func (s *Secrets) numbered(n int) (*generation, bool) {
	for _, g := range s.generations() {
		if g.number == n {
			return g, true
		}
	}
	return nil, false
}
