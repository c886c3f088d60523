package staff

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type bookingsPage struct {
	page
	staff *Staff

	Date, Vaccine, District, State, Site string
	Periods                              []clinic.Period
	Period                               string
	Vaccines                             []clinic.Vaccine
	Districts                            []string
	Matches                              []siteMatch // several sites fit what was typed
	NoSite                               bool        // none does
	Rows                                 []bookingRow
	Total, Page, Pages, From, To         int
	First, Later                         string
	CSV, XLSX                            string
	Close                                *closing // the day of a site that is shown
}

type siteMatch struct {
	Site clinic.Site
	URL  string
}

// bookingRow is a booking as the list shows it.
type bookingRow struct {
	clinic.Booking
	District, SiteName, Vaccine, Dose string
	State                             string
	Icon, Tag                         string
}

// states are what the list can be narrowed to, in the order of the choice.
var states = []booking.State{booking.StateNotArrived, booking.StateArrived, booking.StateVaccinated, booking.StateDeferred, booking.StateNoShow, booking.StateCancelled}

// States lists them for the form.
func (p *bookingsPage) States() []booking.State { return states }

const bookingsAtOnce = 50

func (s *Staff) bookings(c *gin.Context, who account.Account) error {
	p, f, err := s.asked(c, who)
	if err != nil {
		return err
	}
	f.Show, f.Limit = booking.ShowName|booking.ShowNumber, bookingsAtOnce
	if !s.after(c.Query("after"), &f) {
		return web.ErrMalformed
	}
	if p.NoSite || len(p.Matches) > 0 {
		return s.pages.Render(c, http.StatusOK, "bookings", p)
	}
	found, err := s.cfg.Bookings.List(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p.Close = s.closing(who, f.Site, f.From)
	p.Total, p.Pages, p.Page = found.Total, max(1, (found.Total+bookingsAtOnce-1)/bookingsAtOnce), number(c.Query("page"))
	for _, row := range found.Rows {
		p.Rows = append(p.Rows, s.bookingRow(p.page, row.Booking, row.Attendance))
	}
	p.From = min(p.Total, (p.Page-1)*bookingsAtOnce+1)
	p.To = min(p.Total, p.From+max(0, len(p.Rows)-1))
	if p.Page > 1 {
		p.First = p.address("/staff/bookings")
	}
	if found.After != nil {
		p.Later = p.address("/staff/bookings", "page", strconv.Itoa(p.Page+1),
			"after", found.After.Date.String()+"."+strconv.Itoa(int(found.After.Start))+"."+found.After.ID.String())
	}
	return s.pages.Render(c, http.StatusOK, "bookings", p)
}

// asked reads the filter of the list and its exports.
func (s *Staff) asked(c *gin.Context, who account.Account) (*bookingsPage, booking.Filter, error) {
	cat := s.cfg.Offer.Catalogue()
	p := &bookingsPage{
		page: s.newPage(c, who, "staff.nav.bookings"), staff: s, Date: c.Query("date"), Vaccine: c.Query("vaccine"),
		District: c.Query("district"), State: c.Query("state"), Site: strings.TrimSpace(c.Query("site")), Period: c.Query("period"),
	}
	p.Districts, p.Periods = districtsOf(s.sitesOf(who)), cat.Periods
	for _, prog := range cat.Programmes {
		p.Vaccines = append(p.Vaccines, prog.Vaccines...)
	}
	f := booking.Filter{Actor: who.Actor(), Vaccine: p.Vaccine, Period: p.Period, District: p.District, State: booking.State(p.State)}
	known := p.State == ""
	for _, state := range states {
		known = known || state == f.State
	}
	if !known {
		return nil, f, web.ErrMalformed
	}
	if p.Date != "" {
		day, err := clinic.ParseDate(p.Date)
		if err != nil {
			return nil, f, web.ErrMalformed
		}
		f.From, f.To = day, day
	}
	f.Site = p.findSite(s.sitesOf(who))
	p.CSV, p.XLSX = p.address("/staff/bookings.csv"), p.address("/staff/bookings.xlsx")
	return p, f, nil
}

// findSite turns what was typed into one site's code, or leaves the choice to the person.
func (p *bookingsPage) findSite(sites []clinic.Site) string {
	if p.Site == "" {
		return ""
	}
	for _, s := range sites {
		if s.Code == p.Site {
			return s.Code
		}
		if strings.Contains(s.Name, p.Site) && len(p.Matches) < 20 {
			p.Matches = append(p.Matches, siteMatch{s, ""})
		}
	}
	if len(p.Matches) == 1 {
		code := p.Matches[0].Site.Code
		p.Matches = nil
		return code
	}
	p.NoSite = len(p.Matches) == 0
	for i := range p.Matches {
		m := &p.Matches[i]
		m.URL = query("/staff/bookings", "date", p.Date, "vaccine", p.Vaccine, "state", p.State, "period", p.Period, "site", m.Site.Code)
	}
	return ""
}

// address gives a page of the same filter.
func (p *bookingsPage) address(path string, more ...string) string {
	return query(path, append([]string{"date", p.Date, "vaccine", p.Vaccine, "district", p.District, "state", p.State, "site", p.Site, "period", p.Period}, more...)...)
}

// after reads where the page before ended: 2026-12-01.540.ID.
func (s *Staff) after(text string, f *booking.Filter) bool {
	if text == "" {
		return true
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return false
	}
	day, err := clinic.ParseDate(parts[0])
	start, err2 := strconv.ParseUint(parts[1], 10, 11)
	id, err3 := clinic.ParseID(parts[2])
	if err != nil || err2 != nil || err3 != nil {
		return false
	}
	f.After = &booking.Place{Date: day, Start: clinic.TimeOfDay(start), ID: id}
	return true
}

func (s *Staff) bookingRow(p page, b clinic.Booking, a clinic.Attendance) bookingRow {
	r := bookingRow{Booking: b, Vaccine: s.vaccineName(p, b.Slot.Vaccine), Dose: s.doseName(p, b.Slot.Vaccine, b.Dose)}
	r.District, r.SiteName = s.siteNames(b.Slot.Site)
	r.State, r.Icon, r.Tag = p.T("attendance."+a.String()), "notyet", ""
	switch {
	case !b.Active():
		r.State, r.Icon = p.T("staff.cancelled"), "stop"
	case a == clinic.Arrived:
		r.Icon, r.Tag = "ticket", "acc"
	case a == clinic.Vaccinated:
		r.Icon, r.Tag = "check", "ok"
	case a == clinic.Deferred:
		r.Icon, r.Tag = "alert", "warn"
	case a == clinic.NoShow:
		r.Icon = "clock"
	}
	return r
}

type bookingPage struct {
	page
	Row    bookingRow
	Visit  clinic.Visit
	Person clinic.Person

	Cancellable, Movable bool
}

// booking shows one booking in full; the engine writes down who looked.
func (s *Staff) booking(c *gin.Context, who account.Account) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return web.ErrNotFound
	}
	b, err := s.cfg.Bookings.View(c.Request.Context(), who.Actor(), id)
	if err != nil {
		return err
	}
	p := &bookingPage{page: s.newPage(c, who, "staff.booking.title"), Visit: b.Visit(), Person: b.Person}
	p.Row = s.bookingRow(p.page, b, p.Visit.Attendance)
	p.Cancellable, p.Movable = b.Active() && p.Visit.Attendance <= clinic.NoShow, movable(p.Row)
	return s.pages.Render(c, http.StatusOK, "booking", p)
}

// cancelBooking cancels for somebody who called.
func (s *Staff) cancelBooking(c *gin.Context, who account.Account) error {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return web.ErrNotFound
	}
	if _, err := s.cfg.Desk.CancelFor(c.Request.Context(), who.Actor(), id); err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.booking.title")
	return s.done(c, "/staff/bookings/"+id.String(), p.T("staff.booking.cancelled"))
}
