package booking

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// CloseDay marks those who did not come to a site on a day (未到場), for whoever
// closes it by hand, and gives how many were marked. Slots that have not ended
// yet are left out, so it may run again. Somebody who was checked in by a device
// that has not sent it yet becomes arrived when it does: arriving beats not
// coming. It refuses with RefusedOutside.
func (e *Engine) CloseDay(ctx context.Context, actor Actor, site string, day clinic.Date) (marked int, err error) {
	s, ok := e.Catalogue().Site(site)
	if !ok || !actor.Scope.Covers(s) {
		return 0, clinic.Refuse(RefusedOutside)
	}
	err = e.do(ctx, func(b *batch) (err error) {
		marked, err = b.closeDay(ctx, actor, site, day)
		return err
	})
	if err != nil {
		return 0, err
	}
	return marked, nil
}

func (b *batch) closeDay(ctx context.Context, actor Actor, site string, day clinic.Date) (int, error) {
	over := make(map[*place]bool)
	for _, p := range b.places {
		if p.slot.Site == site && p.slot.Date == day && p.slot.Taken > 0 && !b.now.Before(day.At(p.slot.End)) {
			over[p] = true
		}
	}
	var absent []*held
	for _, h := range b.bookings {
		if over[h.place] && h.absent() {
			absent = append(absent, h)
		}
	}
	if err := b.decided(over); err != nil || len(absent) == 0 {
		return 0, err
	}
	slices.SortFunc(absent, func(a, b *held) int { return bytes.Compare(a.id[:], b.id[:]) })
	if err := b.markAbsent(ctx, actor.Account, site, absent); err != nil {
		return 0, err
	}
	b.noteText(actor.Account, "close_day", site, fmt.Sprintf("%s: %d not arrived", day, len(absent)))
	return len(absent), nil
}

// absent reports whether a booking stands and nothing has happened to it.
func (h *held) absent() bool { return h.cancelled == 0 && h.attendance == clinic.NotArrived }

// decided notes the slots of which it is decided who did not come.
func (b *batch) decided(over map[*place]bool) error {
	if len(over) == 0 {
		return nil
	}
	tx, err := b.tx()
	if err != nil {
		return err
	}
	for p := range over {
		if err := tx.DecideSlot(p.slot.ID, b.now.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// markAbsent says in central's own stream that people have not come to a site.
func (b *batch) markAbsent(ctx context.Context, staff, site string, absent []*held) error {
	own := Batch{Site: site, Device: b.e.history, Epoch: 1}
	stream, err := b.stream(ctx, &own)
	if err != nil {
		return err
	}
	tx, err := b.tx()
	if err != nil {
		return err
	}
	for _, h := range absent {
		op := syncproto.Op{
			Seq: stream.Acked + 1, Kind: clinic.NoShowMarked, Booking: h.id, At: b.now.UnixMilli(), Wall: b.now.UnixMilli(),
			Base: h.version, Staff: staff,
		}
		hash := b.e.keys.Index("central event", string(stream.Head)+h.id.String())
		v, err := b.absorb(tx, &own, op, hash[:])
		if err != nil {
			return err
		}
		if v.Outcome != syncproto.Accepted {
			return fmt.Errorf("mark who did not come: booking %s: outcome %d %s", h.id, v.Outcome, v.Code)
		}
		stream.Acked, stream.Head = op.Seq, hash[:]
	}
	return tx.SaveStream(store.Stream{Device: own.Device, Epoch: own.Epoch, Site: site, Acked: stream.Acked, Head: stream.Head})
}
