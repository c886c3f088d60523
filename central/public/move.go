package public

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// movePage lets the holder of a booking choose another time, at the same site or another one.
type movePage struct {
	slotsPage
	Ticket    ticketView
	Districts []string
	District  string
	Sites     []clinic.Site // of the district, that give the programme
}

// Action is where the grid sends what was chosen.
func (p *movePage) Action() string { return p.Ticket.Path + "/move" }

// Wait is nowhere: whoever moves has a place.
func (p *movePage) Wait(clinic.Slot) string { return "" }

// moveSlots shows where a booking may be moved to; ?district= and ?site= choose another site.
func (d *Door) moveSlots(c *gin.Context) error {
	b, err := d.own(c)
	if err != nil {
		return err
	}
	page := &movePage{Ticket: d.view(b)}
	page.Page, page.Notice = web.NewPage(c, ""), d.takeNotice(c)
	page.Title = page.T("public.move.question")
	vaccine, _ := page.Ticket.Programme.Vaccine(b.Slot.Vaccine)
	page.Choice = choice{Programme: page.Ticket.Programme, Vaccine: vaccine, Dose: page.Ticket.Dose}
	page.place(c, d.offer.Catalogue())
	cat, now := d.offer.Catalogue(), d.now()
	slots := slices.DeleteFunc(d.offer.Slots(page.Choice.Site.Code, b.Slot.Vaccine), func(s clinic.Slot) bool { return !s.Date.After(clinic.DateOf(now)) })
	if page.Ticket.CanCancel && len(slots) > 0 {
		page.fill(c.Query("from"), page.Action()+"?district="+url.QueryEscape(page.District)+"&site="+page.Choice.Site.Code+"&from=", slots, cat, now)
		page.choose(b.Slot.ID, false)
	}
	return d.pages.Render(c, http.StatusOK, "move", page)
}

// place finds the site whose slots are shown.
func (p *movePage) place(c *gin.Context, cat *booking.Catalogue) {
	p.Districts = cat.Districts
	p.District = p.Ticket.Site.District
	if asked := c.Query("district"); slices.Contains(cat.Districts, asked) {
		p.District = asked
	}
	for _, s := range cat.SitesIn(p.District) {
		if slices.Contains(s.Offers, p.Ticket.Programme.Code) {
			p.Sites = append(p.Sites, s)
		}
	}
	for _, code := range []string{c.Query("site"), p.Ticket.Site.Code} {
		if i := slices.IndexFunc(p.Sites, func(s clinic.Site) bool { return s.Code == code }); i >= 0 {
			p.Choice.Site = p.Sites[i]
			return
		}
	}
	if len(p.Sites) > 0 {
		p.Choice.Site = p.Sites[0]
	}
}

// moveChoose has the new place kept and leads to the confirmation.
func (d *Door) moveChoose(c *gin.Context) error {
	b, err := d.own(c)
	if err != nil {
		return err
	}
	if err := web.Form(c); err != nil {
		return err
	}
	to := "/booking/" + b.ID.String() + "/move"
	slot, err := clinic.ParseID(c.PostForm("slot"))
	if err != nil {
		return d.leadBack(c, to, clinic.Refuse(clinic.RefusedNoSuchSlot))
	}
	err = d.holdPlaces(c, slot, 1)
	var r *clinic.Refusal
	if errors.As(err, &r) && r.Code != clinic.RefusedBusy {
		return d.leadBack(c, to, r)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, to+"/"+slot.String())
	return nil
}

// confirmPage asks for the birth date before a booking is moved.
type confirmPage struct {
	web.Page
	Ticket ticketView
	To     clinic.Slot
	Site   clinic.Site
	Draft  draft
	Faults []web.Fault
	Notice string
	Hold   *holdBar
	HoldID clinic.ID
}

// Fault gives the message of an input.
func (p *confirmPage) Fault(name string) string { return faultOf(p.Faults, name) }

// Focus reports whether an input is the first to be mended.
func (p *confirmPage) Focus(name string) bool { return first(p.Faults, name) }

// confirming finds the booking and the slot that a confirmation is about.
func (d *Door) confirming(c *gin.Context) (*confirmPage, clinic.Booking, error) {
	b, err := d.own(c)
	if err != nil {
		return nil, b, err
	}
	id, err := clinic.ParseID(c.Param("slot"))
	if err != nil {
		return nil, b, web.ErrNotFound
	}
	slot, ok := d.offer.Slot(id)
	if !ok || slot.Vaccine != b.Slot.Vaccine {
		return nil, b, web.ErrNotFound
	}
	page := &confirmPage{Ticket: d.view(b), To: slot}
	page.Site, _ = d.offer.Catalogue().Site(slot.Site)
	return page, b, nil
}

func (d *Door) moveForm(c *gin.Context) error {
	page, b, err := d.confirming(c)
	if err != nil {
		return err
	}
	if _, over := d.held(c, page.To.ID); over {
		return d.leadBack(c, "/booking/"+b.ID.String()+"/move", clinic.Refuse(clinic.RefusedHoldExpired))
	}
	page.Notice = d.takeNotice(c)
	return d.renderMove(c, http.StatusOK, page)
}

func (d *Door) renderMove(c *gin.Context, status int, page *confirmPage) error {
	page.Page = web.NewPage(c, "")
	page.Title = page.T("public.move.confirm")
	page.HoldID = sentHold(c)
	if page.Hold, _ = d.held(c, page.To.ID); page.Hold != nil {
		page.HoldID = page.Hold.ID
	}
	return d.pages.Render(c, status, "moveconfirm", page)
}

// move asks for the birth date, as cancelling does, and changes the time in one step.
func (d *Door) move(c *gin.Context) error {
	page, b, err := d.confirming(c)
	if err != nil {
		return err
	}
	if page.Draft, err = readDraft(c); err != nil {
		return err
	}
	f := faults{locale: web.Locale(c)}
	birth := d.birth(page.Draft, &f)
	if page.Faults = f.list; len(f.list) > 0 {
		return d.renderMove(c, http.StatusUnprocessableEntity, page)
	}
	if err := d.guesses.Take(c, b.Person.ID.Reveal()); err != nil {
		return err
	}
	_, err = d.bookings.Move(c.Request.Context(), booking.MoveRequest{ID: b.ID, Number: b.Person.ID, Birth: birth, Slot: page.To.ID, Hold: sentHold(c)})
	if err != nil {
		return d.notMoved(c, page, err)
	}
	d.forgetHold(c)
	c.Redirect(http.StatusSeeOther, page.Ticket.Path)
	return nil
}

// notMoved says why; the old time stands.
func (d *Door) notMoved(c *gin.Context, page *confirmPage, err error) error {
	var r *clinic.Refusal
	if !errors.As(err, &r) {
		return err
	}
	switch r.Code {
	case clinic.RefusedFull, clinic.RefusedNoSuchSlot, clinic.RefusedSlotClosed, clinic.RefusedHoldExpired:
		d.forgetHold(c)
		return d.leadBack(c, page.Ticket.Path+"/move", r)
	case clinic.RefusedNotFound:
		f := faults{locale: web.Locale(c)}
		f.say("year", "public.cancel.birth_differs")
		page.Faults = f.list
		return d.renderMove(c, http.StatusUnprocessableEntity, page)
	}
	page.Notice = web.RefusalText(web.Locale(c), r)
	return d.renderMove(c, web.StatusOf(r), page)
}
