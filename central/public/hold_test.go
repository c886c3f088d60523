package public_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
)

const slotsOfA = "/book/covid19/xbb/primary1/" + bookingtest.SiteA

func TestAChosenSlotIsKeptAndOthersSeeIt(t *testing.T) {
	h := open(t, 1)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.sees("請在 10:10 前完成", "名額先為您保留")
	other := h.visitor(t).open(slotsOfA).has(200).sees("他人保留", "有人正在填寫，沒完成就會釋出")
	s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	other.open(slotsOfA + "/" + s.ID.String()).has(200).sees("這個時段剛額滿")
	v.send("回上一步：日期時段", filled(50)).has(200).sees("已選")
	v.choose("週一 11/23 09:00–12:00，已選").has(200).sees("請在 10:10 前完成")
	h.Set(bookingtest.Monday.Add(8*time.Minute + time.Second))
	v.open(v.at.Path).has(200)
	if !strings.Contains(v.body, `class="hold last"`) {
		t.Error("the last two minutes are not urged")
	}
	v.send("送出預約", nil).has(200).sees("預約成功")
	if s = h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Taken != 1 || s.Held != 0 {
		t.Errorf("taken %d, held %d", s.Taken, s.Held)
	}
}

func TestOpeningPagesHoldsNothing(t *testing.T) {
	h := open(t, 1)
	s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	v := h.visitor(t)
	for _, path := range []string{slotsOfA, slotsOfA + "/" + s.ID.String(), slotsOfA + "?slot=" + s.ID.String()} {
		v.open(path).has(200)
	}
	if s = h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Held != 0 {
		t.Errorf("%d places are held", s.Held)
	}
	v.post(slotsOfA, map[string][]string{"slot": {"nonsense"}}).has(200).sees("這個時段已經不開放")
	v.post(slotsOfA, map[string][]string{"slot": {bookingtest.NewID().String()}}).has(200).sees("這個時段已經不開放")
}

func TestWhenTheHoldIsOverTheFormIsKept(t *testing.T) {
	h := open(t, 1)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	h.Set(bookingtest.Monday.Add(10 * time.Minute))
	v.send("送出預約", with(filled(51), "id", "A123456788")).has(http.StatusUnprocessableEntity) // a fault first
	v.send("送出預約", filled(51)).has(200).sees("哪一天、幾點來？", "保留時間已到，時段已釋出。您填的資料還在，請再選一次時段。")
	v.choose("09:00–12:00，剩 1 位").has(200).sees("請在 10:20 前完成")
	if got := v.form("送出預約", nil).Get("id"); got != filled(51)["id"] {
		t.Errorf("the form lost what was typed: %q", got)
	}
	h.Set(bookingtest.Monday.Add(20 * time.Minute))
	v.open(v.at.Path).has(200).sees("保留時間已到") // opened again too late
	v.choose("09:00–12:00，剩 1 位").send("送出預約", nil).has(200).sees("預約成功")
}

func TestGoingFurtherBackGivesThePlaceUp(t *testing.T) {
	h := open(t, 1)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("接種站", filled(52)).has(200)
	if s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Held != 0 {
		t.Errorf("%d places are held", s.Held)
	}
}

func TestWhereManyHoldOneMayStillBook(t *testing.T) {
	h := open(t, 60)
	for range 50 {
		h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	}
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.sees("這個網路已保留很多名額")
	if strings.Contains(v.text(), "請在") && strings.Contains(v.text(), "前完成") {
		t.Error("a hold is shown that there is not")
	}
	v.send("送出預約", filled(53)).has(200).sees("預約成功")
}
