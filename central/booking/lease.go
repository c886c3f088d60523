package booking

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// leasesKept is how many days after its session a lease is still known, for
// devices that were dark.
const leasesKept = 35

// LeaseRequest asks for walk-in places of a slot for a device; Site and Device
// come from the device's grant. The same request sent again gets the same answer.
type LeaseRequest struct {
	ID     clinic.ID
	Site   string
	Device clinic.ID
	Slot   clinic.ID
	Places int
}

// Lease is how many walk-in places of a slot a device may give out by itself.
type Lease struct {
	ID       clinic.ID
	Device   clinic.ID
	Slot     clinic.ID
	Granted  int
	Consumed int
	Live     bool // false when it was returned or the session has ended
}

func leaseOf(l *store.Lease) Lease {
	return Lease{l.ID, l.Device, l.Slot, l.Granted, l.Consumed, l.State == store.LeaseLive}
}

// Lease grants up to so many places: what neither a booking nor a hold nor another
// lease has. It refuses with RefusedNoSuchSlot outside the site, RefusedSlotClosed
// when the session has ended, RefusedFull when there is none, and
// RefusedConflictingKey.
func (e *Engine) Lease(ctx context.Context, r LeaseRequest) (Lease, error) {
	if r.ID.IsZero() || r.Device.IsZero() || r.Places < 1 {
		return Lease{}, errors.New("lease: an id, a device and a number of places are needed")
	}
	var out Lease
	err := e.do(ctx, func(b *batch) error {
		l, err := b.lease(r)
		if err == nil {
			out = leaseOf(l)
		}
		return err
	})
	return out, err
}

// ReturnLease gives back what a device has not given out. The device sends all its
// events first: what it tells of afterwards stands beyond the lease.
func (e *Engine) ReturnLease(ctx context.Context, device, id clinic.ID) (Lease, error) {
	var out Lease
	err := e.do(ctx, func(b *batch) error {
		l := b.leases[id]
		if l == nil || l.Device != device {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		if l.State != store.LeaseReturned {
			if err := b.endLease(l, store.LeaseReturned); err != nil {
				return err
			}
		}
		out = leaseOf(l)
		return nil
	})
	return out, err
}

// ForceLease takes a lease back without its device (收回), for a supervisor. What the
// device gives out all the same stands beyond the capacity, unless a place is free.
// It refuses with RefusedNotFound outside the actor's scope.
func (e *Engine) ForceLease(ctx context.Context, actor Actor, id clinic.ID) error {
	return e.do(ctx, func(b *batch) error {
		l := b.leases[id]
		if l == nil {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		if site, _ := e.Catalogue().Site(b.places[l.Slot].site.code); !actor.Scope.Covers(site) {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		if l.State != store.LeaseLive {
			return nil
		}
		b.noteText(actor.Account, "force_lease", id.String(), b.places[l.Slot].site.code)
		return b.endLease(l, store.LeaseReturned)
	})
}

// Leases lists the live leases of a device, by session.
func (e *Engine) Leases(ctx context.Context, device clinic.ID) ([]Lease, error) {
	var out []Lease
	err := e.do(ctx, func(b *batch) error {
		out = nil
		for _, l := range b.leases {
			if l.Device == device && l.State == store.LeaseLive {
				out = append(out, leaseOf(l))
			}
		}
		slices.SortFunc(out, func(x, y Lease) int {
			p, q := b.places[x.Slot].slot, b.places[y.Slot].slot
			return cmp.Or(p.Date.Compare(q.Date), cmp.Compare(p.Start, q.Start), bytes.Compare(x.ID[:], y.ID[:]))
		})
		return nil
	})
	return out, err
}

// lease decides in the writer.
func (b *batch) lease(r LeaseRequest) (*store.Lease, error) {
	if l, ok := b.leases[r.ID]; ok {
		if l.Device != r.Device || l.Slot != r.Slot {
			return nil, clinic.Refuse(clinic.RefusedConflictingKey)
		}
		return l, nil
	}
	p, ok := b.places[r.Slot]
	if !ok || p.slot.Site != r.Site {
		return nil, clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	if !b.now.Before(p.ends()) {
		return nil, clinic.Refuse(clinic.RefusedSlotClosed, "closed", p.ends().Format(time.RFC3339))
	}
	granted := min(r.Places, p.unclaimed())
	if granted <= 0 {
		return nil, clinic.Refuse(clinic.RefusedFull)
	}
	tx, err := b.tx()
	if err != nil {
		return nil, err
	}
	l := &store.Lease{ID: r.ID, Device: r.Device, Slot: r.Slot, Date: p.slot.Date, Granted: granted, State: store.LeaseLive, Created: b.now.UnixMilli()}
	b.leases[l.ID] = l
	b.watchEnd(p.ends())
	p.claim(b, granted, 0)
	b.note("device "+r.Device.String(), "lease", l.ID, p.slot.Site)
	return l, tx.InsertLease(l)
}

// endLease frees what is left of a lease.
func (b *batch) endLease(l *store.Lease, state string) error {
	tx, err := b.tx()
	if err != nil {
		return err
	}
	if l.State == store.LeaseLive {
		p := b.places[l.Slot]
		p.claim(b, l.Consumed-l.Granted, 0)
		b.freed = append(b.freed, p)
	}
	l.State = state
	b.note("central", "lease_"+state, l.ID, "")
	return tx.UpdateLease(l)
}

// endSessions ends the leases of sessions that are over.
func (b *batch) endSessions() error {
	if b.leaseEnd.IsZero() || b.now.Before(b.leaseEnd) {
		return nil
	}
	b.leaseEnd = time.Time{}
	for _, l := range b.leases {
		if l.State != store.LeaseLive {
			continue
		}
		if end := b.places[l.Slot].ends(); b.now.Before(end) {
			b.watchEnd(end)
		} else if err := b.endLease(l, store.LeaseOver); err != nil {
			return err
		}
	}
	return nil
}

// watchEnd remembers when the next session with a lease ends.
func (m *memory) watchEnd(end time.Time) {
	if m.leaseEnd.IsZero() || end.Before(m.leaseEnd) {
		m.leaseEnd = end
	}
}

// ends is when the place's session is over.
func (p *place) ends() time.Time { return p.slot.Date.At(p.slot.End) }

// consume takes a walk-in's place out of the device's lease, when it has one left.
func (b *batch) consume(tx *store.Tx, device clinic.ID, p *place) (ok bool, err error) {
	var best *store.Lease
	for _, l := range b.leases {
		if l.Device == device && l.Slot == p.slot.ID && l.State != store.LeaseReturned && l.Consumed < l.Granted &&
			(best == nil || l.Created < best.Created) {
			best = l
		}
	}
	if best == nil {
		return false, nil
	}
	best.Consumed++
	if best.State == store.LeaseLive {
		p.claim(b, -1, 1)
	} else {
		p.claim(b, 0, 1)
	}
	return true, tx.UpdateLease(best)
}

// claim changes what devices hold of a place and what they have given out.
func (p *place) claim(b *batch, leased, given int) {
	p.leased += leased
	p.given += given
	p.slot.WalkIn = p.forWalkIns()
	p.touch(b)
	p.site.counted = true
	p.site.show(b)
}

// forWalkIns is how many places the public can't book: the site's share for
// walk-ins as far as it is not given out, and at least what devices hold.
func (p *place) forWalkIns() int { return max(0, p.share-p.given, p.leased) }

// unclaimed is how many places neither a booking nor a hold nor a device has.
func (p *place) unclaimed() int {
	return max(0, p.slot.Capacity-p.slot.Taken-p.slot.Held-p.leased)
}

// loadLeases reads what devices hold.
func (m *memory) loadLeases(ctx context.Context, e *Engine, q store.Querier) error {
	return store.EachLease(ctx, q, clinic.DateOf(e.clock()).AddDays(-leasesKept), func(l *store.Lease) error {
		kept := *l
		m.leases[l.ID] = &kept
		p := m.places[l.Slot]
		p.given += l.Consumed
		if l.State == store.LeaseLive {
			p.leased += l.Granted - l.Consumed
			m.watchEnd(p.ends())
		}
		p.slot.WalkIn = p.forWalkIns()
		return nil
	})
}
