package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Draft is an event before it is written: what Act's decision asks for. The zero
// Draft asks for nothing.
type Draft struct {
	Kind   clinic.EventKind
	Staff  string
	Ticket bool // hand out the next queue number
	Lot    string
	Reason string
	Voids  clinic.EventRef
	To     clinic.ID // the slot of a MoveAsked
	// Person is what a ContactAsked corrects: number, name, birth, mobile and landline,
	// each as it should be or empty to leave it.
	Person clinic.Person

	walkIn *syncproto.WalkIn
	at     time.Time // when it was; zero for now
}

// Act writes at most one event about a booking. The decision sees the booking as
// it is inside the transaction, so two acts at once never both find it untouched.
// What Act returns is on disk. An unknown booking is ErrNoBooking; a full disk is
// ErrDiskFull and nothing has happened.
func (r *Replica) Act(ctx context.Context, booking clinic.ID, decide func(clinic.Booking) (Draft, error)) (clinic.Booking, error) {
	return r.act(ctx, func(tx *sql.Tx) (clinic.Booking, error) { return r.booking(ctx, tx, booking) }, decide)
}

// act is Act on the booking that find reads.
func (r *Replica) act(ctx context.Context, find func(*sql.Tx) (clinic.Booking, error), decide func(clinic.Booking) (Draft, error)) (clinic.Booking, error) {
	id, err := r.Identity(ctx)
	if err != nil {
		return clinic.Booking{}, err
	}
	locked, err := r.locked(ctx, id)
	if err != nil {
		return clinic.Booking{}, err
	}
	var (
		after clinic.Booking
		acted bool
	)
	err = r.db.InTx(ctx, func(tx *sql.Tx) error {
		before, err := find(tx)
		if err != nil {
			return err
		}
		draft, err := decide(before)
		if err != nil {
			return err
		}
		if locked {
			if err := r.whileLocked(ctx, tx, id, &draft); err != nil {
				return err
			}
		}
		after, acted = before, false
		if draft.Kind == 0 {
			return nil
		}
		event, err := r.append(ctx, tx, id, before, draft)
		if err != nil {
			return err
		}
		acted = true
		if err := r.noteStandby(ctx, tx, event); err != nil {
			return err
		}
		after.Events = append(after.Events[:len(after.Events):len(after.Events)], event)
		return nil
	})
	if err == nil && acted {
		r.tellOf(after)
	}
	return after, err
}

// ErrNoBooking says that the replica has no such booking.
var ErrNoBooking = errors.New("no such booking in the replica")

func (r *Replica) append(ctx context.Context, tx *sql.Tx, id Identity, b clinic.Booking, d Draft) (clinic.Event, error) {
	last, head, err := chainHead(ctx, tx, id.Grant)
	if err != nil {
		return clinic.Event{}, err
	}
	op := syncproto.Op{
		Seq: last + 1, Kind: d.Kind, Booking: b.ID,
		At: r.Now().UnixMilli(), Wall: r.clock().UnixMilli(), Monotonic: r.Monotonic().Milliseconds(), Boot: r.boot,
		Base: b.Version, Staff: d.Staff, Lot: d.Lot, Reason: d.Reason, WalkIn: d.walkIn,
	}
	if !d.at.IsZero() {
		op.At = d.at.UnixMilli()
	}
	if d.Ticket {
		if op.Ticket, err = r.nextTicket(ctx, tx, id.Grant.Letter); err != nil {
			return clinic.Event{}, err
		}
	}
	if !d.Voids.IsZero() {
		op.Voids = &syncproto.Ref{Device: d.Voids.Device, Epoch: d.Voids.Epoch, Seq: d.Voids.Seq}
	}
	if !d.To.IsZero() {
		op.To = &d.To
	}
	if d.Kind == clinic.ContactAsked {
		if op.Contact = contactOf(d.Person); op.Contact == nil {
			return clinic.Event{}, errors.New("a correction that corrects nothing")
		}
	}
	if err := op.Check(); err != nil { // central would never take it, nor anything after it
		return clinic.Event{}, err
	}
	hash := syncproto.HashOp(head, op)
	person, err := r.sealPersonal(id.Grant.Device, id.Grant.Epoch, &op)
	if err != nil {
		return clinic.Event{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO event (device, epoch, seq, booking, op, hash, walk_in, command) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id.Grant.Device[:], id.Grant.Epoch, op.Seq, b.ID[:], r.sealOp(id.Grant.Device, id.Grant.Epoch, op), hash[:], person, op.Kind >= clinic.CancelAsked && op.Kind <= clinic.ContactAsked)
	if err != nil {
		return clinic.Event{}, fmt.Errorf("write event %d: %w", op.Seq, err)
	}
	if op.Kind == clinic.StockMoved {
		if err := r.keepStock(ctx, tx, id.Grant.Device, id.Grant.Epoch, op, true); err != nil {
			return clinic.Event{}, err
		}
	}
	return op.Event(id.Grant.Device, id.Grant.Epoch), nil
}

// chainHead gives the last own event and the hash of the chain up to it.
func chainHead(ctx context.Context, q querier, g syncproto.Grant) (seq uint64, hash syncproto.Hash, err error) {
	var head []byte
	err = q.QueryRowContext(ctx,
		`SELECT seq, hash FROM event WHERE device = $1 AND epoch = $2 ORDER BY seq DESC LIMIT 1`, g.Device[:], g.Epoch).Scan(&seq, &head)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, syncproto.Hash{}, nil
	}
	if err != nil {
		return 0, syncproto.Hash{}, fmt.Errorf("read the last event: %w", err)
	}
	hash, err = syncproto.HashOf(head)
	return seq, hash, err
}

// hashAt is the hash of the chain up to an own event, nil where it is not here.
func hashAt(ctx context.Context, q querier, g syncproto.Grant, seq uint64) (hash []byte, err error) {
	err = q.QueryRowContext(ctx, `SELECT hash FROM event WHERE device = $1 AND epoch = $2 AND seq = $3`, g.Device[:], g.Epoch, seq).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read the hash of event %d: %w", seq, err)
	}
	return hash, nil
}

// nextTicket hands out the next queue number of today: the device's letter, so
// that two devices that do not hear each other never give the same number, and
// a counter.
func (r *Replica) nextTicket(ctx context.Context, tx *sql.Tx, letter string) (string, error) {
	var n int64
	err := tx.QueryRowContext(ctx,
		`INSERT INTO ticket (day, last) VALUES ($1, 1) ON CONFLICT (day) DO UPDATE SET last = ticket.last + 1 RETURNING last`,
		syncproto.DayOf(r.Today())).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("take a queue number: %w", err)
	}
	return fmt.Sprintf("%s%03d", letter, n), nil
}

// Outbox is what waits to go up.
type Outbox struct {
	Max      uint64 // the last own event
	Acked    uint64 // the last one central has
	Previous []byte // hash of the chain up to Acked
	Ops      []syncproto.Op
	Oldest   int64 // Unix milliseconds of the first op, 0 if none
}

// Outbox reads at most limit waiting ops, in order.
func (r *Replica) Outbox(ctx context.Context, limit int) (Outbox, error) {
	id, err := r.Identity(ctx)
	if err != nil {
		return Outbox{}, err
	}
	acked, err := getNumber(ctx, r.db.Reader(), metaAcked)
	if err != nil {
		return Outbox{}, err
	}
	return r.outbox(ctx, id.Grant, acked, limit)
}

// Acknowledged is the outbox as it was before central acknowledged the last event:
// that event alone, or none.
func (r *Replica) Acknowledged(ctx context.Context) (Outbox, error) {
	id, err := r.Identity(ctx)
	if err != nil {
		return Outbox{}, err
	}
	acked, err := getNumber(ctx, r.db.Reader(), metaAcked)
	if err != nil || acked == 0 {
		return Outbox{}, err
	}
	return r.outbox(ctx, id.Grant, acked-1, 1)
}

// Unanswered gives events that central has and whose verdict was lost on the way, in
// order and without a gap, with the event before them; no ops where there are none.
func (r *Replica) Unanswered(ctx context.Context, limit int) (Outbox, error) {
	id, err := r.Identity(ctx)
	if err != nil {
		return Outbox{}, err
	}
	acked, err := getNumber(ctx, r.db.Reader(), metaAcked)
	if err != nil {
		return Outbox{}, err
	}
	var first sql.NullInt64
	err = r.db.Reader().QueryRowContext(ctx, `SELECT MIN(seq) FROM event e WHERE outcome = 0 AND hash <> x'' AND device = $1 AND epoch = $2 AND seq <= $3
		AND (seq = 1 OR EXISTS (SELECT 1 FROM event b WHERE b.device = e.device AND b.epoch = e.epoch AND b.seq = e.seq - 1))`,
		id.Grant.Device[:], id.Grant.Epoch, acked).Scan(&first)
	if err != nil {
		return Outbox{}, fmt.Errorf("look for events without a verdict: %w", err)
	}
	if !first.Valid {
		return Outbox{}, nil
	}
	out, err := r.outbox(ctx, id.Grant, first.Int64-1, min(limit, int(acked-first.Int64+1)))
	for i, op := range out.Ops {
		if op.Seq != uint64(first.Int64)+uint64(i) { // what stood between was purged
			out.Ops = out.Ops[:i]
			break
		}
	}
	return out, err
}

// Unacknowledge has every event wait again of which all later ones are here too, for
// a central that does not have what it acknowledged.
func (r *Replica) Unacknowledge(ctx context.Context) error {
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		first, err := unbroken(ctx, tx, id.Grant)
		if err != nil {
			return err
		}
		return setNumber(ctx, tx, metaAcked, first)
	})
}

// unbroken gives an event after which every own one is here: 0 where that is from the
// very first.
func unbroken(ctx context.Context, q querier, g syncproto.Grant) (after int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 1) FROM event e WHERE device = $1 AND epoch = $2
		AND NOT EXISTS (SELECT 1 FROM event b WHERE b.device = e.device AND b.epoch = e.epoch AND b.seq = e.seq - 1)`, g.Device[:], g.Epoch).Scan(&after)
	if err != nil {
		return 0, fmt.Errorf("find the first event that is left: %w", err)
	}
	if after == 1 {
		after = 0 // it needs none before it
	}
	return after, nil
}

// outbox reads what comes after an event.
func (r *Replica) outbox(ctx context.Context, g syncproto.Grant, acked int64, limit int) (out Outbox, err error) {
	q := r.db.Reader()
	out = Outbox{Acked: uint64(acked), Previous: make([]byte, 32)}
	var head syncproto.Hash
	if out.Max, head, err = chainHead(ctx, q, g); err != nil {
		return Outbox{}, err
	}
	if out.Max <= out.Acked { // as mostly: nothing waits
		out.Previous = head[:]
		return out, nil
	}
	if acked > 0 {
		hash, err := hashAt(ctx, q, g, out.Acked)
		if err != nil {
			return Outbox{}, err
		}
		if hash != nil {
			out.Previous = hash
		}
	}
	rows, err := q.QueryContext(ctx, `SELECT seq, op, walk_in FROM event WHERE device = $1 AND epoch = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
		g.Device[:], g.Epoch, acked, limit)
	if err != nil {
		return Outbox{}, fmt.Errorf("read the outbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			seq            uint64
			sealed, person []byte
		)
		if err := rows.Scan(&seq, &sealed, &person); err != nil {
			return Outbox{}, fmt.Errorf("read the outbox: %w", err)
		}
		op, err := r.openWhole(g.Device, g.Epoch, seq, sealed, person)
		if err != nil {
			return Outbox{}, fmt.Errorf("read the outbox: %w", err)
		}
		out.Ops = append(out.Ops, op)
	}
	if len(out.Ops) > 0 {
		out.Oldest = out.Ops[0].At
	}
	return out, rows.Err()
}

// Acknowledge notes what central has durable and what it made of each op.
func (r *Replica) Acknowledge(ctx context.Context, ack syncproto.Ack) error {
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	return r.write(ctx, func(tx *sql.Tx) error { return r.acknowledge(ctx, tx, id.Grant, ack) })
}

func (r *Replica) acknowledge(ctx context.Context, tx *sql.Tx, g syncproto.Grant, ack syncproto.Ack) error {
	for _, v := range ack.Verdicts {
		if _, err := tx.ExecContext(ctx,
			`UPDATE event SET outcome = $1, code = $2 WHERE device = $3 AND epoch = $4 AND seq BETWEEN $5 AND $6`,
			v.Outcome, v.Code, g.Device[:], g.Epoch, v.Seq, v.Seq+uint64(v.More)); err != nil {
			return fmt.Errorf("note verdict %d: %w", v.Seq, err)
		}
		if v.Code == takenBack {
			if err := r.dropTakenBack(ctx, tx, g, v); err != nil {
				return err
			}
		}
	}
	return raiseNumber(ctx, tx, metaAcked, int64(ack.AckedSeq))
}

// Waiting gives what tells of a booking whether own events about it are not
// acknowledged yet.
func (r *Replica) Waiting(ctx context.Context) (func(clinic.Booking) bool, error) {
	id, err := r.Identity(ctx)
	if errors.Is(err, ErrNotEnrolled) {
		return func(clinic.Booking) bool { return false }, nil
	}
	if err != nil {
		return nil, err
	}
	acked, err := getNumber(ctx, r.db.Reader(), metaAcked)
	if err != nil {
		return nil, err
	}
	return func(b clinic.Booking) bool {
		return slices.ContainsFunc(b.Events, func(e clinic.Event) bool {
			return e.Ref.Device == id.Grant.Device && e.Ref.Epoch == id.Grant.Epoch && e.Ref.Seq > uint64(acked)
		})
	}, nil
}
