package public

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// ticketView is a booking as its holder sees it: names masked, no number.
type ticketView struct {
	Booking   clinic.Booking
	Programme clinic.Programme
	Dose      clinic.DoseRule
	Site      clinic.Site
	Period    clinic.Period
	Code      string // 7K4M-92QX
	Path      string
	CancelBy  clinic.Date
	CanCancel bool
}

func (d *Door) view(b clinic.Booking) ticketView {
	cat := d.offer.Catalogue()
	v := ticketView{Booking: b, Code: spaced(b.Code), Path: "/booking/" + b.ID.String()}
	v.Programme, _ = cat.Programme(b.Slot.Programme)
	vaccine, _ := v.Programme.Vaccine(b.Slot.Vaccine)
	v.Dose, _ = vaccine.Dose(b.Dose)
	v.Site, _ = cat.Site(b.Slot.Site)
	v.Period, _ = cat.Period(b.Slot.Period)
	v.CancelBy = b.Slot.Date.AddDays(-v.Period.CancelDays)
	v.CanCancel = b.Active() && b.Visit().Attendance == clinic.NotArrived && v.Period.Cancellable(d.now(), b.Slot.Date) == nil
	return v
}

// RemindDays is how many days before the day the person is reminded.
func (v ticketView) RemindDays() int {
	days, _ := v.Programme.Reminder(v.Booking.Slot.Date)
	return days
}

// VaccineName gives the product's name, with the programme's where they differ.
func (v ticketView) VaccineName(locale string) string {
	return vaccineName(locale, v.Programme, v.Booking.Slot.Vaccine)
}

func vaccineName(locale string, p clinic.Programme, code string) string {
	name := p.Name.In(locale)
	if vaccine, ok := p.Vaccine(code); ok && len(p.Vaccines) > 1 {
		return vaccine.Name.In(locale)
	}
	return name
}

// Tel gives the digits of a phone for a tel: link.
func (v ticketView) Tel() template.URL { return tel(v.Site.Phone) }

func tel(phone string) template.URL {
	p, err := twid.ParsePhone(phone)
	if err != nil {
		return ""
	}
	digits, _, _ := strings.Cut(p.Reveal(), "#")
	return template.URL("tel:" + digits) //nolint:gosec // digits and hyphens only, by ParsePhone
}

// FullAddress puts the city before an address that does not begin with it.
func (v ticketView) FullAddress() string { return fullAddress(v.Site) }

func fullAddress(s clinic.Site) string {
	switch {
	case strings.HasPrefix(s.Address, "臺中市") || strings.HasPrefix(s.Address, "台中市"):
		return s.Address
	case strings.HasPrefix(s.Address, s.District):
		return "臺中市" + s.Address
	}
	return "臺中市" + s.District + s.Address
}

// spaced writes a booking code as it is read aloud: 7K4M-92QX.
func spaced(code string) string {
	if len(code) != 8 {
		return code
	}
	return code[:4] + "-" + code[4:]
}

// own finds a booking that this visitor made or looked up. Whether others exist is not told.
func (d *Door) own(c *gin.Context) (clinic.Booking, error) {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil || !slices.Contains(d.mine(c), id.String()) {
		return clinic.Booking{}, web.ErrSession
	}
	return d.bookings.Booking(c.Request.Context(), id)
}

type resultPage struct {
	web.Page
	Ticket ticketView
	State  string // new, active, cancelled, or the attendance
	QR     template.HTML
}

// fresh is how long the page congratulates.
const fresh = 30 * time.Minute

func (d *Door) result(c *gin.Context) error {
	b, err := d.own(c)
	if err != nil {
		return err
	}
	page := &resultPage{Page: web.NewPage(c, ""), Ticket: d.view(b), State: stateOf(b, d.now())}
	page.Title = page.T("public.result.title." + page.State)
	if b.Active() {
		text, err := d.ticket(b)
		if err != nil {
			return err
		}
		if page.QR, err = web.DrawQR(text, page.T("public.result.qr")); err != nil {
			return err
		}
	}
	return d.pages.Render(c, http.StatusOK, "result", page)
}

func stateOf(b clinic.Booking, now time.Time) string {
	if !b.Active() {
		return "cancelled"
	}
	if a := b.Visit().Attendance; a != clinic.NotArrived {
		return a.String()
	}
	if now.Sub(b.Created) < fresh {
		return "new"
	}
	return "active"
}

func (d *Door) calendar(c *gin.Context) error {
	b, err := d.own(c)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="vaccine-`+b.Code+`.ics"`)
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", []byte(ics(web.NewPage(c, ""), d.view(b))))
	return nil
}

func (d *Door) picture(c *gin.Context) error {
	b, err := d.own(c)
	if err != nil {
		return err
	}
	text, err := d.ticket(b)
	if err != nil {
		return err
	}
	png, err := ticketPNG(web.NewPage(c, ""), d.view(b), text)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="vaccine-`+b.Code+`.png"`)
	c.Data(http.StatusOK, "image/png", png)
	return nil
}
