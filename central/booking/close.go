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
	var absent []*held
	for _, h := range b.bookings {
		slot := h.place.slot
		if slot.Site == site && slot.Date == day && h.cancelled == 0 && h.attendance == clinic.NotArrived && !b.now.Before(day.At(slot.End)) {
			absent = append(absent, h)
		}
	}
	if len(absent) == 0 {
		return 0, nil
	}
	slices.SortFunc(absent, func(a, b *held) int { return bytes.Compare(a.id[:], b.id[:]) })
	own := Batch{Site: site, Device: b.e.history, Epoch: 1} // central's own stream
	stream, err := b.stream(ctx, &own)
	if err != nil {
		return 0, err
	}
	tx, err := b.tx()
	if err != nil {
		return 0, err
	}
	for _, h := range absent {
		op := syncproto.Op{
			Seq: stream.Acked + 1, Kind: clinic.NoShowMarked, Booking: h.id, At: b.now.UnixMilli(), Wall: b.now.UnixMilli(),
			Base: h.version, Staff: actor.Account,
		}
		hash := b.e.keys.Index("central event", string(stream.Head)+h.id.String())
		v, err := b.absorb(tx, &own, op, hash[:])
		if err != nil {
			return 0, err
		}
		if v.Outcome != syncproto.Accepted {
			return 0, fmt.Errorf("close the day: booking %s: outcome %d %s", h.id, v.Outcome, v.Code)
		}
		stream.Acked, stream.Head = op.Seq, hash[:]
	}
	b.noteText(actor.Account, "close_day", site, fmt.Sprintf("%s: %d not arrived", day, len(absent)))
	return len(absent), tx.SaveStream(store.Stream{Device: own.Device, Epoch: own.Epoch, Site: site, Acked: stream.Acked, Head: stream.Head})
}
