package staff

import (
	"cmp"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type periodsPage struct {
	page
	Rows []periodRow
}

type periodRow struct {
	clinic.Period
	Programmes []string
	State      string // open, later, over
}

func (s *Staff) periods(c *gin.Context, who account.Account) error {
	p := &periodsPage{page: s.newPage(c, who, "staff.nav.periods")}
	cat, now := s.cfg.Offer.Catalogue(), s.cfg.Now()
	for i := len(cat.Periods) - 1; i >= 0; i-- { // the newest first
		per := cat.Periods[i]
		row := periodRow{Period: per, State: "later"}
		switch {
		case per.Open(now) == nil:
			row.State = "open"
		case !per.Closes.IsZero() && !now.Before(per.Closes) || clinic.DateOf(now).After(per.Last):
			row.State = "over"
		}
		for _, code := range per.Programmes {
			if prog, ok := cat.Programme(code); ok {
				row.Programmes = append(row.Programmes, p.Say(prog.Name))
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return s.pages.Render(c, http.StatusOK, "periods", p)
}

type periodPage struct {
	page
	Faults     []web.Fault
	ID         string
	New        bool
	Kind       string
	Programmes []option
	Choose     string // what is wrong with the programmes
	Fields     map[string]web.Field
}

// option is a box or choice in a form.
type option struct {
	Code, Name string
	On         bool
}

const newID = "new"

var goodPeriod = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,39}$`)

func (s *Staff) periodForm(c *gin.Context, who account.Account) error {
	per := clinic.Period{Kind: clinic.FixedPeriod, LeadDays: 1, CancelDays: 2, Year: clinic.DateOf(s.cfg.Now()).Year, Label: clinic.Text{}}
	id := c.Param("id")
	if id != newID {
		var ok bool
		if per, ok = s.cfg.Offer.Catalogue().Period(id); !ok {
			return web.ErrNotFound
		}
	}
	p := s.newPage(c, who, "staff.period.title")
	return s.pages.Render(c, http.StatusOK, "period", s.periodPage(p, newForm(c, p, "staff.period."), per, id == newID))
}

func (s *Staff) periodPage(p page, f *form, per clinic.Period, fresh bool) *periodPage {
	out := &periodPage{page: p, Faults: f.list, ID: per.ID, New: fresh, Kind: per.Kind, Choose: f.faults["programmes"], Fields: map[string]web.Field{}}
	put := func(name, kind, value string) { out.Fields[name] = f.field(name, kind, value) }
	put("id", "text", per.ID)
	put("number", "number", strconv.Itoa(per.Number))
	put("year", "number", strconv.Itoa(per.Year))
	put("label", "text", per.Label[clinic.DefaultLocale])
	put("label_en", "text", per.Label["en"])
	put("opens", "datetime-local", local(per.Opens))
	put("closes", "datetime-local", local(per.Closes))
	put("first", "date", text(per.First))
	put("last", "date", text(per.Last))
	put("daily_from", "time", clockText(per.DailyFrom))
	put("daily_until", "time", clockText(per.DailyUntil))
	put("lead", "number", strconv.Itoa(per.LeadDays))
	put("close_days", "number", strconv.Itoa(per.CloseDays))
	put("close_at", "time", clockText(per.CloseAt))
	put("cancel", "number", strconv.Itoa(per.CancelDays))
	put("hold", "number", strconv.Itoa(cmp.Or(per.HoldMinutes, clinic.StandardHold)))
	for _, prog := range s.cfg.Offer.Catalogue().Programmes {
		out.Programmes = append(out.Programmes, option{prog.Code, p.Say(prog.Name), per.Covers(prog.Code)})
	}
	return out
}

func (s *Staff) savePeriod(c *gin.Context, who account.Account) error {
	p := s.newPage(c, who, "staff.period.title")
	f, id, cat := newForm(c, p, "staff.period."), c.Param("id"), s.cfg.Offer.Catalogue()
	per := clinic.Period{Label: clinic.Text{}}
	if id != newID {
		var ok bool
		if per, ok = cat.Period(id); !ok {
			return web.ErrNotFound
		}
	} else {
		per.ID = f.text("id", 40, true)
		if _, taken := cat.Period(per.ID); taken || per.ID == newID || !goodPeriod.MatchString(per.ID) {
			f.wrong("id", "period_id")
		}
	}
	per = readPeriod(f, per)
	s.checkPeriod(f, &per)
	if !f.ok() {
		return s.pages.Render(c, http.StatusUnprocessableEntity, "period", s.periodPage(p, f, per, id == newID))
	}
	if err := s.cfg.Editor.SavePeriod(c.Request.Context(), who.Actor(), per); err != nil {
		return err
	}
	return s.done(c, "/staff/periods", p.T("staff.period.done", "period", p.Say(per.Label)))
}

func readPeriod(f *form, per clinic.Period) clinic.Period {
	label := clinic.Text{}
	for k, v := range per.Label {
		label[k] = v
	}
	label[clinic.DefaultLocale] = f.text("label", 40, true)
	delete(label, "en")
	if en := f.text("label_en", 60, false); en != "" {
		label["en"] = en
	}
	per.Label, per.Kind, per.Programmes = label, f.c.PostForm("kind"), f.c.PostFormArray("programmes")
	per.Number, per.Year = f.count("number", 999), f.count("year", 2999)
	per.Opens, per.Closes = f.moment("opens"), f.moment("closes")
	per.First, per.Last = f.day("first", true), f.day("last", true)
	per.DailyFrom, per.DailyUntil = f.clock("daily_from"), f.clock("daily_until")
	per.LeadDays, per.CloseDays, per.CloseAt, per.CancelDays = f.count("lead", 60), f.count("close_days", 60), f.clock("close_at"), f.count("cancel", 60)
	per.HoldMinutes = f.count("hold", 60) // 0 is the standard
	return per
}

// checkPeriod marks what does not fit together.
func (s *Staff) checkPeriod(f *form, per *clinic.Period) {
	cat := s.cfg.Offer.Catalogue()
	for _, code := range per.Programmes {
		if _, ok := cat.Programme(code); !ok {
			f.wrong("programmes", "programmes")
		}
	}
	if len(per.Programmes) == 0 {
		f.wrong("programmes", "programmes")
	}
	if per.Year < 2000 {
		f.wrong("year", "year")
	}
	if !per.First.IsZero() && per.Last.Before(per.First) {
		f.wrong("last", "last")
	}
	switch per.Kind {
	case clinic.FixedPeriod:
		if per.Opens.IsZero() {
			f.wrong("opens", "needed")
		}
		if !per.Closes.After(per.Opens) {
			f.wrong("closes", "closes")
		}
	case clinic.RollingPeriod:
		if !per.Opens.IsZero() || !per.Closes.IsZero() {
			f.wrong("opens", "rolling")
		}
	default:
		f.wrong("kind", "kind")
	}
	if per.DailyUntil != 0 && per.DailyUntil <= per.DailyFrom {
		f.wrong("daily_until", "daily")
	}
	for _, site := range cat.Sites { // slots that stand already must stay inside
		for _, slot := range s.cfg.Offer.Slots(site.Code, "") {
			if slot.Period == per.ID && slot.Taken > 0 && (slot.Date.Before(per.First) || slot.Date.After(per.Last)) {
				f.wrong("last", "booked_outside", "day", slot.Date)
			}
			if slot.Period == per.ID && slot.Taken > 0 && !per.Covers(slot.Programme) {
				f.wrong("programmes", "booked_programme")
			}
		}
	}
}

func local(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(clinic.Taipei).Format("2006-01-02T15:04")
}

func text(d clinic.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func clockText(t clinic.TimeOfDay) string {
	if t == 0 {
		return ""
	}
	return t.String()
}
