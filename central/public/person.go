package public

import (
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

type personPage struct {
	web.Page
	Steps   []step
	Choice  choice
	Booking clinic.ID // the hidden field: sending twice books once
	Draft   draft
	Faults  []web.Fault
	Notice  string      // a rule's no that belongs to no field
	Standby bool        // for the list of a full slot, not for a place
	Group   []companion // who is booked in the same act
	Hold    *holdBar
	HoldID  clinic.ID // sent with the form, also when it is over: then it is said
}

// personForm is step 5.
func (d *Door) personForm(c *gin.Context) error {
	ch, err := d.choice(c)
	if err != nil {
		return d.backToSlots(c, err)
	}
	hold, over := d.held(c, ch.Slot.ID)
	if over {
		return d.backToSlots(c, clinic.Refuse(clinic.RefusedHoldExpired))
	}
	if err := d.slotOpen(ch, hold != nil); err != nil {
		return d.backToSlots(c, err)
	}
	dr, err := d.draft(c)
	if err != nil {
		return err
	}
	return d.renderPerson(c, http.StatusOK, &personPage{Choice: ch, Draft: dr, Notice: d.takeNotice(c)})
}

func (d *Door) renderPerson(c *gin.Context, status int, page *personPage) error {
	page.Page = web.NewPage(c, "")
	page.Title, page.Steps = page.T("public.person.title"), page.Choice.steps(page.Page, 5, "person")
	if len(page.Faults) > 0 || page.Notice != "" {
		page.Title = page.T("public.person.faults", "title", page.Title)
	}
	if page.Booking.IsZero() {
		page.Booking = d.newID()
	}
	if page.Standby {
		page.Title = page.T("public.standby.form")
	} else {
		page.Group = d.group(c, page.Choice)
	}
	page.HoldID = sentHold(c)
	if page.Hold, _ = d.held(c, page.Choice.Slot.ID); page.Hold != nil {
		page.HoldID = page.Hold.ID
	}
	return d.pages.Render(c, status, "person", page)
}

// slotOpen judges what can be told without a person: the period and the places left, or held for the visitor.
func (d *Door) slotOpen(ch choice, held bool) error {
	if err := bookable(d.offer.Catalogue(), ch.Slot, d.now()); err != nil {
		return err
	}
	if ch.Slot.Left() == 0 && !held {
		return clinic.Refuse(clinic.RefusedFull)
	}
	return nil
}

// backToSlots leads to step 4 with the reason, when a slot can't be had; another error stays one.
func (d *Door) backToSlots(c *gin.Context, err error) error {
	var r *clinic.Refusal
	if !errors.As(err, &r) {
		return err
	}
	if !leadsBack(r.Code) {
		return err
	}
	return d.leadBack(c, path.Dir(c.Request.URL.EscapedPath()), r)
}

// leadsBack reports whether a refusal is about the slot, so that another one has to be chosen.
func leadsBack(code string) bool {
	switch code {
	case clinic.RefusedFull, clinic.RefusedNoSuchSlot, clinic.RefusedSlotClosed, clinic.RefusedHoldExpired:
		return true
	}
	return false
}

// toSlots leads to step 4 with the reason why a slot was not kept; a failure stays one.
func (d *Door) toSlots(c *gin.Context, ch choice, err error) error {
	var r *clinic.Refusal
	if !errors.As(err, &r) || r.Code == clinic.RefusedBusy {
		return err
	}
	return d.leadBack(c, ch.Path(4), r)
}

func (d *Door) leadBack(c *gin.Context, to string, r *clinic.Refusal) error {
	if err := d.leaveNotice(c, r); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// submit books, or goes back a step with what was typed so far.
func (d *Door) submit(c *gin.Context) error {
	dr, err := d.typed(c)
	if err != nil {
		return err
	}
	ch, err := d.choice(c)
	if err != nil {
		return d.backToSlots(c, err)
	}
	if n := strings.IndexByte("1234", (c.PostForm("back") + " ")[0]); n >= 0 {
		if n < 3 { // at the slots it is shown as chosen
			if err := d.release(c, ch.Slot.ID); err != nil {
				return err
			}
		}
		c.Redirect(http.StatusSeeOther, ch.Path(n+1))
		return nil
	}
	if which := c.PostForm("drop"); which != "" {
		return d.dropPerson(c, &personPage{Choice: ch, Draft: dr}, which)
	}
	req, faults := d.request(c, ch, dr)
	page := &personPage{Choice: ch, Draft: dr, Booking: req.ID} // sent again, it is the same booking
	if page.Faults = faults; len(faults) > 0 {
		return d.renderPerson(c, http.StatusUnprocessableEntity, page)
	}
	if c.PostForm("add") != "" {
		return d.addPerson(c, page, req.ID)
	}
	if members := d.group(c, ch); len(members) > 0 {
		return d.bookTogether(c, page, members, req)
	}
	b, err := d.bookings.Book(c.Request.Context(), req)
	if err != nil {
		return d.refused(c, page, err)
	}
	d.sessions.Remove(c.Request.Context(), keyDraft)
	d.forgetHold(c)
	return d.show(c, b)
}

// show admits the visitor to a booking and leads there.
func (d *Door) show(c *gin.Context, b clinic.Booking) error {
	if err := d.admit(c, b); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/booking/"+b.ID.String())
	return nil
}

// refused shows a rule's no beside the field it is about, or on top of the form, or on the page of slots.
func (d *Door) refused(c *gin.Context, page *personPage, err error) error {
	var r *clinic.Refusal
	if !errors.As(err, &r) {
		return err
	}
	if leadsBack(r.Code) {
		d.forgetHold(c)
		return d.backToSlots(c, r)
	}
	text := web.RefusalText(web.Locale(c), r)
	if field := fieldOf(r.Code); field != "" {
		page.Faults = []web.Fault{{Field: field, Text: text}}
	} else {
		page.Notice = text
	}
	if r.Code == clinic.RefusedConflictingKey {
		page.Booking = clinic.ID{} // and this one is a new one
	}
	return d.renderPerson(c, web.StatusOf(r), page)
}

// fieldOf names the input that a refusal is about.
func fieldOf(code string) string {
	switch code {
	case clinic.RefusedIDChecksum, clinic.RefusedIDForm:
		return "id"
	case clinic.RefusedName:
		return "name"
	case clinic.RefusedBirth, clinic.RefusedTooYoung, clinic.RefusedTooOld:
		return "year"
	case clinic.RefusedPhone, clinic.RefusedPhoneMissing:
		return "mobile"
	case clinic.RefusedGuardian:
		return "guardian"
	case clinic.RefusedConsent:
		return "c1"
	}
	return ""
}

// request reads the form: what is to be mended is told all at once, by field.
func (d *Door) request(c *gin.Context, ch choice, dr draft) (booking.Request, []web.Fault) {
	id, err := clinic.ParseID(c.PostForm("booking"))
	if err != nil || !isV7(id) {
		id = d.newID()
	}
	req, list := d.requestOf(web.Locale(c), ch, dr, id)
	req.Hold = sentHold(c)
	return req, list
}

// requestOf reads a form that was filled in for a person.
func (d *Door) requestOf(locale string, ch choice, dr draft, id clinic.ID) (booking.Request, []web.Fault) {
	f := faults{locale: locale}
	p := clinic.Person{Name: clinic.NewName(dr.Name)}
	number, err := twid.ReadID(dr.ID)
	f.add("id", err)
	p.ID = number.ID
	if p.Name.IsZero() {
		f.add("name", clinic.Refuse(clinic.RefusedName))
	}
	born, err := twid.ParseBirth(dr.birthText(), d.today())
	f.add("year", err)
	p.Birth = clinic.NewBirth(born)
	f.phones(dr, &p)
	for i, ticked := range dr.Consents {
		if !ticked {
			f.say("c"+strconv.Itoa(i+1), "public.consent.missing")
			f.list[len(f.list)-1].Short = web.Page{Locale: f.locale}.T("public.consent.short", "n", i+1)
		}
	}
	if err == nil && ch.Programme.NeedsGuardian(p.Birth, ch.Slot.Date) && (p.Guardian.IsZero() || !dr.GuardianConsent) {
		f.add("guardian", clinic.Refuse(clinic.RefusedGuardian, "limit", ch.Programme.Guardian().String()))
	}
	return booking.Request{
		ID: id, Slot: ch.Slot.ID, Dose: ch.Dose.Code, Person: p, Consents: ticked(dr.Consents),
		GuardianConsent: dr.GuardianConsent,
	}, f.list
}

func ticked(boxes [3]bool) int {
	n := 0
	for _, t := range boxes {
		if t {
			n++
		}
	}
	return n
}

type faults struct {
	locale string
	list   []web.Fault
}

func (f *faults) add(field string, err error) {
	var r *clinic.Refusal
	if errors.As(err, &r) {
		f.list = append(f.list, web.Fault{Field: field, Text: web.RefusalText(f.locale, r)})
	}
}

func (f *faults) say(field, key string) {
	f.list = append(f.list, web.Fault{Field: field, Text: web.Page{Locale: f.locale}.T(key)})
}

func (f *faults) phones(dr draft, p *clinic.Person) {
	for _, ph := range []struct {
		field, typed string
		parse        func(string) (clinic.Phone, error)
		into         *clinic.Phone
	}{
		{"mobile", dr.Mobile, twid.ParseMobile, &p.Mobile},
		{"landline", dr.Landline, twid.ParseLandline, &p.Landline},
		{"guardian", dr.Guardian, twid.ParsePhone, &p.Guardian},
	} {
		if ph.typed == "" {
			continue
		}
		n, err := ph.parse(ph.typed)
		f.add(ph.field, err)
		*ph.into = n
	}
	if dr.Mobile == "" && dr.Landline == "" {
		f.add("mobile", clinic.Refuse(clinic.RefusedPhoneMissing))
	}
}
