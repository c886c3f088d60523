package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"ezhitong.tw/clinic"
)

// Table is the booking table's name in sealed values; the columns are named
// like the fields in lower case.
const Table = "booking"

// Booking is a row of the booking table. Number to Guardian are sealed.
type Booking struct {
	ID, Slot                                        clinic.ID
	Site, Period, Programme, Vaccine, Dose          string
	Date                                            clinic.Date
	Start                                           clinic.TimeOfDay
	Person                                          [32]byte // blind index of the ID number
	Number, Name, Birth, Mobile, Landline, Guardian []byte
	Age                                             int // whole years on the day
	Consents                                        int
	GuardianConsent                                 bool
	Request                                         [32]byte
	Created, Cancelled                              int64 // Unix milliseconds; 0 while it stands
	Version                                         int64
	Attendance                                      clinic.Attendance
	Holds                                           bool
	Stamp                                           int64
	Writer                                          []byte // of a row of the feed: WriterKey of whose events alone changed it since Others, or nil
	Others                                          int64
}

// WriterKey writes a device's epoch as 20 bytes.
func WriterKey(device clinic.ID, epoch uint32) []byte {
	return binary.BigEndian.AppendUint32(append(make([]byte, 0, 20), device[:]...), epoch)
}

const bookingColumns = `id, slot, site, period, programme, vaccine, dose, day, starts, person, number, name, birth, mobile, landline, guardian,
	age, consents, guardian_consent, request, created, cancelled, version, attendance, holds, stamp`

// insertValues goes after INSERT INTO and a table of bookings.
const insertValues = " (" + bookingColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`

const insertBooking = "INSERT INTO booking" + insertValues

// InsertBooking adds a booking.
func (t *Tx) InsertBooking(b *Booking) error {
	return t.one("insert booking", insertBooking, valuesOf(b)...)
}

// valuesOf gives the values of bookingColumns.
func valuesOf(b *Booking) []any {
	return []any{
		b.ID[:], b.Slot[:], b.Site, b.Period, b.Programme, b.Vaccine, b.Dose, b.Date.String(), int(b.Start), b.Person[:],
		b.Number, b.Name, b.Birth, b.Mobile, b.Landline, b.Guardian,
		b.Age, b.Consents, b.GuardianConsent, b.Request[:], b.Created, b.Cancelled, b.Version, int(b.Attendance), b.Holds, b.Stamp,
	}
}

const updateBooking = `UPDATE booking SET cancelled = $1, version = $2, attendance = $3, holds = $4, stamp = $5,
		others = CASE WHEN writer = $6 THEN others ELSE stamp END, writer = $7
	WHERE id = $8 AND version = $9`

// UpdateBooking writes what can change of a booking; version must be one more
// than the row's. writer is the WriterKey of the device whose event changes nothing
// else that a row of the feed tells, or nil.
func (t *Tx) UpdateBooking(id clinic.ID, cancelled, version int64, attendance clinic.Attendance, holds bool, stamp int64, writer []byte) error {
	return t.one("update booking", updateBooking, cancelled, version, int(attendance), holds, stamp, writer, writer, id[:], version-1)
}

const updateVisit = `UPDATE booking SET version = $1, attendance = $2, stamp = $3, others = CASE WHEN writer = $4 THEN others ELSE stamp END, writer = $5
	WHERE id = $6 AND version = $7`

// UpdateVisit is UpdateBooking for a booking that stands and holds as before: the
// index of who holds what is left alone, which is half of the work.
func (t *Tx) UpdateVisit(id clinic.ID, version int64, attendance clinic.Attendance, stamp int64, writer []byte) error {
	return t.one("update a visit", updateVisit, version, int(attendance), stamp, writer, writer, id[:], version-1)
}

const releaseBooking = "UPDATE booking SET holds = FALSE WHERE id = $1"

// ReleaseBooking lets a booking no longer stand in the way of the person's next
// one. Nothing that others see changes.
func (t *Tx) ReleaseBooking(id clinic.ID) error {
	return t.one("release booking", releaseBooking, id[:])
}

func scanBooking(r *sql.Rows, b *Booking) error { return scanBookingRow(r, b) }

type row interface{ Scan(dest ...any) error }

func scanBookingRow(r row, b *Booking, more ...any) error {
	var person, request []byte
	err := r.Scan(append([]any{
		(*id)(&b.ID), (*id)(&b.Slot), &b.Site, &b.Period, &b.Programme, &b.Vaccine, &b.Dose, (*day)(&b.Date), &b.Start, &person,
		&b.Number, &b.Name, &b.Birth, &b.Mobile, &b.Landline, &b.Guardian,
		&b.Age, &b.Consents, &b.GuardianConsent, &request, &b.Created, &b.Cancelled, &b.Version, &b.Attendance, &b.Holds, &b.Stamp,
	}, more...)...)
	copy(b.Person[:], person)
	copy(b.Request[:], request)
	return err
}

// BookingByID reads a booking; ok is false where there is none.
func BookingByID(ctx context.Context, q Querier, booking clinic.ID) (b Booking, ok bool, err error) {
	return bookingIn(ctx, q, "booking", booking)
}

// bookingIn reads a row of a table of bookings.
func bookingIn(ctx context.Context, q Querier, table string, id clinic.ID) (b Booking, ok bool, err error) {
	err = scanBookingRow(q.QueryRowContext(ctx, "SELECT "+bookingColumns+" FROM "+table+" WHERE id = $1", id[:]), &b)
	if errors.Is(err, sql.ErrNoRows) {
		return Booking{}, false, nil
	}
	if err != nil {
		return Booking{}, false, fmt.Errorf("read %s: %w", table, err)
	}
	return b, true, nil
}

// Held is what the writer keeps in memory of a booking.
type Held struct {
	ID, Slot           clinic.ID
	Person, Request    [32]byte
	Dose               string
	Created, Cancelled int64
	Version            int64
	Attendance         clinic.Attendance
	Holds              bool
}

// EachHeld hands over every booking, oldest first.
func EachHeld(ctx context.Context, q Querier, do func(*Held) error) error {
	return each(ctx, q, "read bookings", scanHeld, do, "SELECT "+heldColumns+" FROM booking ORDER BY created, id")
}

const heldColumns = "id, slot, person, request, dose, created, cancelled, version, attendance, holds"

func scanHeld(r *sql.Rows, h *Held) error {
	var person, request sql.RawBytes
	err := r.Scan((*id)(&h.ID), (*id)(&h.Slot), &person, &request, &h.Dose, &h.Created, &h.Cancelled, &h.Version, &h.Attendance, &h.Holds)
	copy(h.Person[:], person)
	copy(h.Request[:], request)
	return err
}
