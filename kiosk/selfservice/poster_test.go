package selfservice

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// aDay is a day with much to say: three vaccines, two rounds of booking, four things to bring.
func aDay() reception.News {
	text := func(zh, en string) clinic.Text { return clinic.Text{"zh-TW": zh, "en": en} }
	return reception.News{
		Waiting: 4, From: 9 * 60, Until: 12 * 60,
		Vaccines: []clinic.Text{text("流感", "Influenza"), text("莫德納次世代", "Moderna bivalent"), {"zh-TW": "諾瓦瓦克斯"}},
		Periods: []clinic.Period{
			{ID: "weekly", Label: text("115年第49期", "period 49 of 2026"), First: today.AddDays(-1), Last: today.AddDays(5)},
			{ID: "influenza", Label: clinic.Text{"zh-TW": "115年流感疫苗"}, First: today, Last: today.AddDays(21)},
		},
		Bring: []clinic.Text{
			{"zh-TW": "健保卡", "en": "NHI card", "vi": "thẻ BHYT", "id": "kartu NHI"},
			{"zh-TW": "身分證或居留證", "en": "ID card or resident certificate", "vi": "chứng minh thư hoặc thẻ cư trú", "id": "KTP atau kartu izin tinggal"},
			text("小黃卡或國外接種紀錄", "Vaccination card or foreign vaccination record"),
		},
	}
}

func TestThePosterNamesThePeriodsInTurnAndWhatToBring(t *testing.T) {
	for size, given := range map[fyne.Size][]string{
		landscape: {"今天有流感等疫苗", "請帶：健保卡"}, portrait: {"今天有流感、莫德納次世代等疫苗", "請帶：健保卡；身分證或居留證"},
	} {
		s, _, _ := aScreen(t, size, Feed{Counter: &fakeCounter{}})
		at := now
		s.cfg.Now = func() time.Time { return at }
		s.m.News = aDay()
		s.render()
		says(t, s, append(given, "115年第49期", "接種日 11/30 到 12/6")...)
		at = at.Add(time.Minute)
		s.tick()
		says(t, s, "115年流感疫苗", "接種日 12/1 到 12/22")
		s.m.Speak("vi")
		s.render()
		says(t, s, "115年流感疫苗", "Ngày tiêm: 1/12 – 22/12") // it has a name in zh-TW only, which stands alone
		at = at.Add(time.Minute)
		s.tick()
		says(t, s, "period 49 of 2026", "Ngày tiêm: 30/11 – 6/12")
		s.m.News.Periods, s.m.News.Bring = nil, nil // a central of before
		s.m.Speak("zh-TW")
		s.render()
		says(t, s, given[0], "目前候診 4 位")
		for _, x := range golden.Texts(s.Content()) {
			if strings.Contains(x.Text, "接種日") || strings.Contains(x.Text, "請帶") {
				t.Errorf("it says %q without knowing", x.Text)
			}
		}
	}
}

func TestAPosterWithMuchToSayFits(t *testing.T) {
	long := clinic.Text{"zh-TW": "健保卡，沒有健保卡不能接種", "en": "NHI card; without it you can't be vaccinated", "vi": "thẻ BHYT, không có thẻ thì không tiêm được"}
	for _, size := range []fyne.Size{landscape, portrait} {
		for _, locale := range languages() {
			s, _, _ := aScreen(t, size, Feed{Counter: &fakeCounter{}})
			s.m.Locale, s.m.News = locale, aDay()
			s.m.News.Bring = []clinic.Text{long, {"zh-TW": "身分證"}}
			s.m.News.Periods[0].Label = clinic.Text{"zh-TW": "115年秋冬公費疫苗暨校園接種計畫第四十九期"}
			s.render()
			if m := s.v.root.MinSize(); m.Width > size.Width || m.Height > size.Height {
				t.Errorf("in %s it needs %v of %v", locale, m, size)
			}
			for _, o := range s.v.root.Objects {
				if m := o.MinSize(); m.Width > size.Width || m.Height > size.Height {
					t.Errorf("in %s it needs %v of %v", locale, m, size)
				}
			}
			_, width := s.v.newsRoom()
			if lines := strings.Join(s.v.bring(width), " "); strings.Contains(lines, "…") {
				t.Errorf("in %s the thing to bring is cut: %s", locale, lines)
			}
		}
	}
}

func TestAVaccineHasTheNameOfTheVisitorsLanguage(t *testing.T) {
	e := someone(3, "王小明", "09:30", "流感", "")
	e.Names = clinic.Text{"zh-TW": "流感", "en": "Influenza"}
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
	s.m.Page, s.m.Finding = Greeting, reception.Judge(e.Booking.Person, []reception.Entry{e}, today)
	for locale, want := range map[string]string{"zh-TW": "流感", "en": "Influenza", "vi": "Influenza", "id": "Influenza"} {
		s.m.Locale = locale
		s.render()
		says(t, s, want)
	}
}
