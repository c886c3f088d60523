package booking

import (
	"context"
	"fmt"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// departureDays is how long the feed of a site tells that a booking has left it. A
// device that was away for longer takes a fresh snapshot.
const departureDays = 35

// Floor gives the last number of a site's feed whose trace of a departure has been
// removed. Whoever knows the feed up to a lower number may hold bookings that have
// left the site, and has to begin anew.
func (e *Engine) Floor(ctx context.Context, site string) (int64, error) {
	return store.FloorOf(ctx, e.store.Reader(), site)
}

// PurgeDepartures forgets bookings that left a site more than departureDays ago and
// gives how many. One whose old day is not over stays: somebody may still come there.
func (e *Engine) PurgeDepartures(ctx context.Context) (removed int64, err error) {
	now := e.clock()
	before, first := now.Add(-departureDays*24*time.Hour).UnixMilli(), clinic.DateOf(now).AddDays(-1)
	floors, err := store.OldDepartures(ctx, e.store.Reader(), before, first)
	if err != nil || len(floors) == 0 {
		return 0, err
	}
	err = e.do(ctx, func(b *batch) error {
		tx, err := b.tx()
		if err != nil {
			return err
		}
		removed = 0
		for _, f := range floors {
			n, err := tx.PurgeDepartures(f, before, first)
			if err != nil {
				return err
			}
			removed += n
		}
		b.noteText(central, "purge_departures", fmt.Sprint(len(floors)), fmt.Sprintf("%d bookings that left", removed))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("forget who left: %w", err)
	}
	return removed, nil
}
