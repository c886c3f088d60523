// Package change is the front desk's page for what only central may do with a
// booking: another time, another phone, cancelling. It is asked for here, with or
// without a network, and the page shows what central answered. Model is its state
// without any drawing; Screen draws it and carries out what it orders.
package change

import (
	"strings"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

// What is what may be asked for.
type What int

// What may be asked for, in the order of the digits.
const (
	Move What = iota
	Phone
	Cancel
	whats
)

// Model is the state of the page.
type Model struct {
	Now      time.Time        // by the minute
	Person   *reception.Entry // whose booking is open; nil for none
	What     What
	Openings []clinic.Slot // where it may be moved to
	Slot     int
	Text     string // the phone, or why it is cancelled
	Busy     bool
	Problem  error
	Asked    []reception.Entry
	Done     bool // something was asked for just now
}

// Order is what is to be asked for.
type Order struct {
	What    What
	Booking clinic.ID
	Slot    clinic.ID
	Person  clinic.Person
	Reason  string
}

// Open brings up a booking.
func (m *Model) Open(e reception.Entry) {
	*m = Model{Now: m.Now, Asked: m.Asked, Person: &e}
}

// Entries takes what was read: all that was asked for, and where the open booking may
// be moved to.
func (m *Model) Entries(asked []reception.Entry, openings []clinic.Slot, err error) {
	if err != nil {
		m.Problem = err
		return
	}
	var chosen clinic.ID
	if m.Slot < len(m.Openings) {
		chosen = m.Openings[m.Slot].ID
	}
	m.Asked, m.Openings, m.Slot = asked, openings, 0
	for i, s := range openings {
		if s.ID == chosen {
			m.Slot = i
		}
	}
}

// Choose takes what is to be asked for.
func (m *Model) Choose(w What) {
	if m.Person != nil && w >= 0 && w < whats && w != m.What {
		m.What, m.Text, m.Problem = w, "", nil
	}
}

// Move goes through the times.
func (m *Model) Move(by int) {
	if m.What == Move && len(m.Openings) > 0 {
		m.Slot = max(0, min(m.Slot+by, len(m.Openings)-1))
	}
}

// Enter asks; false where there is nothing to ask, and Problem says why.
func (m *Model) Enter() (o Order, ready bool) {
	if m.Busy || m.Person == nil {
		return o, false
	}
	o = Order{What: m.What, Booking: m.Person.Booking.ID}
	m.Problem = nil
	switch m.What {
	case Move:
		if m.Slot >= len(m.Openings) {
			m.Problem = clinic.Refuse(clinic.RefusedNoSuchSlot)
			return o, false
		}
		o.Slot = m.Openings[m.Slot].ID
	case Phone:
		phone, err := twid.ParsePhone(m.Text)
		if err != nil {
			m.Problem = err
			return o, false
		}
		if _, err := twid.ParseMobile(m.Text); err == nil {
			o.Person.Mobile = phone
		} else {
			o.Person.Landline = phone
		}
	default:
		if o.Reason = strings.TrimSpace(m.Text); o.Reason == "" {
			m.Problem = clinic.Refuse(reception.ReasonMissing)
			return o, false
		}
	}
	m.Busy = true
	return o, true
}

// Recorded takes the answer of the replica: what was asked for is on the disk.
func (m *Model) Recorded(err error) {
	m.Busy, m.Problem = false, err
	if err == nil {
		m.Person, m.Text, m.Done = nil, "", true
	}
}

// Back closes the booking; it reports false where none is open.
func (m *Model) Back() bool {
	if m.Person == nil {
		return false
	}
	if !m.Busy {
		m.Person, m.Problem, m.Text = nil, nil, ""
	}
	return true
}

// Waiting is how many requests wait for central.
func (m *Model) Waiting() int {
	n := 0
	for _, e := range m.Asked {
		if e.Asked.Outcome == 0 {
			n++
		}
	}
	return n
}

// Refused is how many requests central has refused.
func (m *Model) Refused() int {
	n := 0
	for _, e := range m.Asked {
		if e.Asked.Outcome == syncproto.Rejected {
			n++
		}
	}
	return n
}

// Tick is one second. It reports whether anything changed.
func (m *Model) Tick(now time.Time) bool {
	minute := now.Truncate(time.Minute)
	changed := !minute.Equal(m.Now)
	m.Now = minute
	return changed
}
