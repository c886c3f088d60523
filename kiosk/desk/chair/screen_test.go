package chair

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/desk/desktest"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

func TestADoseFromTheListToTheObservation(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Says("候打", "A013", "吳○珍", "等了 24 分", "觀察中", "時間到，請關心後離開", "觀察中 6 分")
	s.Press(fyne.KeyReturn)
	s.Says("吳美珍", "66歲，女，49年3月2日生", "用哪一瓶？", "MD24-118", "115年12月3日 到期", "記錄後開始 15 分鐘觀察，到 09:41。")
	s.Type("2")
	s.Press(fyne.KeyReturn)
	if len(c.doses) != 1 || c.doses[0].Lot != "MD24-118" || c.doses[0].Limb != "right_arm" || c.doses[0].Vaccine != "xbb" || c.doses[0].Anyway {
		t.Fatalf("recorded: %+v", c.doses)
	}
	s.Says("已記錄：A013 吳○珍，批號 MD24-118，觀察到 09:41", "觀察中 15 分")
	if log := s.Log.String(); !strings.Contains(log, `msg=recorded screen=chair what=dose`) || strings.Contains(log, "吳美珍") {
		t.Errorf("the log:\n%s", log)
	}
}

func TestAnotherLotIsTypedAndItsLastDayIsAskedFor(t *testing.T) {
	c := aCounter()
	c.lots = nil
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyReturn, fyne.KeyReturn)
	s.Says("請填疫苗瓶上的批號。")
	s.Type("MD25-001")
	s.Press(fyne.KeyReturn)
	s.Says("請填批號的到期日")
	s.Window.Canvas().FocusNext()
	s.Type("115/11/30")
	s.Press(fyne.KeyReturn)
	s.Says("批號 MD25-001 在 115年11月30日 到期，不能使用。請換一瓶。")
	s.v.expiry.SetText("116/3")
	s.Press(fyne.KeyReturn)
	if len(c.doses) != 1 || c.doses[0].Lot != "MD25-001" || c.doses[0].Expires != (clinic.Date{Year: 2027, Month: 3, Day: 31}) {
		t.Fatalf("recorded: %+v", c.doses)
	}
}

func TestAVialOfAnotherVaccineHasToBeMeant(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyReturn, fyne.KeyDown)
	s.Says("預約的是莫德納次世代，這瓶是流感。請先停下，核對後再記錄。")
	s.Press(fyne.KeyReturn)
	s.Says("照實記錄")
	if len(c.doses) != 0 {
		t.Fatalf("recorded at once: %+v", c.doses)
	}
	s.Press(fyne.KeyUp) // the other vial: nothing is meant any more
	if s.m.Dose().Anyway {
		t.Error("the next vial is taken whatever it is")
	}
	s.Press(fyne.KeyDown, fyne.KeyReturn, fyne.KeyReturn)
	if len(c.doses) != 1 || !c.doses[0].Anyway || c.doses[0].Vaccine != "flu" {
		t.Fatalf("recorded: %+v", c.doses)
	}
}

func TestAVialIsScanned(t *testing.T) {
	s := seat(t, golden.Light(), aCounter())
	s.Press(fyne.KeyReturn)
	s.m.Scanned("01047112345678951727033110MD25-009")
	s.render()
	if d := s.m.Dose(); d.Lot != "MD25-009" || d.Expires != (clinic.Date{Year: 2027, Month: 3, Day: 31}) {
		t.Errorf("%+v", d)
	}
	s.m.Scanned("01047112345678951726120310MD24-118")
	if s.m.Another() || s.m.Lot != 0 {
		t.Errorf("a known lot is not found: %d", s.m.Lot)
	}
	s.m.Scanned("ezt1:something")
	s.render()
	s.Says("請填疫苗瓶上的批號。")
}

func TestTheChosenVialStaysChosenWhenAnotherDeskGivesADose(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyReturn)
	c.lots[0], c.lots[1] = c.lots[1], c.lots[0]
	s.load()
	if d := s.m.Dose(); d.Lot != "MD24-118" {
		t.Errorf("desktest.Now %q is in the hand", d.Lot)
	}
	c.lots = c.lots[:1]
	s.load()
	if d := s.m.Dose(); d.Lot != "MD24-118" || d.Vaccine != "xbb" || d.Expires != desktest.Today.AddDays(2) {
		t.Errorf("desktest.Now it is %+v", d)
	}
}

func TestADeferralHasAReason(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyReturn, fyne.KeyF10)
	s.Says("為什麼延後？", "發燒", "其他，寫在下面")
	s.Type("1")
	s.v.note.SetText("38.5 度")
	s.Press(fyne.KeyReturn)
	if len(c.said) != 1 || c.said[0] != "發燒：38.5 度" {
		t.Fatalf("said: %q", c.said)
	}
	s.Says("已延後：A013 吳○珍")
}

func TestAReactionIsNotedAndSomebodyIsLetGo(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyRight, fyne.KeyReturn)
	s.Says("林秀美", "今天的紀錄", "MD24-118", "左上臂", "觀察結束")
	s.Press(fyne.KeyF11)
	s.Type("手臂紅腫")
	s.Press(fyne.KeyReturn)
	if len(c.said) != 1 || c.said[0] != "手臂紅腫" {
		t.Fatalf("said: %q", c.said)
	}
	s.Press(fyne.KeyReturn)
	s.Says("09:26 手臂紅腫")
	s.Press(fyne.KeyReturn)
	s.Says("觀察結束：A011 林○美")
	if c.entries[3].Visit.LeftAt.IsZero() {
		t.Error("she is still observed")
	}
}

func TestADoseIsTakenBackWithAReason(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyRight, fyne.KeyReturn, fyne.KeyDelete)
	s.Says("為什麼撤銷？", "按錯了")
	s.Press(fyne.KeyReturn)
	if len(c.said) != 1 || c.said[0] != "按錯了" || c.entries[3].Visit.Attendance != clinic.Arrived {
		t.Fatalf("said: %q", c.said)
	}
	s.Says("已撤銷：A011 林○美，請再確認")
}

func TestWhatWasJustRecordedIsTakenBackAtOnce(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyReturn, fyne.KeyReturn, fyne.KeyDelete)
	s.Says("為什麼撤銷？", "吳美珍")
	s.Type("2")
	s.Press(fyne.KeyReturn)
	if len(c.said) != 1 || c.said[0] != "不是這位" || c.entries[0].Visit.Attendance != clinic.Arrived {
		t.Fatalf("said: %q", c.said)
	}
}

func TestNothingIsClaimedThatIsNotOnTheDisk(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyReturn)
	c.err = fmt.Errorf("append: %w", sqldb.ErrFull)
	s.Press(fyne.KeyReturn)
	s.Says("磁碟快滿了，紀錄都還在。請聯絡衛生局清出空間。", "吳美珍")
	if strings.Contains(golden.Text(s.v.root), "已記錄") {
		t.Error("a dose is claimed")
	}
}

func TestWhoIsOpenFollowsWhatAnotherDeskDid(t *testing.T) {
	c := aCounter()
	s := seat(t, golden.Light(), c)
	s.Press(fyne.KeyReturn)
	c.entries[0] = given(c.entries[0], 9*60+26, "MD24-118")
	s.load()
	s.Says("吳美珍", "今天的紀錄")
}

func TestEscapeGoesBackOneStepAtATime(t *testing.T) {
	s := seat(t, golden.Light(), aCounter())
	s.Press(fyne.KeyReturn, fyne.KeyF10, fyne.KeyEscape)
	s.Says("用哪一瓶？")
	s.Press(fyne.KeyEscape)
	s.Says("候打")
}

func TestANewLotIsAskedForByKeyAndKeepsTheKeyboard(t *testing.T) {
	s := seat(t, golden.Light(), aCounter())
	s.Press(fyne.KeyReturn)
	s.another()
	if s.Window.Canvas().Focused() != fyne.Focusable(s.v.number) {
		t.Error("the line for the lot has not got the keyboard")
	}
}

func TestTheObservationIsNeverLongerThanAQuarterOfAnHour(t *testing.T) {
	c := aCounter()
	c.entries[3].Visit.GivenAt = desktest.Now.Add(40 * time.Second) // within the minute that the page shows
	s := seat(t, golden.Light(), c)
	s.Says("觀察中 15 分")
}

func TestEveryStateOfThePage(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		s := seat(t, l, aCounter())
		sheet := golden.Open(t, "testdata/screens", "chair-"+name, *update)
		defer sheet.Close()
		s.Picture(sheet, "lists")
		s.Press(fyne.KeyReturn)
		s.Picture(sheet, "dose")
		s.Press(fyne.KeyDown)
		s.Picture(sheet, "another vaccine")
		s.Press(fyne.KeyReturn)
		s.Picture(sheet, "another vaccine once more")
		s.another()
		s.Picture(sheet, "another lot")
		s.Press(fyne.KeyF10)
		s.Picture(sheet, "deferral")
		s.Press(fyne.KeyEscape, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyReturn)
		s.Picture(sheet, "recorded")
		s.Press(fyne.KeyRight, fyne.KeyReturn)
		s.Picture(sheet, "after")
		s.Press(fyne.KeyF11)
		s.Picture(sheet, "reaction")
		s.Press(fyne.KeyEscape, fyne.KeyDelete)
		s.Picture(sheet, "void")
	})
}
