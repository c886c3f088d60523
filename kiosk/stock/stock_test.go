package stock

import (
	"context"
	"flag"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

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
	left []reception.Leftover
	did  []string
	err  error
}

func (c *counter) Leftovers(context.Context) ([]reception.Leftover, error) { return c.left, nil }

func (c *counter) Offer(ctx context.Context, entry clinic.ID) error {
	return c.Answered(ctx, entry, clinic.StandbyOffered)
}

func (c *counter) Answered(_ context.Context, entry clinic.ID, said clinic.StandbyAnswer) error {
	for i := range c.left[0].People {
		if w := &c.left[0].People[i]; w.ID == entry && c.err == nil {
			w.Answer = said
			c.did = append(c.did, w.Person.Name.Reveal()+" "+string(said))
		}
	}
	return c.err
}

func (c *counter) NotComing(_ context.Context, entry clinic.ID) error {
	return c.Answered(context.Background(), entry, clinic.StandbyOffered)
}

func (c *counter) Stock(context.Context) ([]reception.Stock, error) { return c.lots, nil }

func (c *counter) Products(context.Context) ([]reception.Product, error) {
	return []reception.Product{{Code: "flu", Name: "流感"}, {Code: "xbb", Name: "莫德納次世代"}}, nil
}

func (c *counter) Receive(_ context.Context, lot, vaccine string, expires clinic.Date, vials, perVial int) error {
	c.did = append(c.did, "receive")
	if c.err == nil {
		c.lots = append(c.lots, reception.Stock{Name: "流感", StockLot: clinic.StockLot{Number: lot, Vaccine: vaccine, Expires: expires, PerVial: perVial, Received: vials}})
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

func (c *counter) TakeBackLine(_ context.Context, line clinic.ID, reason string) error {
	for i := range c.lots[0].Lines {
		if n := &c.lots[0].Lines[i]; n.ID == line && c.err == nil {
			n.Back = clinic.StockBack{At: noon.Add(time.Hour), Staff: "林美玲", Why: reason}
			c.did = append(c.did, "back "+reason)
		}
	}
	return c.err
}

func aPage(t *testing.T, c *counter, l ui.Look) (*Page, fyne.Window) {
	t.Helper()
	golden.App(t, l)
	p := New(Config{Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }})
	w := golden.Window(t, p.Content(), golden.Page)
	p.Begin(t.Context(), c)
	p.Show()
	return p, w
}

func TestAVialFromTheBoxToTheLastDose(t *testing.T) {
	c := &counter{}
	p, _ := aPage(t, c, golden.Light())
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
	p, _ := aPage(t, c, golden.Light())
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

var noon = time.Date(2026, time.December, 1, 12, 0, 0, 0, clinic.Taipei)

// written is a lot with lines of two desks.
func written() reception.Stock {
	line := func(n byte, m clinic.StockMove) clinic.StockLine {
		return clinic.StockLine{ID: clinic.ID{n}, At: noon.Add(time.Duration(n) * time.Minute), Staff: "陳大文", Device: clinic.ID{n % 2}, StockMove: m}
	}
	s := reception.Stock{Name: "流感", Here: clinic.ID{1}, StockLot: clinic.StockLot{
		Number: "FL2601", Vaccine: "flu", Expires: last, PerVial: 10, Received: 33, Opened: 1, Given: 4, Wasted: 2,
		Lines: []clinic.StockLine{
			line(1, clinic.StockMove{Kind: clinic.StockReceived, Vials: 30, Doses: 10, Expires: last, Vaccine: "flu"}),
			line(2, clinic.StockMove{Kind: clinic.StockReceived, Vials: 3, Doses: 10, Expires: last, Vaccine: "flu"}),
			line(3, clinic.StockMove{Kind: clinic.StockOpened, Vials: 1}),
			line(4, clinic.StockMove{Kind: clinic.StockWasted, Doses: 2, Why: "掉到地上"}),
		},
	}}
	return s
}

func TestALineIsShownWithItsAuthorAndTakenBack(t *testing.T) {
	c := &counter{lots: []reception.Stock{written()}}
	p, _ := aPage(t, c, golden.Light())
	golden.Press(t, p.Content(), "紀錄 4 筆")
	golden.Says(t, p.Content(), "進貨 30 瓶，每瓶 10 劑，流感，效期 116年3月31日", "115/12/01 12:01:00　陳大文", "115/12/01 12:04:00　陳大文（另一台裝置）", "報廢 2 劑：掉到地上")
	p.wrong = c.lots[0].Lines[0]
	p.ask(backForm, "FL2601")
	golden.Says(t, p.Content(), "更正批號 FL2601 的這一筆：進貨 30 瓶")
	c.err = clinic.Refuse(reception.ReasonMissing)
	golden.Press(t, p.Content(), "儲存")
	golden.Says(t, p.Content(), "請選原因，或寫下原因。")
	c.err = nil
	p.reason.SetText("打錯瓶數")
	golden.Press(t, p.Content(), "儲存")
	golden.Says(t, p.Content(), "已更正，這一筆不再計算。", "已更正，不計算：打錯瓶數（林美玲，115/12/01 13:00:00）")
	golden.Press(t, p.Content(), "更正") // the latest that stands
	if p.wrong.Kind != clinic.StockWasted {
		t.Errorf("%+v", p.wrong)
	}
	golden.Press(t, p.Content(), "取消")
	golden.Press(t, p.Content(), "收起紀錄")
	if got := strings.Join(c.did, ", "); got != "back 打錯瓶數" {
		t.Errorf("done: %s", got)
	}
}

func TestOfALongBookTheLatestLinesAreShownFirst(t *testing.T) {
	s := written()
	for range 20 {
		s.Lines = append(s.Lines, s.Lines[2])
	}
	c := &counter{lots: []reception.Stock{s}}
	p, _ := aPage(t, c, golden.Light())
	golden.Press(t, p.Content(), "紀錄 24 筆")
	shows := func() bool {
		return slices.ContainsFunc(golden.Words(p.Content()), func(s string) bool { return strings.Contains(s, "進貨 30 瓶，每瓶") })
	}
	if shows() {
		t.Error("the oldest line is shown at once")
	}
	golden.Press(t, p.Content(), "顯示全部 24 筆")
	p.root.ScrollToBottom()
	at := p.root.Offset.Y
	if p.Changed(); at < 100 || p.root.Offset.Y != at { // as after a line of another desk
		t.Errorf("the page was at %v and jumps to %v", at, p.root.Offset.Y)
	}
	if !shows() {
		t.Error("the oldest line is not shown")
	}
}

// unknown is a lot that nobody booked in, unnoted one of which a vial was opened that
// nobody noted.
func unknown() reception.Stock {
	return reception.Stock{StockLot: clinic.StockLot{Number: "ZZ9", Given: 2}}
}

func unnoted() reception.Stock {
	return reception.Stock{Name: "流感", StockLot: clinic.StockLot{Number: "FL1", Expires: last, PerVial: 10, Received: 1, Given: 2}}
}

func TestALotThatNobodyBookedInIsSaid(t *testing.T) {
	c := &counter{lots: []reception.Stock{unknown(), unnoted()}}
	p, _ := aPage(t, c, golden.Light())
	golden.Says(t, p.Content(), "沒有進貨紀錄", "有瓶開了沒登記", "效期 116年3月31日")
}

// threeWait is what is left of a vial of which seven people wait.
func threeWait() []reception.Leftover {
	l := reception.Leftover{Vaccine: "flu", Name: "流感", Doses: 3, Expected: 1}
	for i, name := range []string{"林美麗", "陳大文", "黃小英", "吳一", "吳二", "吳三", "吳四"} {
		l.People = append(l.People, reception.Waiting{StandbyEntry: reception.StandbyEntry{
			ID: clinic.ID{byte(i + 1)}, Person: clinic.Person{Name: clinic.NewName(name), Mobile: clinic.NewPhone("098765432" + string(rune('0'+i)))},
		}})
	}
	return []reception.Leftover{l}
}

func TestPeopleAreRungUpInTheDrawnOrder(t *testing.T) {
	c := &counter{left: threeWait()}
	p, _ := aPage(t, c, golden.Light())
	golden.Says(t, p.Content(), "流感：開瓶剩 3 劑，已約 0 劑，今天預約還沒打 1 位")
	golden.Press(t, p.Content(), "聯絡候補")
	golden.Says(t, p.Content(), "第 1 順位", "林○麗", "後面還有 2 位候補")
	for _, hidden := range []string{"林美麗", "0987654320"} {
		if slices.ContainsFunc(golden.Words(p.Content()), func(s string) bool { return strings.Contains(s, hidden) }) {
			t.Errorf("%s is shown before anybody is asked", hidden)
		}
	}
	golden.Press(t, p.Content(), "聯絡") // only the first has the button
	golden.Says(t, p.Content(), "已記下，請撥電話。", "0987654320", "聯絡中")
	golden.Press(t, p.Content(), "聯絡不上")
	if slices.ContainsFunc(golden.Words(p.Content()), func(s string) bool { return strings.Contains(s, "0987654320") }) {
		t.Error("the number of who was not reached is still shown")
	}
	golden.Press(t, p.Content(), "聯絡")
	golden.Press(t, p.Content(), "不需要")
	golden.Press(t, p.Content(), "聯絡")
	c.left[0].Doses, c.left[0].Promised = 1, 1
	p.Changed()
	if lines, _ := p.offers.lines(); lines[3].Next || lines[0].Back {
		t.Error("more is offered than is left")
	}
	golden.Press(t, p.Content(), "會來")
	if got := strings.Join(c.did, ", "); got != "林美麗 offered, 林美麗 not_reached, 陳大文 offered, 陳大文 declined, 黃小英 offered, 黃小英 accepted" {
		t.Errorf("done: %s", got)
	}
	golden.Press(t, p.Content(), "按錯了，收回")
	golden.Says(t, p.Content(), "名額空出來了", "聯絡中")
	golden.Press(t, p.Content(), "會來")
	c.left[0].People[2].Arrived = true
	p.Changed()
	if slices.Contains(golden.Words(p.Content()), "按錯了，收回") {
		t.Error("who is here can be taken back")
	}
	c.left = nil // the vial is empty
	p.Changed()
	if p.offers.open != "" {
		t.Error("a list is open of what is not left")
	}
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
			{Name: "流感", StockLot: clinic.StockLot{Number: "FL2601", Vaccine: "flu", Expires: last, PerVial: 10, Received: 3, Opened: 1, Given: 4}},
			unknown(), unnoted(),
		}
		p.ask(noForm, "")
		p.Changed()
		add("three lots")
		p.ask(wasteForm, "FL2601")
		add("waste")
		p.ask(noForm, "")
		c.lots[0] = written()
		c.lots[0].Differs = true
		c.lots[0].Lines[0].Back = clinic.StockBack{At: noon.Add(time.Hour), Staff: "林美玲", Why: "打錯瓶數"}
		p.Changed()
		p.toggle("FL2601")
		add("lines")
		p.wrong = c.lots[0].Lines[1]
		p.ask(backForm, "FL2601")
		add("take back")
		p.ask(noForm, "")
		p.toggle("FL2601")
		c.left = threeWait()
		p.Changed()
		add("somebody waits")
		c.left[0].Promised = 2
		for i, said := range []clinic.StandbyAnswer{clinic.StandbyUnreached, clinic.StandbyAccepted, clinic.StandbyDeclined, clinic.StandbyOffered} {
			c.left[0].People[i].Answer = said
		}
		p.offers.open = "flu"
		p.Changed()
		add("being rung up")
	})
}
