package desk

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// loaded is a model with a morning's list.
func loaded() *Model {
	m := &Model{Today: today}
	m.Entries(aMorning(), nil)
	return m
}

// insert puts a card in and answers what reception finds.
func insert(m *Model, e reception.Entry, others ...reception.Entry) {
	o := m.Card(cards.Event{Kind: cards.Recognised, Person: e.Booking.Person})
	m.Recognised(o.Seq, reception.Judge(e.Booking.Person, append([]reception.Entry{e}, others...), today), nil)
}

func TestACardBringsItsPersonIntoTheBanner(t *testing.T) {
	later := someone(20, "王小明", "09:30", "流感", "")
	later.Booking.Slot.Date = today.AddDays(2)
	for _, c := range []struct {
		name  string
		entry []reception.Entry
		want  string
	}{
		{"booked today", []reception.Entry{someone(4, "王小明", "09:30", "流感", "")}, reception.Ready},
		{"another day", []reception.Entry{later}, reception.WrongDay},
		{"cancelled", []reception.Entry{cancelled(someone(4, "王小明", "09:30", "流感", ""))}, reception.Cancelled},
		{"there already", []reception.Entry{arrived(someone(4, "王小明", "09:30", "流感", ""), "A015")}, reception.AlreadyArrived},
		{"done", []reception.Entry{as(arrived(someone(4, "王小明", "09:30", "流感", ""), "A015"), clinic.Vaccinated)}, reception.Finished},
		{"nobody we know", nil, reception.NotBooked},
		{"twice", []reception.Entry{someone(4, "王小明", "09:30", "流感", ""), someone(5, "王小明", "10:00", "新冠", "")}, reception.Several},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := loaded()
			person := someone(4, "王小明", "09:30", "", "").Booking.Person
			o := m.Card(cards.Event{Kind: cards.Recognised, Person: person})
			if o.Task != Recognise || m.Banner.Kind != Reading {
				t.Fatalf("the card asks for %v and shows %q", o.Task, m.Banner.Code())
			}
			m.Recognised(o.Seq, reception.Judge(person, c.entry, today), nil)
			if m.Banner.Code() != c.want {
				t.Errorf("shows %q", m.Banner.Code())
			}
			say := m.saying(golden.Light())
			if say.name != "王小明" || say.chip == "" || say.icon == "" || say.line == "" {
				t.Errorf("says %+v", say)
			}
			if _, can := m.CanCheckIn(); can != (c.want == reception.Ready) {
				t.Errorf("check-in offered: %v", can)
			}
			m.Card(cards.Event{Kind: cards.Removed})
			if m.Banner.Kind != Idle {
				t.Error("the card has gone, its person has not")
			}
		})
	}
}

func TestNobodyHasArrivedBeforeTheDiskSaysSo(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	o := m.Enter()
	if o.Task != CheckIn || o.Booking != m.entries[3].Booking.ID {
		t.Fatalf("Enter orders %+v", o)
	}
	if m.Banner.Kind == Arrived || m.Bar != nil {
		t.Error("the arrival is told before it is on the disk")
	}
	if again := m.Enter(); again.Task != Nothing {
		t.Error("a second Enter checks in twice")
	}
	m.CheckedIn(reception.Receipt{Entry: arrived(m.entries[3], "A015"), Ticket: "A015", Ahead: 4}, nil)
	if m.Banner.Kind != Arrived || m.Bar == nil || m.Bar.Ticket != "A015" {
		t.Errorf("after the receipt: %q, bar %+v", m.Banner.Code(), m.Bar)
	}
}

func TestARefusedCheckInCanBeTriedAgain(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	m.Enter()
	m.CheckedIn(reception.Receipt{}, errors.New("no"))
	if m.Banner.Kind != Refused || m.Bar != nil {
		t.Fatalf("shows %q", m.Banner.Code())
	}
	if o := m.Enter(); o.Task != CheckIn || o.Booking != m.entries[3].Booking.ID {
		t.Errorf("Enter orders %+v", o)
	}
}

func TestACardPulledOutDuringTheCheckInDoesNotHideIt(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	m.Enter()
	m.Card(cards.Event{Kind: cards.Removed})
	m.CheckedIn(reception.Receipt{Entry: arrived(m.entries[3], "A015"), Ticket: "A015"}, nil)
	if m.Banner.Kind != Arrived {
		t.Fatalf("shows %q", m.Banner.Code())
	}
	for range barTicks {
		m.Tick(now)
	}
	if m.Banner.Kind != Idle || m.Bar != nil {
		t.Errorf("it never goes: %q", m.Banner.Code())
	}
}

func TestTheNextCardWaitsForTheCheckInBeforeIt(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	m.Enter()
	next := cards.Event{Kind: cards.Recognised, Person: m.entries[4].Booking.Person}
	if o := m.Card(next); o.Task != Nothing {
		t.Fatalf("the next card orders %+v at once", o)
	}
	o := m.CheckedIn(reception.Receipt{Entry: arrived(m.entries[3], "A015"), Ticket: "A015"}, nil)
	if o.Task != Recognise || !o.Person.ID.Equal(next.Person.ID) {
		t.Errorf("after the check-in: %+v", o)
	}
}

func TestALateAnswerToAnEarlierCardIsDropped(t *testing.T) {
	m := loaded()
	first := m.Card(cards.Event{Kind: cards.Recognised, Person: m.entries[3].Booking.Person})
	second := m.Card(cards.Event{Kind: cards.Recognised, Person: m.entries[4].Booking.Person})
	m.Recognised(first.Seq, m.judge(m.entries[3]), nil)
	if m.Banner.Kind != Reading {
		t.Fatal("the wrong person is shown")
	}
	m.Recognised(second.Seq, m.judge(m.entries[4]), nil)
	if m.Banner.Booking() != m.entries[4].Booking.ID {
		t.Error("the right person is not shown")
	}
}

func TestUndoTakesTheLastCheckInBack(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	m.Enter()
	m.CheckedIn(reception.Receipt{Entry: arrived(m.entries[3], "A015"), Ticket: "A015"}, nil)
	o := m.TakeBack()
	if o.Task != Undo || o.Booking != m.entries[3].Booking.ID {
		t.Fatalf("Ctrl+Z orders %+v", o)
	}
	if again := m.TakeBack(); again.Task != Nothing {
		t.Error("it is undone twice")
	}
	m.TakenBack(o.Booking, nil)
	if m.Bar.State != BarUndone || m.Banner.Kind != Idle {
		t.Errorf("bar %d, banner %q", m.Bar.State, m.Banner.Code())
	}
}

func TestAnUndoThatFailedSaysSoAndCanBeTriedAgain(t *testing.T) {
	m := loaded()
	insert(m, arrived(m.entries[3], "A015"))
	o := m.TakeBack()
	m.TakenBack(o.Booking, errors.New("no"))
	if m.Bar.State != BarFailed || m.Banner.Code() != reception.AlreadyArrived {
		t.Errorf("bar %d, banner %q", m.Bar.State, m.Banner.Code())
	}
	if again := m.TakeBack(); again.Task != Undo {
		t.Error("it can't be tried again")
	}
}

func TestARepeatIsNoActAndHasNothingToUndo(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	m.Enter()
	m.CheckedIn(reception.Receipt{Entry: arrived(m.entries[3], "A010"), Ticket: "A010", Repeat: true}, nil)
	if m.Bar != nil {
		t.Error("there is something to undo")
	}
}

func TestADigitChoosesOneOfSeveral(t *testing.T) {
	m := loaded()
	a, b := someone(4, "王小明", "09:30", "流感", ""), someone(14, "王小明", "10:00", "新冠", "")
	insert(m, a, b)
	if m.Choose(3) {
		t.Error("there is no third")
	}
	if o := m.Enter(); o.Task != Nothing || m.Banner.Code() != reception.Several {
		t.Error("Enter chose without a digit")
	}
	if !m.Choose(2) {
		t.Fatal("the digit was not taken")
	}
	if o := m.Enter(); o.Task != CheckIn || o.Booking != b.Booking.ID {
		t.Errorf("Enter orders %+v", o)
	}
	if m.Choose(1) {
		t.Error("a digit is taken with nothing to choose")
	}
}

func TestEnterOpensTheRowAndThenChecksIn(t *testing.T) {
	m := loaded()
	m.Find("王")
	m.FoundRows("王", []reception.Entry{m.entries[3]}, nil)
	if o := m.Enter(); o.Task != Nothing || m.Banner.Code() != reception.Ready {
		t.Fatalf("the first Enter: %+v, %q", o, m.Banner.Code())
	}
	if o := m.Enter(); o.Task != CheckIn {
		t.Errorf("the second Enter: %+v", o)
	}
}

func TestTheArrowsWinOverTheBanner(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	m.Move(1)
	if o := m.Enter(); o.Task != Nothing || m.Banner.Booking() != m.entries[0].Booking.ID {
		t.Errorf("Enter with the cursor on the first row: %+v, %v", o, m.Banner.Booking())
	}
}

func TestALateSearchResultIsDropped(t *testing.T) {
	m := loaded()
	m.Find("王")
	m.Find("王小")
	m.FoundRows("王", m.entries, nil)
	if len(m.Rows()) != 0 {
		t.Error("the answer to another question is shown")
	}
}

func TestTheListIsReadAgainWithTheSearchKept(t *testing.T) {
	m := loaded()
	m.Find("王")
	if o := m.Entries(aMorning(), nil); o.Task != Search || o.Query != "王" {
		t.Errorf("reading again orders %+v", o)
	}
}

func TestTheBannerFollowsWhatHappenedElsewhere(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	rows := aMorning()
	rows[3] = arrived(rows[3], "B003")
	m.Entries(rows, nil)
	if m.Banner.Code() != reception.AlreadyArrived {
		t.Errorf("another device checked the person in; the banner shows %q", m.Banner.Code())
	}
	if o := m.Enter(); o.Task != Nothing {
		t.Error("the person is checked in twice")
	}
}

func TestCountsAreOfTheWholeListAndFilterIt(t *testing.T) {
	m := loaded()
	want := map[Filter]int{All: 10, NotArrived: 5, HasArrived: 1, Vaccinated: 2, Deferred: 1, Cancelled: 1}
	for _, c := range m.Counts() {
		if c.Rows != want[c.Filter] {
			t.Errorf("%s: %d, want %d", c.Filter.name(golden.Light()), c.Rows, want[c.Filter])
		}
		m.Filter = c.Filter
		if got := len(m.Rows()); got != c.Rows {
			t.Errorf("%s: the list has %d rows", c.Filter.name(golden.Light()), got)
		}
	}
}

func TestWhoIsObservedIsVaccinatedAndHasAWordOfTheirOwn(t *testing.T) {
	m := Model{Today: today, Now: now}
	rows := aMorning()
	rows[0].Visit.GivenAt = now.Add(-10 * time.Minute)
	m.Entries(rows, nil)
	counts := func(f Filter) int {
		for _, c := range m.Counts() {
			if c.Filter == f {
				return c.Rows
			}
		}
		return 0
	}
	if counts(Observed) != 1 || counts(Vaccinated) != 2 || counts(All) != len(rows) {
		t.Errorf("%+v", m.Counts())
	}
	if l := m.line(golden.Light(), rows[0]); l.state != "觀察中" || l.icon != "clock" {
		t.Errorf("%+v", l)
	}
	m.Filter = Observed
	if got := m.Rows(); len(got) != 1 || got[0].Booking.ID != rows[0].Booking.ID {
		t.Errorf("%+v", got)
	}
	m.Filter = Vaccinated
	if got := m.Rows(); len(got) != 2 {
		t.Errorf("%+v", got)
	}
	if !m.Tick(now.Add(reception.Unobserved)) || counts(Observed) != 0 || counts(Vaccinated) != 2 {
		t.Errorf("long after: %+v", m.Counts())
	}
}

func TestEscapeClearsOneThingAtATime(t *testing.T) {
	m := loaded()
	m.Filter = HasArrived
	m.Find("吳")
	m.FoundRows("吳", []reception.Entry{m.entries[2]}, nil)
	m.Enter()
	m.Escape()
	if m.Banner.Kind != Idle || m.Query() == "" {
		t.Error("the first Escape clears the banner")
	}
	m.Escape()
	if m.Query() != "" || m.Filter != HasArrived {
		t.Error("the second clears the search")
	}
	m.Escape()
	if m.Filter != All {
		t.Error("the third clears the filter")
	}
}

func TestEveryProblemOfACardHasItsOwnSentence(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range []string{cards.ProblemMute, cards.ProblemNotNHI, cards.ProblemHPC, cards.ProblemRemoved, cards.ProblemUnreadable} {
		m := loaded()
		m.Card(cards.Event{Kind: cards.Unreadable, Problem: p})
		line := m.saying(golden.Light()).line
		if line == "" || seen[line] {
			t.Errorf("%s: %q", p, line)
		}
		seen[line] = true
	}
}

func TestAReaderThatIsLostIsSaidButWorkGoesOn(t *testing.T) {
	m := loaded()
	m.Card(cards.Event{Kind: cards.ReaderLost})
	if say := m.saying(golden.Light()); say.chip != "讀卡機沒有接上" {
		t.Errorf("says %q", say.chip)
	}
	m.Move(1)
	m.Enter()
	if m.Banner.Kind != Found {
		t.Error("the list no longer works")
	}
}

func TestAContactOfAnotherDayIsSaidWithItsDay(t *testing.T) {
	m := loaded()
	if got := m.moment(golden.Light(), m.Today.At(9*60+5)); got != "09:05" {
		t.Errorf("today: %q", got)
	}
	yesterday := clinic.Date{Year: 2026, Month: 11, Day: 24}
	if got := m.moment(golden.Light(), yesterday.At(23*60+4)); got != "11/24（二）23:04" {
		t.Errorf("another day: %q", got)
	}
}
