package store

import (
	"context"
	"database/sql"

	"ezhitong.tw/clinic"
)

// The states of a lease.
const (
	LeaseLive     = "live"
	LeaseOver     = "over" // the session has ended
	LeaseReturned = "returned"
)

// Lease is a row of the lease table.
type Lease struct {
	ID       clinic.ID
	Device   clinic.ID
	Slot     clinic.ID
	Date     clinic.Date
	Granted  int
	Consumed int
	State    string
	Created  int64
}

const leaseColumns = "id, device, slot, day, granted, consumed, state, created"

func scanLease(r *sql.Rows, l *Lease) error {
	return r.Scan((*id)(&l.ID), (*id)(&l.Device), (*id)(&l.Slot), (*day)(&l.Date), &l.Granted, &l.Consumed, &l.State, &l.Created)
}

// InsertLease adds a lease.
func (t *Tx) InsertLease(l *Lease) error {
	t.claims = true
	return t.one("insert lease", "INSERT INTO lease ("+leaseColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		l.ID[:], l.Device[:], l.Slot[:], l.Date.String(), l.Granted, l.Consumed, l.State, l.Created)
}

// UpdateLease writes what is consumed of a lease and its state.
func (t *Tx) UpdateLease(l *Lease) error {
	t.claims = true
	return t.one("update lease", "UPDATE lease SET consumed = $1, state = $2 WHERE id = $3", l.Consumed, l.State, l.ID[:])
}

// LeasesOf lists the live leases of a device, the oldest first.
func LeasesOf(ctx context.Context, q Querier, device clinic.ID) ([]Lease, error) {
	return collect(ctx, q, "list a device's leases", scanLease,
		"SELECT "+leaseColumns+" FROM lease WHERE device = $1 AND state = 'live' ORDER BY created, id", device[:])
}

// EachLease hands over the leases of days from first on, the oldest first.
func EachLease(ctx context.Context, q Querier, first clinic.Date, do func(*Lease) error) error {
	return each(ctx, q, "read leases", scanLease, do, "SELECT "+leaseColumns+" FROM lease WHERE day >= $1 ORDER BY created, id", first.String())
}
