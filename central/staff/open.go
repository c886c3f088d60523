package staff

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
)

type openPage struct {
	page
	Rows []booking.OpenSession
	Full int // rows that are not shown
}

// mostOpen is how many sessions the page shows.
const mostOpen = 200

// open lists the sessions of which nobody has decided who did not come, with the devices that have to be heard first.
// The latest day comes first: that is what people at a desk look for.
func (s *Staff) open(c *gin.Context, who account.Account) error {
	rows, err := s.cfg.Bookings.OpenSessions(c.Request.Context(), who.Jurisdiction())
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b booking.OpenSession) int { return b.Date.Compare(a.Date) })
	p := &openPage{page: s.newPage(c, who, "staff.nav.open"), Rows: rows}
	if len(rows) > mostOpen {
		p.Rows, p.Full = rows[:mostOpen], len(rows)-mostOpen
	}
	return s.pages.Render(c, http.StatusOK, "open", p)
}

// Close gives the page on which a person closes a session's day.
func (p *openPage) Close(o booking.OpenSession) string {
	return query("/staff/bookings", "site", o.Site.Code, "date", o.Date.String())
}

// Name names a device as people at the site know it.
func (p *openPage) Name(d booking.DarkDevice) string {
	return strings.TrimSpace(d.Letter + " " + d.Label)
}
