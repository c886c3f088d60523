package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ezhitong.tw/internal/sqldb"
)

// On a server every statement is a journey, so the frequent writes of a
// transaction wait in queues and go out as one statement for all rows of a kind,
// at the latest before something is read. On SQLite, where a statement is a call,
// none of this is used.

// set is a frequent write and how it is done for many rows at once.
type set struct {
	many  string
	types string // of the arguments: b bytes, i integer, t text, o boolean
	order int    // of the queues; see below
	table string // rows are known by this and by their key
	key   int    // the argument that is the key; -1: no row is written twice
	exact bool   // every row must be there
}

// The order in which queues go out. What frees somebody's place among the active
// bookings comes before what takes it, and a row before what refers to it. A row
// that is written again has its queue sent first.
const (
	ofSlots = iota
	ofReleases
	ofEndings // updates of bookings that no longer hold
	ofUpdates
	ofBookings
	ofDropped
	ofEvents
	ofPlaces
	ofFeeds
	ofAudit
	queues
)

// newSets gives the frequent writes by their statement for one row.
func newSets() map[string]set {
	return map[string]set{
		insertSlot:     {insertMany("slot", slotColumns, slotTypes), slotTypes, ofSlots, "slot", 0, true},
		insertBooking:  {insertMany("booking", bookingColumns, bookingTypes), bookingTypes, ofBookings, "booking", 0, true},
		insertEvent:    {insertMany("event", eventColumns, eventTypes), eventTypes, ofEvents, "event", -1, true},
		insertAudit:    {insertMany("audit", auditColumns, "iittttb"), "iittttb", ofAudit, "audit", -1, true},
		releaseBooking: {"UPDATE booking SET holds = FALSE FROM unnest($1::bytea[]) AS u (id) WHERE booking.id = u.id", "b", ofReleases, "booking", 0, true},
		updateBooking: {`UPDATE booking SET cancelled = u.cancelled, version = u.version, attendance = u.attendance, holds = u.holds, stamp = u.stamp
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bigint[], $6::bytea[], $7::bigint[])
				AS u (cancelled, version, attendance, holds, stamp, id, before)
			WHERE booking.id = u.id AND booking.version = u.before`, "iiioibi", ofUpdates, "booking", 5, true},
		dropReminder: {"DELETE FROM reminder USING unnest($1::bytea[]) AS u (booking) WHERE reminder.booking = u.booking AND state <> 'sent'", "b", ofDropped, "reminder", 0, false},
		takePlaces: {`UPDATE slot SET taken = slot.taken + u.places, overflow = slot.overflow + u.beyond, stamp = u.stamp
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[]) AS u (places, beyond, stamp, id, places2, beyond2)
			WHERE slot.id = u.id AND slot.taken + u.places2 <= slot.capacity + slot.overflow + u.beyond2`, "iiibii", ofPlaces, "slot", 3, true},
		advanceSite: {`UPDATE site SET seq = u.seq FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS u (seq, code, before)
			WHERE site.code = u.code AND site.seq = u.before`, "iti", ofFeeds, "site", 1, true},
	}
}

const (
	slotTypes    = "b" + "ttttt" + "iiiiii"
	bookingTypes = "bb" + "tttttt" + "i" + "bbbbbbb" + "ii" + "o" + "b" + "iiii" + "o" + "i"
	eventTypes   = "bii" + "t" + "b" + "iiii" + "b" + "i" + "ttt" + "b" + "b" + "ii" + "b" + "i" + "t" + "i" + "b"
)

// insertMany writes the statement that inserts a row for each element of its
// arrays.
func insertMany(table, columns, types string) string {
	arrays := make([]string, len(types))
	for i := range types {
		kind := map[byte]string{'b': "bytea", 'i': "bigint", 't': "text", 'o': "boolean"}[types[i]]
		arrays[i] = "$" + strconv.Itoa(i+1) + "::" + kind + "[]"
	}
	return "INSERT INTO " + table + " (" + columns + ") SELECT * FROM unnest(" + strings.Join(arrays, ", ") + ")"
}

// queue is the rows of a kind that wait.
type queue struct {
	set
	what string
	rows [][]any
}

// later puts a row into its queue.
func (t *Tx) later(s set, what string, args []any) error {
	if s.order == ofUpdates && args[3] == false {
		s.order = ofEndings
	}
	if s.key >= 0 {
		key := s.table + fmt.Sprint(args[s.key])
		if t.waiting[key] {
			if err := t.flush(); err != nil {
				return err
			}
		}
		t.waiting[key] = true
	}
	q := &t.queues[s.order]
	q.set, q.what, q.rows = s, what, append(q.rows, args)
	return nil
}

// flush sends what waits.
func (t *Tx) flush() error {
	clear(t.waiting)
	for i := range t.queues {
		q := &t.queues[i]
		if len(q.rows) == 0 {
			continue
		}
		rows := q.rows
		q.rows = nil
		args, err := columns(q.types, rows)
		if err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
		result, err := t.tx.ExecContext(t.ctx, q.many, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", q.what, sqldb.Classify(err))
		}
		n, err := result.RowsAffected()
		if err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
		if q.exact && n != int64(len(rows)) {
			return fmt.Errorf("%s: %d rows changed, not %d: %w", q.what, n, len(rows), ErrStale)
		}
	}
	return nil
}

// columns turns rows into an array for each argument.
func columns(types string, rows [][]any) ([]any, error) {
	out := make([]any, len(types))
	for i := range types {
		var ok bool
		switch types[i] {
		case 'b':
			out[i], ok = column(rows, i, func(v any) ([]byte, bool) { b, ok := v.([]byte); return b, ok })
		case 't':
			out[i], ok = column(rows, i, func(v any) (string, bool) { s, ok := v.(string); return s, ok })
		case 'o':
			out[i], ok = column(rows, i, func(v any) (bool, bool) { b, ok := v.(bool); return b, ok })
		default:
			out[i], ok = column(rows, i, integer)
		}
		if !ok {
			return nil, fmt.Errorf("argument %d is not of kind %c", i+1, types[i])
		}
	}
	return out, nil
}

func column[T any](rows [][]any, i int, as func(any) (T, bool)) ([]T, bool) {
	out := make([]T, len(rows))
	for n, r := range rows {
		v, ok := as(r[i])
		if !ok {
			return nil, false
		}
		out[n] = v
	}
	return out, true
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	}
	return 0, false
}

// upToDate reads in a transaction after sending what waits.
type upToDate struct{ t *Tx }

func (u upToDate) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := u.t.flush(); err != nil {
		return nil, err
	}
	return u.t.tx.QueryContext(ctx, query, args...)
}

func (u upToDate) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	u.t.fault = errors.Join(u.t.fault, u.t.flush()) // a server refuses all that follows a fault; Commit gives it
	return u.t.tx.QueryRowContext(ctx, query, args...)
}
