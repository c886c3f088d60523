package booking

import (
	"time"

	"ezhitong.tw/clinic"
)

// A device corrects its clock by central's at every contact. People are told of an
// event whose time was corrected by more than mostSkew, or that was never corrected
// and is mostAway from the time at which it is heard. Less is shown on the monitor.
const (
	mostSkew = 24 * time.Hour
	mostAway = 180 * 24 * time.Hour
)

// remark says what people should look at in an event that is accepted; empty when
// nothing. facts are the booking's events before it.
func (b *batch) remark(h *held, facts []clinic.Event, e clinic.Event, wall int64) string {
	c := b.e.catalogue.Load()
	switch {
	case e.Kind == clinic.VaccineGiven && c.Recalled(productOf(h.place.slot.Vaccine, e.Reason), e.Lot):
		return CodeRecalledLot
	case e.Kind == clinic.VaccineGiven && b.tooSoon(c, h):
		return CodeClinicalReview
	case (here(e.Kind) || e.Kind == clinic.ReactionNoted) && b.closed(facts):
		return CodeAfterClosure
	case wall != 0 && e.At.Sub(time.UnixMilli(wall)).Abs() > mostSkew, b.now.Sub(e.At).Abs() > mostAway:
		return CodeClock
	}
	return ""
}

// closed reports whether central has closed the day on somebody.
func (b *batch) closed(facts []clinic.Event) bool {
	for _, f := range facts {
		if f.Kind == clinic.NoShowMarked && f.Ref.Device == b.e.history {
			return true
		}
	}
	return false
}

// tooSoon reports whether a dose comes before the interval since the one before it,
// as far as that was given here.
func (b *batch) tooSoon(c *Catalogue, h *held) bool {
	slot := h.place.slot
	_, vaccine, _ := c.Vaccine(slot.Vaccine)
	rule, ok := vaccine.Dose(h.dose)
	if !ok {
		return false
	}
	for o := b.people[h.person]; o != nil; o = o.before {
		s := o.place.slot
		if o == h || o.attendance != clinic.Vaccinated || s.Programme != slot.Programme ||
			rule.IntervalSince == clinic.SinceVaccine && s.Vaccine != slot.Vaccine {
			continue
		}
		if !s.Date.After(slot.Date) && slot.Date.Before(s.Date.AddDays(rule.IntervalDays)) {
			return true
		}
	}
	return false
}

// releaseOthers gives back the places that somebody has for a dose which has now
// been given, and has them told. It reports whether there were any.
func (b *batch) releaseOthers(h *held) (released bool, err error) {
	today := clinic.DateOf(b.now)
	for o := b.people[h.person]; o != nil; o = o.before {
		if o == h || !o.active(today) || o.attendance != clinic.NotArrived || o.place.slot.Vaccine != h.place.slot.Vaccine || o.dose != h.dose {
			continue
		}
		if _, _, err := b.cancel(o, central); err != nil {
			return false, asFailure(err)
		}
		if err := b.tellReleased(b.opened, o); err != nil {
			return false, err
		}
		released = true
	}
	return released, nil
}
