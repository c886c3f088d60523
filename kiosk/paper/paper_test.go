package paper_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/paper"
	"ezhitong.tw/kiosk/reception"
)

var (
	day  = clinic.Date{Year: 2026, Month: time.December, Day: 1}
	made = day.At(17*60 + 5)
)

func someone(n byte, name string, done clinic.Attendance) reception.Entry {
	id := clinic.ID{15: n}
	e := reception.Entry{
		Booking: clinic.Booking{
			ID: id, Slot: clinic.Slot{Date: day, Start: 9*60 + clinic.TimeOfDay(n)},
			Person: clinic.Person{
				ID: clinic.NewIDNumber("A123456789"), Name: clinic.NewName(name), Birth: clinic.NewBirth(clinic.Date{Year: 1961, Month: time.June, Day: 15}),
			},
		},
		Vaccine: "莫德納次世代", Dose: "追加劑", Visit: clinic.Visit{Attendance: done},
	}
	if done >= clinic.Arrived {
		e.Visit.Ticket = "A011"
	}
	return e
}

// read has another program read a PDF.
func read(t *testing.T, pdf []byte) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}

func TestTheListOfADayCanBeReadOnPaper(t *testing.T) {
	var list []reception.Entry
	for i := range 60 {
		list = append(list, someone(byte(i), "王小明", clinic.NotArrived))
	}
	list[0], list[1] = someone(0, "林秀美", clinic.Vaccinated), someone(1, "NGUYỄN THỊ HOA "+strings.Repeat("長", 40), clinic.Arrived)
	list[2].Booking.Cancelled = day.At(1)
	var out bytes.Buffer
	if err := paper.List(&out, "zh-TW", "綠川小兒科診所", day, made, list); err != nil {
		t.Fatal(err)
	}
	text := read(t, out.Bytes())
	for _, want := range []string{"綠川小兒科診所", "115年12月1日", "共 60 筆", "林秀美", "已接種", "A011", "NGUYỄN", "…", "…6789", "50年6月15日", "已取消", "用完請銷毀", "批號"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q:\n%s", want, text[:min(len(text), 1500)])
		}
	}
	if strings.Contains(text, "A123456789") {
		t.Error("whole ID numbers are on paper")
	}
	if got := strings.Count(text, "王小明"); got != 58 {
		t.Errorf("%d of 58 people are on the list", got)
	}
	if pages := strings.Count(text, "時段"); pages < 2 {
		t.Errorf("the heads come %d times", pages)
	}
}

func TestTheSummaryNamesWhoIsStillOpenInPart(t *testing.T) {
	c := reception.Summarise(day, []reception.Entry{
		someone(1, "林秀美", clinic.Vaccinated), someone(2, "吳淑珍", clinic.Arrived), someone(3, "陳志宏", clinic.NotArrived), someone(4, "張家文", clinic.Deferred),
	})
	c.Unsent = 3
	var out bytes.Buffer
	if err := paper.Summary(&out, "zh-TW", "綠川小兒科診所", "陳護理師", made, c); err != nil {
		t.Fatal(err)
	}
	text := read(t, out.Bytes())
	for _, want := range []string{"結班單", "預約和現場 4 位", "已接種 1 位", "延後接種 1 位", "還沒上傳 3 筆", "莫德納次世代：1 劑", "吳○珍", "陳○宏", "陳護理師"} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "吳淑珍") {
		t.Error("a full name is on the summary")
	}
}
