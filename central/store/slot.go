package store

import (
	"context"
	"database/sql"

	"ezhitong.tw/clinic"
)

// Slot is a slot with what stands beyond its capacity and its stamp.
type Slot struct {
	clinic.Slot
	Overflow int
	Stamp    int64
}

const slotColumns = "id, site, period, programme, vaccine, day, starts, ends, capacity, taken, overflow, stamp"

func scanSlot(r *sql.Rows, v *Slot) error {
	return r.Scan((*id)(&v.ID), &v.Site, &v.Period, &v.Programme, &v.Vaccine, (*day)(&v.Date), &v.Start, &v.End,
		&v.Capacity, &v.Taken, &v.Overflow, &v.Stamp)
}

// Slots lists every slot by site, day, time and vaccine.
func Slots(ctx context.Context, q Querier) ([]Slot, error) {
	return collect(ctx, q, "list slots", scanSlot, "SELECT "+slotColumns+" FROM slot ORDER BY site, day, starts, vaccine")
}

const insertSlot = "INSERT INTO slot (" + slotColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"

// InsertSlot adds a slot.
func (t *Tx) InsertSlot(s Slot) error {
	return t.one("insert slot", insertSlot,
		s.ID[:], s.Site, s.Period, s.Programme, s.Vaccine, s.Date.String(), int(s.Start), int(s.End), s.Capacity, s.Taken, s.Overflow, s.Stamp)
}

// UpdateSlot changes a slot's period, end, capacity and overflow; never below
// what is taken.
func (t *Tx) UpdateSlot(s Slot) error {
	return t.one("update slot", "UPDATE slot SET period = $1, ends = $2, capacity = $3, overflow = $4, stamp = $5 WHERE id = $6 AND taken = $7",
		s.Period, int(s.End), s.Capacity, s.Overflow, s.Stamp, s.ID[:], s.Taken)
}

const takePlaces = `UPDATE slot SET taken = taken + $1, overflow = overflow + $2, stamp = $3
	WHERE id = $4 AND taken + $5 <= capacity + overflow + $6`

// TakePlaces adds to what is taken of a slot, or gives back with a negative
// number; overflow of them stand beyond the capacity. The database has the last
// word: where too few places are left nothing changes and ErrStale comes back.
func (t *Tx) TakePlaces(slot clinic.ID, places, overflow int, stamp int64) error {
	return t.one("take places", takePlaces, places, overflow, stamp, slot[:], places, overflow)
}
