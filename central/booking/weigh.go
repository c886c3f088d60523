package booking

import (
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// sameDose is how far apart two desks record one dose of the same lot.
const sameDose = 5 * time.Minute

// weigh says what a new event is beside those that count already. It never
// refuses one: all of them go into the fold.
func weigh(facts []clinic.Event, e clinic.Event) (syncproto.Outcome, string) {
	voided := make(map[clinic.EventRef]bool)
	for _, f := range facts {
		if f.Kind == clinic.EventVoided {
			voided[f.Voids] = true
		}
	}
	switch e.Kind {
	case clinic.CheckedIn, clinic.WalkInRegistered:
		for _, f := range facts {
			if (f.Kind == clinic.CheckedIn || f.Kind == clinic.WalkInRegistered) && !voided[f.Ref] {
				return syncproto.Duplicate, CodeArrivedAlready
			}
		}
	case clinic.VaccineGiven:
		for _, f := range facts {
			if f.Kind != clinic.VaccineGiven || voided[f.Ref] {
				continue
			}
			if f.Lot == e.Lot && f.At.Sub(e.At).Abs() <= sameDose {
				return syncproto.Duplicate, CodeSameDose
			}
			return syncproto.Flagged, CodeDoubleDose
		}
	case clinic.EventVoided:
		for _, f := range facts {
			if f.Ref == e.Voids {
				return syncproto.Accepted, ""
			}
		}
		return syncproto.Flagged, CodeVoidUnknown
	}
	return syncproto.Accepted, ""
}
