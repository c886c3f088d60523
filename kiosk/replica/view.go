package replica

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

const selectBooking = `SELECT b.id, b.day, b.dose, b.person, b.created, b.cancelled, b.version,
	s.id, s.period, s.programme, s.vaccine, s.start_min, s.end_min, s.capacity, s.taken
	FROM known b JOIN slot s ON s.id = b.slot `

// Day gives the bookings of a day with everything known about them, by slot and
// then by booking time; cancelled ones too.
func (r *Replica) Day(ctx context.Context, day clinic.Date) ([]clinic.Booking, error) {
	return r.bookings(ctx, r.db.Reader(), `b.day = $1`, syncproto.DayOf(day))
}

// ByPerson gives every booking of a person that the replica holds, by day.
func (r *Replica) ByPerson(ctx context.Context, number clinic.IDNumber) ([]clinic.Booking, error) {
	who := r.keys.Index("booking.who", number.Reveal())
	return r.bookings(ctx, r.db.Reader(), `b.who = $1`, who[:])
}

// Booking gives one booking, or ErrNoBooking.
func (r *Replica) Booking(ctx context.Context, id clinic.ID) (clinic.Booking, error) {
	return r.booking(ctx, r.db.Reader(), id)
}

func (r *Replica) booking(ctx context.Context, q querier, id clinic.ID) (clinic.Booking, error) {
	found, err := r.bookings(ctx, q, `b.id = $1`, id[:])
	if err != nil {
		return clinic.Booking{}, err
	}
	if len(found) == 0 {
		return clinic.Booking{}, ErrNoBooking
	}
	return found[0], nil
}

// bookings reads the bookings for which a condition on b holds, by day, slot and
// booking time, with their events.
func (r *Replica) bookings(ctx context.Context, q querier, condition string, args ...any) ([]clinic.Booking, error) {
	happened, err := r.eventsOf(ctx, q, condition, args...)
	if err != nil {
		return nil, err
	}
	rows, err := q.QueryContext(ctx,
		selectBooking+`WHERE `+condition+` ORDER BY b.day, s.start_min, b.created, b.id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read bookings: %w", err)
	}
	defer rows.Close()
	var out []clinic.Booking
	for rows.Next() {
		b, err := r.scanBooking(rows)
		if err != nil {
			return nil, fmt.Errorf("read bookings: %w", err)
		}
		b.Events = happened[b.ID]
		out = append(out, b)
	}
	return out, rows.Err()
}

func (r *Replica) scanBooking(rows *sql.Rows) (clinic.Booking, error) {
	var (
		b                  clinic.Booking
		id, slot, sealed   []byte
		day                syncproto.Day
		created, cancelled int64
	)
	if err := rows.Scan(&id, &day, &b.Dose, &sealed, &created, &cancelled, &b.Version,
		&slot, &b.Slot.Period, &b.Slot.Programme, &b.Slot.Vaccine, &b.Slot.Start, &b.Slot.End, &b.Slot.Capacity, &b.Slot.Taken); err != nil {
		return b, err
	}
	copy(b.ID[:], id)
	copy(b.Slot.ID[:], slot)
	b.Slot.Date = day.Date()
	b.Code = clinic.CodeOf(b.ID)
	b.Created = time.UnixMilli(created)
	if cancelled != 0 {
		b.Cancelled = time.UnixMilli(cancelled)
	}
	plain, err := r.keys.Open("booking", "person", id, sealed)
	if err != nil {
		return b, fmt.Errorf("open the person of %s: %w", b.ID, err)
	}
	var p sealedPerson
	if err := cbor.Unmarshal(plain, &p); err != nil {
		return b, fmt.Errorf("read the person of %s: %w", b.ID, err)
	}
	b.Person = clinic.Person{
		ID: clinic.NewIDNumber(p.IDNumber), Name: clinic.NewName(p.Name), Birth: clinic.NewBirth(p.Birth.Date()),
		Mobile: clinic.NewPhone(p.Mobile), Landline: clinic.NewPhone(p.Landline), Guardian: clinic.NewPhone(p.Guardian),
	}
	return b, nil
}

func (r *Replica) eventsOf(ctx context.Context, q querier, condition string, args ...any) (map[clinic.ID][]clinic.Event, error) {
	return r.eventsAbout(ctx, q, `(SELECT b.id FROM known b WHERE `+condition+`)`, args...)
}

// eventsAbout reads the events about a set of bookings, an expression of SQL, in the order
// of their devices.
func (r *Replica) eventsAbout(ctx context.Context, q querier, about string, args ...any) (map[clinic.ID][]clinic.Event, error) {
	rows, err := q.QueryContext(ctx, `SELECT device, epoch, seq, booking, op FROM (
		SELECT device, epoch, seq, booking, op FROM event WHERE booking IN `+about+`
		UNION ALL
		SELECT device, epoch, seq, booking, op FROM peer_event p WHERE booking IN `+about+`
			AND NOT EXISTS (SELECT 1 FROM event e WHERE e.device = p.device AND e.epoch = p.epoch AND e.seq = p.seq)
		) ORDER BY device, epoch, seq`, args...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close()
	out := make(map[clinic.ID][]clinic.Event)
	for rows.Next() {
		var (
			device, booking clinic.ID
			epoch           uint32
			seq             uint64
			sealed          []byte
		)
		if err := rows.Scan((*blob)(&device), &epoch, &seq, (*blob)(&booking), &sealed); err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		op, err := r.openOp(device, epoch, seq, sealed)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		op.Booking = booking // central may have linked it to another one than the op says
		out[op.Booking] = append(out[op.Booking], op.Event(device, epoch))
	}
	return out, rows.Err()
}

// Site gives the site that the replica copies; false before the first page.
func (r *Replica) Site(ctx context.Context) (clinic.Site, bool, error) {
	raw, err := getMeta(ctx, r.db.Reader(), metaSite)
	if err != nil || raw == nil {
		return clinic.Site{}, false, err
	}
	var row syncproto.SiteRow
	if err := cbor.Unmarshal(raw, &row); err != nil {
		return clinic.Site{}, false, fmt.Errorf("read the site: %w", err)
	}
	return clinic.Site{Code: row.Code, Name: row.Name, District: row.District, Address: row.Address, Phone: row.Phone}, true, nil
}

// Programmes gives the programmes that the site takes part in, by code.
func (r *Replica) Programmes(ctx context.Context) (map[string]clinic.Programme, error) {
	docs, err := r.programmeDocs(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]clinic.Programme, len(docs))
	for _, doc := range docs {
		var p clinic.Programme
		if err := json.Unmarshal(doc, &p); err != nil {
			return nil, fmt.Errorf("read programmes: %w", err)
		}
		out[p.Code] = p
	}
	return out, nil
}

// Periods gives the periods that central told with the programmes, by first day. A
// central of before tells none.
func (r *Replica) Periods(ctx context.Context) ([]clinic.Period, error) {
	docs, err := r.programmeDocs(ctx)
	if err != nil {
		return nil, err
	}
	var out []clinic.Period
	for _, doc := range docs {
		var told struct {
			Periods []clinic.Period `json:"periods"`
		}
		if err := json.Unmarshal(doc, &told); err != nil {
			return nil, fmt.Errorf("read the periods: %w", err)
		}
		for _, p := range told.Periods { // one may book several programmes
			if !slices.ContainsFunc(out, func(q clinic.Period) bool { return q.ID == p.ID }) {
				out = append(out, p)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b clinic.Period) int { return a.First.Compare(b.First) })
	return out, nil
}

func (r *Replica) programmeDocs(ctx context.Context) ([][]byte, error) {
	docs, err := list(ctx, r.db.Reader(), func(rows *sql.Rows, doc *[]byte) error { return rows.Scan(doc) }, `SELECT doc FROM programme ORDER BY code`)
	if err != nil {
		return nil, fmt.Errorf("read programmes: %w", err)
	}
	return docs, nil
}
