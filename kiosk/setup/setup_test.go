package setup

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
)

// device answers from memory.
type device struct {
	gear, named station.Gear
	verdict     station.Verdict
	tried       string
	found       []station.Check
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

func config(t *testing.T, locale string) Config {
	t.Helper()
	l := ui.Look{Palette: ui.Light(), Sizes: ui.DeskSizes(), Locale: locale}
	test.NewTempApp(t).Settings().SetTheme(l.Theme())
	return Config{Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }, Ports: func() ([]serialline.Port, error) {
		return []serialline.Port{{Path: "/dev/ttyUSB0", Name: "USB-Serial Controller"}}, nil
	}}
}

func window(t *testing.T, o fyne.CanvasObject) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(1144, 712))
	return w
}

// visible lists everything that is drawn.
func visible(o fyne.CanvasObject) []fyne.CanvasObject {
	if o == nil || !o.Visible() {
		return nil
	}
	out := []fyne.CanvasObject{o}
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			out = append(out, visible(c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			out = append(out, visible(c)...)
		}
	}
	return out
}

func texts(o fyne.CanvasObject) (out []string) {
	for _, v := range visible(o) {
		if text, ok := v.(*canvas.Text); ok && text.Text != "" {
			out = append(out, text.Text)
		}
	}
	return out
}

func says(t *testing.T, o fyne.CanvasObject, want ...string) {
	t.Helper()
	all := strings.Join(texts(o), "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("it does not say %q but\n%s", w, all)
		}
	}
}

func press(t *testing.T, o fyne.CanvasObject, text string) {
	t.Helper()
	for _, v := range visible(o) {
		if b, ok := v.(*ui.Button); ok && b.Text() == text {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("there is no button %q", text)
}

func TestEachDeviceIsTriedWithWhatItsFieldSays(t *testing.T) {
	g := NewGear(config(t, "zh-TW"))
	w := window(t, g.Content())
	d := &device{gear: station.Gear{Readers: []string{"/dev/ttyS0", "pcsc:ACS"}}, verdict: station.Verdict{OK: true, Key: "gear.reader.ok", Args: []string{"name", "王○明"}}}
	g.Begin(t.Context(), d)
	g.Show()
	says(t, g.Content(), "健保卡讀卡機", "/dev/ttyS0, pcsc:ACS", "/dev/ttyUSB0 USB-Serial Controller")
	press(t, g.Content(), "試讀一張卡")
	if d.tried != "reader /dev/ttyS0" {
		t.Errorf("tried: %s", d.tried)
	}
	says(t, g.Content(), "讀到了：王○明。讀卡機可以用。")
	test.AssertRendersToImage(t, "gear.png", w.Canvas())
	d.verdict = station.Verdict{Key: "gear.printer.paper"}
	test.Type(g.parts[2].field, " /dev/ttyUSB9 ")
	press(t, g.Content(), "試印一張")
	says(t, g.Content(), "印表機沒有紙了。")
	if d.tried != "printer /dev/ttyUSB9" {
		t.Errorf("tried: %s", d.tried)
	}
	g.parts[2].field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	says(t, g.Content(), "已儲存")
	if d.gear.Printer != "/dev/ttyUSB9" || len(d.gear.Readers) != 2 {
		t.Errorf("kept: %+v", d.gear)
	}
}

func TestWhatTheCommandLineNamesIsNotChangedHere(t *testing.T) {
	g := NewGear(config(t, "zh-TW"))
	window(t, g.Content())
	g.Begin(t.Context(), &device{gear: station.Gear{Scanner: "/dev/ttyS1"}, named: station.Gear{Scanner: "/dev/ttyS1"}})
	says(t, g.Content(), "由啟動參數指定，這裡不能改。")
	if !g.parts[1].field.Disabled() || g.parts[0].field.Disabled() {
		t.Error("the wrong fields can be changed")
	}
}

func TestTheSelfCheckSaysWhatToDo(t *testing.T) {
	c := NewCheck(config(t, "zh-TW"))
	w := window(t, c.Content())
	d := &device{found: []station.Check{
		{Code: "E01", Say: "ok"},
		{Code: "E02", State: station.CheckBad, Say: "silent"},
		{Code: "E03", State: station.CheckNone, Say: "none"},
		{Code: "E07", State: station.CheckWarn, Say: "short", Args: []string{"days", "9"}},
		{Code: "E11", State: station.CheckBad, Say: "failed"},
	}}
	c.Begin(t.Context(), d)
	c.Show()
	says(t, c.Content(), "E02", "印表機", "要處理", "請檢查電源和接線", "只剩 9 天", "這一項沒有查成")
	test.AssertRendersToImage(t, "check.png", w.Canvas())
	d.found = d.found[:1]
	if !c.Key(fyne.KeyReturn) || c.Key(fyne.KeyF1) {
		t.Error("Enter checks again, other keys do not")
	}
	if strings.Contains(strings.Join(texts(c.Content()), ""), "E02") {
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

func TestNoEnglishLeaksIntoAChineseScreen(t *testing.T) {
	words := regexp.MustCompile(`E\d\d|/dev/\w+|COM\d|pcsc:|USB|QR|ESC/POS|mm|GB|Enter|Serial Controller|-`)
	cfg := config(t, "zh-TW")
	g, c := NewGear(cfg), NewCheck(cfg)
	d := &device{verdict: station.Verdict{Key: "gear.empty"}}
	for _, code := range station.Checks {
		d.found = append(d.found, station.Check{Code: code, Say: "ok", Args: []string{"days", "9", "free", "9", "at", "9:00", "people", "1", "count", "2"}})
	}
	g.Begin(t.Context(), d)
	g.Show()
	c.Begin(t.Context(), d)
	c.Show()
	for _, p := range g.parts {
		g.attempt(p)
	}
	for _, text := range append(texts(g.Content()), texts(c.Content())...) {
		if strings.ContainsFunc(words.ReplaceAllString(text, ""), func(r rune) bool { return unicode.Is(unicode.Latin, r) }) || strings.ContainsAny(text, "⟦{") {
			t.Errorf("it says %q", text)
		}
	}
}
