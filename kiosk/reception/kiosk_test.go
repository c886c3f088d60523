package reception_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// TestAKioskOpensNobodysRecordButThatOfWhoStandsBeforeIt makes all other records
// unreadable: whatever opened one would fail.
func TestAKioskOpensNobodysRecordButThatOfWhoStandsBeforeIt(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, func() time.Time { return replicatest.Now })
	replicatest.Fill(t, r, 1, replicatest.Programme(t))
	c := &reception.Counter{Replica: r, Staff: "kiosk"}
	mine := book(t, r, wang, replicatest.Today, nil)
	other := book(t, r, chen, replicatest.Today, nil)
	if _, err := c.CheckIn(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	db, err := sql.Open("sqlite3", files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `UPDATE booking SET person = x'00' WHERE id = ?`, other[:]); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Today(t.Context()); err == nil {
		t.Fatal("the other record can still be read: this test proves nothing")
	}
	news, err := c.News(t.Context())
	if err != nil || news.Waiting != 1 || len(news.Vaccines) != 1 || news.Vaccines[0].In("zh-TW") != "流感" || news.From != 9*60 || news.Until != 10*60 {
		t.Errorf("news %+v, %v", news, err)
	}
	f, err := c.Recognise(t.Context(), wang)
	if err != nil || f.Code != reception.Ready {
		t.Errorf("found %s, %v", f.Code, err)
	}
	if f, err = c.Scan(t.Context(), clinic.CodeOf(mine)); err != nil || f.Code != reception.Ready {
		t.Errorf("by code: %s, %v", f.Code, err)
	}
	got, err := c.CheckIn(t.Context(), mine)
	if err != nil || got.Ticket != "A002" || got.Entry.Vaccine != "流感" {
		t.Errorf("%+v, %v", got, err)
	}
	if offers, err := c.Offers(t.Context(), wang); err != nil || len(offers) != 0 {
		t.Errorf("offers %v, %v", offers, err)
	}
}

func TestWhoMayWalkInAtAKiosk(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	flu := replicatest.Programme(t)
	replicatest.Fill(t, r, 1, flu)
	c := &reception.Counter{Replica: r, Staff: "kiosk"}
	slot, _ := replicatest.Booked("A123456789", "王小明", wang.Birth.Reveal(), replicatest.Today)
	replicatest.Fill(t, r, 2, slot)
	if err := c.KeepPlaces(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if err := c.KeepPlaces(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	errands, err := r.Errands(t.Context())
	if err != nil || len(errands.Wishes) != 1 || errands.Wishes[0].Places != 3 {
		t.Fatalf("wishes %+v, %v", errands.Wishes, err)
	}
	page := syncproto.Page{Next: 2, Time: now.UnixMilli(), Leases: &[]syncproto.LeaseRow{{ID: replicatest.NewID(), Slot: slot.Slot.ID, Granted: 1}}}
	if err := errors.Join(r.Answered(t.Context(), errands.Wishes), r.Apply(t.Context(), page)); err != nil {
		t.Fatal(err)
	}
	offers, err := c.Offers(t.Context(), wang)
	if err != nil || len(offers) != 1 || offers[0].Left != 1 || offers[0].Dose != "single" || offers[0].Vaccine != "流感" {
		t.Fatalf("offers %+v, %v", offers, err)
	}
	child := chen
	child.Birth = clinic.NewBirth(replicatest.Today.AddDays(-3000))
	if offers, err := c.Offers(t.Context(), child); err != nil || len(offers) != 0 {
		t.Errorf("a child without a guardian is offered %+v, %v", offers, err)
	}
	if _, err := c.WalkIn(t.Context(), reception.WalkIn{Person: wang, Slot: offers[0].Slot.ID, Dose: offers[0].Dose}); err != nil {
		t.Fatal(err)
	}
	if offers, err := c.Offers(t.Context(), chen); err != nil || len(offers) != 0 {
		t.Errorf("the last place is gone, offered %+v, %v", offers, err)
	}
	now = replicatest.Today.At(10 * 60)
	if offers, err := c.Offers(t.Context(), chen); err != nil || len(offers) != 0 {
		t.Errorf("the session is over, offered %+v, %v", offers, err)
	}
}

// What central tells with a programme: its rules, and the periods that book it.
func TestTheNewsNameThePeriodOfTodaysSessionsAndWhatToBring(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return replicatest.Now })
	programme := replicatest.Programme(t)
	var p clinic.Programme
	if err := json.Unmarshal(programme.Programme.Doc, &p); err != nil {
		t.Fatal(err)
	}
	p.Bring = []clinic.Text{{"zh-TW": "健保卡", "en": "NHI card"}}
	doc, err := json.Marshal(struct {
		clinic.Programme
		Periods []clinic.Period `json:"periods"`
	}{p, []clinic.Period{
		{ID: "before", Programmes: []string{p.Code}, Last: replicatest.Today.AddDays(-1)},
		{ID: "now", Label: clinic.Text{"zh-TW": "第49期"}, Programmes: []string{p.Code}, First: replicatest.Today, Last: replicatest.Today.AddDays(6)},
		{ID: "elsewhere", Programmes: []string{p.Code}, First: replicatest.Today, Last: replicatest.Today.AddDays(6)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	programme.Programme.Doc = doc
	slot, _ := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
	tomorrow, _ := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today.AddDays(1))
	slot.Slot.Period, tomorrow.Slot.Period = "now", "elsewhere"
	replicatest.Fill(t, r, 3, programme, slot, tomorrow)
	c := &reception.Counter{Replica: r, Staff: "kiosk"}
	news, err := c.News(t.Context())
	if err != nil || len(news.Periods) != 1 || news.Periods[0].Label.In("vi") != "第49期" || news.Periods[0].First != replicatest.Today {
		t.Errorf("the periods are %+v, %v", news.Periods, err)
	}
	if len(news.Bring) != 1 || news.Bring[0].In("id") != "NHI card" || news.Bring[0].In("zh-TW") != "健保卡" {
		t.Errorf("to bring: %v", news.Bring)
	}
	programme.Programme.Doc = replicatest.Programme(t).Programme.Doc // of a central of before
	replicatest.Fill(t, r, 4, programme)
	if news, err = c.News(t.Context()); err != nil || len(news.Periods) != 0 || news.Until == 0 {
		t.Errorf("without periods: %+v, %v", news, err)
	}
}
