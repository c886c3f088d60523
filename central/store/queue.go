package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ezhitong.tw/internal/sqldb"
)

// On a server every statement is a journey, so the frequent writes of a
// transaction wait in queues and go out together, as one statement for all rows of
// a kind, at the latest before something is read. On SQLite, where a statement is
// a call, none of this is used.

// set is a frequent write and how it is done for many rows at once.
type set struct {
	many   string
	types  string // of the arguments: b bytes, i integer, t text, o boolean
	order  int    // of the queues; see below
	table  string // rows are known by this and by their key
	key    int    // the argument that is the key; -1: no row is written twice
	exact  bool   // every row must be there
	copies bool   // COPY, the quickest way to insert
}

// The order in which queues go out. What frees somebody's place among the active
// bookings comes before what takes it, and a row before what refers to it. A row
// that is written again has its queue sent first.
const (
	ofSlots = iota
	ofReleases
	ofEndings // updates of bookings that no longer hold
	ofUpdates
	ofVisits
	ofBookings
	ofDropped
	ofEvents
	ofPlaces
	ofFeeds
	ofAudit
	ofLedger
	queues
)

// newSets gives the frequent writes by their statement for one row.
func newSets() map[string]set {
	return map[string]set{
		insertSlot:     copied("slot", slotColumns, "b"+"ttttt"+"iiiiii", ofSlots, 0),
		insertBooking:  copied("booking", bookingColumns, "bb"+"tttttt"+"i"+"bbbbbbb"+"ii"+"o"+"b"+"iiii"+"o"+"i", ofBookings, 0),
		insertEvent:    copied("event", eventColumns, "bii"+"t"+"b"+"iiii"+"b"+"i"+"ttt"+"b"+"b"+"ii"+"b"+"i"+"t"+"i"+"b"+"i"+"b", ofEvents, -1),
		insertAudit:    copied("audit", auditColumns, "iittttb", ofAudit, -1),
		releaseBooking: {"UPDATE booking SET holds = FALSE FROM unnest($1::bytea[]) AS u (id) WHERE booking.id = u.id", "b", ofReleases, "booking", 0, true, false},
		updateBooking: {`UPDATE booking SET cancelled = u.cancelled, version = u.version, attendance = u.attendance, holds = u.holds, stamp = u.stamp,
				others = CASE WHEN booking.writer = u.writer THEN booking.others ELSE booking.stamp END, writer = u.writer2
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bigint[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bigint[])
				AS u (cancelled, version, attendance, holds, stamp, writer, writer2, id, before)
			WHERE booking.id = u.id AND booking.version = u.before`, "iiioibbbi", ofUpdates, "booking", 7, true, false},
		updateVisit: {`UPDATE booking SET version = u.version, attendance = u.attendance, stamp = u.stamp,
				others = CASE WHEN booking.writer = u.writer THEN booking.others ELSE booking.stamp END, writer = u.writer2
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bigint[])
				AS u (version, attendance, stamp, writer, writer2, id, before)
			WHERE booking.id = u.id AND booking.version = u.before`, "iiibbbi", ofVisits, "booking", 5, true, false},
		dropReminder: {"DELETE FROM reminder USING unnest($1::bytea[]) AS u (booking) WHERE reminder.booking = u.booking AND state <> 'sent'", "b", ofDropped, "reminder", 0, false, false},
		takePlaces: {`UPDATE slot SET taken = slot.taken + u.places, overflow = slot.overflow + u.beyond, stamp = u.stamp
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[]) AS u (places, beyond, stamp, id, places2, beyond2)
			WHERE slot.id = u.id AND slot.taken + u.places2 <= slot.capacity + slot.overflow + u.beyond2`, "iiibii", ofPlaces, "slot", 3, true, false},
		advanceSite: {`UPDATE site SET seq = u.seq FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS u (seq, code, before)
			WHERE site.code = u.code AND site.seq = u.before`, "iti", ofFeeds, "site", 1, true, false},
		saveLedger: {`UPDATE ledger SET entries = u.entries, hash = u.hash, batch = u.batch, rules = u.rules, claims = u.claims, joins = u.joins
			FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) AS u (entries, hash, batch, rules, claims, joins, before)
			WHERE ledger.id = 1 AND ledger.batch = u.before`, "ibiiiii", ofLedger, "ledger", -1, true, false},
	}
}

// copied is an insert: COPY is the quickest way.
func copied(table, columns, types string, order, key int) set {
	return set{"COPY " + table + " (" + columns + ") FROM STDIN (FORMAT binary)", types, order, table, key, true, true}
}

// queue is the rows of a kind that wait, in the form in which they travel.
type queue struct {
	set
	what   string
	rows   int64
	copied *sqldb.CopyRows // of an insert
	arrays []*sqldb.Array  // of another statement: one for each argument
}

// add puts a row at the end.
func (q *queue) add(s set, what string, args []any) error {
	if q.rows == 0 {
		*q = queue{set: s, what: what}
		if s.copies {
			q.copied = sqldb.NewCopyRows(s.types)
		} else {
			for i := range s.types {
				q.arrays = append(q.arrays, sqldb.NewArray(s.types[i]))
			}
		}
	}
	q.rows++
	if q.copied != nil {
		return q.copied.Add(args)
	}
	for i, a := range q.arrays {
		if err := a.Add(args[i]); err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return nil
}

// join puts the rows on a journey.
func (q *queue) join(j *sqldb.Journey) {
	if q.copied != nil {
		j.Copy(q.many, q.copied.Binary())
		return
	}
	args := make([][]byte, len(q.arrays))
	for i, a := range q.arrays {
		args[i] = a.Binary()
	}
	j.Exec(q.many, args...)
}

// rowKey knows a row that waits.
type rowKey struct {
	table string
	of    any
}

// later puts a row into its queue.
func (t *Tx) later(s set, what string, args []any) error {
	if s.order == ofUpdates && args[3] == false {
		s.order = ofEndings
	}
	if s.key >= 0 {
		key := rowKey{s.table, args[s.key]}
		if b, ok := key.of.([]byte); ok {
			key.of = string(b)
		}
		if t.waiting[key] {
			if err := t.flush(); err != nil {
				return err
			}
		}
		t.waiting[key] = true
	}
	if err := t.queues[s.order].add(s, what, args); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// flush sends what waits, all in one journey.
func (t *Tx) flush() error {
	clear(t.waiting)
	var journey sqldb.Journey
	var sent []queue
	for i := range t.queues {
		if q := &t.queues[i]; q.rows > 0 {
			q.join(&journey)
			sent = append(sent, *q)
			*q = queue{}
		}
	}
	if len(sent) == 0 {
		return nil
	}
	changed, err := journey.Run(t.ctx, t.conn)
	if err != nil {
		return fmt.Errorf("%s: %w", sent[min(len(changed), len(sent)-1)].what, err)
	}
	for i, q := range sent {
		if q.exact && changed[i] != q.rows {
			return fmt.Errorf("%s: %d rows changed, not %d: %w", q.what, changed[i], q.rows, ErrStale)
		}
	}
	return nil
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
