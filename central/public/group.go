package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// keyGroup is what the session keeps of those who are booked in the same act.
const keyGroup = "group"

// mostCompanions is how many stand beside the person on the form: four in all.
const mostCompanions = 3

// companion is a person whose form is filled in already.
type companion struct {
	Booking clinic.ID
	Draft   draft
}

// Name gives the companion's name, masked.
func (m companion) Name() clinic.Name { return clinic.NewName(m.Draft.Name) }

// group is those who go together, to one vaccine and dose.
type group struct {
	Vaccine, Dose string
	Members       []companion
}

// MoreMayCome reports whether one more can be added.
func (p *personPage) MoreMayCome() bool { return !p.Standby && len(p.Group) < mostCompanions }

// group gives the companions for what was chosen; those for something else are forgotten.
func (d *Door) group(c *gin.Context, ch choice) []companion {
	var g group
	b := d.sessions.GetBytes(c.Request.Context(), keyGroup)
	if len(b) == 0 || json.Unmarshal(b, &g) != nil || g.Vaccine != ch.Vaccine.Code || g.Dose != ch.Dose.Code {
		return nil
	}
	return g.Members
}

func (d *Door) keepGroup(c *gin.Context, ch choice, members []companion) error {
	b, err := json.Marshal(group{ch.Vaccine.Code, ch.Dose.Code, members})
	if err != nil {
		return fmt.Errorf("keep the group: %w", err)
	}
	d.sessions.Put(c.Request.Context(), keyGroup, b)
	return nil
}

// regroup keeps the companions, has as many places held, and leads to the form for the next person.
func (d *Door) regroup(c *gin.Context, page *personPage, members []companion, next draft) error {
	ch := page.Choice
	err := d.holdPlaces(c, ch.Slot.ID, 1+len(members))
	if errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
		page.Notice = web.Page{Locale: web.Locale(c)}.T("public.group.no_place")
		return d.renderPerson(c, http.StatusConflict, page)
	}
	if err != nil {
		return d.refused(c, page, err)
	}
	if err := d.keepGroup(c, ch, members); err != nil {
		return err
	}
	if err := d.keepDraft(c, next); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, ch.Path(5))
	return nil
}

// addPerson puts who was filled in among the companions; telephones stay, because a household shares them.
func (d *Door) addPerson(c *gin.Context, page *personPage, id clinic.ID) error {
	members := append(d.group(c, page.Choice), companion{id, page.Draft})
	if len(members) > mostCompanions {
		return d.refused(c, page, clinic.Refuse(clinic.RefusedGroupSize, "most", strconv.Itoa(1+mostCompanions)))
	}
	return d.regroup(c, page, members, draft{Mobile: page.Draft.Mobile, Landline: page.Draft.Landline, Guardian: page.Draft.Guardian})
}

// dropPerson takes a companion out again; what was typed for the one on the form stays.
func (d *Door) dropPerson(c *gin.Context, page *personPage, which string) error {
	members := d.group(c, page.Choice)
	if n, err := strconv.Atoi(which); err == nil && n >= 0 && n < len(members) {
		members = append(members[:n:n], members[n+1:]...)
	}
	return d.regroup(c, page, members, page.Draft)
}

// bookTogether books for the companions and the person on the form, all or none.
func (d *Door) bookTogether(c *gin.Context, page *personPage, members []companion, last booking.Request) error {
	requests := make([]booking.Request, 0, len(members)+1)
	for _, m := range members {
		r, faults := d.requestOf(web.Locale(c), page.Choice, m.Draft, m.Booking)
		if len(faults) > 0 { // it was right when it was filled in
			return d.memberRefused(c, page, m, faults[0].Text)
		}
		r.Hold = last.Hold
		requests = append(requests, r)
	}
	booked, err := d.groups.BookGroup(c.Request.Context(), append(requests, last))
	var about *booking.MemberError
	var r *clinic.Refusal
	if errors.As(err, &about) && about.Member < len(members) && errors.As(about.Err, &r) && !leadsBack(r.Code) {
		return d.memberRefused(c, page, members[about.Member], web.RefusalText(web.Locale(c), r))
	}
	if err != nil {
		return d.refused(c, page, err)
	}
	ctx := c.Request.Context()
	d.sessions.Remove(ctx, keyDraft)
	d.sessions.Remove(ctx, keyGroup)
	d.forgetHold(c)
	if err := d.admit(c, booked...); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/bookings")
	return nil
}

func (d *Door) memberRefused(c *gin.Context, page *personPage, m companion, why string) error {
	page.Notice = web.Page{Locale: web.Locale(c)}.T("public.group.about", "name", m.Name(), "why", why)
	return d.renderPerson(c, http.StatusConflict, page)
}
