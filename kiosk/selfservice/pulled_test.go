package selfservice

import (
	"strings"
	"testing"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// TestACardMayGoWhileSomethingIsUnderWay pulls the card out while the page waits for an answer.
func TestACardMayGoWhileSomethingIsUnderWay(t *testing.T) {
	for page, yes := range map[Page]func(m *Model) Order{
		Greeting:   func(m *Model) Order { return m.Confirm(0) },
		Choose:     func(m *Model) Order { return m.Confirm(0) },
		Consent:    (*Model).Agree,
		LaterAgree: (*Model).AgreeLater,
	} {
		s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{entries: aMorning()}, Later: &fakeAppointments{}})
		var waiting []func()
		s.cfg.Background = func(f func()) { waiting = append(waiting, f) }
		wang := aMorning()[2]
		s.m.CardIn, s.m.Page = true, page
		s.m.Finding = reception.Judge(wang.Booking.Person, []reception.Entry{wang}, today)
		if page == Choose {
			s.m.Finding = reception.Judge(wang.Booking.Person, []reception.Entry{wang, someone(4, "王小明", "10:00", "流感", "")}, today)
		}
		s.m.Offers = []reception.Offer{{Vaccine: "流感", Left: 2}}
		long := opening("流感", "single", 3)
		s.m.Later = Later{Open: []reception.Opening{long}, Day: long.Slots[0].Date, Slot: long.Slots[0]}
		s.press(func() Order { return yes(&s.m) })
		s.card(cards.Event{Kind: cards.Removed}, now)
		if !s.m.Busy || len(waiting) != 1 {
			t.Fatalf("page %d waits for %d", page, len(waiting))
		}
		if strings.Contains(golden.Text(s.Content()), "王") {
			t.Errorf("page %d still names somebody whose card has gone", page)
		}
		says(t, s, "請等一下")
		waiting[0]()
		if s.m.Busy || s.m.Page != Ticket && s.m.Page != Appointed {
			t.Errorf("page %d ends on %d", page, s.m.Page)
		}
	}
}
