package selfservice

import (
	"errors"
	"slices"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/kiosk/reception"
)

// noneOpen is why nothing can be booked where no rule says no.
const noneOpen = "none"

// mobileDigits is the length of a mobile number.
const mobileDigits = 10

// Later is what somebody has chosen so far who books another day.
type Later struct {
	Open   []reception.Opening // what central offers
	At     int                 // the chosen one, by place
	Day    clinic.Date
	Slot   clinic.Slot
	Mobile string // as typed
	Wrong  bool   // the mobile number is none
	First  int    // of the choices on the page
	Steps  []Page // the way here; Back goes it
}

// canBook tells whether the person before the screen may ask for another day: who they
// are stands on a card that is in.
func (m *Model) canBook() bool {
	p := m.Finding.Person
	return m.Booking && m.CardIn && (m.Err == nil || m.Page == LaterFailed) && !p.ID.IsZero() && !p.Birth.IsZero()
}

// reaches tells whether central is there to be asked.
func (m *Model) reaches() bool {
	return m.Link.State == reception.LinkLive || m.Link.State == reception.LinkLagging || m.Link.State == reception.LinkStuck
}

// BookLater asks what is open for the person.
func (m *Model) BookLater() Order {
	m.touch()
	if m.Busy || !m.canBook() {
		return Order{}
	}
	from := m.Page
	if from == LaterFailed {
		from = m.Later.Steps[0]
	}
	m.Later = Later{Steps: []Page{from}}
	if !m.reaches() {
		m.fail(clinic.Refuse(reception.Unreached))
		return Order{}
	}
	m.show(LaterLook)
	return Order{Task: FindOpen, Seq: m.seq, Person: m.Finding.Person}
}

// Found takes the answer to a FindOpen order; a late one is dropped.
func (m *Model) Found(seq int, open []reception.Opening, err error) {
	if seq != m.seq || m.Page != LaterLook {
		return
	}
	if err == nil && len(open) == 0 {
		err = clinic.Refuse(noneOpen)
	}
	if err != nil {
		m.fail(err)
		return
	}
	m.Later.Open = open
	m.choose(LaterVaccine)
}

// fail says why nothing was booked.
func (m *Model) fail(err error) {
	m.show(LaterFailed)
	m.Err = err
}

// choose shows a page of choices; where there is but one it is taken.
func (m *Model) choose(p Page) {
	m.show(p)
	m.Later.First = 0
	if len(m.choices()) == 1 {
		m.Pick(0)
	}
}

// choices are the places in Open, or of the slots of the chosen one, that the page
// lets one choose from.
func (m *Model) choices() (at []int) {
	l := &m.Later
	switch m.Page {
	case LaterVaccine:
		for i, o := range l.Open {
			if !slices.ContainsFunc(l.Open[:i], func(b reception.Opening) bool { return b.Vaccine.Code == o.Vaccine.Code }) {
				at = append(at, i)
			}
		}
	case LaterDose:
		for i, o := range l.Open {
			if o.Vaccine.Code == l.Open[l.At].Vaccine.Code {
				at = append(at, i)
			}
		}
	case LaterDay:
		for i, s := range l.Open[l.At].Slots {
			if i == 0 || s.Date != l.Open[l.At].Slots[i-1].Date {
				at = append(at, i)
			}
		}
	case LaterTime:
		for i, s := range l.Open[l.At].Slots {
			if s.Date == l.Day {
				at = append(at, i)
			}
		}
	}
	return at
}

// Pick takes the choice with the given number and goes on.
func (m *Model) Pick(n int) {
	m.touch()
	at := m.choices()
	if n < 0 || n >= len(at) {
		return
	}
	l := &m.Later
	page := m.Page
	if len(at) > 1 {
		l.Steps = append(l.Steps, page)
	}
	switch page {
	case LaterVaccine:
		l.At = at[n]
		m.choose(LaterDose)
	case LaterDose:
		l.At = at[n]
		m.choose(LaterDay)
	case LaterDay:
		l.Day = l.Open[l.At].Slots[at[n]].Date
		m.choose(LaterTime)
	case LaterTime:
		l.Slot = l.Open[l.At].Slots[at[n]]
		m.show(LaterPhone)
	}
}

// More shows the next choices, after the last ones the first again.
func (m *Model) More(a int) {
	m.touch()
	if m.Later.First += a; m.Later.First >= len(m.choices()) {
		m.Later.First = 0
	}
}

// Back goes to the page before.
func (m *Model) Back() {
	m.touch()
	steps := m.Later.Steps
	if m.Busy || len(steps) == 0 {
		return
	}
	to := steps[len(steps)-1]
	m.show(to)
	m.Later.First, m.Later.Wrong = 0, false
	if m.Later.Steps = steps[:len(steps)-1]; len(m.Later.Steps) == 0 {
		m.Later = Later{}
	}
}

// Return goes back to where it began.
func (m *Model) Return() {
	if steps := m.Later.Steps; !m.Busy && len(steps) > 0 {
		m.show(steps[0])
		m.Later = Later{}
	}
}

// TypeMobile adds a digit to the mobile number.
func (m *Model) TypeMobile(digit string) {
	m.touch()
	if l := &m.Later; m.Page == LaterPhone && len(l.Mobile) < mobileDigits {
		l.Mobile, l.Wrong = l.Mobile+digit, false
	}
}

// EraseMobile takes the last digit back.
func (m *Model) EraseMobile() {
	m.touch()
	if l := &m.Later; l.Mobile != "" {
		l.Mobile, l.Wrong = l.Mobile[:len(l.Mobile)-1], false
	}
}

// EnterMobile ends the mobile number.
func (m *Model) EnterMobile() Order {
	m.touch()
	if m.Page != LaterPhone {
		return Order{}
	}
	if _, err := twid.ParseMobile(m.Later.Mobile); err != nil {
		m.Later.Wrong = true
		return Order{}
	}
	m.Later.Steps = append(m.Later.Steps, LaterPhone)
	m.show(LaterAgree)
	return Order{}
}

// AgreeLater asks central for the booking.
func (m *Model) AgreeLater() Order {
	m.touch()
	if m.Page != LaterAgree || m.Busy {
		return Order{}
	}
	m.Busy = true
	l := &m.Later
	person := m.Finding.Person
	person.Mobile = clinic.NewPhone(l.Mobile)
	return Order{Task: BookDay, Wish: reception.Wish{Person: person, Slot: l.Slot, Dose: l.Open[l.At].Dose.Code}}
}

// Booked takes the answer to a BookDay order. Only now is it said that a day is booked.
func (m *Model) Booked(a reception.Appointment, err error) Order {
	m.Busy = false
	var order Order
	if err != nil {
		m.fail(err)
	} else {
		m.show(Appointed)
		m.Appointment, m.left, m.Slip = a, 3*ticketTicks, NoPrinter
		if m.Printer {
			m.Slip = Printing
			order = Order{Task: PrintDay, Appointment: a}
		}
	}
	return m.caughtUp(order, err)
}

// justBooked holds the page of a booked day for its first second: who touches twice to
// agree must not close it unread.
func (m *Model) justBooked() bool { return m.Page == Appointed && m.left == 3*ticketTicks }

// PrintDayAgain prints the slip of the appointment once more.
func (m *Model) PrintDayAgain() Order {
	m.touch()
	if m.Page != Appointed || !m.Printer || m.Slip == Printing {
		return Order{}
	}
	m.Slip, m.left = Printing, 3*ticketTicks
	return Order{Task: PrintDay, Appointment: m.Appointment}
}

// whyNot gives the part of a key for why nothing was booked.
func whyNot(err error) string {
	for _, code := range [...]string{
		reception.Unreached, reception.Unsure, noneOpen, clinic.RefusedFull, clinic.RefusedAlreadyBooked, clinic.RefusedInterval, clinic.RefusedGuardian,
	} {
		if errors.Is(err, clinic.Refuse(code)) {
			return code
		}
	}
	if errors.As(err, new(*clinic.Refusal)) {
		return "rule"
	}
	return reception.Unreached
}

// appoint carries out what concerns another day.
func (s *Screen) appoint(o Order) func() Order {
	ctx := s.ctx
	switch o.Task {
	case FindOpen:
		open, err := s.feed.Later.Openings(ctx, o.Person)
		return just(func() { s.m.Found(o.Seq, open, s.failed("ask what is open", err)) })
	case BookDay:
		began := s.cfg.Now()
		a, err := s.feed.Later.Book(ctx, o.Wish)
		return func() Order {
			if err == nil {
				s.cfg.Log.Info("booked", "screen", "kiosk", "code", a.Code, "day", a.Slot.Date, "ms", s.cfg.Now().Sub(began).Milliseconds())
			}
			return s.m.Booked(a, s.failed("book another day", err))
		}
	default: // PrintDay
		err := s.feed.Printer.PrintAppointment(ctx, o.Appointment)
		return just(func() { s.m.SlipPrinted(s.failed("print the slip", err)) })
	}
}
