package selfservice

import (
	"testing"

	"fyne.io/fyne/v2"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
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
		"the reader is lost":   func(m *Model) { m.Card(cards.Event{Kind: cards.ReaderLost}) },
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

func TestAReaderThatComesBackDisturbsNobodyWithATicket(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, landscape, Feed{Counter: c})
	scan(t, w, "-000000000003")
	s.card(cards.Event{Kind: cards.ReaderReady}, now)
	says(t, s, "王○明，您好")
}
