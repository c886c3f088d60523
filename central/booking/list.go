package booking

import (
	"context"
	"fmt"
	"iter"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// State narrows a list to bookings in one state.
type State string

// The states of a booking in lists; the empty one is any.
const (
	AnyState        State = ""
	StateActive     State = "active" // not cancelled
	StateCancelled  State = "cancelled"
	StateNotArrived State = "not_arrived"
	StateNoShow     State = "no_show"
	StateArrived    State = "arrived"
	StateDeferred   State = "deferred"
	StateVaccinated State = "vaccinated"
)

// Show says which personal fields of a list are opened; the others stay sealed
// and are empty in the result. The fields mask themselves when printed.
type Show uint8

// The personal fields.
const (
	ShowName Show = 1 << iota
	ShowNumber
	ShowBirth
	ShowPhones
	ShowAll = ShowName | ShowNumber | ShowBirth | ShowPhones
)

// Filter narrows a list of bookings; zero fields do not, but for Actor, whose
// scope is always kept.
type Filter struct {
	Actor     Actor
	Programme string
	Vaccine   string
	Period    string
	District  string
	Site      string
	From, To  clinic.Date
	State     State
	Show      Show
	Limit     int    // of a page, 1 to 500; 0 means 50
	After     *Place // Page.After of the page before; nil for the first
}

// Place is where a booking stands in a list: by day, time and id.
type Place = store.Place

// Row is a booking in a list: without its events, but with what they come to.
type Row struct {
	clinic.Booking
	Attendance clinic.Attendance
}

// Page is a page of a list, by day, time and id.
type Page struct {
	Rows  []Row
	Total int    // of all pages
	After *Place // for the next page; nil on the last
}

const mostRows = 500

// where turns a filter into conditions inside the actor's scope.
func (f Filter) where() (store.Where, error) {
	w := store.Where{
		Programme: f.Programme, Vaccine: f.Vaccine, Period: f.Period, Site: f.Site, District: f.District, From: f.From, To: f.To, After: f.After,
	}
	switch scope := f.Actor.Scope; {
	case scope.All:
	case scope.Site != "":
		if f.Site != "" && f.Site != scope.Site {
			return w, clinic.Refuse(RefusedOutside)
		}
		w.Site = scope.Site
	case scope.District != "":
		if f.District != "" && f.District != scope.District {
			return w, clinic.Refuse(RefusedOutside)
		}
		w.District = scope.District
	default:
		return w, clinic.Refuse(RefusedOutside)
	}
	yes, no := true, false
	at := func(a clinic.Attendance) { w.Cancelled, w.Attendance = &no, &a }
	switch f.State {
	case AnyState:
	case StateActive:
		w.Cancelled = &no
	case StateCancelled:
		w.Cancelled = &yes
	case StateNotArrived:
		at(clinic.NotArrived)
	case StateNoShow:
		at(clinic.NoShow)
	case StateArrived:
		at(clinic.Arrived)
	case StateDeferred:
		at(clinic.Deferred)
	case StateVaccinated:
		at(clinic.Vaccinated)
	default:
		return w, fmt.Errorf("list bookings: there is no state %q", f.State)
	}
	return w, nil
}

// List gives a page of bookings inside the actor's scope, refusing what lies
// outside. With personal fields it leaves an entry in the audit trail first.
func (e *Engine) List(ctx context.Context, f Filter) (Page, error) {
	w, err := f.where()
	if err != nil {
		return Page{}, err
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	f.Limit = max(1, min(f.Limit, mostRows))
	if f.Show != 0 {
		if err := e.Audit(ctx, Note{Actor: f.Actor.Account, Action: "list", Object: f.object(), Detail: f.words()}); err != nil {
			return Page{}, err
		}
	}
	var page Page
	err = e.store.Read(ctx, func(q store.Querier) (err error) {
		if page.Total, err = store.CountBookings(ctx, q, w); err != nil {
			return err
		}
		rows, err := store.Bookings(ctx, q, w, f.Limit+1)
		if err != nil {
			return err
		}
		if len(rows) > f.Limit {
			rows = rows[:f.Limit]
			last := rows[f.Limit-1]
			page.After = &Place{Date: last.Date, Start: last.Start, ID: last.ID}
		}
		for i := range rows {
			b, err := e.show(&rows[i], f.Show)
			if err != nil {
				return err
			}
			page.Rows = append(page.Rows, Row{b, rows[i].Attendance})
		}
		return nil
	})
	return page, err
}

// object names what a list is about, for the audit trail.
func (f Filter) object() string {
	for _, s := range []string{f.Site, f.Actor.Scope.Site, f.District, f.Actor.Scope.District} {
		if s != "" {
			return s
		}
	}
	return "all sites"
}

func (f Filter) words() string {
	return fmt.Sprintf("programme=%s vaccine=%s period=%s from=%s to=%s state=%s show=%d", f.Programme, f.Vaccine, f.Period, f.From, f.To, f.State, f.Show)
}

// show opens the wanted personal fields of a row, and no other.
func (e *Engine) show(b *store.Booking, s Show) (clinic.Booking, error) {
	o := opener{e: e, row: b}
	var p clinic.Person
	if s&ShowName != 0 {
		p.Name = clinic.NewName(o.open("name", b.Name))
	}
	if s&ShowNumber != 0 {
		p.ID = clinic.NewIDNumber(o.open("number", b.Number))
	}
	if s&ShowBirth != 0 {
		p.Birth = o.birth()
	}
	if s&ShowPhones != 0 {
		p.Mobile, p.Landline = clinic.NewPhone(o.open("mobile", b.Mobile)), clinic.NewPhone(o.open("landline", b.Landline))
		p.Guardian = clinic.NewPhone(o.open("guardian", b.Guardian))
	}
	return e.complete(b, p, nil), o.err
}

// Export goes through all bookings of a filter, page by page, so that a whole
// year needs no more memory than a page; Limit and After are ignored. One entry
// in the audit trail says who took what. The second value of the last pair is
// an error or nil.
func (e *Engine) Export(ctx context.Context, f Filter) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		f.After = nil
		w, err := f.where()
		if err == nil {
			err = e.Audit(ctx, Note{Actor: f.Actor.Account, Action: "export", Object: f.object(), Detail: f.words()})
		}
		for err == nil {
			var rows []store.Booking
			if rows, err = store.Bookings(ctx, e.store.Reader(), w, mostRows); err != nil {
				break
			}
			for i := range rows {
				b, fault := e.show(&rows[i], f.Show)
				if !yield(Row{b, rows[i].Attendance}, fault) || fault != nil {
					return
				}
			}
			if len(rows) < mostRows {
				return
			}
			last := rows[len(rows)-1]
			w.After = &Place{Date: last.Date, Start: last.Start, ID: last.ID}
		}
		if err != nil {
			yield(Row{}, err)
		}
	}
}

// View opens one booking for a member of staff inside their scope and leaves an
// entry in the audit trail. What lies outside is RefusedNotFound.
func (e *Engine) View(ctx context.Context, actor Actor, id clinic.ID) (clinic.Booking, error) {
	b, err := e.Booking(ctx, id)
	if err != nil {
		return clinic.Booking{}, err
	}
	if site, ok := e.Catalogue().Site(b.Slot.Site); !ok || !actor.Scope.Covers(site) {
		return clinic.Booking{}, clinic.Refuse(clinic.RefusedNotFound)
	}
	return b, e.Audit(ctx, Note{Actor: actor.Account, Action: "view", Object: id.String(), Detail: b.Slot.Site})
}
