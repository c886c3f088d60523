package selfservice

import (
	"context"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/bell"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// stranger is somebody who is not booked.
func stranger() clinic.Person { return someone(9, "陳大文", "09:00", "", "").Booking.Person }

func offers() []reception.Offer {
	return []reception.Offer{
		{Slot: clinic.Slot{ID: clinic.ID{15: 1}, Date: today, Start: 9 * 60, End: 12 * 60}, Dose: "single", Vaccine: "流感", Left: 2},
		{Slot: clinic.Slot{ID: clinic.ID{15: 2}, Date: today, Start: 9 * 60, End: 12 * 60}, Dose: "single", Vaccine: "肺炎鏈球菌", Left: 4},
	}
}

func TestWhoIsNotBookedWalksInAfterConsent(t *testing.T) {
	c := &fakeCounter{entries: aMorning(), offers: offers()}
	s, _, log := aScreen(t, landscape, Feed{Counter: c})
	s.card(cards.Event{Kind: cards.Recognised, Person: stranger()}, now)
	says(t, s, "今天這裡\n沒有您的預約", "現場還有 6 個名額", "流感", "肺炎鏈球菌", "不用，取回健保卡")
	touch(t, s, "流感")
	says(t, s, "登記前，請看這三點", "診所會用卡上的", "醫師會先評估", "請休息 15 分鐘", "流感  09:00–12:00")
	if len(c.entries) != 3 {
		t.Fatal("registered before anybody agreed")
	}
	touch(t, s, "我同意，請給號碼")
	says(t, s, "A016", "前面還有 3 位")
	if !strings.Contains(log.String(), `msg="walked in" screen=kiosk`) || strings.Contains(log.String(), "陳") {
		t.Errorf("the log: %s", log)
	}
}

func TestWhoDoesNotAgreeIsNotRegistered(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, s *Screen){
		"says no":        func(t *testing.T, s *Screen) { touch(t, s, "不同意") },
		"takes the card": func(_ *testing.T, s *Screen) { s.card(cards.Event{Kind: cards.Removed}, now) },
		"goes away": func(_ *testing.T, s *Screen) {
			for range quietTicks + askTicks {
				s.tick()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &fakeCounter{offers: offers()}
			s, _, _ := aScreen(t, landscape, Feed{Counter: c})
			s.card(cards.Event{Kind: cards.Recognised, Person: stranger()}, now)
			touch(t, s, "流感")
			end(t, s)
			if len(c.entries) != 0 || s.m.Offer.Vaccine != "" || !s.m.Finding.Person.Name.IsZero() {
				t.Errorf("something stays: %d registered, %+v", len(c.entries), s.m.Offer)
			}
			if s.m.Page == Consent || s.m.Page == WalkIn {
				t.Errorf("still on page %d", s.m.Page)
			}
		})
	}
}

func TestWhoseLastPlaceWentHearsSo(t *testing.T) {
	c := &fakeCounter{offers: offers()[:1], err: clinic.Refuse(reception.NoPlace)}
	s, _, _ := aScreen(t, portrait, Feed{Counter: c})
	s.card(cards.Event{Kind: cards.Recognised, Person: stranger()}, now)
	touch(t, s, "流感")
	touch(t, s, "我同意，請給號碼")
	says(t, s, "現場名額剛用完", "沒有登記。")
}

func TestWithoutPlacesOrWithoutACardItIsForTheDesk(t *testing.T) {
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	s.card(cards.Event{Kind: cards.Recognised, Person: stranger()}, now)
	says(t, s, "請拿健保卡到櫃檯")
	m := open()
	m.show(Reading)
	if m.Recognised(m.seq, reception.Finding{Code: reception.NotBooked}, offers(), nil); m.Page != Ask {
		t.Errorf("page %d for a person whose card was not seen", m.Page)
	}
}

// rung collects what a screen rings.
func rung(rings *[]bell.Ring, err error) func(context.Context, bell.Ring) error {
	return func(_ context.Context, r bell.Ring) error { *rings = append(*rings, r); return err }
}

func TestTheBellCallsTheDeskAndIsOnlyClaimedWhenItRang(t *testing.T) {
	var rings []bell.Ring
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Bell: rung(&rings, nil)})
	touch(t, s, "開始報到")
	touch(t, s, "請櫃檯協助")
	says(t, s, "鈴響了，櫃檯聽得到。")
	touch(t, s, "再響一次")
	if len(rings) != 2 || rings[0] != bell.Call {
		t.Errorf("rang %v", rings)
	}
	touch(t, s, "知道了")
	says(t, s, "打疫苗")
	s, _, _ = aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Bell: rung(&rings, bell.ErrSilent)})
	touch(t, s, "開始報到")
	touch(t, s, "請櫃檯協助")
	if says(t, s, "請拿健保卡到櫃檯"); strings.Contains(golden.Text(s.Content()), "鈴響了") {
		t.Error("a bell is claimed that nobody heard")
	}
	touch(t, s, "知道了")
}

func TestACardThatIsForgottenIsCalledFor(t *testing.T) {
	var rings []bell.Ring
	c := &fakeCounter{entries: aMorning()}
	s, _, _ := aScreen(t, landscape, Feed{Counter: c, Bell: rung(&rings, nil)})
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[2].Booking.Person}, now)
	touch(t, s, "這不是我")
	says(t, s, "請取回健保卡")
	for range leftTicks - 1 {
		s.tick()
	}
	if len(rings) != 10 || rings[0] != bell.Remind {
		t.Errorf("rang %d times in half a minute: %v", len(rings), rings)
	}
	s.tick()
	says(t, s, "這張卡忘了拿", "交給櫃檯")
	before := len(rings)
	for range 10 * leftTicks {
		s.tick()
	}
	if n := len(rings) - before; n != 10 {
		t.Errorf("rang %d times in five minutes", n)
	}
	s.card(cards.Event{Kind: cards.Removed}, now)
	says(t, s, "打疫苗")
	before = len(rings)
	for range 60 {
		s.tick()
	}
	if len(rings) != before {
		t.Error("it still rings")
	}
}
