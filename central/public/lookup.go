package public

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

type lookUpPage struct {
	web.Page
	Draft  draft
	Faults []web.Fault
	Notice string
}

func (d *Door) lookUpForm(c *gin.Context) error {
	return d.renderLookUp(c, http.StatusOK, &lookUpPage{})
}

func (d *Door) renderLookUp(c *gin.Context, status int, page *lookUpPage) error {
	page.Page = web.NewPage(c, "")
	page.Title = page.T("public.lookup.question")
	return d.pages.Render(c, status, "lookup", page)
}

// lookUp finds a person's bookings by number and birth, and lets this visitor see them from then on.
func (d *Door) lookUp(c *gin.Context) error {
	dr, err := readDraft(c)
	if err != nil {
		return err
	}
	number, birth, list := d.whois(c, dr)
	page := &lookUpPage{Draft: dr, Faults: list}
	if len(list) > 0 {
		return d.renderLookUp(c, http.StatusUnprocessableEntity, page)
	}
	if err := d.guesses.Take(c, number.Reveal()); err != nil {
		return err
	}
	found, err := d.bookings.LookUp(c.Request.Context(), number, birth)
	var r *clinic.Refusal
	if errors.As(err, &r) {
		page.Notice = web.RefusalText(web.Locale(c), r)
		return d.renderLookUp(c, web.StatusOf(r), page)
	}
	if err != nil {
		return err
	}
	if len(found) == 1 {
		return d.show(c, found[0])
	}
	if err := d.admit(c, found...); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/bookings")
	return nil
}

func (d *Door) whois(c *gin.Context, dr draft) (clinic.IDNumber, clinic.Birth, []web.Fault) {
	f := faults{locale: web.Locale(c)}
	number, err := twid.ReadID(dr.ID)
	f.add("id", err)
	birth := d.birth(dr, &f)
	return number.ID, birth, f.list
}

func (d *Door) birth(dr draft, f *faults) clinic.Birth {
	born, err := twid.ParseBirth(dr.birthText(), d.today())
	f.add("year", err)
	return clinic.NewBirth(born)
}

type minePage struct {
	web.Page
	Tickets []ticketView
}

// myBookings lists what this visitor made or looked up, the newest first.
func (d *Door) myBookings(c *gin.Context) error {
	page := &minePage{Page: web.NewPage(c, "")}
	page.Title = page.T("public.mine.title")
	ids := d.mine(c)
	if len(ids) == 0 {
		c.Redirect(http.StatusSeeOther, "/lookup")
		return nil
	}
	for i := len(ids) - 1; i >= 0; i-- {
		id, err := clinic.ParseID(ids[i])
		if err != nil {
			return err
		}
		b, err := d.bookings.Booking(c.Request.Context(), id)
		if err != nil {
			return err
		}
		page.Tickets = append(page.Tickets, d.view(b))
	}
	return d.pages.Render(c, http.StatusOK, "mine", page)
}

type cancelPage struct {
	web.Page
	Ticket ticketView
	Draft  draft
	Faults []web.Fault
	Notice string
}

func (d *Door) cancelForm(c *gin.Context) error {
	b, err := d.own(c)
	if err != nil {
		return err
	}
	return d.renderCancel(c, http.StatusOK, &cancelPage{Ticket: d.view(b)})
}

func (d *Door) renderCancel(c *gin.Context, status int, page *cancelPage) error {
	page.Page = web.NewPage(c, "")
	page.Title = page.T("public.cancel.question")
	return d.pages.Render(c, status, "cancel", page)
}

// cancel asks for the birth date again: a phone left on the table is not enough.
func (d *Door) cancel(c *gin.Context) error {
	b, err := d.own(c)
	if err != nil {
		return err
	}
	dr, err := readDraft(c)
	if err != nil {
		return err
	}
	page := &cancelPage{Ticket: d.view(b), Draft: dr}
	f := faults{locale: web.Locale(c)}
	birth := d.birth(page.Draft, &f)
	if page.Faults = f.list; len(f.list) > 0 {
		return d.renderCancel(c, http.StatusUnprocessableEntity, page)
	}
	if err := d.guesses.Take(c, b.Person.ID.Reveal()); err != nil {
		return err
	}
	if _, err = d.bookings.Cancel(c.Request.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: birth}); err != nil {
		return d.notCancelled(c, page, err)
	}
	c.Redirect(http.StatusSeeOther, "/booking/"+b.ID.String())
	return nil
}

// notCancelled says why: the birth date beside its boxes, everything else on top.
func (d *Door) notCancelled(c *gin.Context, page *cancelPage, err error) error {
	var r *clinic.Refusal
	switch {
	case !errors.As(err, &r):
		return err
	case r.Code == clinic.RefusedNotFound:
		f := faults{locale: web.Locale(c)}
		f.say("year", "public.cancel.birth_differs")
		page.Faults = f.list
		return d.renderCancel(c, http.StatusUnprocessableEntity, page)
	}
	page.Notice = web.RefusalText(web.Locale(c), r)
	return d.renderCancel(c, web.StatusOf(r), page)
}
