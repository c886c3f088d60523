package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// EventTable is the event table's name in sealed values (column reason, primary
// key the 28 bytes of EventKey).
const EventTable = "event"

// EventKey writes device, epoch and number as 28 bytes.
func EventKey(r clinic.EventRef) []byte {
	b := append(make([]byte, 0, 28), r.Device[:]...)
	b = append(b, byte(r.Epoch>>24), byte(r.Epoch>>16), byte(r.Epoch>>8), byte(r.Epoch))
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(r.Seq>>shift))
	}
	return b
}

// Event is a row of the event table: what a device said and what it was told.
// Op.Reason is empty; Reason is the sealed one.
type Event struct {
	Device   clinic.ID
	Epoch    uint32
	Site     string // of the device
	Op       syncproto.Op
	Reason   []byte
	WalkIn   []byte // whom a walk-in is about, sealed; Op.WalkIn is nil when read
	Hash     []byte
	Outcome  syncproto.Outcome
	Code     string
	Received int64 // Unix milliseconds
	Stamp    int64 // that it gave its booking's row, where it changed nothing else of it; else 0
}

// Ref names the event.
func (e Event) Ref() clinic.EventRef {
	return clinic.EventRef{Device: e.Device, Epoch: e.Epoch, Seq: e.Op.Seq}
}

// Fact gives the event as the rules see it, without its reason.
func (e Event) Fact() clinic.Event {
	f := clinic.Event{
		Ref: e.Ref(), Kind: e.Op.Kind, Booking: e.Op.Booking, At: time.UnixMilli(e.Op.At),
		Staff: e.Op.Staff, Ticket: e.Op.Ticket, Lot: e.Op.Lot,
	}
	if v := e.Op.Voids; v != nil {
		f.Voids = clinic.EventRef{Device: v.Device, Epoch: v.Epoch, Seq: v.Seq}
	}
	return f
}

const eventColumns = `device, epoch, seq, site, booking, kind, at, wall, monotonic, boot, base, staff, ticket, lot, reason,
	voids_device, voids_epoch, voids_seq, hash, outcome, code, received, walk_in, stamp, target`

const insertEvent = "INSERT INTO event (" + eventColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`

// InsertEvent adds an event.
func (t *Tx) InsertEvent(e Event) error {
	var voids syncproto.Ref
	var device []byte
	if e.Op.Voids != nil {
		voids = *e.Op.Voids
		device = voids.Device[:]
	}
	o := e.Op
	var target []byte
	if o.To != nil {
		target = o.To[:]
	}
	return t.one("insert event", insertEvent, e.Device[:], int64(e.Epoch), int64(o.Seq), e.Site, o.Booking[:], int(o.Kind), o.At, o.Wall, o.Monotonic,
		o.Boot[:], o.Base, o.Staff, o.Ticket, o.Lot, e.Reason, device, int64(voids.Epoch), int64(voids.Seq), e.Hash, int(e.Outcome), e.Code, e.Received, e.WalkIn, e.Stamp, target)
}

// SettleEvent changes what became of an event, such as when the booking of an
// orphan appears.
func (t *Tx) SettleEvent(r clinic.EventRef, outcome syncproto.Outcome, code string) error {
	return t.one("settle event", "UPDATE event SET outcome = $1, code = $2 WHERE device = $3 AND epoch = $4 AND seq = $5",
		int(outcome), code, r.Device[:], int64(r.Epoch), int64(r.Seq))
}

// LinkEvent makes an event that had no effect one of a booking's, with its outcome,
// code and stamp.
func (t *Tx) LinkEvent(e Event) error {
	return t.one("link event", "UPDATE event SET booking = $1, outcome = $2, code = $3, stamp = $4 WHERE device = $5 AND epoch = $6 AND seq = $7",
		e.Op.Booking[:], int(e.Outcome), e.Code, e.Stamp, e.Device[:], int64(e.Epoch), int64(e.Op.Seq))
}

func scanEvent(r *sql.Rows, e *Event) error { return scanEventRow(r, e) }

// scanEventRow reads a row of eventColumns; more is what stands behind them.
func scanEventRow(r *sql.Rows, e *Event, more ...any) error {
	var voids syncproto.Ref
	var device, target []byte
	err := r.Scan(append([]any{
		(*id)(&e.Device), &e.Epoch, &e.Op.Seq, &e.Site, (*id)(&e.Op.Booking), &e.Op.Kind, &e.Op.At, &e.Op.Wall, &e.Op.Monotonic,
		(*id)(&e.Op.Boot), &e.Op.Base, &e.Op.Staff, &e.Op.Ticket, &e.Op.Lot, &e.Reason, &device, &voids.Epoch, &voids.Seq,
		&e.Hash, &e.Outcome, &e.Code, &e.Received, &e.WalkIn, &e.Stamp, &target,
	}, more...)...)
	if err == nil && device != nil {
		copy(voids.Device[:], device)
		e.Op.Voids = &voids
	}
	if err == nil && len(target) == len(clinic.ID{}) {
		to := clinic.ID(target)
		e.Op.To = &to
	}
	return err
}

// EventsOf lists the events of a booking, also those that are parked.
func EventsOf(ctx context.Context, q Querier, booking clinic.ID) ([]Event, error) {
	return collect(ctx, q, "list a booking's events", scanEvent, "SELECT "+eventColumns+" FROM event WHERE booking = $1 ORDER BY at, device, epoch, seq", booking[:])
}

// EventsFrom lists the events of a stream with numbers from first to last.
func EventsFrom(ctx context.Context, q Querier, device clinic.ID, epoch uint32, first, last uint64) ([]Event, error) {
	return collect(ctx, q, "list a stream's events", scanEvent,
		"SELECT "+eventColumns+" FROM event WHERE device = $1 AND epoch = $2 AND seq >= $3 AND seq <= $4 ORDER BY seq", device[:], int64(epoch), int64(first), int64(last))
}

// EventsInReview lists flagged and parked events, the latest first: of all sites, or
// those of a site or a district that is given.
func EventsInReview(ctx context.Context, q Querier, site, district string, limit int) ([]Event, error) {
	return collect(ctx, q, "list events in review", scanEvent, "SELECT "+eventColumns+` FROM event WHERE outcome >= 3 AND outcome <> 5 AND (site = $1 OR $1 = '')
		AND ($2 = '' OR site IN (SELECT code FROM site WHERE district = $2)) ORDER BY received DESC, device, epoch, seq LIMIT $3`, site, district, limit)
}

// AnswersInReview lists the voids and the answers that count and are about bookings
// with events in review, oldest first: of all sites, or those of a site or a district
// that is given.
func AnswersInReview(ctx context.Context, q Querier, site, district string) ([]Event, error) {
	return collect(ctx, q, "list what was decided of events in review", scanEvent, "SELECT "+eventColumns+` FROM event WHERE kind IN (5, 14) AND outcome < 4
		AND booking IN (SELECT booking FROM event WHERE outcome >= 3 AND outcome <> 5 AND (site = $1 OR $1 = '')
		AND ($2 = '' OR site IN (SELECT code FROM site WHERE district = $2))) ORDER BY at, device, epoch, seq`, site, district)
}

// Orphans lists the bookings that parked events are waiting for, with the site
// of the device that said so.
func Orphans(ctx context.Context, q Querier) (map[clinic.ID]bool, error) {
	out := make(map[clinic.ID]bool)
	err := each(ctx, q, "list orphans", func(r *sql.Rows, v *clinic.ID) error { return r.Scan((*id)(v)) },
		func(v *clinic.ID) error { out[*v] = true; return nil }, "SELECT DISTINCT booking FROM event WHERE outcome = 4 AND code = 'ORPHAN'")
	return out, err
}

// Stream is how far central got with a device's epoch.
type Stream struct {
	Device clinic.ID
	Epoch  uint32
	Site   string
	Acked  uint64
	Head   []byte // hash of the last event, 32 bytes
}

// StreamOf reads a stream; one that never began has acked 0 and 32 zero bytes.
func StreamOf(ctx context.Context, q Querier, device clinic.ID, epoch uint32) (Stream, error) {
	s := Stream{Device: device, Epoch: epoch, Head: make([]byte, 32)}
	err := q.QueryRowContext(ctx, "SELECT site, acked, head FROM stream WHERE device = $1 AND epoch = $2", device[:], int64(epoch)).Scan(&s.Site, &s.Acked, &s.Head)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Stream{}, fmt.Errorf("read stream: %w", err)
	}
	return s, nil
}

// SaveStream writes how far central got.
func (t *Tx) SaveStream(s Stream) error {
	return t.one("save stream", `INSERT INTO stream (device, epoch, site, acked, head) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (device, epoch) DO UPDATE SET acked = excluded.acked, head = excluded.head`, s.Device[:], int64(s.Epoch), s.Site, int64(s.Acked), s.Head)
}
