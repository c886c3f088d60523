// Package replicatest gives tests a replica that is enrolled and holds a day.
package replicatest

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// Now is the instant at which the clocks of these tests stand: a Tuesday, 09:26
// in Taipei.
var Now = time.Date(2026, 12, 1, 9, 26, 0, 0, clinic.Taipei)

// Today is the day of Now.
var Today = clinic.DateOf(Now)

// NewID draws an id.
func NewID() clinic.ID {
	var id clinic.ID
	for i := range id {
		id[i] = byte(rand.IntN(256))
	}
	return id
}

// Open opens a replica in a folder, enrolled as device A of the site.
func Open(t testing.TB, dir string, now clock.Clock) *replica.Replica {
	t.Helper()
	r, err := replica.Open(t.Context(), replica.Config{Dir: dir, Clock: now, NewID: NewID})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if _, err := r.Identity(t.Context()); err == nil {
		return r
	}
	err = r.SaveIdentity(t.Context(), replica.Identity{
		Grant: syncproto.Grant{Device: NewID(), Site: "3817010001", Letter: "A", Epoch: 1, Role: syncproto.RoleDesk, PSK: make([]byte, syncproto.PSKSize), Expires: Now.AddDate(1, 0, 0).Unix()},
		Noise: make([]byte, 32), Sign: make([]byte, 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Booked makes the rows of a slot at nine and of a booking in it.
func Booked(idNumber, name string, birth, day clinic.Date) (slot, booking syncproto.Row) {
	s := syncproto.SlotRow{
		ID: NewID(), Period: "flu-2026", Programme: "influenza", Vaccine: "flu",
		Date: syncproto.DayOf(day), Start: 9 * 60, End: 10 * 60, Capacity: 20, Taken: 1,
	}
	b := syncproto.BookingRow{
		ID: NewID(), Slot: s.ID, Dose: "single", IDNumber: idNumber, Name: name, Birth: syncproto.DayOf(birth),
		Mobile: "0912345678", Created: Now.AddDate(0, 0, -5).UnixMilli(), Version: 1, Date: s.Date,
	}
	return syncproto.Row{Slot: &s}, syncproto.Row{Booking: &b}
}

// Programme is the row of the influenza programme.
func Programme(t testing.TB) syncproto.Row {
	t.Helper()
	doc, err := json.Marshal(clinic.Programme{
		Code: "influenza", Name: clinic.Text{"zh-TW": "流感疫苗"},
		Vaccines: []clinic.Vaccine{{
			Code: "flu", Name: clinic.Text{"zh-TW": "流感"},
			Doses: []clinic.DoseRule{{Code: "single", Name: clinic.Text{"zh-TW": "1 劑"}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return syncproto.Row{Programme: &syncproto.ProgrammeRow{Code: "influenza", Doc: doc}}
}

// Fill applies rows as one page that ends at a cursor.
func Fill(t testing.TB, r *replica.Replica, cursor int64, rows ...syncproto.Row) {
	t.Helper()
	for i := range rows {
		rows[i].Seq = cursor - int64(len(rows)-1-i)
	}
	if err := r.Apply(t.Context(), syncproto.Page{Rows: rows, Next: cursor, Time: Now.UnixMilli()}); err != nil {
		t.Fatal(err)
	}
}
