package booking

import (
	"context"
	"fmt"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// InReview is an event that people should look at: flagged, it had its effect;
// parked, it has none yet.
type InReview struct {
	Site    string
	Event   clinic.Event
	Parked  bool
	Code    string
	Arrived int64       // at central, Unix milliseconds
	Name    clinic.Name // of a walk-in
	Slot    clinic.ID   // that a walk-in asked for
}

// Admissible reports whether AdmitWalkIn is for this event.
func (r InReview) Admissible() bool { return r.Parked && r.Code == CodeOverCap }

// Review lists flagged and parked events of the sites in a scope, the latest
// first.
func (e *Engine) Review(ctx context.Context, scope Scope, limit int) ([]InReview, error) {
	if scope == (Scope{}) {
		return nil, nil
	}
	rows, err := store.EventsInReview(ctx, e.store.Reader(), scope.Site, scope.District, limit)
	if err != nil {
		return nil, err
	}
	c := e.Catalogue()
	var out []InReview
	for i := range rows {
		site, ok := c.Site(rows[i].Site)
		if ok && !scope.Covers(site) || !ok && !scope.All {
			continue
		}
		f := rows[i].Fact()
		if f.Reason, err = e.reason(&rows[i]); err != nil {
			return nil, err
		}
		r := InReview{Site: rows[i].Site, Event: f, Parked: rows[i].Outcome == syncproto.Parked, Code: rows[i].Code, Arrived: rows[i].Received}
		w, err := e.openWalkIn(&rows[i])
		if err != nil {
			return nil, fmt.Errorf("review: %w", err)
		}
		if w != nil {
			r.Name, r.Slot = clinic.NewName(w.Name), w.Slot
		}
		out = append(out, r)
	}
	return out, nil
}
