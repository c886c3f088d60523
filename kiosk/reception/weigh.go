package reception

import (
	"errors"
	"strconv"

	"ezhitong.tw/clinic"
)

// weigh notes for each entry the rule that stands against its dose: the age on the
// day, or the days since another dose among the entries. It stops nobody: whether
// somebody is vaccinated is decided by a doctor on site.
func weigh(entries []Entry, programmes map[string]clinic.Programme) {
	given := make(map[string][]clinic.Slot) // by ID number
	for _, e := range entries {
		if e.Visit.Attendance == clinic.Vaccinated {
			number := e.Booking.Person.ID.Reveal()
			given[number] = append(given[number], e.Booking.Slot)
		}
	}
	for i := range entries {
		b := &entries[i].Booking
		vaccine, _ := programmes[b.Slot.Programme].Vaccine(b.Slot.Vaccine)
		rule, known := vaccine.Dose(b.Dose)
		if !known {
			continue
		}
		var refusal *clinic.Refusal
		if errors.As(rule.Admits(b.Person.Birth, b.Slot.Date), &refusal) {
			entries[i].Against = refusal
			continue
		}
		entries[i].Against = tooSoon(rule, b.Slot, given[b.Person.ID.Reveal()])
	}
}

func tooSoon(rule clinic.DoseRule, slot clinic.Slot, given []clinic.Slot) *clinic.Refusal {
	for _, g := range given {
		counts := g.Programme == slot.Programme && (rule.IntervalSince != clinic.SinceVaccine || g.Vaccine == slot.Vaccine)
		earliest := g.Date.AddDays(rule.IntervalDays)
		if counts && g.ID != slot.ID && !g.Date.After(slot.Date) && slot.Date.Before(earliest) {
			return clinic.Refuse(clinic.RefusedInterval, "days", strconv.Itoa(rule.IntervalDays), "earliest", earliest.String())
		}
	}
	return nil
}
