package setup

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var update = flag.Bool("update", false, "take the pictures of the pages again")

// device answers from memory.
type device struct {
	gear, named station.Gear
	verdict     station.Verdict
	tried       string
	found       []station.Check
	calls       station.CallPage
}

func (d *device) Gear() station.Gear  { return d.gear }
func (d *device) Named() station.Gear { return d.named }
func (d *device) SetGear(_ context.Context, g station.Gear) error {
	d.gear = g
	return nil
}

func (d *device) try(what string) func(context.Context, string) station.Verdict {
	return func(_ context.Context, where string) station.Verdict { d.tried = what + " " + where; return d.verdict }
}

func (d *device) TryReader(ctx context.Context, w string) station.Verdict {
	return d.try("reader")(ctx, w)
}

func (d *device) TryScanner(ctx context.Context, w string) station.Verdict {
	return d.try("scanner")(ctx, w)
}

func (d *device) TryPrinter(ctx context.Context, w string) station.Verdict {
	return d.try("printer")(ctx, w)
}
func (d *device) SelfCheck(context.Context) []station.Check { return d.found }

func (d *device) CallPage(context.Context) (station.CallPage, error) { return d.calls, nil }

func (d *device) SetCallPage(_ context.Context, on bool) error {
	d.calls = station.CallPage{On: on}
	if on {
		d.calls.Addresses = []string{"http://192.168.1.5:8380/", "http://10.0.0.5:8380/"}
	}
	return nil
}

func config(t *testing.T, l ui.Look) Config {
	t.Helper()
	golden.App(t, l)
	return Config{Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }, Ports: func() ([]serialline.Port, error) {
		return []serialline.Port{{Path: "/dev/ttyUSB0", Name: "USB-Serial Controller"}}, nil
	}}
}

func window(t *testing.T, o fyne.CanvasObject) fyne.Window {
	t.Helper()
	w := golden.Window(t, o, golden.Page)
	return w
}

func TestEachDeviceIsTriedWithWhatItsFieldSays(t *testing.T) {
	g := NewGear(config(t, golden.Light()))
	window(t, g.Content())
	d := &device{gear: station.Gear{Readers: []string{"/dev/ttyS0", "pcsc:ACS"}}, verdict: station.Verdict{OK: true, Key: "gear.reader.ok", Args: []string{"name", "王○明"}}}
	g.Begin(t.Context(), d)
	g.Show()
	golden.Says(t, g.Content(), "健保卡讀卡機", "/dev/ttyS0, pcsc:ACS", "/dev/ttyUSB0 USB-Serial Controller")
	golden.Press(t, g.Content(), "試讀一張卡")
	if d.tried != "reader /dev/ttyS0" {
		t.Errorf("tried: %s", d.tried)
	}
	golden.Says(t, g.Content(), "讀到了：王○明。讀卡機可以用。")
	d.verdict = station.Verdict{Key: "gear.printer.paper"}
	test.Type(g.parts[2].field, " /dev/ttyUSB9 ")
	golden.Press(t, g.Content(), "試印一張")
	golden.Says(t, g.Content(), "印表機沒有紙了。")
	if d.tried != "printer /dev/ttyUSB9" {
		t.Errorf("tried: %s", d.tried)
	}
	g.parts[2].field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	golden.Says(t, g.Content(), "已儲存")
	if d.gear.Printer != "/dev/ttyUSB9" || len(d.gear.Readers) != 2 {
		t.Errorf("kept: %+v", d.gear)
	}
}

func TestTheCallsPageIsTurnedOnWithItsAddress(t *testing.T) {
	g := NewGear(config(t, golden.Light()))
	window(t, g.Content())
	d := &device{}
	g.Begin(t.Context(), d)
	g.Show()
	golden.Press(t, g.Content(), "開啟叫號網頁")
	golden.Says(t, g.Content(), "http://192.168.1.5:8380/", "關閉叫號網頁", "沒有姓名")
	d.calls = station.CallPage{On: true, Err: errors.New("address already in use")}
	g.Show()
	golden.Says(t, g.Content(), "連接埠 8380 已被別的程式使用")
	golden.Press(t, g.Content(), "關閉叫號網頁")
	if d.calls.On {
		t.Error("still on")
	}
}

func TestWhatTheCommandLineNamesIsNotChangedHere(t *testing.T) {
	g := NewGear(config(t, golden.Light()))
	window(t, g.Content())
	g.Begin(t.Context(), &device{gear: station.Gear{Scanner: "/dev/ttyS1"}, named: station.Gear{Scanner: "/dev/ttyS1"}})
	golden.Says(t, g.Content(), "由啟動參數指定，這裡不能改。")
	if !g.parts[1].field.Disabled() || g.parts[0].field.Disabled() {
		t.Error("the wrong fields can be changed")
	}
}

func TestTheSelfCheckSaysWhatToDo(t *testing.T) {
	c := NewCheck(config(t, golden.Light()))
	window(t, c.Content())
	d := &device{found: []station.Check{
		{Code: "E01", Say: "ok"},
		{Code: "E02", State: station.CheckBad, Say: "silent"},
		{Code: "E03", State: station.CheckNone, Say: "none"},
		{Code: "E07", State: station.CheckWarn, Say: "short", Args: []string{"days", "9"}},
		{Code: "E11", State: station.CheckBad, Say: "failed"},
	}}
	c.Begin(t.Context(), d)
	c.Show()
	golden.Says(t, c.Content(), "E02", "印表機", "要處理", "請檢查電源和接線", "只剩 9 天", "這一項沒有查成")
	d.found = d.found[:1]
	if !c.Key(fyne.KeyReturn) || c.Key(fyne.KeyF1) {
		t.Error("Enter checks again, other keys do not")
	}
	if strings.Contains(golden.Text(c.Content()), "E02") {
		t.Error("the page shows what was found before")
	}
}

func TestTheManualListsEveryCode(t *testing.T) {
	manual, err := os.ReadFile("../../docs/self-check.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range station.Checks {
		name := i18n.T("zh-TW", "check."+code, nil)
		if !strings.Contains(string(manual), "| "+code+" | "+name+" ") {
			t.Errorf("docs/self-check.md does not tell of %s %s", code, name)
		}
	}
}

var latin = regexp.MustCompile(`http://[\d.:]+/|E\d\d|/dev/\w+|COM\d|pcsc:|USB|QR|ESC/POS|mm|GB|Enter|Serial Controller|-`)

func TestEveryStateOfTheSettings(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		sheet := golden.Open(t, "testdata/screens", "gear-"+name, *update)
		defer sheet.Close()
		g := NewGear(config(t, l))
		w := window(t, g.Content())
		add := func(state string) {
			t.Helper()
			sheet.Add(state, w.Canvas())
			if l.Locale == "zh-TW" {
				golden.NoEnglish(t, state, g.Content(), latin)
			}
		}
		d := &device{gear: station.Gear{Readers: []string{"/dev/ttyS0"}, Scanner: "/dev/ttyS1"}, named: station.Gear{Scanner: "/dev/ttyS1"}, verdict: station.Verdict{OK: true, Key: "gear.reader.ok", Args: []string{"name", "王○明"}}}
		g.Begin(t.Context(), d)
		g.Show()
		add("one is named by the command line")
		g.attempt(g.parts[0])
		add("the reader reads")
		d.verdict = station.Verdict{Key: "gear.printer.paper"}
		g.attempt(g.parts[2])
		add("no paper")
		d.verdict = station.Verdict{Key: "gear.empty"}
		for _, p := range g.parts {
			g.attempt(p)
		}
		add("nothing is filled in")
		for _, p := range g.parts {
			p.verdict = nil
		}
		g.switchCalls()
		g.root.Objects[0].(*container.Scroll).ScrollToBottom()
		add("the calls have a page")
	})
}

func TestEveryStateOfTheSelfCheck(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		sheet := golden.Open(t, "testdata/screens", "check-"+name, *update)
		defer sheet.Close()
		c := NewCheck(config(t, l))
		w := window(t, c.Content())
		d := &device{}
		for i, code := range station.Checks {
			check := station.Check{Code: code, Say: "ok", Args: []string{"days", "9", "free", "9", "at", "9:00", "people", "1", "count", "2"}}
			switch i {
			case 1:
				check.State, check.Say = station.CheckBad, "silent"
			case 6:
				check.State, check.Say = station.CheckWarn, "short"
			}
			d.found = append(d.found, check)
		}
		c.Begin(t.Context(), d)
		c.Show()
		sheet.Add("two are not well", w.Canvas())
		if l.Locale == "zh-TW" {
			golden.NoEnglish(t, "the self-check", c.Content(), latin)
		}
	})
}
