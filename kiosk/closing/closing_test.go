package closing

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

var day = clinic.Date{Year: 2026, Month: time.December, Day: 1}

// desk answers from memory.
type desk struct {
	closing reception.Closing
	printer bool
	printed []string
	err     error
}

func (d *desk) Closing(context.Context) (reception.Closing, error) { return d.closing, nil }

func (d *desk) print(what string) error { d.printed = append(d.printed, what); return d.err }

func (d *desk) PrintList(context.Context) (string, error) { return "list.pdf", d.print("list") }
func (d *desk) PrintSummary(context.Context, reception.Closing) (string, error) {
	return "summary.pdf", d.print("summary")
}
func (d *desk) PrintSlip(_ context.Context, _ reception.Closing) error { return d.print("slip") }
func (d *desk) HasPrinter() bool                                       { return d.printer }

func someone(n byte, name string, done clinic.Attendance) reception.Entry {
	e := reception.Entry{
		Booking: clinic.Booking{ID: clinic.ID{15: n}, Slot: clinic.Slot{Date: day, Start: 9*60 + clinic.TimeOfDay(n)}, Person: clinic.Person{Name: clinic.NewName(name)}},
		Vaccine: "流感", Visit: clinic.Visit{Attendance: done},
	}
	if done >= clinic.Arrived {
		e.Visit.Ticket = "A013"
	}
	return e
}

func aPage(t *testing.T, d *desk, locale string) (*Page, fyne.Window) {
	t.Helper()
	l := ui.Look{Palette: ui.Light(), Sizes: ui.DeskSizes(), Locale: locale}
	test.NewTempApp(t).Settings().SetTheme(l.Theme())
	p := New(Config{Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }, Trouble: func(error) string { return "沒有紙了" }})
	w := test.NewTempWindow(t, p.Content())
	w.SetPadded(false)
	w.Resize(fyne.NewSize(1144, 712))
	p.Begin(t.Context(), d)
	p.Show()
	return p, w
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

func texts(p *Page) string {
	var out []string
	for _, v := range visible(p.Content()) {
		if text, ok := v.(*canvas.Text); ok && text.Text != "" {
			out = append(out, text.Text)
		}
	}
	return strings.Join(out, "\n")
}

func says(t *testing.T, p *Page, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(texts(p), w) {
			t.Errorf("it does not say %q but\n%s", w, texts(p))
		}
	}
}

func press(t *testing.T, p *Page, text string) {
	t.Helper()
	for _, v := range visible(p.Content()) {
		if b, ok := v.(*ui.Button); ok && b.Text() == text {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("there is no button %q", text)
}

func TestADayIsNotClosedWhileSomebodyIsStillOpen(t *testing.T) {
	d := &desk{closing: reception.Summarise(day, []reception.Entry{
		someone(1, "林秀美", clinic.Vaccinated), someone(2, "吳淑珍", clinic.Arrived), someone(3, "陳志宏", clinic.NotArrived),
	})}
	d.closing.Unsent = 3
	p, w := aPage(t, d, "zh-TW")
	says(t, p, "還有 1 位報到後沒有接種也沒有延後", "已接種 1 位", "還沒上傳 3 筆", "流感：1 劑", "09:02　吳○珍　A013　流感", "陳○宏")
	if strings.Contains(texts(p), "吳淑珍") {
		t.Error("a full name stands on the page")
	}
	test.AssertRendersToImage(t, "closing.png", w.Canvas())
	d.closing = reception.Summarise(day, nil)
	d.closing.Unsent = 3
	p.Changed()
	says(t, p, "還有 3 筆沒有上傳。")
	d.closing.Unsent = 0
	p.Changed()
	says(t, p, "都處理完了，可以結班。", "沒有人還在等。")
}

func TestWhatIsPrintedIsSaid(t *testing.T) {
	d := &desk{printer: true}
	p, _ := aPage(t, d, "zh-TW")
	if !p.Key(fyne.KeyReturn) || p.Key(fyne.KeyF1) {
		t.Error("Enter prints the summary, other keys do not")
	}
	says(t, p, "結班單已寫好：summary.pdf")
	press(t, p, "印今日名單")
	says(t, p, "list.pdf", "用完請銷毀")
	d.err = errors.New("no paper")
	press(t, p, "印在單據印表機")
	says(t, p, "沒有紙了")
	press(t, p, "印結班單")
	says(t, p, "這一步沒有完成")
	if got := strings.Join(d.printed, " "); got != "summary list slip summary" {
		t.Errorf("printed: %s", got)
	}
	d.printer = false
	p.Show()
	if strings.Contains(texts(p), "單據印表機") {
		t.Error("a slip is offered without a printer")
	}
}

func TestNoEnglishLeaksIntoAChineseScreen(t *testing.T) {
	d := &desk{printer: true, closing: reception.Summarise(day, []reception.Entry{someone(2, "吳淑珍", clinic.Arrived)})}
	p, _ := aPage(t, d, "zh-TW")
	plain := strings.NewReplacer("Enter", "", "A013", "").Replace(texts(p))
	if strings.ContainsFunc(plain, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) || strings.ContainsAny(plain, "⟦{") {
		t.Errorf("it says\n%s", plain)
	}
}
