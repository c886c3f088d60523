package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/sync/errgroup"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Buckets counts what the base holds, from the rows as they lie in the database:
// the digest of each bucket from a day on, by day. A bucket that nothing was written
// to since it was counted is not read again until Recount.
func (r *Replica) Buckets(ctx context.Context, first syncproto.Day) ([]syncproto.Bucket, error) {
	q := r.db.Reader()
	days, err := heldDays(ctx, q, first)
	if err != nil {
		return nil, err
	}
	days = append([]syncproto.Day{syncproto.NoDay}, days...)
	all, err := r.tallies(ctx, q, days)
	if err != nil {
		return nil, err
	}
	var out []syncproto.Bucket
	for i, day := range days {
		if d := all[i].sum; d != (syncproto.Digest{}) {
			out = append(out, syncproto.Bucket{Day: day, Digest: d[:]})
		}
	}
	return out, nil
}

// heldDays lists the days from first on of which there are rows. It steps from day to
// day in the indexes; to read every row for it takes as long as to count them.
func heldDays(ctx context.Context, q querier, first syncproto.Day) ([]syncproto.Day, error) {
	days, err := list(ctx, q, func(rows *sql.Rows, day *syncproto.Day) error { return rows.Scan(day) },
		`WITH RECURSIVE slots (day) AS (SELECT MIN(day) FROM slot WHERE day >= $1
				UNION ALL SELECT (SELECT MIN(day) FROM slot WHERE slot.day > slots.day) FROM slots WHERE day NOTNULL),
			bookings (day) AS (SELECT MIN(day) FROM booking WHERE day >= $1
				UNION ALL SELECT (SELECT MIN(day) FROM booking WHERE booking.day > bookings.day) FROM bookings WHERE day NOTNULL)
		SELECT day FROM slots WHERE EXISTS (SELECT 1 FROM slot WHERE slot.day = slots.day AND NOT stale)
		UNION SELECT day FROM bookings WHERE EXISTS (SELECT 1 FROM booking WHERE booking.day = bookings.day AND NOT stale) ORDER BY day`, first)
	if err != nil {
		return nil, fmt.Errorf("list the days: %w", err)
	}
	return days, nil
}

// tally is what the rows of a bucket come to.
type tally struct {
	sum  syncproto.Digest
	root syncproto.Hash
}

// tallies counts the buckets of days.
func (r *Replica) tallies(ctx context.Context, q querier, days []syncproto.Day) ([]tally, error) {
	out := make([]tally, len(days))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, day := range days {
		var ok bool
		if out[i], ok = r.counted(day); !ok {
			work.Go(func() (err error) { out[i], err = r.count(ctx, q, day); return err })
		}
	}
	return out, work.Wait()
}

// Recount has every bucket read again.
func (r *Replica) Recount() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.sums)
}

func (r *Replica) counted(day syncproto.Day) (tally, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.sums[day]
	return t, ok
}

func (r *Replica) count(ctx context.Context, q querier, day syncproto.Day) (t tally, err error) {
	rows, err := r.bucket(ctx, q, day)
	if err != nil {
		return t, fmt.Errorf("count the rows of day %d: %w", day, err)
	}
	digests := make([]syncproto.Digest, len(rows))
	for i, row := range rows {
		digests[i] = syncproto.DigestOf(row)
		t.sum = t.sum.Plus(digests[i])
	}
	t.root = syncproto.RootOf(digests)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sums[day] = t
	return t, nil
}

// stale forgets the count of the bucket that a row is written to, and of the one
// that its older form lies in.
func (r *Replica) stale(ctx context.Context, tx *sql.Tx, row syncproto.Row) error {
	r.mu.Lock()
	none := len(r.sums) == 0
	r.mu.Unlock()
	if none {
		return nil
	}
	day, ok := row.Bucket()
	written := []syncproto.Day{day}[:0]
	if ok {
		written = append(written, day)
	}
	var id clinic.ID
	switch {
	case row.Booking != nil:
		id = row.Booking.ID
	case row.Gone != nil:
		id = row.Gone.ID
	}
	if !id.IsZero() {
		old, err := days(ctx, tx, `SELECT day FROM booking WHERE id = $1`, id[:])
		if err != nil {
			return err
		}
		written = append(written, old...)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, day := range written {
		delete(r.sums, day)
	}
	return nil
}

// bucket makes the rows of a bucket again. What cannot be read stays empty, so that
// the digest is not central's.
func (r *Replica) bucket(ctx context.Context, q querier, day syncproto.Day) ([]syncproto.Row, error) {
	if day == syncproto.NoDay {
		return r.siteRows(ctx, q)
	}
	out, err := list(ctx, q, func(rows *sql.Rows, row *syncproto.Row) error {
		s := syncproto.SlotRow{Date: day}
		row.Slot = &s
		return rows.Scan(&row.Seq, (*blob)(&s.ID), &s.Period, &s.Programme, &s.Vaccine, &s.Start, &s.End, &s.Capacity, &s.Taken)
	}, `SELECT seq, id, period, programme, vaccine, start_min, end_min, capacity, taken FROM slot WHERE day = $1 AND NOT stale`, day)
	if err != nil {
		return nil, err
	}
	happened, err := r.toldEvents(ctx, q, day)
	if err != nil {
		return nil, err
	}
	bookings, err := list(ctx, q, func(rows *sql.Rows, row *syncproto.Row) error {
		b := syncproto.BookingRow{Date: day}
		var sealed []byte
		if err := rows.Scan(&row.Seq, (*blob)(&b.ID), (*blob)(&b.Slot), &b.Dose, &sealed, &b.Created, &b.Cancelled, &b.Version); err != nil {
			return err
		}
		var p sealedPerson
		if plain, err := r.keys.Open("booking", "person", b.ID[:], sealed); err == nil {
			_ = cbor.Unmarshal(plain, &p) // what is not whole is not what central told
		}
		b.IDNumber, b.Name, b.Birth, b.Mobile, b.Landline, b.Guardian = p.IDNumber, p.Name, p.Birth, p.Mobile, p.Landline, p.Guardian
		b.Events = happened[b.ID]
		row.Booking = &b
		return nil
	}, `SELECT seq, id, slot, dose, person, created, cancelled, version FROM booking WHERE day = $1 AND NOT stale`, day)
	return append(out, bookings...), err
}

func (r *Replica) siteRows(ctx context.Context, q querier) ([]syncproto.Row, error) {
	out, err := list(ctx, q, func(rows *sql.Rows, row *syncproto.Row) error {
		row.Programme = &syncproto.ProgrammeRow{}
		return rows.Scan(&row.Seq, &row.Programme.Code, &row.Programme.Doc)
	}, `SELECT seq, code, doc FROM programme WHERE NOT stale`)
	if err != nil {
		return nil, err
	}
	raw, err := getMeta(ctx, q, metaSite)
	if err != nil || raw == nil {
		return out, err
	}
	row := syncproto.Row{Site: &syncproto.SiteRow{}}
	if row.Seq, err = getNumber(ctx, q, metaSiteSeq); err != nil {
		return nil, err
	}
	_ = cbor.Unmarshal(raw, row.Site) // what is not whole is not what central told
	return append(out, row), nil
}

// toldEvents reads the events that came with the rows of a day, as central tells
// them: of the booking that they count for, and without the person of a walk-in.
func (r *Replica) toldEvents(ctx context.Context, q querier, day syncproto.Day) (map[clinic.ID][]syncproto.EventRow, error) {
	all, err := list(ctx, q, func(rows *sql.Rows, e *syncproto.EventRow) error {
		var (
			booking clinic.ID
			seq     uint64
			sealed  []byte
		)
		if err := rows.Scan((*blob)(&e.Device), &e.Epoch, &seq, (*blob)(&booking), &sealed); err != nil {
			return err
		}
		e.Op, _ = r.openOp(e.Device, e.Epoch, seq, sealed) // what is not whole is not what central told
		e.Op.Booking = booking
		return nil
	}, `SELECT e.device, e.epoch, e.seq, e.booking, e.op FROM booking b JOIN event e ON e.booking = b.id WHERE b.day = $1 AND NOT b.stale AND e.told`, day)
	if err != nil {
		return nil, err
	}
	out := make(map[clinic.ID][]syncproto.EventRow)
	for _, e := range all {
		out[e.Op.Booking] = append(out[e.Op.Booking], e)
	}
	for _, events := range out {
		slices.SortFunc(events, syncproto.CompareEvents)
	}
	return out, nil
}

// Replace puts central's rows of a bucket in the place of what the base has of it,
// all or nothing. Own events stay, and the cursor where it is.
func (r *Replica) Replace(ctx context.Context, day syncproto.Day, rows []syncproto.Row) error {
	for _, row := range rows {
		if got, ok := row.Bucket(); !ok || got != day {
			return fmt.Errorf("replace the rows of day %d: row %d is of another", day, row.Seq)
		}
	}
	r.Recount()
	return r.write(ctx, func(tx *sql.Tx) error {
		statements := []string{
			`DELETE FROM event WHERE hash = x'' AND booking IN (SELECT id FROM booking WHERE day = $1)`,
			`UPDATE event SET told = false WHERE booking IN (SELECT id FROM booking WHERE day = $1)`,
			`DELETE FROM booking WHERE day = $1`, `DELETE FROM slot WHERE day = $1`,
		}
		if day == syncproto.NoDay {
			statements = []string{`DELETE FROM programme WHERE $1 = $1`}
		}
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s, day); err != nil {
				return fmt.Errorf("replace the rows of day %d: %w", day, err)
			}
		}
		return r.applyRows(ctx, tx, rows)
	})
}

func list[T any](ctx context.Context, q querier, scan func(*sql.Rows, *T) error, query string, args ...any) (out []T, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// blob scans an id; what is not one becomes zero.
type blob clinic.ID

// Scan takes 16 bytes.
func (b *blob) Scan(v any) error {
	*b = blob{}
	if raw, ok := v.([]byte); ok && len(raw) == len(b) {
		copy(b[:], raw)
	}
	return nil
}
