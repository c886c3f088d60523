package desk

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// scan types as a scanner does, into whatever has the keyboard.
func scan(w fyne.Window, k *fakeKeys, text string, end fyne.KeyName) {
	for _, r := range text {
		w.Canvas().Focused().TypedRune(r)
		k.at = k.at.Add(2 * time.Millisecond)
	}
	golden.Key(w, end)
}

func TestAScannerThatTypesBringsThePersonUp(t *testing.T) {
	for name, end := range map[string]fyne.KeyName{"Enter": fyne.KeyReturn, "keypad": fyne.KeyEnter, "Tab": fyne.KeyTab} {
		t.Run(name, func(t *testing.T) {
			c, keys := &fakeCounter{entries: aMorning()}, &fakeKeys{at: now}
			s, w, log := aScreenWith(t, golden.Light(), c, keys)
			scan(w, keys, c.entries[3].Booking.Code, end)
			says(t, s, "王小明", "可以報到", "09:30 預約，莫德納次世代，追加劑。", "報到並給號")
			golden.Key(w, fyne.KeyReturn) // the line feed after the scanner's carriage return checks nobody in
			if s.v.field.Text != "" || s.m.Banner.Kind != Found || len(s.v.rows) != 10 {
				t.Errorf("searched for %q, banner %s, %d rows", s.v.field.Text, s.m.Banner.Code(), len(s.v.rows))
			}
			keys.at = keys.at.Add(time.Second)
			golden.Key(w, fyne.KeyReturn)
			says(t, s, "號碼 A015")
			if text := log.String(); strings.Contains(text, "王小明") || strings.Contains(text, "code=") {
				t.Errorf("the log tells too much:\n%s", text)
			}
		})
	}
}

func TestAScanLeavesTheSearchAlone(t *testing.T) {
	c, keys := &fakeCounter{entries: aMorning()}, &fakeKeys{at: now}
	s, w, _ := aScreenWith(t, golden.Light(), c, keys)
	test.Type(s.v.field, "蔡")
	scan(w, keys, c.entries[3].Booking.Code, fyne.KeyReturn)
	says(t, s, "王小明", "可以報到")
	if s.v.field.Text != "蔡" || len(s.v.rows) != 1 {
		t.Errorf("searched for %q, %d rows", s.v.field.Text, len(s.v.rows))
	}
}

func TestATicketIsHeardHoweverSlowTheWindowWas(t *testing.T) {
	ticket := "EZT1:" + strings.Repeat("aB3_-Z9", 15) + "AA"
	for name, slow := range map[string]int{"at its beginning": 3, "half way": 40, "up to its end": len(ticket)} {
		t.Run(name, func(t *testing.T) {
			c, keys := &fakeCounter{entries: aMorning()}, &fakeKeys{at: now}
			c.scans = map[string]reception.Finding{ticket: {Code: reception.FalseTicket}}
			s, w, _ := aScreenWith(t, golden.Light(), c, keys)
			for _, r := range ticket[:slow] {
				w.Canvas().Focused().TypedRune(r)
				if keys.due != nil {
					keys.due() // the timer was quicker than the next key
				}
			}
			scan(w, keys, ticket[slow:], fyne.KeyReturn)
			if s.m.Banner.Finding.Code != reception.FalseTicket || s.v.field.Text != "" || s.m.Query() != "" {
				t.Errorf("banner %s, searched for %q", s.m.Banner.Code(), s.v.field.Text)
			}
		})
	}
}

func TestAPersonTypesAsEver(t *testing.T) {
	c, keys := &fakeCounter{entries: aMorning()}, &fakeKeys{at: now}
	s, w, _ := aScreenWith(t, golden.Light(), c, keys)
	for _, r := range "A0" {
		w.Canvas().Focused().TypedRune(r)
		keys.due() // nothing else came: it was a person
	}
	w.Canvas().Focused().TypedRune('1')
	golden.Key(w, fyne.KeyBackspace) // at once
	if s.v.field.Text != "A0" {
		t.Errorf("the field has %q", s.v.field.Text)
	}
	for _, r := range "14" {
		w.Canvas().Focused().TypedRune(r)
	}
	golden.Key(w, fyne.KeyReturn)
	says(t, s, "阮氏花")
	golden.Key(w, fyne.KeyEscape)
	golden.Key(w, fyne.KeyEscape)
	if golden.Key(w, fyne.KeyTab); w.Canvas().Focused() == fyne.Focusable(s.v.field) {
		t.Error("Tab leads nowhere")
	}
}

func TestWhatIsNoTicketIsSaid(t *testing.T) {
	c, keys := &fakeCounter{entries: aMorning()}, &fakeKeys{at: now}
	s, w, _ := aScreenWith(t, golden.Light(), c, keys)
	scan(w, keys, "https://example.tw/", fyne.KeyReturn)
	says(t, s, "這不是預約的 QR 碼", "請掃預約完成頁上的 QR 碼，或插健保卡、輸入姓名、證號。")
	s.scanned(scanner.Event{Kind: scanner.Misread, Err: scanner.ErrUnended}, now)
	says(t, s, "這不是預約的 QR 碼")
	golden.Key(w, fyne.KeyEscape)
	s.scanned(scanner.Event{Kind: scanner.Lost, Err: scanner.ErrUnended}, now)
	says(t, s, "掃描器沒有接上")
	s.scanned(scanner.Event{Kind: scanner.Ready}, now)
	says(t, s, "請插健保卡")
}

func TestATicketWaitsUntilTheCheckInIsOnTheDisk(t *testing.T) {
	m := loaded()
	insert(m, m.entries[3])
	m.Enter()
	if o := m.Scanned(scanner.Event{Kind: scanner.Scanned}); o.Task != Nothing || !m.Banner.Busy {
		t.Fatalf("orders %+v while busy", o)
	}
	o := m.CheckedIn(reception.Receipt{Entry: arrived(m.entries[3], "A015"), Ticket: "A015"}, nil)
	if o.Task != Scan || m.Bar == nil || m.Bar.Ticket != "A015" {
		t.Fatalf("orders %+v", o)
	}
	m.Recognised(o.Seq, m.judge(m.entries[4]), nil)
	m.Card(cards.Event{Kind: cards.Removed}) // of the one before
	if m.Banner.Booking() != (clinic.ID{15: 5}) {
		t.Errorf("shows %s", m.Banner.Code())
	}
	late := m.Scanned(scanner.Event{Kind: scanner.Scanned})
	m.Scanned(scanner.Event{Kind: scanner.Scanned})
	if m.Recognised(late.Seq, m.judge(m.entries[3]), nil); m.Banner.Kind != Reading {
		t.Error("the answer to an earlier scan is shown")
	}
	for _, code := range []string{reception.NotTicket, reception.OtherTicket, reception.FalseTicket} {
		m.show(Banner{Kind: Found, Finding: reception.Finding{Code: code}})
		if say := m.saying(golden.Light()); say.chip == "" || say.line == "" || say.icon == "" || strings.Contains(say.chip+say.line, "desk.") {
			t.Errorf("%s says %+v", code, say)
		}
	}
}
