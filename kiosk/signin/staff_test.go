package signin

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"ezhitong.tw/kiosk/ui/golden"
)

func TestARosterThatCannotBeReadIsNotTakenForAnEmptyOne(t *testing.T) {
	b := behind(t, golden.Light(), chen)
	b.types("4071")
	b.key(fyne.KeyReturn)
	b.staff.Show()
	if err := b.r.Replica.Close(); err != nil {
		t.Fatal(err)
	}
	b.staff.Show()
	b.says(t, chen.Name, "這一步沒有完成")
	if text := golden.Text(b.w.Content()); strings.Contains(text, "還沒有設定人員") {
		t.Errorf("it says\n%s", text)
	}
}

func TestTwoPressesAddOnePerson(t *testing.T) {
	b := behind(t, golden.Light(), chen)
	b.types("4071")
	b.key(fyne.KeyReturn)
	b.staff.Show()
	b.press(t, "新增人員")
	b.types(lin.Account)
	b.staff.name.SetText(lin.Name)
	b.staff.pin.SetText("80312")
	b.staff.again.SetText("80312")
	var slow []func()
	b.Door.cfg.Background = func(work func()) { slow = append(slow, work) }
	b.press(t, "儲存")
	b.press(t, "儲存")
	b.Door.cfg.Background = func(work func()) { work() }
	for _, work := range slow {
		work()
	}
	b.says(t, "已新增。", lin.Name)
}
