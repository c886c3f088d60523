package public_test

import (
	"net/http"
	"strings"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
)

func TestAHouseholdBooksOnOnePageAfterTheOther(t *testing.T) {
	h := open(t, 3)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("再加一人", with(filled(80), "id", "A123456788")).has(http.StatusUnprocessableEntity).sees("這組號碼不正確")
	v.send("再加一人", filled(80)).has(200).sees("一起預約的人", "測○○○0", "請填下一位的資料")
	if got := v.form("送出預約", nil); got.Get("mobile") != filled(80)["mobile"] || got.Get("id") != "" || got.Has("c1") {
		t.Errorf("the next form begins with %v", got)
	}
	v.send("再加一人", filled(81)).has(200).sees("測○○○1")
	if s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Held != 3 {
		t.Errorf("%d places are held for three", s.Held)
	}
	v.send("再加一人", filled(82)).has(http.StatusConflict).sees("這個時段的名額不夠再加一人")
	v.send("移除", filled(82)).has(200)
	if s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Held != 2 {
		t.Errorf("%d places are held for two", s.Held)
	}
	v.send("送出預約", filled(82)).has(200).sees("測○○○1", "測○○○2")
	if s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Taken != 2 || s.Held != 0 {
		t.Errorf("taken %d, held %d", s.Taken, s.Held)
	}
	if log := h.log.String(); strings.Contains(log, "測試王") || strings.Contains(log, filled(81)["id"]) {
		t.Error("the log holds personal data")
	}
}

func TestTheGroupIsToldWhoCannotBook(t *testing.T) {
	h := open(t, 5)
	h.MustBook(h.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day), 83)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("再加一人", filled(83)).has(200)
	v.send("送出預約", filled(84)).has(http.StatusConflict).sees("測○○○3：您已預約這項疫苗")
	if s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Taken != 0 {
		t.Errorf("%d places are taken", s.Taken)
	}
	v.send("回上一步：日期時段", filled(84)).choose("14:00–17:00").has(200).sees("測○○○3") // they stay together
	v.send("移除", filled(84)).has(200).send("送出預約", filled(84)).has(200).sees("預約成功")
}
