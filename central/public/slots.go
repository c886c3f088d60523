package public

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type slotsPage struct {
	web.Page
	Steps    []step
	Choice   choice
	Notice   string // why the person is here again
	Days     []day
	Earlier  string // address of the days before, when there are any
	Later    string
	LeadDays int // the least lead among the days shown, for the legend
}

// day is a column of the grid.
type day struct {
	Date  clinic.Date
	Cells []cell
	Shut  bool // no session that day
}

// cell is a stretch of a day; State is free, few, chosen, held, full, past or none.
type cell struct {
	Slot  clinic.Slot
	State string
	Open  bool // can be chosen
}

// daysShown is how many days stand side by side.
const daysShown = 7

// chooseSlotPage is step 4: seven days, as far as there are slots, from ?from= or the first day that can be booked.
func (d *Door) chooseSlotPage(c *gin.Context) error {
	ch, err := d.choice(c)
	if err != nil {
		return err
	}
	page := &slotsPage{Page: web.NewPage(c, ""), Choice: ch, Notice: d.takeNotice(c)}
	page.Title, page.Steps = page.T("public.slot.question"), ch.steps(page.Page, 4, "")
	cat, now := d.offer.Catalogue(), d.now()
	slots := d.offer.Slots(ch.Site.Code, ch.Vaccine.Code)
	slots = slices.DeleteFunc(slots, func(s clinic.Slot) bool { return !s.Date.After(clinic.DateOf(now)) })
	if len(slots) == 0 {
		return d.pages.Render(c, http.StatusOK, "slot", page)
	}
	page.fill(c.Query("from"), ch.Path(4)+"?from=", slots, cat, now)
	for _, s := range slots {
		if h, _ := d.held(c, s.ID); h != nil {
			page.choose(s.ID, true)
		}
	}
	return d.pages.Render(c, http.StatusOK, "slot", page)
}

// Action is where the grid sends what was chosen.
func (p *slotsPage) Action() string { return p.Choice.Path(4) }

// Wait is the address of a full slot's standby list.
func (p *slotsPage) Wait(s clinic.Slot) string {
	next := p.Choice
	next.Slot = s
	return next.Path(5) + "/standby"
}

// fill makes the days; base with a day behind it is the address of other ones.
func (p *slotsPage) fill(from, base string, slots []clinic.Slot, cat *booking.Catalogue, now time.Time) {
	first, last := slots[0].Date, slots[len(slots)-1].Date
	start := opening(slots, cat, now)
	if asked, err := clinic.ParseDate(from); err == nil && !asked.Before(first.AddDays(-daysShown)) && !asked.After(last) {
		start = asked
	}
	end := start.AddDays(daysShown - 1)
	if start.After(first) {
		p.Earlier = base + start.AddDays(-daysShown).String()
	}
	if last.After(end) {
		p.Later = base + end.AddDays(1).String()
	}
	var times []clinic.TimeOfDay
	for _, s := range slots {
		if !s.Date.Before(start) && !s.Date.After(end) {
			times = append(times, s.Start)
			if per, ok := cat.Period(s.Period); ok && (p.LeadDays == 0 || per.LeadDays < p.LeadDays) {
				p.LeadDays = per.LeadDays
			}
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)
	for date := start; !date.After(end) && !date.After(last); date = date.AddDays(1) {
		p.Days = append(p.Days, p.day(date, times, slots, cat, now))
	}
}

// opening is the first day to show: a day before the first that can be booked, so that one sees where booking starts.
func opening(slots []clinic.Slot, cat *booking.Catalogue, now time.Time) clinic.Date {
	for _, s := range slots {
		if bookable(cat, s, now) == nil {
			return s.Date
		}
	}
	return slots[0].Date
}

func (p *slotsPage) day(date clinic.Date, times []clinic.TimeOfDay, slots []clinic.Slot, cat *booking.Catalogue, now time.Time) day {
	d := day{Date: date, Shut: true}
	for _, t := range times {
		c := cell{State: "none"}
		for _, s := range slots {
			if s.Date == date && s.Start == t {
				c = p.cell(s, cat, now)
				d.Shut = false
			}
		}
		d.Cells = append(d.Cells, c)
	}
	return d
}

func (p *slotsPage) cell(s clinic.Slot, cat *booking.Catalogue, now time.Time) cell {
	c := cell{Slot: s, State: "free"}
	switch {
	case bookable(cat, s, now) != nil:
		c.State = "past"
	case s.Left() == 0 && s.Held > 0 && s.Taken < s.Capacity:
		c.State = "held"
	case s.Left() == 0:
		c.State = "full"
	case s.Left() < few:
		c.State = "few"
	}
	c.Open = c.State == "free" || c.State == "few"
	return c
}

// choose marks the slot that is held for, or booked by, whoever sees the page.
func (p *slotsPage) choose(slot clinic.ID, open bool) {
	for _, d := range p.Days {
		for i := range d.Cells {
			if c := &d.Cells[i]; c.Slot.ID == slot && c.State != "past" {
				c.State, c.Open = "chosen", open
			}
		}
	}
}

// Open reports whether any cell shown can be booked.
func (p *slotsPage) Open() bool {
	return slices.ContainsFunc(p.Days, func(d day) bool {
		return slices.ContainsFunc(d.Cells, func(c cell) bool { return c.Open })
	})
}

// Has reports whether a state occurs, so that the legend names only what is there.
func (p *slotsPage) Has(state string) bool {
	return slices.ContainsFunc(p.Days, func(d day) bool {
		return slices.ContainsFunc(d.Cells, func(c cell) bool { return c.State == state })
	})
}
