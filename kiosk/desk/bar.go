package desk

import (
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// barTicks is how long the undo bar and a finished banner stay, in seconds.
const barTicks = 8

// BarState says what became of the act in the undo bar.
type BarState int

// The states of the bar.
const (
	BarDone    BarState = iota // it can be undone
	BarPending                 // the undoing is on its way to the disk
	BarUndone
	BarFailed
)

// Bar is the confirm-undo bar.
type Bar struct {
	State   BarState
	Booking clinic.ID
	Name    clinic.Name
	Ticket  string
	Err     error
	left    int
}

// TakeBack undoes the last check-in while its bar stands, else the arrival that
// the banner speaks of.
func (m *Model) TakeBack() Order {
	if m.Bar != nil && (m.Bar.State == BarDone || m.Bar.State == BarFailed) {
		m.Bar.State = BarPending
		return Order{Task: Undo, Booking: m.Bar.Booking}
	}
	if m.Bar != nil && m.Bar.State == BarPending {
		return Order{}
	}
	f := m.Banner.Finding
	if m.Banner.Kind == Found && f.Code == reception.AlreadyArrived && f.Entry != nil {
		b := f.Entry.Booking
		m.Bar = &Bar{State: BarPending, Booking: b.ID, Name: b.Person.Name, Ticket: f.Entry.Visit.Ticket, left: barTicks}
		return Order{Task: Undo, Booking: b.ID}
	}
	return Order{}
}

// TakenBack takes the answer to an Undo order.
func (m *Model) TakenBack(id clinic.ID, err error) {
	if m.Bar != nil && m.Bar.Booking == id {
		m.Bar.State, m.Bar.Err, m.Bar.left = BarUndone, err, barTicks
		if err != nil {
			m.Bar.State = BarFailed
		}
	}
	if err == nil && m.Banner.Booking() == id {
		m.show(Banner{})
	}
}
