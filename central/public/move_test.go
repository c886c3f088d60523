package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
)

func TestACitizenChangesTheTimeOfABooking(t *testing.T) {
	h := open(t, 1)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("送出預約", filled(60)).has(200)
	page, f := v.at.Path, filled(60)
	born := map[string]string{"year": f["year"], "month": f["month"], "day": f["day"]}
	v.follow("改時間").has(200).sees("要改到哪一天、幾點？", "目前是 11/23（一）09:00–12:00，安心診所", "目前的")
	v.open(page + "/move?district=西屯區&site=" + bookingtest.SiteB).has(200).sees("平安診所")
	v.choose("週二 11/24 14:00–17:00").has(200).sees("要改到這個時間嗎？", "請在 10:10 前完成", "11/24（二）14:00–17:00，平安診所")
	v.send("改到這個時間", map[string]string{"year": "69", "month": "1", "day": "1"}).has(http.StatusUnprocessableEntity).sees("生日和預約時不同")
	v.send("改到這個時間", born).has(200).sees("11/24（二）14:00–17:00", "平安診所")
	if v.at.Path != page {
		t.Errorf("the booking has another page: %s", v.at.Path)
	}
	if s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Taken != 0 {
		t.Errorf("%d places are taken at the old time", s.Taken)
	}
}

func TestTheOldTimeStandsUntilTheNewOneIsSure(t *testing.T) {
	h := open(t, 1)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("送出預約", filled(61)).has(200)
	page, f := v.at.Path, filled(61)
	born := map[string]string{"year": f["year"], "month": f["month"], "day": f["day"]}
	v.follow("改時間").choose("週二 11/24 09:00–12:00").has(200)
	confirm := v.at.Path
	h.Set(bookingtest.Monday.Add(10 * time.Minute))
	v.send("改到這個時間", born).has(200).sees("保留時間已到", "要改到哪一天、幾點？")
	h.MustBook(h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(1)), 62)
	v.open(confirm).has(200).send("改到這個時間", born).has(200).sees("這個時段剛額滿", "要改到哪一天、幾點？")
	v.open(page).has(200).sees("11/23（一）09:00–12:00")
	h.visitor(t).open(page + "/move").has(http.StatusForbidden)
	h.Set(bookingtest.Day.AddDays(-1).At(9 * 60))
	v.open(page + "/move").has(200).sees("請打電話給院所：04-22220001")
	if strings.Contains(v.body, `name="slot"`) {
		t.Error("after the deadline slots can be chosen")
	}
}
