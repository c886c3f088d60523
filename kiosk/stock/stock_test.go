package stock

import (
	"context"
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

var last = clinic.Date{Year: 2027, Month: time.March, Day: 31}

// counter keeps a stock in memory.
type counter struct {
	lots []reception.Stock
	did  []string
	err  error
}

func (c *counter) Stock(context.Context) ([]reception.Stock, error) { return c.lots, nil }

func (c *counter) Products(context.Context) ([]reception.Product, error) {
	return []reception.Product{{Code: "flu", Name: "流感"}, {Code: "xbb", Name: "莫德納次世代"}}, nil
}

func (c *counter) Receive(_ context.Context, lot, vaccine string, expires clinic.Date, vials, perVial int) error {
	c.did = append(c.did, "receive")
	if c.err == nil {
		c.lots = append(c.lots, reception.Stock{Lot: lot, Vaccine: vaccine, Name: "流感", Expires: expires, PerVial: perVial, Received: vials})
	}
	return c.err
}

func (c *counter) OpenVial(_ context.Context, lot string) error {
	c.did = append(c.did, "open "+lot)
	c.lots[0].Opened++
	return c.err
}

func (c *counter) Waste(_ context.Context, lot string, doses int, reason string) error {
	c.did = append(c.did, "waste "+lot+" "+reason)
	c.lots[0].Wasted += doses
	return c.err
}

func aPage(t *testing.T, c *counter) (*Page, fyne.Window) {
	t.Helper()
	l := ui.Look{Palette: ui.Light(), Sizes: ui.DeskSizes(), Locale: "zh-TW"}
	test.NewTempApp(t).Settings().SetTheme(l.Theme())
	p := New(Config{Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }})
	w := test.NewTempWindow(t, p.Content())
	w.SetPadded(false)
	w.Resize(fyne.NewSize(1144, 712))
	p.Begin(t.Context(), c)
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

func TestAVialFromTheBoxToTheLastDose(t *testing.T) {
	c := &counter{}
	p, w := aPage(t, c)
	says(t, p, "還沒有登記進貨")
	press(t, p, "登記進貨")
	p.number.SetText("]d2010471234567890117270331" + "10FL2601")
	if p.number.Text != "FL2601" || p.expires.Text != "2027-03-31" {
		t.Errorf("the code of the vial gave lot %q, last day %q", p.number.Text, p.expires.Text)
	}
	p.save()
	says(t, p, "請選疫苗")
	p.vaccine.SetSelectedIndex(0)
	p.vials.SetText("3")
	p.perVial.SetText("10")
	test.AssertRendersToImage(t, "receive.png", w.Canvas())
	p.perVial.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	says(t, p, "已登記進貨。", "FL2601", "流感", "剩 30 劑", "進貨 3 瓶，未開 3 瓶")
	press(t, p, "開 1 瓶")
	c.lots[0].Given = 4
	p.Changed()
	says(t, p, "已開的瓶裡還有 6 劑殘劑，請在關診前", "已打 4 劑", "剩 26 劑")
	press(t, p, "報廢")
	says(t, p, "報廢批號 FL2601")
	p.doses.SetText("2")
	p.reason.SetText("開瓶過時")
	press(t, p, "儲存")
	says(t, p, "已登記報廢。", "報廢 2 劑", "已開的瓶裡還有 4 劑殘劑，請在關診前")
	if got := strings.Join(c.did, ", "); got != "receive, open FL2601, waste FL2601 開瓶過時" {
		t.Errorf("done: %s", got)
	}
	test.AssertRendersToImage(t, "stock.png", w.Canvas())
}

func TestWhatIsRefusedIsSaidAndTheInputKept(t *testing.T) {
	c := &counter{err: clinic.Refuse(reception.VialsMissing)}
	p, _ := aPage(t, c)
	press(t, p, "登記進貨")
	p.number.SetText("FL2601")
	p.vaccine.SetSelectedIndex(1)
	p.save()
	if len(c.did) != 0 {
		t.Error("a lot without a last day is booked in")
	}
	p.expires.SetText("2027-03-31")
	p.save()
	says(t, p, "請填瓶數（1 到 9999）")
	if p.number.Text != "FL2601" || p.form != receiveForm {
		t.Error("the input is gone")
	}
}

func TestALotThatNobodyBookedInIsSaid(t *testing.T) {
	c := &counter{lots: []reception.Stock{{Lot: "ZZ9", Given: 2}, {Lot: "FL1", Name: "流感", Expires: last, PerVial: 10, Received: 1, Given: 2}}}
	p, _ := aPage(t, c)
	says(t, p, "沒有進貨紀錄", "有瓶開了沒登記", "效期 116年3月31日")
	plain := strings.NewReplacer("ZZ9", "", "FL1", "").Replace(texts(p))
	if strings.ContainsFunc(plain, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) || strings.ContainsAny(plain, "⟦{") {
		t.Errorf("it says\n%s", plain)
	}
}
