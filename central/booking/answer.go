package booking

import (
	"context"
	"fmt"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Decided is what the clinic said of an event that is in review.
type Decided struct {
	Decision string // DecidedVoid, or a decision of clinic.Answer
	Note     string
	By       clinic.Event
}

// DecidedVoid says that the clinic took the event back.
const DecidedVoid = "void"

// answered keeps what a desk says of an event in review: nothing follows from it but
// that people read it.
func (b *batch) answered(e *store.Event) error {
	reason, err := b.e.reason(e)
	if err != nil {
		return err
	}
	if _, err := clinic.ParseAnswer(reason); err != nil {
		e.Outcome, e.Code = syncproto.Parked, CodeMalformed
	}
	return nil
}

// takeBackParked settles a void of an event that the same site said and that has no
// effect: neither counts then, nor does another desk's void of it. It reports whether it
// was one. What a revoked device said is left to a manager.
func (b *batch) takeBackParked(tx *store.Tx, e *store.Event) (settled bool, err error) {
	v := e.Op.Voids
	list, err := store.EventsFrom(context.Background(), b.reads(), v.Device, v.Epoch, v.Seq, v.Seq)
	if err != nil {
		return false, err
	}
	if len(list) != 1 || list[0].Site != e.Site || list[0].Op.Kind == clinic.EventVoided {
		return false, nil
	}
	parked := list[0].Outcome == syncproto.Parked && list[0].Code != CodeQuarantined
	if !parked && list[0].Code != CodeTakenBack {
		return false, nil
	}
	e.Outcome, e.Code = syncproto.Rejected, CodeTakenBack
	if !parked {
		return true, nil
	}
	return true, tx.SettleEvent(list[0].Ref(), syncproto.Rejected, CodeTakenBack)
}

// ofSite is an event that a device of a site made.
type ofSite struct {
	site string
	ref  clinic.EventRef
}

// decisions gives what the clinics decided on the events in review of a scope, the
// last decision on each; nothing goes before a void.
func (e *Engine) decisions(ctx context.Context, scope Scope) (map[ofSite]Decided, error) {
	rows, err := store.AnswersInReview(ctx, e.store.Reader(), scope.Site, scope.District)
	if err != nil {
		return nil, err
	}
	out := make(map[ofSite]Decided)
	for i := range rows {
		by := rows[i].Fact()
		if by.Reason, err = e.reason(&rows[i]); err != nil {
			return nil, err
		}
		about, d := by.Voids, Decided{DecidedVoid, by.Reason, by}
		if by.Kind == clinic.DoubtAnswered {
			a, err := clinic.ParseAnswer(by.Reason)
			if err != nil {
				return nil, fmt.Errorf("event %d of device %s: %w", by.Ref.Seq, by.Ref.Device, err)
			}
			about, d.Decision, d.Note = a.About, a.Decision, a.Note
		}
		key := ofSite{rows[i].Site, about}
		if out[key].Decision != DecidedVoid {
			out[key] = d
		}
	}
	return out, nil
}
