package reception_test

import (
	"reflect"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
)

func theLot(t *testing.T, c *reception.Counter) reception.Stock {
	t.Helper()
	all, err := c.Stock(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func TestTheBalanceOfALotFollowsWhatHappens(t *testing.T) {
	c, booking := inChair(t)
	last := replicatest.Today.AddDays(90)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(c.Receive(t.Context(), " fl2601 ", "flu", last, 3, 10))
	ok(c.OpenVial(t.Context(), "FL2601"))
	if _, err := c.Give(t.Context(), booking, reception.Dose{Lot: "FL2601", Injection: clinic.Injection{Expires: last, Limb: "left_arm"}}); err != nil {
		t.Fatal(err)
	}
	ok(c.Waste(t.Context(), "FL2601", 2, "掉到地上"))
	s := theLot(t, c)
	if s.Left() != 27 || s.InOpen() != 7 || s.Closed() != 2 || s.Given != 1 || s.Wasted != 2 || s.Name == "" {
		t.Errorf("%+v: left %d, in open vials %d, closed %d", s, s.Left(), s.InOpen(), s.Closed())
	}
	if !reflect.DeepEqual(theLot(t, c), s) {
		t.Error("looking again counts the dose again")
	}
	if _, err := c.TakeBack(t.Context(), booking, "undo"); err != nil {
		t.Fatal(err)
	}
	if s := theLot(t, c); s.Given != 0 || s.Left() != 28 {
		t.Errorf("a dose that was taken back still counts: %+v", s)
	}
}

func TestWhatTheStockCannotHoldIsRefused(t *testing.T) {
	c, _ := counter(t)
	last := replicatest.Today.AddDays(30)
	wantRefused(t, c.Receive(t.Context(), "", "flu", last, 1, 10), reception.LotMissing)
	wantRefused(t, c.Receive(t.Context(), strings.Repeat("批", 21), "flu", last, 1, 10), reception.LotLong)
	wantRefused(t, c.Receive(t.Context(), "L1", "flu", clinic.Date{}, 1, 10), reception.ExpiryMissing)
	wantRefused(t, c.Receive(t.Context(), "L1", "flu", replicatest.Today.AddDays(-1), 1, 10), reception.LotExpired)
	for _, n := range [][2]int{{0, 10}, {-1, 10}, {1, 0}, {10000, 1}, {1, 101}} {
		wantRefused(t, c.Receive(t.Context(), "L1", "flu", last, n[0], n[1]), reception.VialsMissing)
	}
	wantRefused(t, c.OpenVial(t.Context(), "L1"), reception.NoVialLeft)
	if err := c.Receive(t.Context(), "L1", "flu", last, 1, 10); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c.Receive(t.Context(), "L1", "flu", last, 1, 5), reception.OtherLot)
	wantRefused(t, c.Waste(t.Context(), "L1", 11, "過期"), reception.TooManyWasted)
	wantRefused(t, c.Waste(t.Context(), "L1", 0, "過期"), reception.TooManyWasted)
	wantRefused(t, c.Waste(t.Context(), "L1", 1, " "), reception.ReasonMissing)
	wantRefused(t, c.Waste(t.Context(), "L1", 1, strings.Repeat("掉", 141)), reception.ReasonLong)
	if err := c.Waste(t.Context(), "L1", 1, strings.Repeat("掉", 140)); err != nil {
		t.Fatal(err)
	}
	if err := c.TakeBackLine(t.Context(), theLot(t, c).Lines[1].ID, strings.Repeat("錯", 140)); err != nil {
		t.Fatal(err)
	}
	if err := c.OpenVial(t.Context(), "L1"); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c.OpenVial(t.Context(), "L1"), reception.NoVialLeft)
	if s := theLot(t, c); s.Left() != 10 {
		t.Errorf("what was refused counts: %+v", s)
	}
}

func TestALineThatWasWrongIsTakenBack(t *testing.T) {
	c, _ := counter(t)
	last := replicatest.Today.AddDays(30)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(c.Receive(t.Context(), "L1", "flu", last, 30, 10))
	ok(c.OpenVial(t.Context(), "L1"))
	wrong := theLot(t, c).Lines[0]
	wantRefused(t, c.TakeBackLine(t.Context(), wrong.ID, " "), reception.ReasonMissing)
	wantRefused(t, c.TakeBackLine(t.Context(), clinic.ID{9}, "打錯"), reception.LineTakenBack)
	c.SignIn("小美")
	ok(c.TakeBackLine(t.Context(), wrong.ID, " 打錯瓶數 "))
	wantRefused(t, c.TakeBackLine(t.Context(), wrong.ID, "再一次"), reception.LineTakenBack)
	ok(c.Receive(t.Context(), "L1", "flu", last.AddDays(1), 3, 10)) // the right last day, too
	s := theLot(t, c)
	if s.Received != 3 || s.Opened != 1 || s.Expires != last.AddDays(1) || s.Differs || len(s.Lines) != 3 {
		t.Errorf("%+v", s)
	}
	if b := s.Lines[0].Back; b.Staff != "小美" || b.Why != "打錯瓶數" || !b.At.Equal(replicatest.Now) {
		t.Errorf("%+v", b)
	}
}
