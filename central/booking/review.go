package booking

import (
	"context"
	"fmt"
	"slices"

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
	Name    clinic.Name // of a walk-in, or of whose booking a quarantined event is about
	Slot    clinic.ID   // that a walk-in or a move asked for; else that of the booking
	Decided Decided     // by the clinic; zero while it has said nothing
}

// Admissible reports whether AdmitWalkIn is for this event.
func (r InReview) Admissible() bool { return r.Parked && r.Code == CodeOverCap }

// Quarantined reports whether AdmitEvent and DismissEvent are for this event.
func (r InReview) Quarantined() bool { return r.Parked && r.Code == CodeQuarantined }

// The reasons for which DismissEvent leaves an event out.
const (
	DismissedUnreal   = "unreal"   // it did not happen
	DismissedAgain    = "again"    // the clinic has recorded it anew
	DismissedDistrust = "distrust" // the device was lost or misused
)

// DismissReasons lists them.
var DismissReasons = []string{DismissedUnreal, DismissedAgain, DismissedDistrust}

// AdmitEvent lets a manager admit one event of a device that was revoked before it
// handed it in. It is then judged like any other, and the outcome is told. It refuses
// with RefusedNotFound where there is none in the actor's scope that waits for it.
func (e *Engine) AdmitEvent(ctx context.Context, actor Actor, ref clinic.EventRef) (syncproto.Verdict, error) {
	var out syncproto.Verdict
	err := e.do(ctx, func(b *batch) error {
		r, err := b.waiting(ctx, actor, ref, CodeQuarantined)
		if err != nil {
			return err
		}
		kiosk, err := store.IsKiosk(ctx, b.reads(), r.Device)
		if err != nil {
			return err
		}
		if r.Op.WalkIn, err = e.openWalkIn(&r); err != nil {
			return fmt.Errorf("admit an event: %w", err)
		}
		if r.Op.Kind == clinic.ContactAsked && r.WalkIn != nil {
			if r.Op.Contact, err = e.openContact(&r); err != nil {
				return fmt.Errorf("admit an event: %w", err)
			}
		}
		if r.Op.Reason, err = e.reason(&r); err != nil { // of some kinds it says what happened
			return fmt.Errorf("admit an event: %w", err)
		}
		tx, err := b.tx()
		if err != nil {
			return err
		}
		r.Outcome, r.Code = syncproto.Accepted, ""
		if err := b.weighIn(tx, kiosk, &r); err != nil {
			return asFailure(err)
		}
		out = syncproto.Verdict{Seq: ref.Seq, Outcome: r.Outcome, Code: r.Code}
		b.noteText(actor.Account, "admit_event", r.Op.Booking.String(), r.Site)
		return tx.LinkEvent(r)
	})
	return out, err
}

// DismissEvent lets a manager leave such an event without effect for good, for one
// of DismissReasons. It is kept, and out of review. It refuses as AdmitEvent does.
func (e *Engine) DismissEvent(ctx context.Context, actor Actor, ref clinic.EventRef, reason string) error {
	if !slices.Contains(DismissReasons, reason) {
		return fmt.Errorf("dismiss an event: %q is no reason", reason)
	}
	return e.do(ctx, func(b *batch) error {
		r, err := b.waiting(ctx, actor, ref, CodeQuarantined)
		if err != nil {
			return err
		}
		tx, err := b.tx()
		if err != nil {
			return err
		}
		b.noteText(actor.Account, "dismiss_event", r.Op.Booking.String(), r.Site+" "+reason)
		return tx.SettleEvent(ref, syncproto.Rejected, CodeDismissed)
	})
}

// waiting finds an event in the actor's scope that waits for a person, parked with a
// code.
func (b *batch) waiting(ctx context.Context, actor Actor, ref clinic.EventRef, code string) (store.Event, error) {
	list, err := store.EventsFrom(ctx, b.reads(), ref.Device, ref.Epoch, ref.Seq, ref.Seq)
	if err != nil {
		return store.Event{}, err
	}
	if len(list) != 1 || list[0].Outcome != syncproto.Parked || list[0].Code != code {
		return store.Event{}, clinic.Refuse(clinic.RefusedNotFound)
	}
	if site, _ := b.e.Catalogue().Site(list[0].Site); !actor.Scope.Covers(site) {
		return store.Event{}, clinic.Refuse(clinic.RefusedNotFound)
	}
	return list[0], nil
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
	decided, err := e.decisions(ctx, scope)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
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
		r := InReview{Site: rows[i].Site, Event: f, Parked: rows[i].Outcome == syncproto.Parked, Code: rows[i].Code, Arrived: rows[i].Received, Decided: decided[ofSite{rows[i].Site, rows[i].Ref()}]}
		if err := e.tellAbout(ctx, &r, &rows[i]); err != nil {
			return nil, fmt.Errorf("review: %w", err)
		}
		out = append(out, r)
	}
	return out, nil
}

// tellAbout fills in whom an event in review is about and the slot that it names, as
// far as people need it to decide.
func (e *Engine) tellAbout(ctx context.Context, r *InReview, row *store.Event) error {
	w, err := e.openWalkIn(row)
	if err != nil {
		return err
	}
	if w != nil {
		r.Name, r.Slot = clinic.NewName(w.Name), w.Slot
	}
	if !r.Quarantined() || w != nil {
		return nil
	}
	b, ok, err := store.BookingByID(ctx, e.store.Reader(), row.Op.Booking)
	if err != nil || !ok || b.Site != row.Site {
		return err
	}
	person, err := e.reveal(&b)
	r.Name, r.Slot = person.Name, b.Slot
	if to := row.Op.To; to != nil {
		r.Slot = *to
	}
	return err
}
