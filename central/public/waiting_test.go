package public_test

import (
	"net/http"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
)

func TestACitizenWaitsForAFullSlotAndGetsThePlace(t *testing.T) {
	h := open(t, 1)
	holder := h.MustBook(h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 90)
	v := h.visitor(t).open(slotsOfA).has(200).sees("額滿", "候補")
	v.follow("登記候補").has(200).sees("有人取消時抽籤遞補")
	v.send("登記候補", with(filled(91), "id", "A123456788")).has(http.StatusUnprocessableEntity).sees("這組號碼不正確")
	v.send("登記候補", filled(91)).has(200).sees("候補已登記", "看抽籤紀錄", "取消候補")
	page := v.at.Path
	h.visitor(t).open(page).has(http.StatusForbidden)
	other := h.visitor(t).open(slotsOfA).follow("登記候補").send("登記候補", filled(92)).has(200)
	f := filled(92)
	born := map[string]string{"id": f["id"], "year": "70", "month": f["month"], "day": f["day"]}
	other.send("取消候補", born).has(http.StatusNotFound).sees("找不到")
	born["year"] = f["year"]
	other.send("取消候補", born).has(200).sees("已不在候補名單")
	if _, err := h.Cancel(t.Context(), booking.Cancellation{ID: holder.ID, Number: holder.Person.ID, Birth: holder.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	v.open(page).has(200).sees("預約成功", "11/23（一）09:00–12:00")
	free := h.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	v.open("/book/covid19/xbb/primary1/" + bookingtest.SiteB + "/" + free.ID.String() + "/standby").has(200).sees("這個時段還有名額，不用候補")
}
