package desk

import (
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// toChair tells whether the banner's action is to go on at the chair, and with whom.
func (m *Model) toChair() (clinic.ID, bool) {
	b := m.Banner
	if !m.HasChair || b.Kind != Found || b.Finding.Entry == nil {
		return clinic.ID{}, false
	}
	return b.Booking(), b.Finding.Code == reception.AlreadyArrived || b.Finding.Code == reception.Finished
}

// toWalkIn tells whether the banner's action is to register the person without a
// booking for today: who has none, or one that was cancelled.
func (m *Model) toWalkIn() (clinic.Person, bool) {
	b := m.Banner
	none := b.Finding.Code == reception.NotBooked || b.Finding.Code == reception.Cancelled
	return b.Finding.Person, m.HasWalkIn && b.Kind == Found && none && !b.Finding.Person.ID.IsZero()
}

// Changeable gives the banner's booking where central may be asked to change it: one
// that stands, of somebody who has not arrived.
func (m *Model) Changeable() (reception.Entry, bool) {
	b := m.Banner
	open := b.Finding.Code == reception.Ready || b.Finding.Code == reception.WrongDay
	if !m.HasChange || b.Busy || b.Kind != Found || b.Finding.Entry == nil || !open {
		return reception.Entry{}, false
	}
	return *b.Finding.Entry, true
}
