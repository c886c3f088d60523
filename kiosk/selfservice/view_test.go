package selfservice

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

func says(t *testing.T, s *Screen, words ...string) {
	t.Helper()
	golden.Says(t, s.Content(), words...)
}

// touch presses the button with a text.
func touch(t *testing.T, s *Screen, text string) {
	t.Helper()
	golden.Press(t, s.Content(), text)
}

func TestFromTheCardToTheNumber(t *testing.T) {
	c, p := &fakeCounter{entries: aMorning()}, &fakePrinter{}
	s, w, log := aScreen(t, landscape, Feed{Counter: c, Printer: p})
	says(t, s, "打疫苗", "今天有流感等疫苗", "目前候診 2 位")
	touch(t, s, "開始報到")
	says(t, s, "請插入健保卡", "插到底")
	s.card(cards.Event{Kind: cards.Reading}, now)
	says(t, s, "正在讀卡")
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[2].Booking.Person}, now)
	says(t, s, "王○明，您好", "09:30–10:00", "莫德納次世代", "追加劑", "2 位")
	test.AssertRendersToImage(t, "kiosk-greeting-landscape.png", w.Canvas())
	touch(t, s, "是，我要報到")
	says(t, s, "您的號碼", "A015", "前面還有 2 位", "請取回健保卡", "號碼單已印出。")
	if len(p.slips) != 1 {
		t.Errorf("%d slips", len(p.slips))
	}
	s.card(cards.Event{Kind: cards.Removed}, now)
	says(t, s, "A015")
	if strings.Contains(golden.Text(s.Content()), "請取回健保卡") || strings.Contains(golden.Text(s.Content()), "王") {
		t.Error("the card has gone, something of it stays")
	}
	touch(t, s, "完成")
	says(t, s, "打疫苗")
	for _, want := range []string{
		"msg=shown screen=kiosk finding=ready ms=0 booking=00000000-0000-0000-0000-000000000003",
		`msg="checked in" screen=kiosk booking=00000000-0000-0000-0000-000000000003 ticket=A015`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "王") {
		t.Error("the log names a person")
	}
}

func TestTheNumberIsTheBiggestThing(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, portrait, Feed{Counter: c})
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[2].Booking.Person}, now)
	touch(t, s, "是，我要報到")
	for _, x := range golden.Texts(s.Content()) {
		if (x.Text == "A015") != (x.TextSize == 300) {
			t.Errorf("%q is %v high", x.Text, x.TextSize)
		}
	}
	says(t, s, "請記住這個號碼。")
	test.AssertRendersToImage(t, "kiosk-ticket-portrait.png", w.Canvas())
}

func TestAFullDiskSendsThePersonToTheDesk(t *testing.T) {
	c := &fakeCounter{entries: aMorning(), err: fmt.Errorf("append: %w", sqldb.ErrFull)}
	s, _, log := aScreen(t, landscape, Feed{Counter: c})
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[2].Booking.Person}, now)
	touch(t, s, "是，我要報到")
	says(t, s, "這次沒有報到", "請到櫃檯報到。")
	if strings.Contains(log.String(), "checked in") {
		t.Error("an arrival is claimed that is not on the disk")
	}
}

// everyPage brings the screen to every page it has, one after the other.
func everyPage(t *testing.T, s *Screen, visit func(name string)) {
	t.Helper()
	wang := someone(3, "歐陽王小明明", "09:30", "莫德納次世代", "追加劑")
	later, done, deferred, gone := wang, wang, wang, wang
	later.Booking.Slot.Date = today.AddDays(12)
	done.Visit.Attendance, deferred.Visit.Attendance = clinic.Vaccinated, clinic.Deferred
	gone.Booking.Cancelled = now
	var many []reception.Entry
	for n := range 6 {
		many = append(many, someone(byte(30+n), "王小明", "09:30", "莫德納次世代", "追加劑"))
	}
	show := func(name string, set func(m *Model)) {
		m := Model{Ready: true, Locale: s.m.Locale, Contrast: s.m.Contrast, News: aDay(), CardIn: true}
		set(&m)
		s.m = m
		s.render()
		visit(name)
	}
	find := func(p Page, entries ...reception.Entry) func(*Model) {
		return func(m *Model) { m.Page, m.Finding = p, reception.Judge(wang.Booking.Person, entries, today) }
	}
	show("home", func(m *Model) { m.CardIn = false })
	show("closed: starting", func(m *Model) { m.Ready = false })
	show("closed: not enrolled", func(m *Model) { m.Ready, m.Notice = false, "device.not_enrolled" })
	show("closed: reader", func(m *Model) { m.Lost = true })
	show("closed: reader and scanner", func(m *Model) { m.Lost, m.Scanner = true, ScannerLost })
	show("scan only", func(m *Model) { m.CardIn, m.Lost, m.Scanner = false, true, ScannerThere })
	show("not a ticket, no reader", func(m *Model) {
		m.CardIn, m.Lost, m.Scanner, m.Page, m.Finding.Code = false, true, ScannerThere, Ask, reception.NotTicket
	})
	show("closed: locked", func(m *Model) { m.Link.State = reception.LinkLocked })
	show("closed: withdrawn", func(m *Model) { m.Link.State = reception.LinkRevoked })
	show("insert", func(m *Model) { m.Page, m.CardIn = Insert, false })
	show("reading", func(m *Model) { m.Page = Reading })
	show("greeting", find(Greeting, wang))
	show("greeting, busy", func(m *Model) { find(Greeting, wang)(m); m.Busy = true })
	show("checking in, card gone", func(m *Model) {
		m.Page, m.Busy, m.CardIn, m.later = Greeting, true, false, &cards.Event{Kind: cards.Removed}
	})
	show("booking, card gone", func(m *Model) {
		m.Page, m.Busy, m.CardIn, m.later = LaterAgree, true, false, &cards.Event{Kind: cards.Removed}
	})
	show("choose", find(Choose, many...))
	for _, slip := range []Print{NoPrinter, Printing, Printed} {
		show(fmt.Sprint("ticket ", slip), func(m *Model) {
			m.Page, m.Receipt, m.Slip, m.Printer = Ticket, reception.Receipt{Ticket: "A015", Ahead: 12}, slip, slip != NoPrinter
		})
	}
	for _, err := range []error{escpos.ErrPaperEnd, escpos.ErrCoverOpen, escpos.ErrSilent} {
		show("ticket, not printed: "+err.Error(), func(m *Model) {
			m.Page, m.Receipt, m.Printer, m.CardIn = Ticket, reception.Receipt{Ticket: "A015", Ahead: 12}, true, true
			m.SlipPrinted(err)
		})
	}
	show("ticket, nobody before", func(m *Model) { m.Page, m.Receipt = Ticket, reception.Receipt{Ticket: "A015"} })
	show("ticket, again", func(m *Model) { m.Page, m.Receipt = Ticket, reception.Receipt{Ticket: "A015", Repeat: true} })
	show("take card", func(m *Model) { m.Page = TakeCard })
	for _, p := range []string{cards.ProblemMute, cards.ProblemNotNHI, cards.ProblemHPC, cards.ProblemRemoved, cards.ProblemUnreadable} {
		show(p, func(m *Model) { m.Page, m.Problem, m.CardIn = Problem, p, p != cards.ProblemRemoved })
	}
	show("wrong day", find(Ask, later))
	show("cancelled", find(Ask, gone))
	show("vaccinated", find(Ask, done))
	show("deferred", find(Ask, deferred))
	show("not booked", find(Ask))
	show("failed", func(m *Model) { m.Page, m.Err = Ask, errors.New("no") })
	offer := reception.Offer{Slot: clinic.Slot{ID: clinic.ID{15: 1}, Date: today, Start: 9 * 60, End: 12 * 60}, Vaccine: "莫德納次世代", Left: 6}
	show("walk in", func(m *Model) { find(WalkIn)(m); m.Offers = []reception.Offer{offer} })
	show("walk in, several", func(m *Model) {
		find(WalkIn)(m)
		m.Offers = []reception.Offer{offer, {Vaccine: "流感", Left: 2}, {Vaccine: "諾瓦瓦克斯"}, {Vaccine: "A"}}
	})
	show("consent", func(m *Model) { find(Consent)(m); m.Offer = offer })
	show("consent, busy", func(m *Model) { find(Consent)(m); m.Offer, m.Busy = offer, true })
	show("full", func(m *Model) { m.Page, m.Err = Ask, clinic.Refuse(reception.NoPlace) })
	show("help, rung", func(m *Model) { m.Page, m.Rung = Help, true })
	show("help, coming", func(m *Model) { m.Page, m.Rung, m.Coming = Help, true, true })
	show("card left", func(m *Model) { m.Page, m.Left = TakeCard, true })
	show("help", func(m *Model) { m.Page = Help })
	if s.m.Locale == "zh-TW" { // the language of staff
		show("staff pin", func(m *Model) { m.CardIn, m.Page, m.Staff.Why = false, Gate, clinic.Refuse("pin_wrong", "left", "3") })
		show("staff pin forgotten", func(m *Model) {
			m.CardIn, m.Page, m.Staff = false, Gate, Staff{Challenge: digits, Until: now, PIN: "797", Why: clinic.Refuse("reset_wrong", "left", "4")}
		})
		show("staff code", func(m *Model) { m.CardIn, m.Page, m.Staff = false, Gate, Staff{Challenge: digits, Until: now} })
		show("staff menu", func(m *Model) { m.CardIn, m.Page = false, Menu })
		show("staff menu, locked", func(m *Model) {
			m.CardIn, m.Page, m.Link = false, Menu, reception.Link{State: reception.LinkLocked, Pending: 3}
		})
		show("staff menu, open for a day", func(m *Model) {
			m.CardIn, m.Page, m.Link = false, Menu, reception.Link{State: reception.LinkOffline, Open: now.AddDate(0, 0, 1)}
		})
		show("staff menu, opened before", func(m *Model) {
			m.CardIn, m.Page, m.Link, m.Staff.Why = false, Menu, reception.Link{State: reception.LinkLocked}, clinic.Refuse(replica.UnlockUsed)
		})
		show("staff menu, voice", func(m *Model) { m.CardIn, m.Page, m.Speaks, m.Volume = false, Menu, true, 70 })
	}
	show("still there", func(m *Model) { m.Asking = true })
	everyLaterPage(show, wang)
}

// everyLaterPage shows the pages on which another day is booked.
func everyLaterPage(show func(name string, set func(*Model)), wang reception.Entry) {
	wang.Booking.Person.Birth = cardholder().Birth
	begin := func(m *Model) {
		m.Booking, m.Link.State, m.Finding = true, reception.LinkLive, reception.Judge(wang.Booking.Person, []reception.Entry{wang}, today)
		m.Page = Greeting
	}
	in := func(p Page) func(*Model) {
		return func(m *Model) {
			begin(m)
			long := opening("莫德納次世代 BA.4/5", "booster", 12)
			m.Later = Later{Open: []reception.Opening{long, opening("莫德納次世代 BA.4/5", "primary1", 2), opening("流感", "single", 3)}, Steps: []Page{Greeting}, Day: long.Slots[0].Date, Slot: long.Slots[1], Mobile: "091234"}
			m.Page = p
		}
	}
	show("greeting, other days", begin)
	show("not booked, other days", func(m *Model) { begin(m); m.Finding = reception.Judge(wang.Booking.Person, nil, today); m.Page = Ask })
	show("walk in, other days", func(m *Model) {
		begin(m)
		m.Finding, m.Page, m.Offers = reception.Judge(wang.Booking.Person, nil, today), WalkIn, []reception.Offer{{Vaccine: "流感", Left: 2}, {Vaccine: "諾瓦瓦克斯"}, {Vaccine: "莫德納"}}
	})
	for i, name := range []string{"look", "vaccine", "dose", "day", "time", "phone", "agree"} {
		show("later "+name, in(LaterLook+Page(i)))
	}
	show("later phone, wrong", func(m *Model) { in(LaterPhone)(m); m.Later.Wrong = true })
	show("later agree, busy", func(m *Model) { in(LaterAgree)(m); m.Busy = true })
	for _, slip := range []Print{NoPrinter, Printed, NotPrinted} {
		show(fmt.Sprint("appointed ", slip), func(m *Model) {
			in(Appointed)(m)
			m.Slip, m.Printer = slip, slip != NoPrinter
			m.Appointment = reception.Appointment{Slot: m.Later.Slot, Vaccine: clinic.Text{"zh-TW": "莫德納次世代 BA.4/5"}, Code: "7K3QF2MB"}
		})
	}
	for _, code := range []string{reception.Unreached, reception.Unsure, noneOpen, clinic.RefusedFull, clinic.RefusedAlreadyBooked, clinic.RefusedInterval, clinic.RefusedGuardian, clinic.RefusedNoShow} {
		show("later failed: "+code, func(m *Model) { in(LaterFailed)(m); m.Err = clinic.Refuse(code) })
	}
}

func TestEveryPageFitsItsScreenAndCanBeRead(t *testing.T) {
	for size, sizes := range map[fyne.Size]ui.Sizes{landscape: ui.LandscapeSizes(), portrait: ui.PortraitSizes()} {
		for _, locale := range languages() {
			s, _, _ := aScreen(t, size, Feed{Counter: &fakeCounter{}})
			s.m.Locale = locale
			everyPage(t, s, func(name string) {
				for _, o := range s.v.root.Objects {
					if m := o.MinSize(); m.Width > size.Width || m.Height > size.Height {
						t.Errorf("%s in %s needs %v of %v", name, locale, m, size)
					}
				}
				for _, x := range golden.Texts(s.Content()) {
					if x.TextSize < sizes.Smallest {
						t.Errorf("%s: %q is %v high, less than %v", name, x.Text, x.TextSize, sizes.Smallest)
					}
					if strings.Contains(x.Text, "⟦") {
						t.Errorf("%s in %s: %q", name, locale, x.Text)
					}
				}
			})
		}
	}
}

func TestNoEnglishLeaksIntoAChineseScreen(t *testing.T) {
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	allowed := regexp.MustCompile(`^(A015|7K3QF2MB|.*BA\.4/5.*|English|Tiếng Việt|Bahasa Indonesia|.*PIN.*|.*QR.*)$`) // the number, the buttons for other languages, what staff call their PIN, and QR codes, which have no other name
	everyPage(t, s, func(name string) {
		golden.NoEnglish(t, name, s.Content(), allowed)
	})
}

func TestEveryPageHasAWayOnAndAWayToAPerson(t *testing.T) {
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	everyPage(t, s, func(name string) {
		if strings.HasPrefix(name, "home") || strings.HasPrefix(name, "closed") || name == "scan only" || strings.HasPrefix(name, "help") || strings.HasPrefix(name, "staff") {
			return // the first pages send people to the desk themselves
		}
		says(t, s, "請櫃檯協助")
	})
}

func TestNoFullNameIsEverShown(t *testing.T) {
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	everyPage(t, s, func(name string) {
		if strings.Contains(golden.Text(s.Content()), "王小明") {
			t.Errorf("%s shows a full name", name)
		}
	})
}

func TestTurningTheScreenDrawsTheOtherArrangement(t *testing.T) {
	s, w, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	w.Resize(portrait)
	if !s.v.portrait() || s.v.l.Sizes != ui.PortraitSizes() {
		t.Error("the page keeps the sizes of the other arrangement")
	}
}

func TestHighContrastIsAButtonAndEndsWithTheVisit(t *testing.T) {
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	touch(t, s, "高對比")
	if s.v.l.Palette != ui.HighContrast() {
		t.Error("the colours did not change")
	}
	touch(t, s, "開始報到")
	touch(t, s, "取消")
	if s.v.l.Palette != ui.Light() {
		t.Error("the next person gets the colours of the one before")
	}
}

func TestEnglishOnRequest(t *testing.T) {
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	touch(t, s, "English")
	says(t, s, "Start")
	touch(t, s, "Start")
	says(t, s, "Insert your\nNHI card")
}

func TestAQuietScreenGoesHome(t *testing.T) {
	s, _, log := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	touch(t, s, "開始報到")
	for range quietTicks {
		s.tick()
	}
	says(t, s, "還在嗎？")
	touch(t, s, "我還在，繼續")
	says(t, s, "請插入健保卡")
	for range quietTicks + askTicks {
		s.tick()
	}
	says(t, s, "打疫苗")
	if !strings.Contains(log.String(), "finding=still_there") {
		t.Error("the log does not tell")
	}
}
