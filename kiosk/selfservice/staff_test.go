package selfservice

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/ui/golden"
)

// fakeLock is a lock in memory.
type fakeLock struct {
	pin    string
	opened bool
}

// The digits of fakeLock and what central answers; wellFormed is another central's answer.
const (
	digits     = "12345671"
	answer     = "7974251517"
	wellFormed = "2634206390"
)

func (l *fakeLock) Challenge(context.Context) (string, time.Time, error) {
	return digits, now.Add(30 * time.Minute), nil
}

func (l *fakeLock) Reset(ctx context.Context, code, pin string) error {
	if pin == "1234" {
		return clinic.Refuse("pin_simple")
	}
	if code != answer {
		return clinic.Refuse("reset_wrong", "left", "4")
	}
	return l.Choose(ctx, pin)
}

func (l *fakeLock) Extend(context.Context) error {
	if l.opened {
		return clinic.Refuse(replica.UnlockUsed)
	}
	l.opened = true
	return nil
}

func (l *fakeLock) Chosen(context.Context) (bool, error) { return l.pin != "", nil }

func (l *fakeLock) Choose(_ context.Context, pin string) error {
	if len(pin) < 4 {
		return clinic.Refuse("pin_form")
	}
	l.pin = pin
	return nil
}

func (l *fakeLock) Open(_ context.Context, pin string) error {
	if pin != l.pin {
		return clinic.Refuse("pin_wrong", "left", "4")
	}
	return nil
}

func knock(t *testing.T, s *Screen, times int) {
	t.Helper()
	for _, o := range golden.Visible(s.Content()) {
		if k, ok := o.(*knob); ok {
			for range times {
				test.Tap(k)
			}
			return
		}
	}
	t.Fatal("there is no mark to knock at")
}

func enter(t *testing.T, s *Screen, pin string) {
	t.Helper()
	for _, digit := range pin {
		touch(t, s, string(digit))
	}
	s.press(s.m.Enter)
}

func TestStaffOpenTheirMenuWithAPIN(t *testing.T) {
	var ended []bool
	lock := &fakeLock{pin: "2580"}
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Lock: lock, End: func(again bool) { ended = append(ended, again) }})
	touch(t, s, "English")
	knock(t, s, knocks-1)
	says(t, s, "Start")
	knock(t, s, 1)
	says(t, s, "工作人員 PIN")
	touch(t, s, "1")
	if !strings.Contains(golden.Text(s.Content()), "●○○○") {
		t.Error("what is typed is not told")
	}
	enter(t, s, "234")
	says(t, s, "再 4 次不正確")
	enter(t, s, "2580")
	s.m.Link = reception.Link{State: reception.LinkOffline, Pending: 3}
	s.render()
	says(t, s, "自我檢查", "就緒", "離線中，3 筆待上傳", "沒有設定", "待上傳 3 筆")
	touch(t, s, "重新啟動")
	touch(t, s, "離開程式")
	if len(ended) != 2 || !ended[0] || ended[1] {
		t.Errorf("ended %v", ended)
	}
	touch(t, s, "回到報到畫面")
	says(t, s, "打疫苗")
}

func TestTheFirstPINIsChosenBySomebodyWhoStartedTheMachine(t *testing.T) {
	lock := &fakeLock{}
	s, _, _ := aScreen(t, portrait, Feed{Counter: &fakeCounter{}, Lock: lock})
	knock(t, s, knocks)
	says(t, s, "設定 PIN")
	enter(t, s, "2580")
	says(t, s, "再輸入一次")
	enter(t, s, "2581")
	says(t, s, "兩次不一樣")
	enter(t, s, "2580")
	enter(t, s, "2580")
	if says(t, s, "自我檢查"); lock.pin != "2580" {
		t.Errorf("the PIN is %q", lock.pin)
	}
	s, _, _ = aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Lock: &fakeLock{}})
	s.began = now.Add(-choiceTime)
	knock(t, s, knocks)
	says(t, s, "打疫苗")
}

func TestWhoForgotThePINCallsCentral(t *testing.T) {
	lock := &fakeLock{pin: "2580"}
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Lock: lock})
	knock(t, s, knocks)
	touch(t, s, "忘記 PIN")
	says(t, s, "唸出查驗碼", "1234 5671", "····· ·····")
	for range callTicks - 1 { // on the phone
		s.m.Tick()
	}
	if s.m.Asking {
		t.Fatal("asked whether they are still there while they are on the phone")
	}
	enter(t, s, "7974251571")
	says(t, s, "有一個不對")
	enter(t, s, wellFormed)
	says(t, s, "設定 PIN")
	enter(t, s, "4071")
	enter(t, s, "4071")
	says(t, s, "重設碼和查驗碼不", "1234 5671")
	enter(t, s, answer)
	enter(t, s, "1234")
	enter(t, s, "1234")
	says(t, s, "設定 PIN", "太容易猜")
	enter(t, s, "4071")
	enter(t, s, "4071")
	if says(t, s, "自我檢查"); lock.pin != "4071" {
		t.Errorf("the PIN is %q", lock.pin)
	}
	s.press(just(s.m.Leave))
	s.render()
	if s.m.Staff != (Staff{}) {
		t.Errorf("it remembers %+v", s.m.Staff)
	}
}

func TestALockedMachineIsOpenedForADayBehindThePIN(t *testing.T) {
	lock := &fakeLock{pin: "2580"}
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{entries: aMorning()}, Lock: lock})
	locked := reception.Link{State: reception.LinkLocked, Pending: 3}
	s.m.Link = locked
	s.render()
	says(t, s, "請到櫃檯報到", "太久沒連線")
	if s.m.Extend().Task != Nothing {
		t.Fatal("it can be opened without the PIN")
	}
	knock(t, s, knocks)
	enter(t, s, "2580")
	says(t, s, "待上傳 3 筆")
	touch(t, s, "再開放一天報到")
	if !lock.opened {
		t.Fatal("it was not opened")
	}
	s.m.Link = reception.Link{State: reception.LinkOffline, Open: now.Add(24 * time.Hour)} // as the agent tells it
	s.render()
	says(t, s, "開放報到到 12/2（三） 09:26")
	if strings.Contains(golden.Text(s.Content()), "再開放一天報到") {
		t.Error("an open machine can be opened")
	}
	touch(t, s, "回到報到畫面")
	says(t, s, "開始報到")

	s.m.Link = locked // the day is over
	s.render()
	knock(t, s, knocks)
	enter(t, s, "2580")
	touch(t, s, "再開放一天報到")
	says(t, s, "已經延長過", "重新啟動")
}

func TestNobodyGetsToTheMenuByChance(t *testing.T) {
	m := open()
	for n := range 20 {
		if o := m.Knock(now.Add(time.Duration(n) * 2 * time.Second)); o.Task != Nothing {
			t.Fatal("slow touches open the gate")
		}
	}
	for _, task := range []Task{Restart, Quit} {
		for _, p := range []Page{Home, Gate, Ticket} {
			m.Page = p
			if o := m.end(task); o.Task != Nothing {
				t.Errorf("page %d ends the program", p)
			}
		}
	}
	m.show(Gate)
	for range quietTicks + askTicks {
		m.Tick()
	}
	if m.Page != Home {
		t.Error("the gate stays open")
	}
}
