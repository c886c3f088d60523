package staff

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type movePage struct {
	page
	Row     bookingRow
	Site    web.Field
	Sites   []clinic.Site // of the jurisdiction, that give the programme
	Chosen  clinic.Site
	Days    []moveDay
	Refused string
}

// moveDay is a day's slots with a place left.
type moveDay struct {
	Date  clinic.Date
	Slots []clinic.Slot
}

// movePage is where a booking may be moved to; ?site= chooses another site.
func (s *Staff) movePage(c *gin.Context, who account.Account) (*movePage, error) {
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return nil, web.ErrNotFound
	}
	b, err := s.cfg.Bookings.View(c.Request.Context(), who.Actor(), id)
	if err != nil {
		return nil, err
	}
	p := &movePage{page: s.newPage(c, who, "staff.move.title")}
	p.Row = s.bookingRow(p.page, b, b.Visit().Attendance)
	p.Sites = slices.DeleteFunc(s.sitesOf(who), func(x clinic.Site) bool { return !slices.Contains(x.Offers, b.Slot.Programme) })
	p.Chosen, _ = s.site(who, b.Slot.Site)
	if typed := strings.TrimSpace(c.Query("site")); typed != "" {
		fault := ""
		i := slices.IndexFunc(p.Sites, func(x clinic.Site) bool { return x.Code == typed || x.Name == typed || x.Name+" "+x.Code == typed })
		if i >= 0 {
			p.Chosen = p.Sites[i]
		} else {
			p.Chosen, fault = clinic.Site{}, p.T("staff.move.nosite")
		}
		p.Site = fieldOf(p.page, "site", "word.site", "text", typed, fault)
	} else {
		p.Site = fieldOf(p.page, "site", "word.site", "text", p.Chosen.Name+" "+p.Chosen.Code, "")
	}
	if p.Movable() && p.Chosen.Code != "" {
		p.Days = s.daysFor(b.Slot, p.Chosen.Code)
	}
	return p, nil
}

// Movable reports whether the booking stands and its person has not come.
func (p *movePage) Movable() bool { return movable(p.Row) }

func movable(r bookingRow) bool { return r.Active() && r.Visit().Attendance == clinic.NotArrived }

// daysFor lists a site's slots of the same vaccine that can be booked now.
func (s *Staff) daysFor(from clinic.Slot, site string) (days []moveDay) {
	cat, now := s.cfg.Offer.Catalogue(), s.cfg.Now()
	for _, slot := range s.cfg.Offer.Slots(site, from.Vaccine) {
		period, _ := cat.Period(slot.Period)
		if slot.ID == from.ID || slot.Left() == 0 || period.Bookable(now, slot.Date) != nil {
			continue
		}
		if len(days) == 0 || days[len(days)-1].Date != slot.Date {
			days = append(days, moveDay{Date: slot.Date})
		}
		day := &days[len(days)-1]
		day.Slots = append(day.Slots, slot)
	}
	return days
}

// move moves for somebody who called.
func (s *Staff) move(c *gin.Context, who account.Account) error {
	if err := web.Form(c); err != nil {
		return err
	}
	id, err := clinic.ParseID(c.Param("id"))
	if err != nil {
		return web.ErrNotFound
	}
	slot, err := clinic.ParseID(c.PostForm("slot"))
	if err != nil {
		return web.ErrMalformed
	}
	b, err := s.cfg.Desk.MoveFor(c.Request.Context(), who.Actor(), id, slot)
	var no *clinic.Refusal
	if errors.As(err, &no) && mendable(no) {
		p, err := s.movePage(c, who)
		if err != nil {
			return err
		}
		p.Refused = p.Refusal(no)
		return s.pages.Render(c, web.StatusOf(no), "move", p)
	}
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.move.title")
	_, site := s.siteNames(b.Slot.Site)
	return s.done(c, "/staff/bookings/"+id.String(), p.T("staff.move.done", "date", b.Slot.Date, "start", b.Slot.Start, "end", b.Slot.End, "site", site))
}

// mendable reports whether another choice on the same page may do.
func mendable(r *clinic.Refusal) bool {
	status := web.StatusOf(r)
	return r.Code != booking.RefusedOutside && (status == http.StatusConflict || status == http.StatusUnprocessableEntity)
}
