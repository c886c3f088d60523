package closing

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

// carrier has sticks in memory.
type carrier struct {
	drives    []string
	waiting   int
	confirmed Confirmed
	err       error
	used      []string
}

func (c *carrier) Drives() []string                    { return c.drives }
func (c *carrier) Unsent(context.Context) (int, error) { return c.waiting, nil }
func (c *carrier) Export(_ context.Context, folder string) (string, int, error) {
	c.used = append(c.used, "write "+folder)
	return folder + "/A.ezbundle", c.waiting, c.err
}

func (c *carrier) TakeReceipts(_ context.Context, folder string) (Confirmed, error) {
	c.used = append(c.used, "read "+folder)
	if c.err == nil {
		c.waiting = c.confirmed.Waiting
	}
	return c.confirmed, c.err
}

func aCarryPage(t *testing.T, c *carrier, l ui.Look) (p *Carry, w fyne.Window, left *int) {
	t.Helper()
	golden.App(t, l)
	left = new(int)
	p = NewCarry(Config{Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }}, func() { *left++ })
	w = golden.Window(t, p.Content(), golden.Page)
	p.Begin(t.Context(), c)
	p.Show()
	return p, w, left
}

func TestRecordsGoByStickAndTheReceiptComesBack(t *testing.T) {
	c := &carrier{waiting: 7}
	p, _, left := aCarryPage(t, c, golden.Light())
	golden.Says(t, p.Content(), "等著送出的紀錄 7 筆", "還沒看到隨身碟")
	c.drives = []string{"/media/linda/STICK", "/media/linda/OTHER"}
	golden.Press(t, p.Content(), "重新尋找")
	golden.Press(t, p.Content(), "寫入隨身碟")
	golden.Says(t, p.Content(), "7 筆已加密寫入 /media/linda/STICK/A.ezbundle", "請先退出隨身碟")
	c.confirmed = Confirmed{Acked: 40, Waiting: 2, Look: 1, Undone: 3}
	p.folder.SetText("/media/linda/OTHER")
	golden.Press(t, p.Content(), "讀入回條")
	golden.Says(t, p.Content(), "到第 40 筆為止", "還有 2 筆等著送出", "1 筆衛生局要看一下", "3 筆請求沒有照辦", "等著送出的紀錄 2 筆")
	c.confirmed = Confirmed{Acked: 42}
	golden.Press(t, p.Content(), "讀入回條")
	golden.Says(t, p.Content(), "沒有紀錄在等了。")
	if got := strings.Join(c.used, "; "); got != "write /media/linda/STICK; read /media/linda/OTHER; read /media/linda/OTHER" {
		t.Error(got)
	}
	if !p.Key(fyne.KeyEscape) || p.Key(fyne.KeyReturn) || *left != 1 {
		t.Error("Escape alone goes back")
	}
}

func TestWhatIsInTheWayOfAStickSaysWhatHelps(t *testing.T) {
	c := &carrier{waiting: 1, drives: []string{"/media/linda/STICK"}}
	p, _, _ := aCarryPage(t, c, golden.Light())
	for code, says := range map[string]string{
		"carry_no_drive": "請插好隨身碟", "carry_full": "請清出空間", "carry_readonly": "確認隨身碟沒有鎖住", "carry_nothing": "不用帶檔案",
		"carry_none": "隨身碟裡沒有回條", "receipt_other_device": "回條是給另一台裝置的", "receipt_torn": "回條不完整",
	} {
		c.err = clinic.Refuse(code)
		golden.Press(t, p.Content(), "寫入隨身碟")
		golden.Says(t, p.Content(), says)
		golden.Press(t, p.Content(), "讀入回條")
		golden.Says(t, p.Content(), says)
	}
}

func TestEveryStateOfTheCarryPage(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		sheet := golden.Open(t, "testdata/screens", "carry-"+name, *update)
		defer sheet.Close()
		c := &carrier{waiting: 7}
		p, w, _ := aCarryPage(t, c, l)
		add := func(state string) {
			t.Helper()
			sheet.Add(state, w.Canvas())
			if l.Locale == "zh-TW" {
				golden.NoEnglish(t, state, p.Content(), regexp.MustCompile(`Esc|/media/linda/(STICK|OTHER)(/A\.ezbundle)?|\.ezreceipt`))
			}
		}
		add("no stick")
		c.drives = []string{"/media/linda/STICK", "/media/linda/OTHER"}
		p.search()
		add("two sticks")
		p.export()
		add("written")
		c.confirmed = Confirmed{Acked: 40, Waiting: 2, Look: 1, Undone: 3}
		p.receipt()
		add("confirmed")
		c.err = clinic.Refuse("carry_none")
		p.receipt()
		add("no receipt")
	})
}
