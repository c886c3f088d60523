package hub

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// A device that asks about more people than ever stand before it is told to wait: the
// answers tell who is booked somewhere.
const (
	mostAsks   = 30
	asksWithin = 5 * time.Minute
	afterAsks  = 60 // seconds
)

// consented is every point that the kiosk shows before it asks for a booking.
const consented = 3

// asks remembers when each device asked, oldest first.
type asks struct {
	mu sync.Mutex
	by map[clinic.ID][]time.Time
}

// another counts a question, unless there were too many.
func (a *asks) another(device clinic.ID, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by == nil {
		a.by = make(map[clinic.ID][]time.Time)
	}
	recent := slices.DeleteFunc(a.by[device], func(t time.Time) bool { return now.Sub(t).Abs() >= asksWithin })
	room := len(recent) < mostAsks
	if room {
		recent = append(recent, now)
	}
	a.by[device] = recent
	return room
}

// mayAsk judges a question about a person.
func (h *Hub) mayAsk(s *session, peer fleet.Peer) error {
	switch {
	case s.version < (syncproto.AskOpenings{}).Needs():
		return syncproto.Problem{Code: syncproto.ProblemVersion}
	case peer.Expired:
		return syncproto.Problem{Code: syncproto.ProblemRevoked}
	case !h.asks.another(peer.ID, h.cfg.Now()):
		return syncproto.Problem{Code: syncproto.ProblemBusy, RetryAfter: afterAsks}
	}
	return nil
}

// openings tells a device what somebody who stands before it may book at its site.
func (h *Hub) openings(ctx context.Context, s *session, peer fleet.Peer, m syncproto.AskOpenings) ([]byte, error) {
	if err := h.mayAsk(s, peer); err != nil {
		return nil, err
	}
	person := clinic.Person{ID: clinic.NewIDNumber(m.IDNumber), Birth: clinic.NewBirth(m.Birth.Date())}
	list, err := h.cfg.Engine.Openings(ctx, peer.Site, person)
	code, err := said(err)
	if err != nil {
		return nil, err
	}
	answer := syncproto.Openings{Refused: code}
	for _, o := range list[:min(len(list), syncproto.MaxOpenDoses)] {
		d := syncproto.OpenDose{Programme: o.Programme, Vaccine: o.Vaccine, Dose: o.Dose}
		for _, slot := range o.Slots[:min(len(o.Slots), syncproto.MaxOpenSlots)] {
			d.Slots = append(d.Slots, syncproto.OpenSlot{ID: slot.ID, Date: syncproto.DayOf(slot.Date), Start: int(slot.Start), End: int(slot.End), Left: slot.Left()})
		}
		answer.Doses = append(answer.Doses, d)
	}
	return syncproto.Encode(answer)
}

// book books a place at the device's site, as the person could from home.
func (h *Hub) book(ctx context.Context, s *session, peer fleet.Peer, m syncproto.AskBooking) ([]byte, error) {
	if err := h.mayAsk(s, peer); err != nil {
		return nil, err
	}
	if slot, ok := h.cfg.Engine.Slot(m.Slot); !ok || slot.Site != peer.Site {
		return syncproto.Encode(syncproto.Booked{Refused: clinic.RefusedNoSuchSlot})
	}
	booked, err := h.cfg.Engine.Book(ctx, booking.Request{
		ID: m.ID, Slot: m.Slot, Dose: m.Dose, Consents: consented, By: "device " + peer.ID.String(),
		Person: clinic.Person{
			ID: clinic.NewIDNumber(m.IDNumber), Name: clinic.NewName(m.Name), Birth: clinic.NewBirth(m.Birth.Date()), Mobile: clinic.NewPhone(m.Mobile),
		},
	})
	code, err := said(err)
	if err != nil {
		return nil, err
	}
	if code != "" {
		return syncproto.Encode(syncproto.Booked{Refused: code})
	}
	return syncproto.Encode(syncproto.Booked{Ticket: h.cfg.Fleet.Secrets().Ticket(booked.ID)})
}

// said gives the code of a refusal that is an answer; whoever is too busy has not
// answered.
func said(err error) (code string, failure error) {
	var refusal *clinic.Refusal
	if !errors.As(err, &refusal) || refusal.Code == clinic.RefusedBusy {
		return "", err
	}
	return refusal.Code, nil
}
