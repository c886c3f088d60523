package public

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type homePage struct {
	web.Page
	Strips []strip
	Menu   []menuItem
}

// menuItem is a programme as the menu shows it.
type menuItem struct {
	Programme clinic.Programme
	State     string // open, daily, full, closed
	When      string // a line on when one can book
	URL       string
}

// Bookable reports whether the button leads to a booking.
func (m menuItem) Bookable() bool { return m.State == "open" || m.State == "daily" }

func (d *Door) home(c *gin.Context) error {
	page := &homePage{Page: web.NewPage(c, "")}
	page.Title = page.T("public.home.document")
	cat, now := d.offer.Catalogue(), d.now()
	left := leftByProgramme(d.offer.Vacancies())
	for _, p := range cat.Programmes {
		page.Menu = append(page.Menu, item(page.Page, p, cat.Periods, left[p.Code], now))
	}
	page.Strips = strips(page.Page, cat, now)
	return d.pages.Render(c, http.StatusOK, "home", page)
}

func leftByProgramme(vacancies []booking.Vacancy) map[string]int {
	left := make(map[string]int)
	for _, v := range vacancies {
		left[v.Programme] += v.Left
	}
	return left
}

// item tells in which state a programme is: its open period counts, then the next one to open.
func item(p web.Page, prog clinic.Programme, periods []clinic.Period, left int, now time.Time) menuItem {
	m := menuItem{Programme: prog, State: "closed", URL: "/notices/" + prog.Code, When: p.T("public.home.later")}
	open, next := current(periods, prog.Code, now)
	if next != nil {
		m.When = p.T("public.home.opens", "period", p.Say(next.Label), "opens", next.Opens.Format(time.RFC3339))
	}
	if open == nil {
		return m
	}
	if left == 0 {
		m.State = "full"
		if next == nil {
			m.When = p.T("public.home.full")
		}
		return m
	}
	m.State, m.URL = "open", "/book/"+prog.Code
	if open.Closes.IsZero() {
		m.State, m.When = "daily", p.T("public.home.from", "day", firstDay(*open, now))
	} else {
		m.When = p.T("public.home.until", "closes", open.Closes.Format(time.RFC3339))
	}
	return m
}

// current finds the period of a programme that is open now, and the next one to open.
func current(periods []clinic.Period, programme string, now time.Time) (open, next *clinic.Period) {
	for i := range periods {
		p := &periods[i]
		if !p.Covers(programme) {
			continue
		}
		if p.Open(now) == nil {
			if open == nil || !p.Closes.IsZero() {
				open = p
			}
		} else if p.Opens.After(now) && (next == nil || p.Opens.Before(next.Opens)) {
			next = p
		}
	}
	return open, next
}

// firstDay is the earliest day that a period lets one book now; its last day when there is none.
func firstDay(p clinic.Period, now time.Time) clinic.Date {
	day := clinic.DateOf(now)
	if day.Before(p.First) {
		day = p.First
	}
	for p.Bookable(now, day) != nil && day.Before(p.Last) {
		day = day.AddDays(1)
	}
	return day
}

// strip is the period strip: fourteen days from the Monday of the week in which booking opens.
type strip struct {
	Title, Text, Label string
	Days               []stripDay
}

type stripDay struct {
	Date                clinic.Date
	Books, Gives, Today bool
}

// strips draws the fixed periods that matter now: those open, and when none is, the next.
func strips(p web.Page, cat *booking.Catalogue, now time.Time) []strip {
	var open []strip
	var next *clinic.Period
	for i := range cat.Periods {
		per := &cat.Periods[i]
		switch {
		case per.Opens.IsZero() || per.Closes.IsZero():
		case !now.Before(per.Opens) && now.Before(per.Closes):
			open = append(open, stripOf(p, cat, *per, now))
		case per.Opens.After(now) && (next == nil || per.Opens.Before(next.Opens)):
			next = per
		}
	}
	if len(open) == 0 && next != nil {
		return []strip{stripOf(p, cat, *next, now)}
	}
	return open
}

func stripOf(p web.Page, cat *booking.Catalogue, per clinic.Period, now time.Time) strip {
	var names []string
	for _, code := range per.Programmes {
		if prog, ok := cat.Programme(code); ok {
			names = append(names, p.Say(prog.Name))
		}
	}
	today, opens, closes := clinic.DateOf(now), clinic.DateOf(per.Opens), clinic.DateOf(per.Closes)
	s := strip{
		Title: p.T("public.strip.title", "period", p.Say(per.Label), "programmes", strings.Join(names, p.T("public.list.and"))),
		Text: p.T("public.strip.text", "opens", per.Opens.Format(time.RFC3339), "closes", per.Closes.Format(time.RFC3339),
			"today", today),
		Label: p.T("public.strip.label", "opens", opens, "closes", closes, "first", per.First, "last", per.Last, "today", today),
	}
	day := opens.AddDays(-(int(opens.Weekday()) + 6) % 7)
	for range 14 {
		s.Days = append(s.Days, stripDay{
			Date: day, Books: !day.Before(opens) && !day.After(closes),
			Gives: !day.Before(per.First) && !day.After(per.Last), Today: day == today,
		})
		day = day.AddDays(1)
	}
	return s
}
