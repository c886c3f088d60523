package selfservice

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// scan types as a scanner does that is plugged in beside the screen.
func scan(t *testing.T, w fyne.Window, text string) {
	t.Helper()
	if w.Canvas().Focused() != nil {
		t.Fatal("a button has the keyboard")
	}
	for _, r := range text {
		w.Canvas().OnTypedRune()(r)
	}
	w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func TestFromTheTicketToTheNumber(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, landscape, Feed{Counter: c})
	touch(t, s, "開始報到")
	scan(t, w, "-000000000003")
	says(t, s, "王○明，您好", "09:30–10:00", "莫德納次世代")
	touch(t, s, "是，我要報到")
	says(t, s, "您的號碼", "A015")
	touch(t, s, "完成")
	says(t, s, "打疫苗")
	scan(t, w, "-000000000001")
	says(t, s, "A011", "您已報到過，號碼不變")
}

func TestWhatIsNoTicketIsSaid(t *testing.T) {
	s, w, _ := aScreen(t, portrait, Feed{Counter: &fakeCounter{entries: aMorning()}})
	scan(t, w, "https://example.tw/")
	says(t, s, "這不是預約的 QR 碼", "或改插健保卡", "知道了")
	touch(t, s, "知道了")
	says(t, s, "打疫苗")
	s.scanned(scanner.Event{Kind: scanner.Misread, Err: scanner.ErrTooLong}, now)
	says(t, s, "這不是預約的 QR 碼")
}

func TestWhoseCardIsInIsServedFirst(t *testing.T) {
	read := scanner.Event{Kind: scanner.Scanned}
	for name, act := range map[string]func(m *Model){
		"a card is in":         func(m *Model) { m.Card(cards.Event{Kind: cards.Reading}) },
		"the device is locked": func(m *Model) { m.Link.State = reception.LinkLocked },
		"a check-in is on its way": func(m *Model) {
			o := m.Scanned(read)
			e := aMorning()[2]
			m.Recognised(o.Seq, reception.Judge(e.Booking.Person, []reception.Entry{e}, today), nil, nil)
			m.Confirm(0)
		},
	} {
		m := &Model{Ready: true}
		act(m)
		if o := m.Scanned(read); o.Task != Nothing {
			t.Errorf("%s: a scan orders %v", name, o.Task)
		}
	}
}

// dead is a reader that does not answer.
var dead = cards.Event{Kind: cards.ReaderLost}

func TestWithADeadReaderATicketStillChecksIn(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, log := aScreen(t, landscape, Feed{Counter: c})
	touch(t, s, "開始報到")
	s.card(dead, now)
	says(t, s, "請到櫃檯報到", "有掃描器可掃 QR 碼") // whether a scanner types here nobody knows yet
	s.scanned(scanner.Event{Kind: scanner.Ready}, now)
	says(t, s, "請掃預約的 QR 碼", "對準掃描器", "沒有 QR 碼，請到櫃檯")
	if strings.Contains(golden.Text(s.Content()), "插入健保卡") || !strings.Contains(log.String(), "finding=scan_only") {
		t.Error("it asks for a card that nothing reads")
	}
	scan(t, w, "-000000000003")
	says(t, s, "王○明，您好", "09:30–10:00")
	s.card(dead, now) // tried again, in vain
	touch(t, s, "是，我要報到")
	says(t, s, "您的號碼", "A015")
	touch(t, s, "完成")
	says(t, s, "請掃預約的 QR 碼")
	scan(t, w, "https://example.tw/")
	says(t, s, "這不是預約的 QR 碼", "或到櫃檯報到")
	touch(t, s, "知道了")
	s.scanned(scanner.Event{Kind: scanner.Lost}, now)
	says(t, s, "請到櫃檯報到", "這台機器暫停使用")
	s.card(cards.Event{Kind: cards.ReaderReady}, now)
	says(t, s, "插入健保卡", "開始報到")
}

func TestAScannerThatTypesIsKnownOnceItHasRead(t *testing.T) {
	s, w, _ := aScreen(t, portrait, Feed{Counter: &fakeCounter{entries: aMorning()}})
	s.card(dead, now)
	scan(t, w, "-000000000001")
	says(t, s, "A011", "您已報到過，號碼不變")
	touch(t, s, "完成")
	says(t, s, "請掃預約的 QR 碼")
}

func TestAReaderThatComesBackDisturbsNobodyWithATicket(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, landscape, Feed{Counter: c})
	scan(t, w, "-000000000003")
	s.card(cards.Event{Kind: cards.ReaderReady}, now)
	says(t, s, "王○明，您好")
}
