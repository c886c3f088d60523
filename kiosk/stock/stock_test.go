package stock

import (
	"context"
	"flag"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var update = flag.Bool("update", false, "take the pictures of the page again")

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

func light() ui.Look { return ui.Look{Palette: ui.Light(), Sizes: ui.DeskSizes(), Locale: "zh-TW"} }

func aPage(t *testing.T, c *counter, l ui.Look) (*Page, fyne.Window) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(l.Theme())
	p := New(Config{Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }})
	w := test.NewTempWindow(t, p.Content())
	w.SetPadded(false)
	w.Resize(fyne.NewSize(1144, 712))
	p.Begin(t.Context(), c)
	p.Show()
	return p, w
}

func TestAVialFromTheBoxToTheLastDose(t *testing.T) {
	c := &counter{}
	p, _ := aPage(t, c, light())
	golden.Says(t, p.Content(), "還沒有登記進貨")
	golden.Press(t, p.Content(), "登記進貨")
	p.number.SetText("]d2010471234567890117270331" + "10FL2601")
	if p.number.Text != "FL2601" || p.expires.Text != "2027-03-31" {
		t.Errorf("the code of the vial gave lot %q, last day %q", p.number.Text, p.expires.Text)
	}
	p.save()
	golden.Says(t, p.Content(), "請選疫苗")
	p.vaccine.SetSelectedIndex(0)
	p.vials.SetText("3")
	p.perVial.SetText("10")
	p.perVial.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	golden.Says(t, p.Content(), "已登記進貨。", "FL2601", "流感", "剩 30 劑", "進貨 3 瓶，未開 3 瓶")
	golden.Press(t, p.Content(), "開 1 瓶")
	c.lots[0].Given = 4
	p.Changed()
	golden.Says(t, p.Content(), "已開的瓶裡還有 6 劑殘劑，請在關診前", "已打 4 劑", "剩 26 劑")
	golden.Press(t, p.Content(), "報廢")
	golden.Says(t, p.Content(), "報廢批號 FL2601")
	p.doses.SetText("2")
	p.reason.SetText("開瓶過時")
	golden.Press(t, p.Content(), "儲存")
	golden.Says(t, p.Content(), "已登記報廢。", "報廢 2 劑", "已開的瓶裡還有 4 劑殘劑，請在關診前")
	if got := strings.Join(c.did, ", "); got != "receive, open FL2601, waste FL2601 開瓶過時" {
		t.Errorf("done: %s", got)
	}
}

func TestWhatIsRefusedIsSaidAndTheInputKept(t *testing.T) {
	c := &counter{err: clinic.Refuse(reception.VialsMissing)}
	p, _ := aPage(t, c, light())
	golden.Press(t, p.Content(), "登記進貨")
	p.number.SetText("FL2601")
	p.vaccine.SetSelectedIndex(1)
	p.save()
	if len(c.did) != 0 {
		t.Error("a lot without a last day is booked in")
	}
	p.expires.SetText("2027-03-31")
	p.save()
	golden.Says(t, p.Content(), "請填瓶數（1 到 9999）")
	if p.number.Text != "FL2601" || p.form != receiveForm {
		t.Error("the input is gone")
	}
}

func TestALotThatNobodyBookedInIsSaid(t *testing.T) {
	c := &counter{lots: []reception.Stock{{Lot: "ZZ9", Given: 2}, {Lot: "FL1", Name: "流感", Expires: last, PerVial: 10, Received: 1, Given: 2}}}
	p, _ := aPage(t, c, light())
	golden.Says(t, p.Content(), "沒有進貨紀錄", "有瓶開了沒登記", "效期 116年3月31日")
}

var latin = regexp.MustCompile(`Enter|ZZ9|FL1|FL2601`)

func TestEveryStateOfThePage(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		sheet := golden.Open(t, "testdata/screens", "stock-"+name, *update)
		defer sheet.Close()
		c := &counter{}
		p, w := aPage(t, c, l)
		add := func(state string) {
			t.Helper()
			sheet.Add(state, w.Canvas())
			if l.Locale == "zh-TW" {
				golden.NoEnglish(t, state, p.Content(), latin)
			}
		}
		add("nothing there")
		p.ask(receiveForm, "")
		p.number.SetText("FL2601")
		add("receive")
		p.save()
		add("no vaccine")
		c.lots = []reception.Stock{
			{Lot: "FL2601", Vaccine: "flu", Name: "流感", Expires: last, PerVial: 10, Received: 3, Opened: 1, Given: 4},
			{Lot: "ZZ9", Given: 2},
			{Lot: "FL1", Name: "流感", Expires: last, PerVial: 10, Received: 1, Given: 2},
		}
		p.ask(noForm, "")
		p.Changed()
		add("three lots")
		p.ask(wasteForm, "FL2601")
		add("waste")
	})
}
