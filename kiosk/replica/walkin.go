package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// WalkIn is somebody who came without a booking.
type WalkIn struct {
	Person clinic.Person
	Slot   clinic.ID
	Dose   string
	Staff  string
}

// Room is what the decision about a walk-in sees.
type Room struct {
	Slot     clinic.Slot
	Left     int              // places that this device may give by itself
	Bookings []clinic.Booking // that the replica holds of the person
}

// ErrNoSlot says that the replica has no such slot.
var ErrNoSlot = errors.New("no such slot in the replica")

// Register writes the arrival of a walk-in with the next queue number, unless the
// decision, taken inside the transaction, says no. What it returns is on disk. An
// unknown slot is ErrNoSlot. A locked device refuses, also while a manager has opened it.
func (r *Replica) Register(ctx context.Context, w WalkIn, decide func(Room) error) (clinic.Booking, error) {
	id, err := r.Identity(ctx)
	if err != nil {
		return clinic.Booking{}, err
	}
	if locked, err := r.locked(ctx, id); err != nil || locked {
		return clinic.Booking{}, errors.Join(err, clinic.Refuse(RefusedLocked))
	}
	var after clinic.Booking
	booking := r.newID()
	err = r.write(ctx, func(tx *sql.Tx) error {
		room, err := r.room(ctx, tx, w)
		if err != nil {
			return err
		}
		if err := decide(room); err != nil {
			return err
		}
		if err := r.addWalkIn(ctx, tx, booking, room.Slot, w); err != nil {
			return err
		}
		p := w.Person
		draft := Draft{Kind: clinic.WalkInRegistered, Staff: w.Staff, Ticket: true, walkIn: &syncproto.WalkIn{
			IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()), Slot: w.Slot, Dose: w.Dose,
		}}
		if _, err := r.append(ctx, tx, id, clinic.Booking{ID: booking}, draft); err != nil {
			return err
		}
		after, err = r.booking(ctx, tx, booking)
		return err
	})
	return after, err
}

func (r *Replica) room(ctx context.Context, tx *sql.Tx, w WalkIn) (room Room, err error) {
	s := &room.Slot
	var day syncproto.Day
	err = tx.QueryRowContext(ctx, `SELECT id, period, programme, vaccine, day, start_min, end_min, capacity, taken FROM slot WHERE id = $1`, w.Slot[:]).
		Scan((*blob)(&s.ID), &s.Period, &s.Programme, &s.Vaccine, &day, &s.Start, &s.End, &s.Capacity, &s.Taken)
	if errors.Is(err, sql.ErrNoRows) {
		return room, ErrNoSlot
	}
	if err != nil {
		return room, fmt.Errorf("read the slot: %w", err)
	}
	s.Date = day.Date()
	if room.Left, err = left(ctx, tx, w.Slot); err != nil {
		return room, err
	}
	who := r.keys.Index("booking.who", w.Person.ID.Reveal())
	room.Bookings, err = r.bookings(ctx, tx, `b.who = $1`, who[:])
	return room, err
}

func (r *Replica) addWalkIn(ctx context.Context, tx *sql.Tx, id clinic.ID, slot clinic.Slot, w WalkIn) error {
	p := w.Person
	plain, err := cbor.Marshal(sealedPerson{
		p.ID.Reveal(), p.Name.Reveal(), syncproto.DayOf(p.Birth.Reveal()), p.Mobile.Reveal(), p.Landline.Reveal(), p.Guardian.Reveal(),
	})
	if err != nil {
		return fmt.Errorf("write a walk-in: %w", err)
	}
	who := r.keys.Index("booking.who", p.ID.Reveal())
	_, err = tx.ExecContext(ctx, `INSERT INTO walkin (id, slot, day, dose, who, person, created) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id[:], slot.ID[:], syncproto.DayOf(slot.Date), w.Dose, who[:], r.keys.Seal("booking", "person", id[:], plain), r.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("write a walk-in: %w", err)
	}
	return nil
}

// contactOf writes what is to be corrected of a person; nil where nothing is.
func contactOf(p clinic.Person) *syncproto.Contact {
	c := syncproto.Contact{IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Mobile: p.Mobile.Reveal(), Landline: p.Landline.Reveal()}
	if day := syncproto.DayOf(p.Birth.Reveal()); day != syncproto.NoDay {
		c.Birth = &day
	}
	if c == (syncproto.Contact{}) {
		return nil
	}
	return &c
}

// settleWalkIns forgets walk-ins whose booking central has told, under their own id
// or linked to another, and lost bookings of which central has taken every event.
func settleWalkIns(ctx context.Context, tx *sql.Tx) error {
	acked, err := getNumber(ctx, tx, metaAcked)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM walkin WHERE id IN (SELECT id FROM booking)
		OR NOT EXISTS (SELECT 1 FROM event e WHERE e.booking = walkin.id
			AND (e.walk_in IS NOT NULL OR lost AND e.hash <> x'' AND (e.outcome = $1 OR e.seq > $2)))`, syncproto.Parked, acked)
	if err != nil {
		return fmt.Errorf("settle the walk-ins: %w", err)
	}
	return nil
}
