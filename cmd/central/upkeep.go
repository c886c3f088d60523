package main

import (
	"context"
	"log/slog"
	"time"
)

// upkeepEvery is how often central looks for what nobody asks it to do.
const upkeepEvery = 15 * time.Second

// upkeep decides who did not come, until ctx ends. What fails is tried again the next
// time.
func (h *house) upkeep(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for {
		if err := h.fleet.Flush(ctx); err != nil && ctx.Err() == nil {
			log.Error("upkeep", "err", err)
		}
		if marked, err := h.bookings.DecideNoShows(ctx); err != nil && ctx.Err() == nil {
			log.Error("upkeep", "err", err)
		} else if marked > 0 {
			log.Info("upkeep", "not_arrived", marked)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
