package staff

import (
	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// closing is a day of a site that can be closed by hand from the list that shows it.
type closing struct {
	Site clinic.Site
	Day  clinic.Date
}

// closing finds the day that a filter of the list is about; nil when it is about more than one, or about a day to come.
func (s *Staff) closing(who account.Account, site string, day clinic.Date) *closing {
	if site == "" {
		site = who.Site
	}
	of, ok := s.site(who, site)
	if !ok || day.IsZero() || day.After(clinic.DateOf(s.cfg.Now())) || !may(who, closeDays) {
		return nil
	}
	return &closing{of, day}
}

// closeDay marks those who did not come.
func (s *Staff) closeDay(c *gin.Context, who account.Account) error {
	if err := web.Form(c); err != nil {
		return err
	}
	day, err := clinic.ParseDate(c.PostForm("date"))
	if err != nil {
		return web.ErrMalformed
	}
	site := c.PostForm("site")
	marked, err := s.cfg.Desk.CloseDay(c.Request.Context(), who.Actor(), site, day)
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.nav.bookings")
	to := query("/staff/bookings", "site", site, "date", day.String())
	if marked == 0 {
		return s.done(c, to, p.T("staff.close.nobody", "date", day))
	}
	return s.done(c, to, p.T("staff.close.done", "date", day, "count", p.N(marked)))
}
