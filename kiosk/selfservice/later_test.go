package selfservice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// fakeAppointments is a central in memory.
type fakeAppointments struct {
	open []reception.Opening
	err  error // of both questions
	full error // of the booking alone
	made []reception.Wish
}

func (f *fakeAppointments) Openings(context.Context, clinic.Person) ([]reception.Opening, error) {
	return f.open, f.err
}

func (f *fakeAppointments) Book(_ context.Context, w reception.Wish) (reception.Appointment, error) {
	if err := errors.Join(f.err, f.full); err != nil {
		return reception.Appointment{}, err
	}
	f.made = append(f.made, w)
	return reception.Appointment{Slot: w.Slot, Vaccine: clinic.Text{"zh-TW": "流感", "en": "Influenza"}, Dose: clinic.Text{"zh-TW": "1 劑"}, Code: "7K3QF2MB", Ticket: "EZT1:x"}, nil
}

// opening is a dose with two sessions on each of so many days.
func opening(vaccine, dose string, days int) reception.Opening {
	o := reception.Opening{
		Vaccine: clinic.Vaccine{Code: vaccine, Name: clinic.Text{"zh-TW": vaccine, "en": "Influenza"}}, Dose: clinic.DoseRule{Code: dose, Name: clinic.Text{"zh-TW": "基礎劑 1"}},
	}
	for day := range days {
		for i, start := range []clinic.TimeOfDay{9 * 60, 14 * 60} {
			o.Slots = append(o.Slots, clinic.Slot{
				ID: clinic.ID{14: byte(day + 1), 15: byte(i + 1)}, Vaccine: vaccine, Date: today.AddDays(day + 2), Start: start, End: start + 180, Capacity: 5,
			})
		}
	}
	return o
}

// cardholder is somebody whose card tells everything that a booking needs.
func cardholder() clinic.Person {
	p := stranger()
	p.Birth = clinic.NewBirth(clinic.Date{Year: 1950, Month: 6, Day: 15})
	return p
}

func live(s *Screen) { s.m.Link = reception.Link{State: reception.LinkLive} }

func TestAnotherDayIsBookedWithTheCard(t *testing.T) {
	f := &fakeAppointments{open: []reception.Opening{opening("流感", "single", 3), opening("莫德納", "primary1", 1), opening("莫德納", "booster", 1)}}
	p := &fakePrinter{}
	s, _, log := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Later: f, Printer: p})
	live(s)
	s.card(cards.Event{Kind: cards.Recognised, Person: cardholder()}, now)
	touch(t, s, "預約其他日子")
	says(t, s, "要約哪一種疫苗？", "流感", "莫德納")
	touch(t, s, "流感")
	says(t, s, "要約哪一天？", "12/3（四）", "12/5（六）")
	touch(t, s, "12/4（五）")
	says(t, s, "要約什麼時間？", "12/4（五）")
	touch(t, s, "14:00–17:00")
	says(t, s, "請輸入手機號碼", "···· ······")
	touch(t, s, "0")
	says(t, s, "0··· ······")
	s.press(just(s.m.EraseMobile))
	for _, digit := range "0912345678" {
		touch(t, s, string(digit))
	}
	says(t, s, "0912 345678")
	s.press(s.m.EnterMobile)
	says(t, s, "預約前，請看這三點", "12/4（五） 14:00–17:00")
	if len(f.made) != 0 {
		t.Fatal("booked before anybody agreed")
	}
	touch(t, s, "我同意，請幫我約")
	says(t, s, "約好了", "12/4（五）", "14:00–17:00", "7K3QF2MB", "請取回健保卡", "預約單已印出。")
	w := f.made[0]
	if w.Person.Mobile.Reveal() != "0912345678" || w.Person.Name.Reveal() != "陳大文" || w.Dose != "single" || w.Slot.ID != (clinic.ID{14: 2, 15: 2}) {
		t.Errorf("booked %+v", w.Slot)
	}
	if !slices.Equal(p.slips, []string{"7K3QF2MB"}) {
		t.Errorf("printed %v", p.slips)
	}
	touch(t, s, "再印一張")
	if len(p.slips) != 2 {
		t.Errorf("%d slips", len(p.slips))
	}
	s.card(cards.Event{Kind: cards.Removed}, now)
	if all := fmt.Sprintf("%+v", s.m); strings.Contains(all, "345678") || strings.Contains(all, "陳") {
		t.Error("something of the person stays")
	}
	says(t, s, "約好了", "14:00–17:00")
	for range ticketTicks {
		s.tick()
	}
	says(t, s, "打疫苗")
	if s.m.Appointment.Code != "" || strings.Contains(log.String(), "陳") || strings.Contains(log.String(), "0912") {
		t.Error("something stays")
	}
	if !strings.Contains(log.String(), "msg=booked screen=kiosk code=7K3QF2MB day=2026-12-04") {
		t.Errorf("the log: %s", log)
	}
}

func TestOneGoesBackStepByStepToWhereItBegan(t *testing.T) {
	wang := someone(3, "王小明", "09:30", "流感", "")
	wang.Booking.Person.Birth = clinic.NewBirth(clinic.Date{Year: 1950, Month: 6, Day: 15})
	f := &fakeAppointments{open: []reception.Opening{opening("流感", "single", 12)}}
	s, _, _ := aScreen(t, portrait, Feed{Counter: &fakeCounter{entries: []reception.Entry{wang}}, Later: f})
	live(s)
	s.card(cards.Event{Kind: cards.Recognised, Person: wang.Booking.Person}, now)
	touch(t, s, "預約其他日子")
	says(t, s, "要約哪一天？") // one vaccine, one dose: nothing to choose
	touch(t, s, "看其他選項")
	says(t, s, "12/14（一）")
	touch(t, s, "看其他選項")
	touch(t, s, "12/3（四）")
	touch(t, s, "09:00–12:00")
	touch(t, s, "1")
	s.press(s.m.EnterMobile)
	says(t, s, "手機是 09 開頭")
	touch(t, s, "上一步")
	says(t, s, "要約什麼時間？")
	touch(t, s, "上一步")
	says(t, s, "要約哪一天？")
	touch(t, s, "上一步")
	says(t, s, "要現在報到嗎？", "王○明")
	touch(t, s, "是，我要報到")
	says(t, s, "A015")
}

func TestOfflineItIsSaidAndTheRestGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		link reception.LinkState
		err  error
	}{
		"known":           {reception.LinkOffline, nil},
		"found out":       {reception.LinkLive, fmt.Errorf("ask: %w", clinic.Refuse(reception.Unreached))},
		"a failure of it": {reception.LinkLive, errors.New("no")},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeAppointments{err: c.err, open: []reception.Opening{opening("流感", "single", 3)}}
			s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{offers: offers()}, Later: f})
			s.m.Link.State = c.link
			s.card(cards.Event{Kind: cards.Recognised, Person: cardholder()}, now)
			touch(t, s, "預約其他日子")
			says(t, s, "現在不能約", "今天的報到不受影響")
			touch(t, s, "回上一頁")
			says(t, s, "要登記現場接種嗎？")
			touch(t, s, "預約其他日子")
			f.err = nil
			live(s)
			touch(t, s, "再試一次")
			says(t, s, "要約哪一天？")
		})
	}
}

func TestASecondTouchDoesNotCloseWhatWasBooked(t *testing.T) {
	s := upToConsent(t, &fakeAppointments{open: []reception.Opening{opening("流感", "single", 2)}})
	touch(t, s, "我同意，請幫我約")
	touch(t, s, "完成")
	says(t, s, "約好了", "7K3QF2MB")
	s.tick()
	touch(t, s, "完成")
	says(t, s, "請取回健保卡")
	if strings.Contains(golden.Text(s.Content()), "7K3QF2MB") {
		t.Error("the booking is still shown")
	}
}

// upToConsent brings a screen to the last question.
func upToConsent(t *testing.T, f *fakeAppointments) *Screen {
	t.Helper()
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Later: f})
	live(s)
	s.card(cards.Event{Kind: cards.Recognised, Person: cardholder()}, now)
	touch(t, s, "預約其他日子")
	touch(t, s, "12/3（四）")
	touch(t, s, "09:00–12:00")
	for _, digit := range "0912345678" {
		touch(t, s, string(digit))
	}
	s.press(s.m.EnterMobile)
	return s
}

func TestWhatCentralRefusesIsSaid(t *testing.T) {
	for code, words := range map[string][]string{
		clinic.RefusedFull:          {"這個時間剛額滿", "選其他時間"},
		clinic.RefusedAlreadyBooked: {"您已經有預約了", "請拿健保卡到櫃檯"},
		clinic.RefusedNoShow:        {"這次不能預約"},
		reception.Unsure:            {"還不確定", "請到櫃檯確認", "知道了，取回健保卡"},
	} {
		t.Run(code, func(t *testing.T) {
			f := &fakeAppointments{open: []reception.Opening{opening("流感", "single", 2)}, full: fmt.Errorf("book: %w", clinic.Refuse(code))}
			s := upToConsent(t, f)
			touch(t, s, "我同意，請幫我約")
			says(t, s, words...)
			if strings.Contains(golden.Text(s.Content()), "約好了") {
				t.Error("a booking is claimed that nobody has made")
			}
		})
	}
	f := &fakeAppointments{open: []reception.Opening{opening("流感", "single", 2)}, full: clinic.Refuse(clinic.RefusedFull)}
	s := upToConsent(t, f)
	touch(t, s, "我同意，請幫我約")
	f.full = nil
	touch(t, s, "選其他時間")
	says(t, s, "要約哪一天？")
	f.open = nil
	s = func() *Screen {
		s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Later: f})
		live(s)
		s.card(cards.Event{Kind: cards.Recognised, Person: cardholder()}, now)
		return s
	}()
	touch(t, s, "預約其他日子")
	says(t, s, "目前沒有", "可約的日子")
}

func TestACardPulledOutWhileCentralIsAskedLeavesTheAnswerAndNobody(t *testing.T) {
	for name, err := range map[string]error{"booked": nil, "unsure": clinic.Refuse(reception.Unsure)} {
		t.Run(name, func(t *testing.T) {
			m := open()
			m.Booking, m.Link.State = true, reception.LinkLive
			insert(m, cardholder())
			o := m.BookLater()
			m.Found(o.Seq, []reception.Opening{opening("流感", "single", 1)}, nil)
			m.Pick(0)
			for _, digit := range "0912345678" {
				m.TypeMobile(string(digit))
			}
			m.EnterMobile()
			if o = m.AgreeLater(); o.Task != BookDay || !m.Busy {
				t.Fatalf("page %d, %+v", m.Page, o.Task)
			}
			if again := m.AgreeLater(); again.Task != Nothing {
				t.Error("a second touch books twice")
			}
			m.Card(cards.Event{Kind: cards.Removed})
			m.Booked(reception.Appointment{Slot: o.Wish.Slot, Code: "7K3QF2MB"}, err)
			if all := fmt.Sprintf("%+v", *m); strings.Contains(all, "0912345678") || strings.Contains(all, "A12****") {
				t.Error("something of the person stays")
			}
			if err == nil && m.Page != Appointed || err != nil && (m.Page != LaterFailed || whyNot(m.Err) != reception.Unsure) {
				t.Errorf("page %d, %v", m.Page, m.Err)
			}
			for range quietTicks + askTicks {
				m.Tick()
			}
			if m.Page != Home || m.Appointment.Code != "" {
				t.Errorf("page %d", m.Page)
			}
		})
	}
}

func TestALateAnswerToAnEarlierQuestionIsDropped(t *testing.T) {
	m := open()
	m.Booking, m.Link.State = true, reception.LinkLive
	insert(m, cardholder())
	o := m.BookLater()
	m.Leave()
	m.Found(o.Seq, []reception.Opening{opening("流感", "single", 1)}, nil)
	if m.Page != TakeCard || len(m.Later.Open) != 0 {
		t.Errorf("page %d", m.Page)
	}
}

func TestOtherDaysAreOfferedOnlyWhereTheyCanBeBooked(t *testing.T) {
	for name, change := range map[string]func(s *Screen, p *clinic.Person){
		"the kiosk cannot":    func(s *Screen, _ *clinic.Person) { s.m.Booking = false },
		"the card has no day": func(_ *Screen, p *clinic.Person) { p.Birth = clinic.Birth{} },
	} {
		t.Run(name, func(t *testing.T) {
			s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Later: &fakeAppointments{}})
			live(s)
			p := cardholder()
			change(s, &p)
			s.card(cards.Event{Kind: cards.Recognised, Person: p}, now)
			if strings.Contains(golden.Text(s.Content()), "預約其他日子") {
				t.Error("it is offered")
			}
		})
	}
}
