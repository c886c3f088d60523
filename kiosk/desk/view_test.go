package desk

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

func says(t *testing.T, s *Screen, words ...string) {
	t.Helper()
	golden.Says(t, s.Content(), words...)
}

func TestACheckInFromCardToNumber(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, log := aScreen(t, golden.Light(), c)
	says(t, s, "請插健保卡，或輸入姓名、證號", "綠川小兒科診所", "115年12月1日（二）", "09:26", "已連線，剛剛同步", "讀卡機就緒")
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, now)
	says(t, s, "王小明", "65歲，男，50年6月15日生", "可以報到", "09:30 預約，莫德納次世代，追加劑。", "報到並給號", "卡片在讀卡機裡")
	test.AssertRendersToImage(t, "desk-ready.png", w.Canvas())
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "號碼 A015，前面還有 4 位。", "已報到：王○明，號碼 A015", "復原")
	for _, want := range []string{
		"msg=shown screen=desk finding=ready ms=0 booking=00000000-0000-0000-0000-000000000004",
		`msg="checked in" screen=desk booking=00000000-0000-0000-0000-000000000004 ticket=A015`,
		`msg="list shown" screen=desk rows=10`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "王小明") || strings.Contains(log.String(), "A123456784") {
		t.Error("the log names a person")
	}
}

func TestCtrlZTakesTheCheckInBack(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, now)
	golden.Key(w, fyne.KeyReturn)
	w.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutUndo{})
	if len(c.undone) != 1 || c.undone[0] != (clinic.ID{15: 4}) {
		t.Fatalf("undone: %v", c.undone)
	}
	says(t, s, "已復原：王○明")
}

func TestAFullDiskIsSaidAndNothingIsClaimed(t *testing.T) {
	c := &fakeCounter{entries: aMorning(), err: nil}
	s, w, log := aScreen(t, golden.Light(), c)
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, now)
	c.err = fmt.Errorf("append: %w", sqldb.ErrFull)
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "這次沒有報到", "磁碟快滿了，紀錄都還在。請聯絡衛生局清出空間。", "再試一次")
	if strings.Contains(golden.Text(s.Content()), "A015") || strings.Contains(log.String(), "checked in") {
		t.Error("an arrival is claimed that is not on the disk")
	}
	c.err = nil
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "號碼 A015")
}

func TestOfflineIsOrdinaryWork(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, now)
	golden.Key(w, fyne.KeyReturn)
	s.card(cards.Event{Kind: cards.Removed}, now)
	s.m.Link = reception.Link{State: reception.LinkOffline, Pending: 1, Since: today.At(9*60 + 12), Last: today.At(9*60 + 12)}
	s.render()
	says(t, s, "09:12 起沒有網路。請照常報到。", "離線中，1 筆待上傳", "待上傳", "上次連線 09:12。", "現在再試")
	test.AssertRendersToImage(t, "desk-offline.png", w.Canvas())
}

func TestSearchingAndChoosingByKeyboard(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	test.Type(s.v.field, "蔡")
	if len(s.v.rows) != 1 {
		t.Fatalf("%d rows found", len(s.v.rows))
	}
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "蔡美娟", "可以報到")
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "號碼 A015")
	golden.Key(w, fyne.KeyEscape)
	golden.Key(w, fyne.KeyEscape)
	if s.v.field.Text != "" || len(s.v.rows) != 10 {
		t.Errorf("after Escape: %q and %d rows", s.v.field.Text, len(s.v.rows))
	}
	golden.Key(w, fyne.KeyDown)
	golden.Key(w, fyne.KeyDown)
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "黃小翔")
	test.Type(s.v.field, "沒有這個人")
	says(t, s, "今天的名單裡找不到。請換姓名、證號或電話末碼再找。")
}

func TestDigitsChooseAndAreNotTyped(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	c.entries = append(c.entries, someone(14, "王小明", "11:00", "流感", ""))
	s, w, _ := aScreen(t, golden.Light(), c)
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, now)
	says(t, s, "今天有 2 筆預約，按數字選一筆。", "11:00 預約，流感。")
	test.Type(s.v.field, "2")
	says(t, s, "11:00 預約，流感。", "報到並給號")
	if s.v.field.Text != "" {
		t.Errorf("the digit was typed: %q", s.v.field.Text)
	}
	golden.Key(w, fyne.KeyReturn)
	if c.entries[10].Visit.Attendance != clinic.Arrived {
		t.Error("the chosen booking was not checked in")
	}
}

func TestTheListKeepsItsPlaceWhenItIsReadAgain(t *testing.T) {
	c := &fakeCounter{}
	for i := range 200 {
		c.entries = append(c.entries, someone(byte(i), "王小明", "09:30", "流感", ""))
	}
	s, _, _ := aScreen(t, golden.Light(), c)
	s.v.list.ScrollToOffset(2000)
	before := s.v.list.GetScrollOffset()
	s.do(Order{Task: Load})
	s.render()
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, now)
	if after := s.v.list.GetScrollOffset(); before == 0 || after != before {
		t.Errorf("the list moved from %v to %v", before, after)
	}
}

func TestARowIsOpenedByTouchingIt(t *testing.T) {
	s, _, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	s.v.list.Select(5)
	says(t, s, "阮氏花", "延後接種")
}

func TestFilterButtonsShowTheirState(t *testing.T) {
	s, _, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	for _, o := range golden.Visible(s.Content()) {
		if b, ok := o.(*ui.Button); ok && b.Text() == "未到" {
			test.Tap(b)
			break
		}
	}
	if len(s.v.rows) != 5 {
		t.Errorf("%d rows", len(s.v.rows))
	}
}

// latin is what may be Latin on a Chinese screen: the caps of keys, and tickets.
var latin = regexp.MustCompile(`^(Enter|Esc|Ctrl\+[A-Z]|F\d)$|[A-Z]\d{3}`)

func TestNoEnglishLeaksIntoAChineseScreen(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	check := func(when string) {
		t.Helper()
		golden.NoEnglish(t, when, s.Content(), latin)
	}
	check("idle")
	for _, e := range append(aMorning(), someone(99, "某某", "09:00", "", "")) {
		s.card(cards.Event{Kind: cards.Recognised, Person: e.Booking.Person}, now)
		check(s.m.Banner.Code())
		golden.Key(w, fyne.KeyReturn)
		check("after Enter: " + s.m.Banner.Code())
	}
	for _, p := range []string{cards.ProblemMute, cards.ProblemNotNHI, cards.ProblemHPC, cards.ProblemRemoved, cards.ProblemUnreadable} {
		s.card(cards.Event{Kind: cards.Unreadable, Problem: p}, now)
		check(p)
	}
	s.card(cards.Event{Kind: cards.ReaderLost}, now)
	for _, state := range []reception.LinkState{
		"", reception.LinkLive, reception.LinkLagging, reception.LinkOffline, reception.LinkStuck, reception.LinkRevoked, reception.LinkUpgrade, reception.LinkLocked,
	} {
		s.m.Link = reception.Link{State: state, Pending: 3, Behind: 95}
		s.render()
		check("link " + string(state))
	}
	for _, key := range []string{"device.not_enrolled", "desk.failure.load", "enrol.code_used", "enrol.central_unreachable"} {
		s.Notice(key)
		check(key)
	}
}

func TestEveryChipHasAnIconAndAWord(t *testing.T) {
	s, _, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	chips := 0
	for _, o := range golden.Visible(s.Content()) {
		if c, ok := o.(*ui.Chip); ok {
			chips++
			if icon, word := c.Says(); icon == "" || word == "" {
				t.Errorf("a chip with icon %q and word %q", icon, word)
			}
		}
	}
	if chips < 10 {
		t.Errorf("only %d chips were looked at", chips)
	}
}

func TestNoTextIsTooSmall(t *testing.T) {
	s, _, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	for _, x := range golden.Texts(s.Content()) {
		if x.TextSize < ui.DeskSizes().Caption {
			t.Errorf("%q is %v high", x.Text, x.TextSize)
		}
	}
}

func TestNamesInTheListAreMasked(t *testing.T) {
	s, _, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	all := golden.Text(s.Content())
	for _, e := range aMorning() {
		if strings.Contains(all, e.Booking.Person.Name.Reveal()) {
			t.Errorf("%s stands in the list in full", e.Booking.Person.Name)
		}
	}
}

func TestTheScreenFitsItsWindow(t *testing.T) {
	for name, p := range map[string]ui.Palette{"light": ui.Light(), "dark": ui.Dark(), "contrast": ui.HighContrast()} {
		l := golden.Light()
		l.Palette = p
		s, _, _ := aScreen(t, l, &fakeCounter{entries: aMorning()})
		if m := s.Content().MinSize(); m.Width > 1280 || m.Height > 800 {
			t.Errorf("%s needs %v", name, m)
		}
	}
}

func TestARuleThatStandsAgainstADoseHasItsOwnBanner(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	for code, want := range map[string]string{clinic.RefusedTooYoung: "年齡未到", clinic.RefusedTooOld: "超過年齡", clinic.RefusedInterval: "間隔未到"} {
		c.entries[3].Against = clinic.Refuse(code, "limit", "65y", "days", "28", "earliest", "2026-12-29")
		s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, now)
		says(t, s, want, "請醫師評估。", "報到，請醫師評估")
		if strings.Contains(golden.Text(s.Content()), "⟦") {
			t.Errorf("%s lacks an argument", code)
		}
	}
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "號碼 A015")
}
