package selfservice

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
)

// open is a model whose replica is open.
func open() *Model { return &Model{Ready: true, Locale: "zh-TW"} }

// insert puts a card in and answers what reception finds.
func insert(m *Model, p clinic.Person, entries ...reception.Entry) {
	o := m.Card(cards.Event{Kind: cards.Recognised, Person: p})
	m.Recognised(o.Seq, reception.Judge(p, entries, today), nil, nil)
}

func TestACardLeadsToItsPage(t *testing.T) {
	wang := someone(3, "王小明", "09:30", "流感", "")
	later := wang
	later.Booking.Slot.Date = today.AddDays(2)
	done := wang
	done.Visit.Attendance = clinic.Vaccinated
	gone := wang
	gone.Booking.Cancelled = now
	for _, c := range []struct {
		name    string
		entries []reception.Entry
		page    Page
		code    string
	}{
		{"booked today", []reception.Entry{wang}, Greeting, reception.Ready},
		{"twice", []reception.Entry{wang, someone(4, "王小明", "10:00", "新冠", "")}, Choose, reception.Several},
		{"there already", []reception.Entry{arrived(wang, "A007")}, Ticket, "arrived"},
		{"another day", []reception.Entry{later}, Ask, reception.WrongDay},
		{"done", []reception.Entry{done}, Ask, reception.Finished},
		{"cancelled", []reception.Entry{gone}, Ask, reception.Cancelled},
		{"nobody we know", nil, Ask, reception.NotBooked},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := open()
			insert(m, wang.Booking.Person, c.entries...)
			if m.Page != c.page || m.Code() != c.code {
				t.Errorf("page %d, %q", m.Page, m.Code())
			}
		})
	}
}

func TestNoNumberBeforeTheDiskHasIt(t *testing.T) {
	m := open()
	wang := someone(3, "王小明", "09:30", "流感", "")
	insert(m, wang.Booking.Person, wang)
	o := m.Confirm(0)
	if o.Task != CheckIn || o.Booking != wang.Booking.ID || m.Page != Greeting {
		t.Fatalf("%+v, page %d", o, m.Page)
	}
	if again := m.Confirm(0); again.Task != Nothing {
		t.Error("a second touch checks in twice")
	}
	m.CheckedIn(reception.Receipt{Entry: arrived(wang, "A015"), Ticket: "A015"}, nil)
	if m.Page != Ticket || m.Receipt.Ticket != "A015" {
		t.Errorf("page %d", m.Page)
	}
}

func TestAFailedCheckInShowsNoNumber(t *testing.T) {
	m := open()
	wang := someone(3, "王小明", "09:30", "流感", "")
	insert(m, wang.Booking.Person, wang)
	m.Confirm(0)
	m.CheckedIn(reception.Receipt{}, errors.New("no"))
	if m.Page != Ask || m.Code() != "refused" || m.Receipt.Ticket != "" {
		t.Errorf("page %d, %q", m.Page, m.Code())
	}
}

func TestWhenTheCardGoesEverythingOfItsPersonGoes(t *testing.T) {
	wang := someone(3, "王小明", "09:30", "流感", "")
	for _, c := range []struct {
		name  string
		until func(m *Model)
		page  Page
	}{
		{"while greeting", func(*Model) {}, Home},
		{"while the check-in is on its way", func(m *Model) { m.Confirm(0) }, Greeting},
		{"with the number on the screen", func(m *Model) {
			m.Confirm(0)
			m.CheckedIn(reception.Receipt{Entry: arrived(wang, "A015"), Ticket: "A015"}, nil)
		}, Ticket},
		{"at 「還在嗎？」", func(m *Model) {
			for range quietTicks {
				m.Tick()
			}
		}, Home},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := open()
			insert(m, wang.Booking.Person, wang)
			c.until(m)
			m.Card(cards.Event{Kind: cards.Removed})
			if all := fmt.Sprintf("%+v", *m); strings.Contains(all, "王○明") || strings.Contains(all, "A12****") {
				t.Errorf("something of the person stays: %s", all)
			}
			if m.Page != c.page || m.Asking {
				t.Errorf("page %d", m.Page)
			}
		})
	}
}

func TestACardPulledOutDuringTheCheckInStillGivesTheNumber(t *testing.T) {
	m := open()
	wang := someone(3, "王小明", "09:30", "流感", "")
	insert(m, wang.Booking.Person, wang)
	m.Confirm(0)
	m.Card(cards.Event{Kind: cards.Removed})
	m.CheckedIn(reception.Receipt{Entry: arrived(wang, "A015"), Ticket: "A015"}, nil)
	if m.Page != Ticket || m.Receipt.Ticket != "A015" || !m.Receipt.Entry.Booking.ID.IsZero() {
		t.Errorf("page %d, receipt %+v", m.Page, m.Receipt)
	}
	for range ticketTicks {
		m.Tick()
	}
	if m.Page != Home || m.Receipt.Ticket != "" {
		t.Errorf("page %d", m.Page)
	}
}

func TestAQuietScreenAsksAndThenGoesHome(t *testing.T) {
	m := open()
	m.Start()
	for range quietTicks - 1 {
		m.Tick()
	}
	if m.Asking {
		t.Fatal("asked too early")
	}
	m.Tick()
	if !m.Asking {
		t.Fatal("not asked after 30 seconds")
	}
	m.StillHere()
	if m.Asking || m.Page != Insert {
		t.Fatal("the answer was not heard")
	}
	for range quietTicks + askTicks {
		m.Tick()
	}
	if m.Page != Home || m.Asking {
		t.Errorf("page %d", m.Page)
	}
}

func TestAForgottenCardIsAskedForUntilItGoes(t *testing.T) {
	m := open()
	wang := someone(3, "王小明", "09:30", "流感", "")
	insert(m, wang.Booking.Person, wang)
	for range quietTicks + askTicks {
		m.Tick()
	}
	if m.Page != TakeCard || m.Finding.Entry != nil {
		t.Fatalf("page %d, finding %q", m.Page, m.Finding.Code)
	}
	for range 100 {
		m.Tick()
	}
	if m.Page != TakeCard {
		t.Error("the card was forgotten by the screen too")
	}
	m.Card(cards.Event{Kind: cards.Removed})
	if m.Page != Home {
		t.Errorf("page %d", m.Page)
	}
}

func TestTheNextPersonStartsInChineseAndInLight(t *testing.T) {
	m := open()
	m.Speak("en")
	m.ToggleContrast()
	m.Start()
	m.Leave()
	if m.Locale != "zh-TW" || m.Contrast {
		t.Errorf("%s, contrast %v", m.Locale, m.Contrast)
	}
	m.Speak("en")
	for range quietTicks {
		m.Tick()
	}
	if m.Locale != "zh-TW" {
		t.Error("somebody walked away from the first page; it stays in English")
	}
}

func TestAnUnreadableCardAsksForItAgain(t *testing.T) {
	m := open()
	m.Card(cards.Event{Kind: cards.Unreadable, Problem: cards.ProblemMute})
	if m.Page != Problem {
		t.Fatalf("page %d", m.Page)
	}
	m.Card(cards.Event{Kind: cards.Removed})
	if m.Page != Insert {
		t.Errorf("page %d", m.Page)
	}
	m.Card(cards.Event{Kind: cards.Unreadable, Problem: cards.ProblemRemoved})
	m.Card(cards.Event{Kind: cards.Removed})
	if m.Page != Problem {
		t.Errorf("why the card was not read is no longer told: page %d", m.Page)
	}
}

func TestAClosedMachineSendsPeopleToTheDesk(t *testing.T) {
	for name, m := range map[string]*Model{
		"not open yet": {Locale: "zh-TW"},
		"no reader":    {Ready: true, Lost: true, Locale: "zh-TW"},
		"withdrawn":    {Ready: true, Link: reception.Link{State: reception.LinkRevoked}, Locale: "zh-TW"},
		"locked":       {Ready: true, Link: reception.Link{State: reception.LinkLocked}, Locale: "zh-TW"},
	} {
		m.Start()
		if m.Page != Home || m.Code() != "closed" {
			t.Errorf("%s: page %d, %q", name, m.Page, m.Code())
		}
	}
}

func TestALateAnswerToAnEarlierCardIsDropped(t *testing.T) {
	m := open()
	a, b := someone(3, "王小明", "09:30", "流感", ""), someone(4, "陳志宏", "09:30", "流感", "")
	first := m.Card(cards.Event{Kind: cards.Recognised, Person: a.Booking.Person})
	m.Card(cards.Event{Kind: cards.Removed})
	m.Card(cards.Event{Kind: cards.Recognised, Person: b.Booking.Person})
	m.Recognised(first.Seq, reception.Judge(a.Booking.Person, []reception.Entry{a}, today), nil, nil)
	if m.Page != Reading {
		t.Error("the wrong person is greeted")
	}
}

func TestTheSlipIsPrintedOnceAndAgainWhenAsked(t *testing.T) {
	m := open()
	m.Printer = true
	wang := someone(3, "王小明", "09:30", "流感", "")
	insert(m, wang.Booking.Person, wang)
	m.Confirm(0)
	if o := m.CheckedIn(reception.Receipt{Entry: arrived(wang, "A015"), Ticket: "A015"}, nil); o.Task != PrintSlip {
		t.Fatalf("%+v", o)
	}
	if o := m.PrintAgain(); o.Task != Nothing {
		t.Error("printed twice at once")
	}
	for why, err := range map[string]error{
		"kiosk.not_printed":       escpos.ErrSilent,
		"kiosk.not_printed.cover": fmt.Errorf("print: %w", escpos.ErrCoverOpen),
		"kiosk.not_printed.paper": fmt.Errorf("print: %w", escpos.ErrPaperEnd),
	} {
		if m.SlipPrinted(err); m.Slip != NotPrinted || m.SlipWhy != why {
			t.Errorf("%v is told as %d, %s", err, m.Slip, m.SlipWhy)
		}
	}
	if o := m.PrintAgain(); o.Task != PrintSlip {
		t.Error("it can't be printed again")
	}
}
