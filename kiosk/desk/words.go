package desk

import (
	"strconv"
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// saying is what the banner says: the words for a Banner.
type saying struct {
	name, about string // empty when nobody is known
	tone        ui.Tone
	icon, chip  string
	doubt       string // a second chip
	line        string // the one sentence
	action      string // what Enter does
	primary     bool   // the action changes something
	busy        bool
	second      string // a further action, on Ctrl+Z
	change      string // a further action, on F10
	choices     []string
}

func (m *Model) saying(l ui.Look) saying {
	b := m.Banner
	s := saying{busy: b.Busy}
	switch b.Kind {
	case Idle:
		return m.idle(l)
	case Reading:
		s.tone, s.icon, s.chip, s.line = ui.Info, "card", l.T("desk.reading"), l.T("desk.reading.more")
		if b.FromCode {
			s.icon, s.chip, s.line = "search", l.T("desk.scanning"), l.T("desk.scanning.more")
		}
		return s
	case Unreadable:
		s.tone, s.icon, s.chip = ui.Notice, "alert", l.T("desk.unreadable")
		s.line, s.action = l.T("card."+b.Problem), l.T("desk.close")
		return s
	}
	s.name, s.about = l.About(b.Finding.Person, m.Today)
	if b.Doubt {
		s.doubt = l.T("desk.doubt")
	}
	switch b.Kind {
	case Refused:
		s.tone, s.icon, s.chip = ui.Alarm, "alert", l.T("desk.refused")
		if b.Finding.Entry == nil {
			s.chip = l.T("desk.failure")
		}
		s.line, s.action = l.Explain(b.Err), l.T("desk.close")
		if _, ok := m.CanCheckIn(); ok {
			s.action, s.primary = l.T("desk.retry"), true
		}
	case Arrived:
		s.tone, s.icon, s.chip, s.action = ui.Done, "check", l.T("desk.arrived"), l.T("desk.close")
		r := b.Receipt
		switch {
		case r.Repeat:
			s.line = l.T("desk.arrived.repeat", "ticket", r.Ticket)
		case r.Ahead == 0:
			s.line = l.T("desk.arrived.first", "ticket", r.Ticket)
		default:
			s.line = l.T("desk.arrived.more", "ticket", r.Ticket, "ahead", strconv.Itoa(r.Ahead))
		}
	default:
		m.finding(l, b.Finding, &s)
	}
	return s
}

// finding says what may happen with somebody who was recognised or chosen.
func (m *Model) finding(l ui.Look, f reception.Finding, s *saying) {
	s.action = l.T("desk.close")
	look := map[string]struct {
		tone ui.Tone
		icon string
	}{
		reception.Ready:          {ui.Done, "check"},
		reception.WrongDay:       {ui.Notice, "calendar"},
		reception.Cancelled:      {ui.Muted, "stop"},
		reception.AlreadyArrived: {ui.Info, "ticket"},
		reception.Finished:       {ui.Done, "check"},
		reception.NotBooked:      {ui.Notice, "help"},
		reception.Several:        {ui.Info, "people"},
		reception.NotTicket:      {ui.Notice, "alert"},
		reception.OtherTicket:    {ui.Notice, "help"},
		reception.FalseTicket:    {ui.Alarm, "alert"},
	}[f.Code]
	s.tone, s.icon = look.tone, look.icon
	key := "desk." + f.Code
	args := []string{"count", strconv.Itoa(len(f.Choice))}
	if e := f.Entry; e != nil {
		if f.Code == reception.Finished && e.Visit.Attendance == clinic.Deferred {
			key, s.tone, s.icon = "desk.deferred", ui.Notice, "alert"
		}
		args = append(args, "day", e.Booking.Slot.Date.String(), "time", e.Booking.Slot.Start.String(),
			"ticket", e.Visit.Ticket, "at", clinic.TimeOfDayOf(e.Visit.ArrivedAt).String())
	}
	s.chip = l.T(key, args...)
	if _, ok := m.Changeable(); ok {
		s.change = l.T("desk.change")
	}
	switch f.Code {
	case reception.Ready:
		s.line, s.action, s.primary = bookingLine(l, *f.Entry), l.T("desk.checkin"), true
		if s.busy {
			s.action = l.T("desk.checkin.busy")
		}
		if no := f.Entry.Against; no != nil {
			s.tone, s.icon, s.chip = ui.Notice, map[string]string{clinic.RefusedInterval: "clock"}[no.Code], l.T("desk.against."+no.Code)
			if s.icon == "" {
				s.icon = "person"
			}
			s.line, s.action = l.Explain(no)+l.T("desk.against.more"), l.T("desk.against.checkin")
			if s.busy {
				s.action = l.T("desk.checkin.busy")
			}
		}
		return
	case reception.AlreadyArrived:
		s.second = l.T("desk.already_arrived.undo")
		if m.HasChair {
			s.action, s.primary = l.T("desk.already_arrived.chair"), true
		}
	case reception.Finished:
		if m.HasChair {
			s.action = l.T("desk.vaccinated.chair")
		}
	case reception.Several:
		s.action = ""
		for _, e := range f.Choice {
			s.choices = append(s.choices, bookingLine(l, e))
		}
	}
	if _, ok := m.toWalkIn(); ok {
		s.action, s.primary = l.T("desk.walkin"), true
	}
	s.line = l.T(key+".more", args...)
}

// idle says what to do when nobody stands at the counter; what is wrong with
// the device comes first.
func (m *Model) idle(l ui.Look) saying {
	s := saying{tone: ui.Muted, icon: "cardin", chip: l.T("desk.idle"), line: l.T("desk.idle.more")}
	switch {
	case m.Notice != "":
		s.tone, s.icon, s.chip, s.line = ui.Notice, "lock", l.T(m.Notice, m.NoticeArgs...), l.T("desk.notice.more")
	case m.Failed != nil:
		s.tone, s.icon, s.chip = ui.Alarm, "alert", l.T("desk.failure.load")
		s.line = l.Explain(m.Failed)
	case m.Link.State == reception.LinkRevoked:
		s.tone, s.icon, s.chip, s.line = ui.Alarm, "shield", l.T("desk.revoked"), l.T("desk.revoked.more")
	case m.Link.State == reception.LinkLocked:
		s.tone, s.icon, s.chip, s.line = ui.Alarm, "lock", l.T("desk.locked"), l.T("desk.locked.more")
	case m.Link.State == reception.LinkOffline:
		s.tone, s.icon, s.line = ui.Notice, "cloudoff", l.T("desk.offline.more")
		s.chip = l.T("desk.offline.never")
		if !m.Link.Last.IsZero() {
			s.chip = l.T("desk.offline", "since", m.moment(l, m.Link.Since))
		}
	case m.Reader == ReaderLost:
		s.tone, s.icon, s.chip, s.line = ui.Notice, "alert", l.T("desk.reader.lost"), l.T("desk.idle.no_reader")
	case m.NoScanner:
		s.tone, s.icon, s.chip, s.line = ui.Notice, "alert", l.T("desk.scanner.lost"), l.T("desk.scanner.lost.more")
	case m.Reader == ReaderNone:
		s.icon, s.chip = "search", l.T("desk.idle.by_hand")
	}
	return s
}

func bookingLine(l ui.Look, e reception.Entry) string {
	args := []string{"time", e.Booking.Slot.Start.String(), "vaccine", l.Vaccine(e.Vaccine, e.Names), "dose", l.Dose(e)}
	if e.Dose == "" {
		return l.T("desk.booking.no_dose", args...)
	}
	return l.T("desk.booking", args...)
}

// line is what one row of the list says.
type line struct {
	time, ticket, name, age, vaccine, dose string
	tone                                   ui.Tone
	icon, state                            string
	waiting                                bool
}

func (m *Model) line(l ui.Look, e reception.Entry) line {
	or := func(s string) string {
		if s == "" {
			return "—"
		}
		return s
	}
	out := line{
		time: e.Booking.Slot.Start.String(), ticket: or(e.Visit.Ticket),
		name: e.Booking.Person.Name.String(), age: l.Age(e.Booking.Person, m.Today),
		vaccine: or(l.Vaccine(e.Vaccine, e.Names)), dose: or(l.Dose(e)), waiting: e.Waiting,
	}
	switch FilterOf(e, m.Now) {
	case Vaccinated:
		out.tone, out.icon, out.state = ui.Done, "check", l.T("attendance.vaccinated")
	case Observed:
		out.tone, out.icon, out.state = ui.Info, "clock", l.T("desk.state.observed")
	case Deferred:
		out.tone, out.icon, out.state = ui.Notice, "alert", l.T("attendance.deferred")
	case HasArrived:
		out.tone, out.icon, out.state = ui.Info, "ticket", l.T("attendance.arrived")
	case Cancelled:
		out.tone, out.icon, out.state = ui.Muted, "stop", l.T("desk.state.cancelled")
	case NoShow:
		out.tone, out.icon, out.state = ui.Muted, "stop", l.T("attendance.no_show")
	default:
		out.tone, out.icon, out.state = ui.Muted, "notyet", l.T("attendance.not_arrived")
	}
	return out
}

// name gives the filter's word.
func (f Filter) name(l ui.Look) string {
	return l.T([...]string{
		"desk.filter.all", "desk.filter.not_arrived", "desk.filter.arrived", "desk.filter.vaccinated", "desk.filter.observed",
		"desk.filter.deferred", "desk.filter.no_show", "desk.filter.cancelled",
	}[f])
}

// empty says why the list has no rows and what to do; empty when it has some.
func (m *Model) empty(l ui.Look) string {
	switch {
	case len(m.Rows()) > 0:
		return ""
	case m.Notice != "":
		return l.T("desk.notice.more")
	case !m.Loaded:
		return l.T("desk.empty.loading")
	case m.query != "":
		return l.T("desk.empty.search")
	case m.Filter != All:
		return l.T("desk.empty.filter")
	default:
		return l.T("desk.empty.none")
	}
}

func (m *Model) barText(l ui.Look) string {
	switch m.Bar.State {
	case BarUndone:
		return l.T("desk.undone", "name", m.Bar.Name.String())
	case BarFailed:
		return l.T("desk.undo.failed", "name", m.Bar.Name.String()) + l.T("desk.undo.reason", "why", l.Explain(m.Bar.Err))
	default:
		return l.T("desk.undo.done", "name", m.Bar.Name.String(), "ticket", m.Bar.Ticket)
	}
}

func (m *Model) readerWords(l ui.Look) (tone ui.Tone, icon, words string) {
	switch m.Reader {
	case ReaderEmpty:
		return ui.Muted, "card", l.T("desk.reader.ready")
	case ReaderCard:
		return ui.Info, "card", l.T("desk.reader.card")
	case ReaderLost:
		return ui.Notice, "alert", l.T("desk.reader.lost")
	case ReaderNone:
		return ui.Muted, "card", l.T("desk.reader.absent")
	default:
		return ui.Muted, "card", l.T("desk.reader.none")
	}
}

func dateWords(l ui.Look, d clinic.Date) string {
	day := i18n.T(l.Locale, "weekday.short."+strconv.Itoa(int(d.Weekday())), nil)
	return l.T("desk.date", "day", d.String(), "weekday", day)
}

// moment says when something was: the time, and the day where it is not today.
func (m *Model) moment(l ui.Look, t time.Time) string {
	at := clinic.TimeOfDayOf(t).String()
	if day := clinic.DateOf(t); day != m.Today {
		return l.T("format.date", "value", day.String()) + at
	}
	return at
}
