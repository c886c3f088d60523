package closing

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var update = flag.Bool("update", false, "take the pictures of the page again")

var day = clinic.Date{Year: 2026, Month: time.December, Day: 1}

// desk answers from memory.
type desk struct {
	closing reception.Closing
	printer bool
	printed []string
	decided []string
	seated  []clinic.ID
	err     error
}

func (d *desk) Closing(context.Context) (reception.Closing, error) { return d.closing, nil }

func (d *desk) print(what string) error { d.printed = append(d.printed, what); return d.err }

func (d *desk) PrintList(context.Context) (string, error) { return "list.pdf", d.print("list") }
func (d *desk) PrintSummary(context.Context, reception.Closing) (string, error) {
	return "summary.pdf", d.print("summary")
}
func (d *desk) PrintSlip(_ context.Context, _ reception.Closing) error { return d.print("slip") }
func (d *desk) Decide(_ context.Context, about reception.Doubt, decision reception.Decision, reason string) error {
	if d.err == nil {
		d.decided = append(d.decided, fmt.Sprint(about.Code, " ", decision, " ", reason))
	}
	return d.err
}
func (d *desk) HasPrinter() bool { return d.printer }

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

func aPage(t *testing.T, d *desk, l ui.Look) (*Page, fyne.Window) {
	t.Helper()
	golden.App(t, l)
	p := New(Config{
		Look: l, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }, Trouble: func(error) string { return "沒有紙了" },
		Chair: func(id clinic.ID) { d.seated = append(d.seated, id) }, Carry: func() { d.printed = append(d.printed, "carry") },
	})
	w := golden.Window(t, p.Content(), golden.Page)
	p.Begin(t.Context(), d)
	p.Show()
	return p, w
}

func TestADayIsNotClosedWhileSomebodyIsStillOpen(t *testing.T) {
	d := &desk{closing: reception.Summarise(day, []reception.Entry{
		someone(1, "林秀美", clinic.Vaccinated), someone(2, "吳淑珍", clinic.Arrived), someone(3, "陳志宏", clinic.NotArrived),
	})}
	d.closing.Unsent = 3
	p, _ := aPage(t, d, golden.Light())
	golden.Says(t, p.Content(), "還有 1 位報到後沒有接種也沒有延後", "已接種 1 位", "還沒上傳 3 筆", "流感：1 劑", "09:02　吳○珍　A013　流感", "陳○宏")
	if strings.Contains(golden.Text(p.Content()), "吳淑珍") {
		t.Error("a full name stands on the page")
	}
	d.closing = reception.Summarise(day, nil)
	d.closing.Unsent = 3
	p.Changed()
	golden.Says(t, p.Content(), "還有 3 筆沒有上傳。")
	d.closing.Unsent = 0
	p.Changed()
	golden.Says(t, p.Content(), "都處理完了，可以結班。", "沒有人還在等。")
}

func TestWhatIsPrintedIsSaid(t *testing.T) {
	d := &desk{printer: true}
	p, _ := aPage(t, d, golden.Light())
	if !p.Key(fyne.KeyReturn) || p.Key(fyne.KeyF1) {
		t.Error("Enter prints the summary, other keys do not")
	}
	golden.Says(t, p.Content(), "結班單已寫好：summary.pdf")
	golden.Press(t, p.Content(), "印今日名單")
	golden.Says(t, p.Content(), "list.pdf", "用完請銷毀")
	d.err = errors.New("no paper")
	golden.Press(t, p.Content(), "印在單據印表機")
	golden.Says(t, p.Content(), "沒有紙了")
	golden.Press(t, p.Content(), "印結班單")
	golden.Says(t, p.Content(), "這一步沒有完成")
	golden.Press(t, p.Content(), "用隨身碟送出紀錄")
	if got := strings.Join(d.printed, " "); got != "summary list slip summary carry" {
		t.Errorf("printed: %s", got)
	}
	d.printer = false
	p.Show()
	if strings.Contains(golden.Text(p.Content()), "單據印表機") {
		t.Error("a slip is offered without a printer")
	}
}

func TestADeskDecidesOnThePageOfTheDaysEnd(t *testing.T) {
	d := &desk{closing: reception.Summarise(day, nil)}
	about := someone(1, "林秀美", clinic.Vaccinated)
	d.closing.Doubts = []reception.Doubt{
		{Doubt: replica.Doubt{Ref: clinic.EventRef{Seq: 1}, Booking: about.Booking.ID, Kind: clinic.VaccineGiven, At: day.At(9 * 60), Code: "RECALLED_LOT"}, Entry: about},
		{Doubt: replica.Doubt{Ref: clinic.EventRef{Seq: 2}, Kind: clinic.CheckedIn, At: day.At(9 * 60), Code: "UNKNOWN_KIND", Parked: true}},
	}
	p, w := aPage(t, d, golden.Light())
	golden.Says(t, p.Content(), "還有 1 筆紀錄請您看一下", "確認無誤", "記錯了，重新記錄", "交給衛生局")
	golden.Press(t, p.Content(), "確認無誤")
	golden.Says(t, p.Content(), "怎麼確認的？")
	if w.Canvas().Focused() != p.reason {
		t.Error("the keyboard is not in the line that asks why")
	}
	if !p.Key(fyne.KeyEscape) || strings.Contains(golden.Text(p.Content()), "怎麼確認的？") || p.Key(fyne.KeyEscape) {
		t.Error("Escape leaves the question, once")
	}
	golden.Press(t, p.Content(), "確認無誤")
	d.err = clinic.Refuse(reception.ReasonMissing)
	p.Key(fyne.KeyReturn)
	golden.Says(t, p.Content(), "請選原因，或寫下原因。", "怎麼確認的？")
	d.err = nil
	test.Type(p.reason, "已停用這批")
	p.reason.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	golden.Says(t, p.Content(), "已記下。送到衛生局後")
	golden.Press(t, p.Content(), "記錯了，重新記錄")
	test.Type(p.reason, "批號記錯")
	p.Key(fyne.KeyEnter)
	if got := strings.Join(d.decided, "; "); got != "RECALLED_LOT right 已停用這批; RECALLED_LOT correct 批號記錯" || len(d.printed) != 0 {
		t.Errorf("decided %s, printed %v", got, d.printed)
	}
	if len(d.seated) != 1 || d.seated[0] != about.Booking.ID {
		t.Errorf("at the chair: %v", d.seated)
	}
	for range 13 {
		d.closing.Doubts = append(d.closing.Doubts, d.closing.Doubts[1])
	}
	p.Changed()
	golden.Says(t, p.Content(), "還有 3 筆。")
}

func TestWhatIsWrittenIntoIsInSight(t *testing.T) {
	d := &desk{closing: reception.Summarise(day, nil)}
	for seq := range uint64(6) {
		d.closing.Doubts = append(d.closing.Doubts, reception.Doubt{
			Doubt: replica.Doubt{Ref: clinic.EventRef{Seq: seq + 1}, Kind: clinic.CheckedIn, At: day.At(9 * 60), Code: "LINKED"}, Entry: someone(1, "林秀美", clinic.Arrived),
		})
	}
	p, _ := aPage(t, d, golden.Light())
	p.ask(&asking{d.closing.Doubts[5], reception.DecideRight})
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if end := at(p.reason).Y - at(p.root).Y + p.reason.Size().Height; p.root.Offset.Y == 0 || end+below > p.root.Size().Height {
		t.Errorf("the line ends at %v of %v, scrolled by %v", end, p.root.Size().Height, p.root.Offset.Y)
	}
}

var latin = regexp.MustCompile(`Enter|Esc|A013|summary\.pdf`)

func TestEveryStateOfThePage(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		sheet := golden.Open(t, "testdata/screens", "closing-"+name, *update)
		defer sheet.Close()
		d := &desk{printer: true, closing: reception.Summarise(day, []reception.Entry{
			someone(1, "林秀美", clinic.Vaccinated), someone(2, "吳淑珍", clinic.Arrived), someone(3, "陳志宏", clinic.NotArrived),
		})}
		d.closing.Unsent = 3
		p, w := aPage(t, d, l)
		add := func(state string) {
			t.Helper()
			sheet.Add(state, w.Canvas())
			if l.Locale == "zh-TW" {
				golden.NoEnglish(t, state, p.Content(), latin)
			}
		}
		add("still open")
		d.closing.Doubts = []reception.Doubt{
			{Doubt: replica.Doubt{Ref: clinic.EventRef{Seq: 1}, Kind: clinic.VaccineGiven, At: day.At(9*60 + 5), Code: "POSSIBLE_DOUBLE_DOSE"}, Entry: someone(1, "林秀美", clinic.Vaccinated)},
			{Doubt: replica.Doubt{Ref: clinic.EventRef{Seq: 2}, Kind: clinic.CheckedIn, At: day.At(9*60 + 40), Code: "ORPHAN", Parked: true}},
			{Doubt: replica.Doubt{Ref: clinic.EventRef{Seq: 3}, Kind: clinic.CheckedIn, At: day.At(10 * 60), Code: "OF_A_LATER_VERSION"}, Entry: someone(2, "吳淑珍", clinic.Arrived)},
		}
		p.Changed()
		add("doubted")
		golden.Press(t, p.Content(), l.T("decide.double"))
		add("asked why")
		d.err = clinic.Refuse(reception.ReasonLong)
		p.Key(fyne.KeyReturn)
		add("not decided")
		d.err = nil
		for i, said := range []clinic.Event{
			{Kind: clinic.EventVoided, Staff: "林美玲", Reason: "重複紀錄"},
			{Kind: clinic.DoubtAnswered, Staff: "林美玲", Reason: clinic.Answer{Decision: clinic.AnswerLeft, About: clinic.EventRef{Seq: 2}}.String()},
			{Kind: clinic.DoubtAnswered, Staff: "林美玲", Reason: clinic.Answer{Decision: clinic.AnswerRight, About: clinic.EventRef{Seq: 3}, Note: "已對小黃卡"}.String()},
		} {
			d.closing.Doubts[i].Decided = said
		}
		p.Key(fyne.KeyReturn)
		add("decided")
		d.closing = reception.Summarise(day, nil)
		d.closing.Unsent = 3
		p.Changed()
		add("not sent")
		d.closing.Unsent = 0
		p.Changed()
		add("done")
		p.Key(fyne.KeyReturn)
		add("printed")
		d.err = errors.New("no paper")
		p.Key(fyne.KeyReturn)
		add("not printed")
	})
}
