// Package walkin is the front desk's page for people who come without a booking:
// who they are, from their card or typed, and which session takes them. Model is
// its state without any drawing; Screen draws it and carries out what it orders.
package walkin

import (
	"errors"
	"strings"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/kiosk/reception"
)

// Model is the state of the page.
type Model struct {
	Now      time.Time // by the minute
	Number   string    // of the ID, as typed
	Name     string
	Birth    string
	FromCard bool
	Sessions []reception.Session
	Session  int
	Dose     int
	Loaded   bool
	Busy     bool
	Problem  error              // why nobody was registered
	Receipt  *reception.Receipt // of who was registered last, until somebody else is typed
	beyond   bool               // the next one is taken in though no place is left
}

// Take fills in somebody whose card was read.
func (m *Model) Take(p clinic.Person) {
	m.clear()
	m.Number, m.Name, m.FromCard = p.ID.Reveal(), p.Name.Reveal(), true
	if !p.Birth.IsZero() {
		m.Birth = twid.SlashDate(p.Birth.Reveal())
	}
	m.suit()
}

func (m *Model) clear() {
	m.Number, m.Name, m.Birth, m.FromCard, m.Problem, m.beyond, m.Receipt = "", "", "", false, nil, false, nil
}

// Type takes what was typed.
func (m *Model) Type(number, name, birth string) {
	if number == m.Number && name == m.Name && birth == m.Birth {
		return
	}
	other := birth != m.Birth
	m.Number, m.Name, m.Birth, m.Problem, m.beyond, m.Receipt = number, name, birth, nil, false, nil
	if other {
		m.suit()
	}
}

// Person is who is to be registered, as far as it can be read.
func (m *Model) Person() (clinic.Person, error) {
	number, wrong := twid.ReadID(m.Number)
	p := clinic.Person{ID: number.ID, Name: clinic.NewName(strings.Join(strings.Fields(m.Name), " "))}
	day, unread := twid.ParseBirth(m.Birth, clinic.DateOf(m.Now))
	if unread == nil {
		p.Birth = clinic.NewBirth(day)
	}
	switch {
	case wrong != nil:
		return p, wrong
	case p.Name.IsZero():
		return p, clinic.Refuse(reception.Unreadable)
	default:
		return p, unread
	}
}

// Entries takes the sessions that were read.
func (m *Model) Entries(sessions []reception.Session, err error) {
	if err != nil {
		m.Problem = err
		return
	}
	chosen, had := clinic.ID{}, m.Session < len(m.Sessions)
	if had {
		chosen = m.Sessions[m.Session].Slot.ID
	}
	m.Sessions, m.Loaded = sessions, true
	for i, s := range sessions {
		if had && s.Slot.ID == chosen {
			m.Session = i
			return
		}
	}
	m.suit()
}

// suit chooses the first session that has a place and a dose for the person, or the
// first that has a dose.
func (m *Model) suit() {
	p, _ := m.Person()
	m.Session, m.Dose = 0, 0
	first := true
	for i, s := range m.Sessions {
		dose, err := s.Dose(p)
		if err != nil || !first && s.Left == 0 {
			continue
		}
		if first || s.Left > 0 {
			m.Session, m.Dose, first = i, dose, false
		}
		if s.Left > 0 {
			return
		}
	}
}

// Choose takes a session.
func (m *Model) Choose(i int) {
	if i < 0 || i >= len(m.Sessions) {
		return
	}
	p, _ := m.Person()
	m.Session, m.Problem, m.beyond = i, nil, false
	m.Dose = 0
	if dose, err := m.Sessions[i].Dose(p); err == nil {
		m.Dose = dose
	}
}

// ChooseDose takes a dose of the session; beyond the last one comes the first.
func (m *Model) ChooseDose(i int) {
	if m.Session < len(m.Sessions) {
		if n := len(m.Sessions[m.Session].Vaccine.Doses); n > 0 {
			m.Dose, m.Problem, m.beyond = i%n, nil, false
		}
	}
}

// dose gives the chosen dose.
func (m *Model) dose() (clinic.DoseRule, bool) {
	if m.Session >= len(m.Sessions) {
		return clinic.DoseRule{}, false
	}
	doses := m.Sessions[m.Session].Vaccine.Doses
	if m.Dose >= len(doses) {
		return clinic.DoseRule{}, false
	}
	return doses[m.Dose], true
}

// Enter registers the person; it gives nothing to register and says why where
// something stands against it.
func (m *Model) Enter() (w reception.WalkIn, ready bool) {
	if m.Busy {
		return w, false
	}
	if m.Receipt != nil {
		m.clear()
		return w, false
	}
	p, err := m.Person()
	d, ok := m.dose()
	if err == nil && !ok {
		err = clinic.Refuse(reception.SessionClosed)
	}
	if err == nil {
		err = d.Admits(p.Birth, m.Sessions[m.Session].Slot.Date)
	}
	if m.Problem = err; err != nil {
		return w, false
	}
	m.Busy = true
	return reception.WalkIn{Person: p, Slot: m.Sessions[m.Session].Slot.ID, Dose: d.Code, Beyond: m.beyond}, true
}

// Registered takes the answer. Only now is there a number: it is on the disk.
func (m *Model) Registered(r reception.Receipt, err error) {
	m.Busy = false
	if err != nil {
		m.Problem, m.beyond = err, errors.Is(err, clinic.Refuse(reception.NoPlace))
		return
	}
	m.clear()
	m.Receipt = &r
}

// Back empties the page; it reports false where it is empty.
func (m *Model) Back() bool {
	if m.Busy {
		return true
	}
	empty := m.Number == "" && m.Name == "" && m.Birth == "" && m.Receipt == nil
	m.clear()
	return !empty
}

// Guardian tells whether somebody else has to consent.
func (m *Model) Guardian() bool {
	p, _ := m.Person()
	return m.Session < len(m.Sessions) && !p.Birth.IsZero() && m.Sessions[m.Session].Programme.NeedsGuardian(p.Birth, m.Sessions[m.Session].Slot.Date)
}

// Tick is one second. It reports whether anything changed.
func (m *Model) Tick(now time.Time) bool {
	minute := now.Truncate(time.Minute)
	changed := !minute.Equal(m.Now)
	m.Now = minute
	return changed
}
