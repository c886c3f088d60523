package staff

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// page is what every page of this door shows beside its own.
type page struct {
	web.Page
	Who   account.Account
	Place string // 衛生局, 西屯區衛生所, the clinic's name
	Nav   []navItem
	Done  string // what was just done
}

type navItem struct {
	URL, Icon, Text string
	Here            bool
}

// menu is the left rail: path, icon, the right to see it.
var menu = []struct {
	path, icon string
	right      right
}{
	{"monitor", "sync", watch},
	{"periods", "calendar", seeOffer},
	{"sites", "clinic", seeOffer},
	{"bookings", "people", seeBookings},
	{"review", "bell", seeReview},
	{"open", "clock", closeDays},
	{"stock", "syringe", seeStock},
	{"lots", "vial", seeLots},
	{"numbers", "card", joinNumbers},
	{"reports", "chart", seeReports},
	{"devices", "cloud", runDevices},
	{"accounts", "person", runAccounts},
	{"audit", "shield", readAudit},
}

// newPage makes the page of a request. key names the title; the menu item of the route is marked.
func (s *Staff) newPage(c *gin.Context, who account.Account, key string) page {
	p := page{Page: web.NewPage(c, ""), Who: who}
	p.Title = p.T(key)
	if who.Name == "" {
		return p
	}
	p.Place = s.place(p, who)
	p.Done = s.cfg.Sessions.PopString(c.Request.Context(), keyDone)
	here := c.Request.URL.Path
	for _, m := range menu {
		if may(who, m.right) {
			path := "/staff/" + m.path
			on := here == path || len(here) > len(path) && here[:len(path)+1] == path+"/" || m.path == "sites" && len(here) >= 15 && here[:15] == "/staff/capacity"
			p.Nav = append(p.Nav, navItem{path, m.icon, p.T("staff.nav." + m.path), on})
		}
	}
	return p
}

func (s *Staff) place(p page, who account.Account) string {
	role := p.T("staff.role." + string(who.Role))
	switch who.Role {
	case account.HealthCentre:
		return p.T("staff.place.health_centre", "district", who.District)
	case account.Site:
		if site, ok := s.cfg.Offer.Catalogue().Site(who.Site); ok {
			return site.Name
		}
	}
	return role
}

// Colleague is the name of whoever is logged in, masked like every name on a screen that others see.
func (p page) Colleague() string { return clinic.NewName(p.Who.Display).String() }

// May reports whether whoever is logged in has a right.
func (p page) May(r string) bool { return may(p.Who, right(r)) }

// Refusal is a refusal in words. Those of this door have texts of their own.
func (p page) Refusal(r *clinic.Refusal) string { return refusalText(p.Locale, r) }

func refusalText(locale string, r *clinic.Refusal) string {
	if key := "staff.refusal." + r.Code; i18n.Has(locale, key) {
		return i18n.T(locale, key, r.Args)
	}
	return web.RefusalText(locale, r)
}

// N writes a whole number with commas.
func (p page) N(n any) string {
	s := fmt.Sprint(n)
	neg := ""
	if s[0] == '-' {
		neg, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return neg + s
}

// Span writes a stretch of time in its greatest unit: 12 秒, 7 分, 2 小時, 3 天.
func (p page) Span(d time.Duration) string {
	d = d.Abs()
	switch {
	case d < time.Minute:
		return p.T("staff.span.seconds", "n", int(d.Seconds()))
	case d < time.Hour:
		return p.T("staff.span.minutes", "n", int(d.Minutes()))
	case d < 48*time.Hour:
		return p.T("staff.span.hours", "n", int(d.Hours()))
	}
	return p.T("staff.span.days", "n", int(d.Hours()/24))
}

// Timestamp writes an instant to the second, for records.
func (p page) Timestamp(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return p.T("staff.timestamp", "at", t.Format(time.RFC3339))
}

// isoTime writes an instant for a file that another program reads.
func isoTime(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(clinic.Taipei).Format(time.DateTime)
}

// Day writes an instant's day with its year.
func (p page) Day(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return p.Long(clinic.DateOf(t))
}

// refusedPage says why something can't be done, where no form can say it.
type refusedPage struct {
	page
	Text string
}

// explain shows a refusal as a page of this door; other errors go on to the engine.
func (s *Staff) explain(c *gin.Context, who account.Account, err error) error {
	var no *clinic.Refusal
	if !errors.As(err, &no) || c.Writer.Written() {
		return err
	}
	p := &refusedPage{page: s.newPage(c, who, "staff.refused.title")}
	p.Text = p.Refusal(no)
	status := web.StatusOf(no)
	if no.Code == booking.RefusedOutside {
		status = http.StatusForbidden
	}
	return s.pages.Render(c, status, "refused", p)
}

// done remembers what to say on the next page and goes there.
func (s *Staff) done(c *gin.Context, url, text string) error {
	s.cfg.Sessions.Put(c.Request.Context(), keyDone, text)
	seeOther(c, url)
	return nil
}

// note writes down what a member of staff did.
func (s *Staff) note(c *gin.Context, who account.Account, action, object, detail string) error {
	return s.cfg.Trail.Audit(c.Request.Context(), booking.Note{Actor: who.Name, Action: action, Object: object, Detail: detail})
}

// sitesOf lists the sites of a jurisdiction.
func (s *Staff) sitesOf(who account.Account) []clinic.Site {
	scope := who.Jurisdiction()
	var out []clinic.Site
	for _, site := range s.cfg.Offer.Catalogue().Sites {
		if scope.Covers(site) {
			out = append(out, site)
		}
	}
	return out
}

// site finds a site of a jurisdiction; one outside is not there.
func (s *Staff) site(who account.Account, code string) (clinic.Site, bool) {
	site, ok := s.cfg.Offer.Catalogue().Site(code)
	if !ok || !who.Jurisdiction().Covers(site) {
		return clinic.Site{}, false
	}
	return site, true
}

// districtsOf lists the districts in which sites lie, in their order.
func districtsOf(sites []clinic.Site) []string {
	var out []string
	for _, s := range sites {
		if len(out) == 0 || out[len(out)-1] != s.District {
			out = append(out, s.District)
		}
	}
	return out
}

// number reads a page's number, from 1.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 1
	}
	return n
}
