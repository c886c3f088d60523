// Package public is door 1: the pages for citizens, which work without any script, and the same as JSON under /api/v1.
// It reads what is on offer and asks for bookings; every rule is judged behind it, in central/booking.
package public

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

//go:embed templates/*.html
var templates embed.FS

// Offer is what can be booked, read from memory. *booking.Engine is one.
type Offer interface {
	Catalogue() *booking.Catalogue
	Slots(site, vaccine string) []clinic.Slot
	Slot(id clinic.ID) (clinic.Slot, bool)
	Availability(site string) (body, gz []byte, etag string, ok bool)
	Vacancies() []booking.Vacancy
}

// Bookings is what can be done with a booking. *booking.Engine is one.
type Bookings interface {
	Book(ctx context.Context, req booking.Request) (clinic.Booking, error)
	LookUp(ctx context.Context, id clinic.IDNumber, birth clinic.Birth) ([]clinic.Booking, error)
	Cancel(ctx context.Context, c booking.Cancellation) (clinic.Booking, error)
	Move(ctx context.Context, m booking.MoveRequest) (clinic.Booking, error)
	ChangePhones(ctx context.Context, c booking.PhoneChange) (clinic.Booking, error)
	Booking(ctx context.Context, id clinic.ID) (clinic.Booking, error)
}

// Holds keeps places for those who are filling in the form. *booking.Engine is one.
type Holds interface {
	Hold(ctx context.Context, r booking.HoldRequest) (booking.Hold, error)
	Release(ctx context.Context, id clinic.ID) error
}

// Groups books for several people in one act. *booking.Engine does.
type Groups interface {
	BookGroup(ctx context.Context, requests []booking.Request) ([]clinic.Booking, error)
}

// Standby lets people wait for a place in a full slot. *booking.Engine does.
type Standby interface {
	StandBy(ctx context.Context, r booking.Request) (booking.Standby, error)
	StandbyEntry(ctx context.Context, id clinic.ID) (booking.Standby, error)
	LeaveStandby(ctx context.Context, c booking.Cancellation) error
	Draw(ctx context.Context, slot clinic.ID) (clinic.Draw, error)
}

// Config is what the door needs from outside. All but the limits are needed.
type Config struct {
	Offer    Offer
	Bookings Bookings
	Holds    Holds
	Groups   Groups
	Standby  Standby
	Now      func() time.Time
	NewID    func() clinic.ID // a UUIDv7 for the booking of a form
	Static   *web.Static
	Sessions *web.Sessions
	// Ticket gives what the QR code of a booking says, which devices verify offline.
	Ticket func(clinic.Booking) (string, error)

	BookingsPerMinute int // sent by one address; 0 means 600, negative no limit
	LookUpsPerMinute  int // look-ups and cancellations by one address; 0 means 60, negative no limit
	GuessesPerHour    int // the same about one ID number, so that nobody tries birth dates; 0 means 20, negative no limit
}

// Door serves citizens.
type Door struct {
	offer    Offer
	bookings Bookings
	holds    Holds
	groups   Groups
	standby  Standby
	now      func() time.Time
	newID    func() clinic.ID
	sessions *web.Sessions
	pages    *web.Pages
	ticket   func(clinic.Booking) (string, error)
	guesses  *web.Limiter
	cfg      Config
}

// New makes the door.
func New(cfg Config) (*Door, error) {
	if cfg.Offer == nil || cfg.Bookings == nil || cfg.Holds == nil || cfg.Groups == nil || cfg.Standby == nil || cfg.Now == nil || cfg.NewID == nil || cfg.Static == nil || cfg.Sessions == nil || cfg.Ticket == nil {
		return nil, errors.New("public: Offer, Bookings, Holds, Groups, Standby, Now, NewID, Static, Sessions and Ticket are needed")
	}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(files, "", cfg.Static)
	if err != nil {
		return nil, fmt.Errorf("public pages: %w", err)
	}
	return &Door{
		offer: cfg.Offer, bookings: cfg.Bookings, holds: cfg.Holds, groups: cfg.Groups, standby: cfg.Standby, now: cfg.Now, newID: cfg.NewID, sessions: cfg.Sessions,
		pages: pages, ticket: cfg.Ticket, guesses: web.NewLimiter(limit(cfg.GuessesPerHour, 20), time.Hour), cfg: cfg,
	}, nil
}

// Mount puts the pages and the API on an engine.
func (d *Door) Mount(e *web.Engine) {
	book := web.Limit(limit(d.cfg.BookingsPerMinute, 600), time.Minute, web.Address)
	choose := web.Limit(limit(d.cfg.BookingsPerMinute, 600), time.Minute, web.Address)
	look := web.Limit(limit(d.cfg.LookUpsPerMinute, 60), time.Minute, web.Address)
	g := e.Group("/", d.pages.Use(), d.sessions.Load())
	get := func(path string, h func(*gin.Context) error) { g.GET(path, web.Handle(h)) }
	get("/", d.home)
	get("/book/:programme", d.chooseVaccine)
	get("/book/:programme/:vaccine", d.chooseDose)
	get("/book/:programme/:vaccine/:dose", d.chooseSite)
	get("/book/:programme/:vaccine/:dose/:site", d.chooseSlotPage)
	g.POST("/book/:programme/:vaccine/:dose/:site", choose, web.Handle(d.choose))
	get("/book/:programme/:vaccine/:dose/:site/:slot", d.personForm)
	g.POST("/book/:programme/:vaccine/:dose/:site/:slot", book, web.Handle(d.submit))
	get("/book/:programme/:vaccine/:dose/:site/:slot/standby", d.standbyForm)
	g.POST("/book/:programme/:vaccine/:dose/:site/:slot/standby", book, web.Handle(d.wait))
	get("/standby/:id", d.standbyPage)
	g.POST("/standby/:id", look, web.Handle(d.leaveStandby))
	get("/lookup", d.lookUpForm)
	g.POST("/lookup", look, web.Handle(d.lookUp))
	get("/bookings", d.myBookings)
	get("/booking/:id", d.result)
	get("/booking/:id/calendar.ics", d.calendar)
	get("/booking/:id/ticket.png", d.picture)
	get("/booking/:id/cancel", d.cancelForm)
	g.POST("/booking/:id/cancel", look, web.Handle(d.cancel))
	get("/booking/:id/move", d.moveSlots)
	g.POST("/booking/:id/move", choose, web.Handle(d.moveChoose))
	get("/booking/:id/move/:slot", d.moveForm)
	g.POST("/booking/:id/move/:slot", look, web.Handle(d.move))
	get("/vacancies", d.vacancies)
	get("/sites", d.sites)
	get("/notices", d.notices)
	get("/notices/:programme", d.notice)
	get("/privacy", d.privacy)
	get("/accessibility", d.accessibility)
	d.mountAPI(e, choose, book, look)
}

func limit(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}

// today is the day in Taipei.
func (d *Door) today() clinic.Date { return clinic.DateOf(d.now()) }
