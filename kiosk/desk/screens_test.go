package desk

import (
	"flag"
	"testing"
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var (
	everyLook = flag.Bool("every", false, "look at every language and theme, as make screens does")
	update    = flag.Bool("update", false, "take the pictures anew, as make screens UPDATE=1 does")
)

// Without -every it looks at zh-TW in light colours.
func TestEveryPageLooksAsItDid(t *testing.T) {
	for theme, palette := range map[string]ui.Palette{"light": ui.Light(), "dark": ui.Dark(), "contrast": ui.HighContrast()} {
		for _, locale := range i18n.Locales() {
			if !*everyLook && (theme != "light" || locale != "zh-TW") {
				continue
			}
			t.Run(locale+" "+theme, func(t *testing.T) {
				sheet := golden.Open(t, "testdata/screens", "desk-"+locale+"-"+theme, *update)
				defer sheet.Close()
				everyState(t, ui.Look{Palette: palette, Sizes: ui.DeskSizes(), Locale: locale}, sheet)
			})
		}
	}
}

// everyState adds the list with every answer that stands above it.
func everyState(t *testing.T, l ui.Look, sheet *golden.Sheet) {
	t.Helper()
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, l, c)
	add := func(name string) { sheet.Add(name, w.Canvas()) }
	card := func(e reception.Entry) { s.card(cards.Event{Kind: cards.Recognised, Person: e.Booking.Person}, now) }
	add("idle")
	for _, n := range []int{0, 2, 3, 5, 8} { // vaccinated, arrived, ready, deferred, cancelled
		card(c.entries[n])
		add("card: " + s.m.Banner.Code() + " " + c.entries[n].Vaccine)
	}
	card(someone(99, "某某", "09:00", "", ""))
	add("card: not booked")
	later := someone(98, "周大同", "09:00", "流感", "")
	later.Booking.Slot.Date = today.AddDays(2)
	c.entries = append(c.entries, later)
	card(later)
	add("card: wrong day")
	for _, p := range []string{cards.ProblemMute, cards.ProblemNotNHI, cards.ProblemHPC, cards.ProblemRemoved} {
		s.card(cards.Event{Kind: cards.Unreadable, Problem: p}, now)
		add("card: " + p)
	}
	c.err = sqldb.ErrFull
	card(c.entries[3])
	add("the disk is full")
	c.err = nil
	s.card(cards.Event{Kind: cards.ReaderLost}, now)
	add("the reader is lost")
	s.help = &fakeHelp{calls: []reception.HelpCall{{Device: clinic.ID{7}, Letter: "K", Since: now}}}
	s.tick()
	add("help is wanted")
	s.answer()
	c.entries[0].Visit.GivenAt = now.Add(-10 * time.Minute)
	s.changed()
	s.m.Filter = Observed
	s.render()
	add("somebody is observed")
	s.m.Filter = All
	c.entries[0].Visit.GivenAt = time.Time{}
	s.changed()
	for _, state := range []reception.LinkState{
		reception.LinkLagging, reception.LinkOffline, reception.LinkStuck, reception.LinkRevoked, reception.LinkUpgrade, reception.LinkLocked,
	} {
		s.m.Link = reception.Link{State: state, Pending: 3, Behind: 95, Since: now, Last: now}
		s.render()
		add("link: " + string(state))
	}
}
