package replica

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// StandbyEntry is somebody who waits for a place of today.
type StandbyEntry struct {
	ID     clinic.ID // of the booking too, once they have accepted a dose
	Slot   clinic.Slot
	Dose   string
	Person clinic.Person
	Answer clinic.StandbyAnswer // what all desks of the site heard comes to
	Staff  string               // who said so
	At     time.Time            // when

	Arrived  bool              // they have come, as far as is known here
	Accepted []clinic.EventRef // by which they come, of each desk that noted it
}

// Standby lists who waits for a place of today, in the order in which they are offered
// a dose that is left, with those who were asked.
func (r *Replica) Standby(ctx context.Context) ([]StandbyEntry, error) {
	return r.standby(ctx, r.db.Reader())
}

func (r *Replica) standby(ctx context.Context, q querier) ([]StandbyEntry, error) {
	today := syncproto.DayOf(r.Today())
	entries, err := list(ctx, q, func(rows *sql.Rows, e *StandbyEntry) error {
		var b clinic.Booking
		b, err := r.scanBooking(rows)
		*e = StandbyEntry{ID: b.ID, Slot: b.Slot, Dose: b.Dose, Person: b.Person}
		return err
	}, `SELECT b.id, b.day, b.dose, b.person, b.created, 0, 0, s.id, s.period, s.programme, s.vaccine, s.start_min, s.end_min, s.capacity, s.taken
		FROM standby b JOIN slot s ON s.id = b.slot WHERE b.day = $1 ORDER BY b.place, b.id`, today)
	if err != nil || len(entries) == 0 {
		return nil, wrapStandby("read", err)
	}
	all, err := list(ctx, q, func(rows *sql.Rows, e *clinic.Event) error {
		var at int64
		err := rows.Scan((*blob)(&e.Ref.Device), &e.Ref.Epoch, &e.Ref.Seq, (*blob)(&e.Booking), &at, &e.Staff, &e.Reason)
		e.Kind, e.At = clinic.StandbyAsked, time.UnixMilli(at)
		return err
	}, `SELECT device, epoch, seq, entry, at, staff, answer FROM standby_answer ORDER BY at, device, epoch, seq`)
	if err != nil {
		return nil, wrapStandby("read", err)
	}
	happened, err := r.eventsAbout(ctx, q, `(SELECT id FROM standby WHERE day = $1)`, today)
	if err != nil {
		return nil, err
	}
	at := make(map[clinic.ID]*StandbyEntry, len(entries))
	for i := range entries {
		e := &entries[i]
		at[e.ID], e.Arrived = e, clinic.Fold(happened[e.ID]).Attendance >= clinic.Arrived
	}
	for _, s := range all {
		e := at[s.Booking]
		if e == nil || clinic.StandbyTakenBack(happened[s.Booking])[s.Ref] {
			continue
		}
		said := clinic.StandbyAnswer(s.Reason)
		if said == clinic.StandbyAccepted {
			e.Accepted = append(e.Accepted, s.Ref)
		}
		if e.Answer.Then(said) != e.Answer {
			e.Answer, e.Staff, e.At = said, s.Staff, s.At
		}
	}
	return entries, nil
}

func wrapStandby(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s the standby list: %w", what, err)
}

// AnswerStandby writes what somebody on the list was offered or said, as an event. The
// decision sees the list inside the transaction. Who accepts has a booking from then on
// that can be checked in. A locked device refuses, also while a manager has opened it.
func (r *Replica) AnswerStandby(ctx context.Context, entry clinic.ID, staff string, decide func([]StandbyEntry) (clinic.StandbyAnswer, error)) error {
	return r.onStandby(ctx, entry, func(list []StandbyEntry) ([]Draft, error) {
		answer, err := decide(list)
		return []Draft{{Kind: clinic.StandbyAsked, Staff: staff, Reason: string(answer)}}, err
	})
}

// TakeBackStandby writes that somebody who was noted as coming does not: each acceptance
// that is known here is taken back. The decision sees the list inside the transaction; it
// refuses as AnswerStandby does.
func (r *Replica) TakeBackStandby(ctx context.Context, entry clinic.ID, staff, reason string, decide func([]StandbyEntry) error) error {
	return r.onStandby(ctx, entry, func(list []StandbyEntry) ([]Draft, error) {
		var drafts []Draft
		for _, e := range list {
			for _, ref := range e.Accepted {
				if e.ID == entry {
					drafts = append(drafts, Draft{Kind: clinic.EventVoided, Staff: staff, Reason: reason, Voids: ref})
				}
			}
		}
		return drafts, decide(list)
	})
}

func (r *Replica) onStandby(ctx context.Context, entry clinic.ID, decide func([]StandbyEntry) ([]Draft, error)) error {
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	if locked, err := r.locked(ctx, id); err != nil || locked {
		return errors.Join(err, clinic.Refuse(RefusedLocked))
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		entries, err := r.standby(ctx, tx)
		if err != nil {
			return err
		}
		drafts, err := decide(entries)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			event, err := r.append(ctx, tx, id, clinic.Booking{ID: entry}, d)
			if err != nil {
				return err
			}
			if err := r.noteStandby(ctx, tx, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// noteStandby does what follows from an event that is about an entry of the list: an answer
// is kept apart, and whoever comes, or is here, has a booking in the making. In whatever
// order events are heard, it comes to the same.
func (r *Replica) noteStandby(ctx context.Context, tx *sql.Tx, e clinic.Event) error {
	switch e.Kind {
	case clinic.StandbyAsked:
		if err := keepAnswer(ctx, tx, e); err != nil {
			return err
		}
	case clinic.EventVoided, clinic.CheckedIn:
	default:
		return nil
	}
	var listed bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM standby WHERE id = $1)`, e.Booking[:]).Scan(&listed); err != nil || !listed {
		return wrapStandby("look for an entry of", err)
	}
	happened, err := r.eventsAbout(ctx, tx, `($1)`, e.Booking[:])
	if err != nil {
		return err
	}
	all := happened[e.Booking]
	coming := len(clinic.StandbyAcceptances(all)) > 0 || clinic.Fold(all).Attendance >= clinic.Arrived
	return wrapStandby("expect somebody of", exec(ctx, tx, `UPDATE standby SET coming = $1 WHERE id = $2`, coming, e.Booking[:]))
}

// keepAnswer keeps an event of kind StandbyAsked apart, so that it is known whether or
// not its entry is a booking.
func keepAnswer(ctx context.Context, tx *sql.Tx, e clinic.Event) error {
	return wrapStandby("write an answer to", exec(ctx, tx, `INSERT INTO standby_answer (device, epoch, seq, entry, at, staff, answer) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (device, epoch, seq) DO NOTHING`, e.Ref.Device[:], e.Ref.Epoch, e.Ref.Seq, e.Booking[:], e.At.UnixMilli(), e.Staff, e.Reason))
}

// StandbyHave is the hash of the list of today that central told last; empty for none.
func (r *Replica) StandbyHave(ctx context.Context) (hash []byte, err error) {
	last, err := r.lastStandby(ctx)
	return last.Hash, err
}

// StandbyDue reports whether central is to be asked for the list in a round like any
// other: there is one of today, or today's was not heard yet.
func (r *Replica) StandbyDue(ctx context.Context) (bool, error) {
	last, err := r.lastStandby(ctx)
	return err == nil && (last.Hash == nil || last.Any), err
}

// toldStandby is what is remembered of central's list beside the entries.
type toldStandby struct {
	Day  syncproto.Day `cbor:"1,keyasint"`
	Hash []byte        `cbor:"2,keyasint"`
	Any  bool          `cbor:"3,keyasint"`
}

// lastStandby is what was told of today; zero where nothing was.
func (r *Replica) lastStandby(ctx context.Context) (t toldStandby, err error) {
	raw, err := getMeta(ctx, r.db.Reader(), metaStandby)
	if err != nil || raw == nil {
		return t, err
	}
	if err := cbor.Unmarshal(raw, &t); err != nil {
		return t, wrapStandby("read what was told of", err)
	}
	if t.Day != syncproto.DayOf(r.Today()) {
		return toldStandby{}, nil
	}
	return t, nil
}

// TakeStandby takes over the list as central tells it. Who is not on it any more goes,
// unless central has yet to hear, or to decide, what was said here of them.
func (r *Replica) TakeStandby(ctx context.Context, s syncproto.Standby) error {
	last, err := r.lastStandby(ctx)
	if err != nil || s.Same || bytes.Equal(s.Hash(), last.Hash) {
		return err
	}
	told, err := cbor.Marshal(toldStandby{s.Day, s.Hash(), len(s.Entries) > 0})
	if err != nil {
		return wrapStandby("write what was told of", err)
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		acked, err := getNumber(ctx, tx, metaAcked)
		if err != nil {
			return err
		}
		if err := exec(ctx, tx, `UPDATE standby SET place = -1`); err != nil {
			return wrapStandby("renew", err)
		}
		for i, e := range s.Entries {
			if err := r.takeEntry(ctx, tx, s.Day, i, e); err != nil {
				return wrapStandby("take over", err)
			}
		}
		const open = `(SELECT booking FROM event WHERE hash <> x'' AND (outcome = $1 OR seq > $2) UNION ALL SELECT booking FROM peer_event)`
		if err := exec(ctx, tx, `DELETE FROM standby WHERE place = -1 AND id NOT IN `+open, syncproto.Parked, acked); err != nil {
			return wrapStandby("shorten", err)
		}
		if err := exec(ctx, tx, `UPDATE standby SET coming = false WHERE coming AND id NOT IN `+open, syncproto.Parked, acked); err != nil {
			return wrapStandby("settle", err)
		}
		return setMeta(ctx, tx, metaStandby, told)
	})
}

func (r *Replica) takeEntry(ctx context.Context, tx *sql.Tx, day syncproto.Day, place int, e syncproto.StandbyEntry) error {
	plain, err := cbor.Marshal(sealedPerson{e.IDNumber, e.Name, e.Birth, e.Mobile, e.Landline, e.Guardian})
	if err != nil {
		return err
	}
	who := r.keys.Index("booking.who", e.IDNumber)
	err = exec(ctx, tx, `INSERT INTO standby (id, place, slot, day, dose, who, person, created, coming) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false)
		ON CONFLICT (id) DO UPDATE SET place = excluded.place, slot = excluded.slot, day = excluded.day, dose = excluded.dose, who = excluded.who, person = excluded.person`,
		e.ID[:], place, e.Slot[:], day, e.Dose, who[:], r.keys.Seal("booking", "person", e.ID[:], plain), e.Created)
	for _, a := range e.Answers {
		err = errors.Join(err, keepAnswer(ctx, tx, a.Op.Event(a.Device, a.Epoch)))
	}
	return err
}

// purgeStandby forgets who waited before a day, and what was said of them before old;
// who is coming stays as long as other bookings in the making.
func purgeStandby(ctx context.Context, tx *sql.Tx, today, first syncproto.Day, old time.Time, acked int64) error {
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{`DELETE FROM standby WHERE day < $1 AND NOT coming`, []any{today}},
		{`DELETE FROM standby WHERE day < $1 AND id NOT IN (SELECT booking FROM event)`, []any{first}},
		{`DELETE FROM event WHERE seq < $1 AND booking IN (SELECT entry FROM standby_answer WHERE at < $2) AND booking NOT IN (SELECT id FROM known)`, []any{acked, old.UnixMilli()}},
		{`DELETE FROM standby_answer WHERE at < $1 AND entry NOT IN (SELECT id FROM standby)`, []any{old.UnixMilli()}},
	} {
		if err := exec(ctx, tx, s.statement, s.args...); err != nil {
			return wrapStandby("purge", err)
		}
	}
	return nil
}
