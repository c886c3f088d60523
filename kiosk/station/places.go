package station

import (
	"context"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
)

// placesEvery is between two looks at the places that are held.
const placesEvery = time.Minute

// KeepPlaces holds so many places of each session of today for people without a
// booking (reception.Counter.KeepPlaces) until the context ends. A device that has no
// session of today yet looks again whenever its replica changed.
func (s *Station) KeepPlaces(ctx context.Context, places int) {
	changed, unwatch := s.Replica.Watch()
	defer unwatch()
	again := time.NewTicker(placesEvery)
	defer again.Stop()
	for {
		known, err := s.keepPlaces(ctx, places)
		if err != nil && ctx.Err() == nil {
			s.opt.Log.Warn("no places held", "err", err)
		}
		news := changed
		if known {
			news = nil // a wish that was refused changes the replica too
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case <-news:
		}
	}
}

// keepPlaces reports whether there are sessions today.
func (s *Station) keepPlaces(ctx context.Context, places int) (known bool, err error) {
	slots, err := s.Replica.Slots(ctx, clinic.DateOf(s.Replica.Now()))
	if err != nil {
		return false, fmt.Errorf("read the sessions: %w", err)
	}
	return len(slots) > 0, s.Counter.KeepPlaces(ctx, places)
}
