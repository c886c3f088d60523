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

// AdmitEvent lets a manager admit one event of a device that was revoked before it
// handed it in. It is then judged like any other, and the outcome is told. It refuses
// with RefusedNotFound where there is none in the actor's scope that waits for it.
func (e *Engine) AdmitEvent(ctx context.Context, actor Actor, ref clinic.EventRef) (syncproto.Verdict, error) {
	var out syncproto.Verdict
	err := e.do(ctx, func(b *batch) error {
		list, err := store.EventsFrom(ctx, b.reads(), ref.Device, ref.Epoch, ref.Seq, ref.Seq)
		if err != nil {
			return err
		}
		if len(list) != 1 || list[0].Outcome != syncproto.Parked || list[0].Code != CodeQuarantined {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		r := list[0]
		if site, _ := e.Catalogue().Site(r.Site); !actor.Scope.Covers(site) {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		if r.Op.WalkIn, err = e.openWalkIn(&r); err != nil {
			return fmt.Errorf("admit an event: %w", err)
		}
		if r.Op.Kind == clinic.ContactAsked {
			if r.Op.Contact, err = e.openContact(&r); err != nil {
				return fmt.Errorf("admit an event: %w", err)
			}
		}
		tx, err := b.tx()
		if err != nil {
			return err
		}
		r.Outcome, r.Code = syncproto.Accepted, ""
		if err := b.weighIn(tx, false, &r); err != nil {
			return asFailure(err)
		}
		out = syncproto.Verdict{Seq: ref.Seq, Outcome: r.Outcome, Code: r.Code}
		b.noteText(actor.Account, "admit_event", r.Op.Booking.String(), r.Site)
		return tx.LinkEvent(r)
	})
	return out, err
}

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
