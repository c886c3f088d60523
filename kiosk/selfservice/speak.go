package selfservice

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Voice speaks what the page asks for (voice.Speaker). It never waits.
type Voice interface {
	Say(locale, words string) // cuts off what is spoken
	Hush()
	SetVolume(percent int)
}

// Volumes are kept on the device.
type Volumes interface {
	Volume(ctx context.Context) (percent int, err error)
	KeepVolume(ctx context.Context, percent int) error
}

// loudness are the steps of the staff menu.
var loudness = [...]int{0, 40, 70, 100}

// Louder takes the next step, after the loudest none.
func (m *Model) Louder() Order {
	m.touch()
	if m.Page != Menu || !m.Speaks {
		return Order{}
	}
	next := loudness[0]
	for _, step := range loudness {
		if step > m.Volume {
			next = step
			break
		}
	}
	m.Volume = next
	return Order{Task: KeepVolume, Volume: next}
}

// Spoken gives what is said when a page comes: what it asks for, and nothing that tells
// who stands before it. Staff are spoken to in no way.
func (m *Model) Spoken() string {
	t := func(key string, args ...string) string {
		return ui.Look{Locale: m.Locale}.T(key, args...)
	}
	if m.Asking {
		return t("kiosk.still_there")
	}
	var parts []string
	switch m.Page {
	case Insert:
		parts = []string{t("kiosk.insert"), t("kiosk.insert.lead")}
	case Greeting:
		parts = []string{t("kiosk.question")}
	case Choose:
		parts = []string{t("kiosk.several.question")}
	case Ticket:
		parts = []string{t("kiosk.number"), spelled(m.Receipt.Ticket)}
		switch {
		case m.Receipt.Repeat:
			parts = append(parts, t("kiosk.ahead.repeat"))
		case m.Receipt.Ahead == 0:
			parts = append(parts, t("kiosk.ahead.none"))
		default:
			parts = append(parts, t("kiosk.ahead", "count", strconv.Itoa(m.Receipt.Ahead)))
		}
		if m.CardIn {
			parts = append(parts, t("kiosk.take_card"))
		}
	case TakeCard:
		parts = []string{t("kiosk.take_card")}
	case Problem:
		parts = []string{t("kiosk.problem." + m.Problem), t("kiosk.problem." + m.Problem + ".1"), t("kiosk.problem." + m.Problem + ".2")}
	case Ask:
		parts = []string{t(m.outcome()), t("kiosk.desk")}
	case Help:
		parts = []string{t("kiosk.desk")}
		if m.Coming {
			parts = []string{t("kiosk.coming"), t("kiosk.coming.lead")}
		}
	case WalkIn:
		parts = []string{t("kiosk.not_booked"), t("kiosk.walk_in.question")}
	case Consent:
		parts = []string{t("kiosk.consent")}
	case LaterVaccine:
		parts = []string{t("kiosk.later.vaccine")}
	case LaterDose:
		parts = []string{t("kiosk.later.dose")}
	case LaterDay:
		parts = []string{t("kiosk.later.day")}
	case LaterTime:
		parts = []string{t("kiosk.later.time")}
	case LaterPhone:
		parts = []string{t("kiosk.later.phone")}
	case LaterAgree:
		parts = []string{t("kiosk.later.agree")}
	case Appointed:
		parts = []string{t("kiosk.later.booked"), t("kiosk.later.on", "day", m.Appointment.Slot.Date.String()), m.Appointment.Slot.Start.String()}
	case LaterFailed:
		parts = []string{t("kiosk.later.failed." + whyNot(m.Err))}
	}
	return sentences(parts)
}

// sentences sets texts of the page one after the other: where a line breaks nobody
// pauses, where a text ends one does.
func sentences(parts []string) string {
	for i, p := range parts {
		p = strings.ReplaceAll(p, "\n", " ")
		if i < len(parts)-1 && !strings.ContainsAny(p[len(p)-1:], ".?!") && !strings.HasSuffix(p, "。") && !strings.HasSuffix(p, "？") {
			p += "."
		}
		parts[i] = p
	}
	return strings.Join(parts, " ")
}

// spelled sets a queue number apart, so that it is read by its characters.
func spelled(ticket string) string { return strings.Join(strings.Split(ticket, ""), " ") }

// outcome is the key of what Ask tells.
func (m *Model) outcome() string {
	switch {
	case full(m.Err):
		return "kiosk.full"
	case m.Err != nil:
		return "kiosk.failure"
	case m.Finding.Entry != nil && m.Finding.Code == reception.Finished && m.Finding.Entry.Visit.Attendance == clinic.Deferred:
		return "kiosk.deferred"
	}
	return "kiosk." + m.Finding.Code
}

// speak says what a page asks for when it comes, or when the language changes.
func (s *Screen) speak() {
	if s.feed.Voice == nil {
		return
	}
	words := s.m.Spoken()
	key := s.m.Code() + s.m.Locale
	if s.m.Coming {
		key += " coming"
	}
	if key == s.spoken {
		return
	}
	s.spoken = key
	if words == "" {
		s.feed.Voice.Hush()
		return
	}
	s.feed.Voice.Say(s.m.Locale, words)
}

// loud brings the kept volume, or keeps it.
func (s *Screen) loud(ctx context.Context, o Order) func() Order {
	if o.Task == KeepVolume {
		s.feed.Voice.SetVolume(o.Volume)
		s.feed.Voice.Say(i18n.Default, i18n.T(i18n.Default, "staffmenu.voice", nil))
		err := s.feed.Volumes.KeepVolume(ctx, o.Volume)
		return just(func() { _ = s.failed("keep the volume", err) })
	}
	percent, err := s.feed.Volumes.Volume(ctx)
	return just(func() {
		if s.failed("read the volume", err) == nil {
			s.m.Volume = percent
			s.feed.Voice.SetVolume(percent)
		}
	})
}

// volume is the button of the staff menu beside the one that tries the bell.
func (v *view) volume(bell fyne.CanvasObject) fyne.CanvasObject {
	l, m := v.l, &v.s.m
	words := l.T("staffmenu.voice.off")
	if m.Volume > 0 {
		words = l.T("staffmenu.voice.on", "percent", strconv.Itoa(m.Volume))
	}
	if !m.Speaks {
		return bell
	}
	return ui.Pages(l.Sizes.Gap, bell, v.quiet(words, "", m.Louder))
}
