package booking

import (
	"context"
	"fmt"
	"strconv"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// Actor is a member of staff who does something, within a jurisdiction.
type Actor struct {
	Account string
	Scope   Scope
}

// Scope is a jurisdiction (轄區): everything, one district or one site. The zero
// Scope covers nothing.
type Scope struct {
	All      bool
	District string
	Site     string
}

// Covers reports whether a site is inside.
func (s Scope) Covers(site clinic.Site) bool {
	return s.All || s.Site != "" && s.Site == site.Code || s.District != "" && s.Site == "" && s.District == site.District
}

// The codes of what can be wrong with a row of capacity, besides
// clinic.RefusedNoSuchVaccine and clinic.RefusedBelowBooked.
const (
	RefusedSiteUnknown   = "site_unknown"
	RefusedOutside       = "outside_jurisdiction"
	RefusedPeriodUnknown = "period_unknown"
	RefusedDateOutside   = "date_outside_period" // args: first, last
	RefusedTimes         = "times_invalid"       // the end is not after the start
	RefusedCapacity      = "capacity_invalid"    // args: most
	RefusedRowRepeated   = "row_repeated"        // args: line, of the first one
	RefusedRows          = "rows_invalid"        // args: rows; the report says which
)

// mostPlaces is the greatest capacity of one slot.
const mostPlaces = 9999

// CapacityRow is a row of an import (量能): so many places for a vaccine at a
// site, a day and a time. Capacity 0 closes a slot.
type CapacityRow struct {
	Line     int // in the file, for the report
	Site     string
	Period   string
	Vaccine  string
	Date     clinic.Date
	Start    clinic.TimeOfDay
	End      clinic.TimeOfDay
	Capacity int
}

// CapacityProblem says what is wrong with one row.
type CapacityProblem struct {
	Line    int
	Refusal *clinic.Refusal
}

// CapacityReport says what an import does or would do. With problems it does
// nothing.
type CapacityReport struct {
	Rows     int
	Added    int
	Changed  int
	Same     int
	Places   int // the sum of all rows' capacities
	Problems []CapacityProblem
}

// Preview judges an import without doing it.
func (e *Engine) Preview(actor Actor, rows []CapacityRow) CapacityReport {
	report, _ := plan(e.Catalogue(), actor, rows)
	return report
}

// ImportCapacity does all rows or none. With a bad row it refuses with
// RefusedRows, and the report names every one of them.
func (e *Engine) ImportCapacity(ctx context.Context, actor Actor, rows []CapacityRow) (CapacityReport, error) {
	var report CapacityReport
	err := e.doAlone(ctx, func(b *batch) error {
		var changes []clinic.Slot
		report, changes = plan(b.e.catalogue.Load(), actor, rows)
		if n := len(report.Problems); n > 0 {
			return clinic.Refuse(RefusedRows, "rows", strconv.Itoa(n))
		}
		tx, err := b.tx()
		if err != nil {
			return err
		}
		for _, s := range changes {
			if err := b.saveSlot(tx, s); err != nil {
				return err
			}
		}
		b.noteText(actor.Account, "import_capacity", "", fmt.Sprintf("%d rows, %d added, %d changed", report.Rows, report.Added, report.Changed))
		return b.reload()
	})
	return report, err
}

// saveSlot writes a planned slot: a new one, which has no id yet, or a change.
func (b *batch) saveSlot(tx *store.Tx, s clinic.Slot) error {
	if s.ID.IsZero() {
		return b.addSlot(tx, s)
	}
	p := b.places[s.ID]
	s.Taken = p.slot.Taken
	overflow := max(0, min(p.overflow, s.Taken-s.Capacity))
	return tx.UpdateSlot(store.Slot{Slot: s, Overflow: overflow, Stamp: p.site.next(b)})
}

// plan judges rows against the present catalogue and lists the slots to write.
func plan(c *Catalogue, actor Actor, rows []CapacityRow) (CapacityReport, []clinic.Slot) {
	report := CapacityReport{Rows: len(rows)}
	existing := make(map[slotKey]clinic.Slot)
	indexed := make(map[string]bool)
	seen := make(map[slotKey]int, len(rows))
	var changes []clinic.Slot
	for _, r := range rows {
		if b, ok := c.boards[r.Site]; ok && !indexed[r.Site] {
			indexed[r.Site] = true
			for i := range b.slots {
				n := b.now.Load().counts[i]
				s := n.on(b.slots[i])
				s.Taken += int(n.leased) // devices may give these out without asking
				existing[keyOf(s)] = s
			}
		}
		s := clinic.Slot{Site: r.Site, Period: r.Period, Vaccine: r.Vaccine, Date: r.Date, Start: r.Start, End: r.End, Capacity: r.Capacity}
		old, exists := existing[keyOf(s)]
		refusal := judgeRow(c, actor, r, old)
		if line, twice := seen[keyOf(s)]; twice && refusal == nil {
			refusal = clinic.Refuse(RefusedRowRepeated, "line", strconv.Itoa(line))
		} else if !twice {
			seen[keyOf(s)] = r.Line
		}
		if refusal != nil {
			report.Problems = append(report.Problems, CapacityProblem{r.Line, refusal})
			continue
		}
		report.Places += r.Capacity
		programme, _, _ := c.Vaccine(r.Vaccine)
		s.Programme = programme.Code
		switch {
		case !exists:
			report.Added++
		case old.Capacity == s.Capacity && old.End == s.End && old.Period == s.Period:
			report.Same++
			continue
		default:
			s.ID = old.ID
			report.Changed++
		}
		changes = append(changes, s)
	}
	return report, changes
}

func judgeRow(c *Catalogue, actor Actor, r CapacityRow, old clinic.Slot) *clinic.Refusal {
	site, ok := c.Site(r.Site)
	if !ok {
		return clinic.Refuse(RefusedSiteUnknown)
	}
	if !actor.Scope.Covers(site) {
		return clinic.Refuse(RefusedOutside)
	}
	programme, _, ok := c.Vaccine(r.Vaccine)
	if !ok {
		return clinic.Refuse(clinic.RefusedNoSuchVaccine)
	}
	period, ok := c.Period(r.Period)
	if !ok || !period.Covers(programme.Code) {
		return clinic.Refuse(RefusedPeriodUnknown)
	}
	switch {
	case r.Date.Before(period.First) || r.Date.After(period.Last):
		return clinic.Refuse(RefusedDateOutside, "first", period.First.String(), "last", period.Last.String())
	case r.End <= r.Start || r.Start < 0 || r.End > 24*60:
		return clinic.Refuse(RefusedTimes)
	case r.Capacity < 0 || r.Capacity > mostPlaces:
		return clinic.Refuse(RefusedCapacity, "most", strconv.Itoa(mostPlaces))
	case r.Capacity < old.Taken:
		return clinic.Refuse(clinic.RefusedBelowBooked, "booked", strconv.Itoa(old.Taken))
	}
	return nil
}
