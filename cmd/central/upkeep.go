package main

import (
	"context"
	"log/slog"
	"time"
)

// upkeepEvery is how often central looks for what nobody asks it to do, and
// purgeEvery how often for what is old.
const (
	upkeepEvery = 15 * time.Second
	purgeEvery  = time.Hour
)

// upkeep decides who did not come and forgets what is old, until ctx ends. What fails
// is tried again the next time.
func (h *house) upkeep(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		if err := h.fleet.Flush(ctx); err != nil && ctx.Err() == nil {
			log.Error("upkeep", "err", err)
		}
		if marked, err := h.bookings.DecideNoShows(ctx); err != nil && ctx.Err() == nil {
			log.Error("upkeep", "err", err)
		} else if marked > 0 {
			log.Info("upkeep", "not_arrived", marked)
		}
		if n%int(purgeEvery/upkeepEvery) == 0 {
			if _, err := h.bookings.PurgeDepartures(ctx); err != nil && ctx.Err() == nil {
				log.Error("upkeep", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
