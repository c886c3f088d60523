package chair

import (
	"strconv"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// chip is a state in colour, picture and word.
type chip struct {
	tone       ui.Tone
	icon, word string
}

// state says where somebody stands: how long they have waited, or how long they
// are still to be observed.
func (m *Model) state(l ui.Look, e reception.Entry) chip {
	v := e.Visit
	if until, observed := reception.Observed(v, m.Now); observed {
		if !m.Now.Before(until) {
			return chip{ui.Notice, "bell", l.T("chair.over")}
		}
		return chip{ui.Info, "clock", l.T("chair.observed", "minutes", minutes(min(until.Sub(m.Now), reception.Observation)))}
	}
	switch v.Attendance {
	case clinic.Vaccinated:
		return chip{ui.Done, "check", l.T("attendance.vaccinated")}
	case clinic.Deferred:
		return chip{ui.Notice, "alert", l.T("attendance.deferred")}
	case clinic.Arrived:
		return chip{ui.Info, "ticket", l.T("chair.waits", "minutes", minutes(max(0, m.Now.Sub(v.ArrivedAt))))}
	}
	return chip{ui.Muted, "notyet", l.T("attendance.not_arrived")}
}

func minutes(d time.Duration) string {
	return strconv.Itoa(int((d + time.Minute - time.Second) / time.Minute))
}

// done says what was recorded last.
func (m *Model) done(l ui.Look) string {
	v := m.DoneFor.Visit
	args := []string{
		"name", m.DoneFor.Booking.Person.Name.String(), "ticket", v.Ticket, "lot", v.Lot,
		"until", clinic.TimeOfDayOf(v.GivenAt.Add(reception.Observation)).String(),
	}
	switch m.Done {
	case Give:
		return l.T("chair.done.dose", args...)
	case Defer:
		return l.T("chair.done.deferral", args...)
	case React:
		return l.T("chair.done.reaction", args...)
	case LetGo:
		return l.T("chair.done.left", args...)
	case Void:
		return l.T("chair.done.void", args...)
	}
	return ""
}

// warning is what has to be read before Enter: why the last order was not done, or
// that the vial is of another vaccine.
func (m *Model) warning(l ui.Look) (tone ui.Tone, icon, text string) {
	if m.Problem != nil {
		return ui.Alarm, "alert", l.Explain(m.Problem)
	}
	if m.Mode == Giving {
		if given, wrong := m.Mismatch(); wrong {
			return ui.Alarm, "alert", l.T("chair.mismatch", "booked", m.Person.Vaccine, "given", given)
		}
		until := clinic.TimeOfDayOf(m.Now.Add(reception.Observation)).String()
		return ui.Info, "clock", l.T("chair.then", "until", until)
	}
	return 0, "", ""
}

// field is a name and its value.
type field struct{ name, value string }

func (m *Model) summary(l ui.Look) []field {
	d := m.Dose()
	out := []field{
		{"chair.vaccine", m.productName(d.Vaccine)},
		{"chair.dose", or(l.Dose(m.Person))},
		{"chair.lot", or(d.Lot)},
		{"chair.expires", "—"},
		{"chair.limb", l.T("limb." + d.Limb)},
	}
	if !d.Expires.IsZero() {
		out[3].value = l.T("format.longdate", "value", d.Expires.String())
	}
	return out
}

// record is what is known of somebody who was seen to.
func (m *Model) record(l ui.Look) []field {
	v := m.Person.Visit
	var out []field
	if !v.GivenAt.IsZero() {
		out = append(out, field{"chair.given_at", clinic.TimeOfDayOf(v.GivenAt).String()})
		name := m.Person.Vaccine
		if v.Injection.Vaccine != "" {
			name = m.productName(v.Injection.Vaccine)
		}
		out = append(out, field{"chair.vaccine", name}, field{"chair.lot", or(v.Lot)})
		if !v.Injection.Expires.IsZero() {
			out = append(out, field{"chair.expires", l.T("format.longdate", "value", v.Injection.Expires.String())})
		}
		if v.Injection.Limb != "" {
			out = append(out, field{"chair.limb", l.T("limb." + v.Injection.Limb)})
		}
	}
	if v.Reason != "" && v.Attendance == clinic.Deferred {
		out = append(out, field{"chair.why", v.Reason})
	}
	for _, r := range v.Reactions {
		out = append(out, field{"chair.reaction", clinic.TimeOfDayOf(r.At).String() + " " + r.Note})
	}
	return out
}

func or(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
