package public

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// keyWaiting is what the session keeps of entries in standby lists: their ids.
const keyWaiting = "waiting"

// standbyForm is the form of step 5 for a slot that is full (候補): the same data, but for a place that may become free.
func (d *Door) standbyForm(c *gin.Context) error {
	ch, err := d.choice(c)
	if err != nil {
		return d.backToSlots(c, err)
	}
	if err := bookable(d.offer.Catalogue(), ch.Slot, d.now()); err != nil {
		return err
	}
	if ch.Slot.Left() > 0 {
		return d.leadBack(c, ch.Path(4), clinic.Refuse(clinic.RefusedPlacesLeft))
	}
	dr, err := d.draft(c)
	if err != nil {
		return err
	}
	return d.renderPerson(c, http.StatusOK, &personPage{Choice: ch, Draft: dr, Standby: true})
}

// wait puts the person on the list.
func (d *Door) wait(c *gin.Context) error {
	dr, err := d.typed(c)
	if err != nil {
		return err
	}
	ch, err := d.choice(c)
	if err != nil {
		return err
	}
	if n := strings.IndexByte("1234", (c.PostForm("back") + " ")[0]); n >= 0 {
		c.Redirect(http.StatusSeeOther, ch.Path(n+1))
		return nil
	}
	req, faults := d.request(c, ch, dr)
	page := &personPage{Choice: ch, Draft: dr, Booking: req.ID, Standby: true}
	if page.Faults = faults; len(faults) > 0 {
		return d.renderPerson(c, http.StatusUnprocessableEntity, page)
	}
	entry, err := d.standby.StandBy(c.Request.Context(), req)
	var r *clinic.Refusal
	if errors.As(err, &r) && r.Code == clinic.RefusedPlacesLeft {
		return d.leadBack(c, ch.Path(4), r)
	}
	if err != nil {
		return d.refused(c, page, err)
	}
	ctx := c.Request.Context()
	d.sessions.Remove(ctx, keyDraft)
	if err := d.sessions.RenewToken(ctx); err != nil {
		return err
	}
	ids := append(strings.Fields(d.sessions.GetString(ctx, keyWaiting)), entry.ID.String())
	d.sessions.Put(ctx, keyWaiting, strings.Join(ids[max(0, len(ids)-mineAtMost):], " "))
	c.Redirect(http.StatusSeeOther, "/standby/"+entry.ID.String())
	return nil
}

type waitingPage struct {
	web.Page
	Entry   booking.Standby
	Choice  choice
	Draft   draft
	Faults  []web.Fault
	Notice  string
	DrawURL string
}

// Fault gives the message of an input.
func (p *waitingPage) Fault(name string) string { return faultOf(p.Faults, name) }

// Focus reports whether an input is the first to be mended.
func (p *waitingPage) Focus(name string) bool { return first(p.Faults, name) }

// waiting finds an entry that this visitor made.
func (d *Door) waiting(c *gin.Context) (*waitingPage, error) {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil || !slices.Contains(strings.Fields(d.sessions.GetString(c.Request.Context(), keyWaiting)), id.String()) {
		return nil, web.ErrSession
	}
	page := &waitingPage{}
	if page.Entry, err = d.standby.StandbyEntry(c.Request.Context(), id); err != nil {
		return nil, err
	}
	cat := d.offer.Catalogue()
	page.Choice.Slot, _ = d.offer.Slot(page.Entry.Slot)
	page.Choice.Site, _ = cat.Site(page.Choice.Slot.Site)
	page.Choice.Programme, page.Choice.Vaccine, _ = cat.Vaccine(page.Choice.Slot.Vaccine)
	page.DrawURL = "/api/v1/slots/" + page.Entry.Slot.String() + "/draw"
	return page, nil
}

func (d *Door) standbyPage(c *gin.Context) error {
	page, err := d.waiting(c)
	if err != nil {
		return err
	}
	if page.Entry.Promoted {
		b, err := d.bookings.Booking(c.Request.Context(), page.Entry.ID)
		if err != nil {
			return err
		}
		return d.show(c, b)
	}
	return d.renderWaiting(c, http.StatusOK, page)
}

func (d *Door) renderWaiting(c *gin.Context, status int, page *waitingPage) error {
	page.Page = web.NewPage(c, "")
	page.Title = page.T("public.standby.title")
	if !page.Entry.Waiting {
		page.Title = page.T("public.standby.left")
	}
	return d.pages.Render(c, status, "standby", page)
}

// leaveStandby asks for number and birth date, as looking up does.
func (d *Door) leaveStandby(c *gin.Context) error {
	page, err := d.waiting(c)
	if err != nil {
		return err
	}
	if page.Draft, err = readDraft(c); err != nil {
		return err
	}
	number, birth, list := d.whois(c, page.Draft)
	if page.Faults = list; len(list) > 0 {
		return d.renderWaiting(c, http.StatusUnprocessableEntity, page)
	}
	if err := d.guesses.Take(c, number.Reveal()); err != nil {
		return err
	}
	err = d.standby.LeaveStandby(c.Request.Context(), booking.Cancellation{ID: page.Entry.ID, Number: number, Birth: birth})
	var r *clinic.Refusal
	if errors.As(err, &r) && r.Code == clinic.RefusedNotFound {
		page.Notice = web.RefusalText(web.Locale(c), r)
		return d.renderWaiting(c, web.StatusOf(r), page)
	}
	if err != nil && !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyGone)) {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/standby/"+page.Entry.ID.String())
	return nil
}

// Field describes an input.
func (p *waitingPage) Field(name string) web.Field {
	return idField(web.Field{Name: name, Label: p.T("public.field." + name), Fault: faultOf(p.Faults, name), Focus: p.Focus(name)}, p.Page, p.Draft)
}
