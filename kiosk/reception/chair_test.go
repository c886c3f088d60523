package reception_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

var aDose = reception.Dose{Lot: " md24-118 ", Injection: clinic.Injection{Expires: replicatest.Today.AddDays(2), Limb: "left_arm"}}

func inChair(t *testing.T) (*reception.Counter, clinic.ID) {
	t.Helper()
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today, nil)
	if _, err := c.CheckIn(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return c, id
}

func TestADoseIsRecordedWithLotLastDayAndPlace(t *testing.T) {
	c, id := inChair(t)
	e, err := c.Give(t.Context(), id, aDose)
	if err != nil {
		t.Fatal(err)
	}
	v := e.Visit
	if v.Attendance != clinic.Vaccinated || v.Lot != "MD24-118" || v.Injection.Expires != replicatest.Today.AddDays(2) || v.Injection.Limb != "left_arm" ||
		v.Injection.Vaccine != e.Booking.Slot.Vaccine || !e.Waiting {
		t.Errorf("%+v", e)
	}
	if until, observed := reception.Observed(v, replicatest.Now); !observed || !until.Equal(replicatest.Now.Add(15*time.Minute)) {
		t.Errorf("observed %v until %v", observed, until)
	}
	if _, observed := reception.Observed(v, replicatest.Now.Add(61*time.Minute)); observed {
		t.Error("still observed after an hour")
	}
	lots, err := c.Lots(t.Context())
	if err != nil || len(lots) != 1 || lots[0].Number != "MD24-118" || lots[0].Vaccine != e.Booking.Slot.Vaccine || lots[0].Name == "" {
		t.Errorf("the lots are %+v, %v", lots, err)
	}
	_, err = c.Give(t.Context(), id, aDose)
	wantRefused(t, err, reception.Finished)
	_, err = c.Defer(t.Context(), id, "發燒")
	wantRefused(t, err, reception.Finished)
}

func wantRefused(t *testing.T, err error, code string) {
	t.Helper()
	if !errors.Is(err, clinic.Refuse(code)) {
		t.Errorf("%v, not refused with %s", err, code)
	}
}

func TestWhatIsNotSaidOfADoseIsAskedFor(t *testing.T) {
	c, id := inChair(t)
	for code, spoil := range map[string]func(*reception.Dose){
		reception.LotMissing:    func(d *reception.Dose) { d.Lot = " " },
		reception.ExpiryMissing: func(d *reception.Dose) { d.Expires = clinic.Date{} },
		reception.LotExpired:    func(d *reception.Dose) { d.Expires = replicatest.Today.AddDays(-1) },
		reception.LimbMissing:   func(d *reception.Dose) { d.Limb = "" },
		reception.WrongProduct:  func(d *reception.Dose) { d.Vaccine = "another" },
	} {
		d := aDose
		spoil(&d)
		_, err := c.Give(t.Context(), id, d)
		wantRefused(t, err, code)
	}
	onItsLastDay := aDose
	onItsLastDay.Expires, onItsLastDay.Vaccine, onItsLastDay.Anyway = replicatest.Today, "another", true
	e, err := c.Give(t.Context(), id, onItsLastDay)
	if err != nil || e.Visit.Injection.Vaccine != "another" {
		t.Errorf("%+v, %v", e.Visit, err)
	}
}

func TestNobodyIsVaccinatedWhoHasNotCheckedIn(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today, nil)
	_, err := c.Give(t.Context(), id, aDose)
	wantRefused(t, err, reception.NotArrived)
	_, err = c.Defer(t.Context(), id, "發燒")
	wantRefused(t, err, reception.NotArrived)
	_, err = c.NoteReaction(t.Context(), id, "頭暈")
	wantRefused(t, err, reception.NotVaccinated)
	_, err = c.LetGo(t.Context(), id)
	wantRefused(t, err, reception.NotVaccinated)
}

func TestADeferralStandsUntilItIsTakenBack(t *testing.T) {
	c, id := inChair(t)
	_, err := c.Defer(t.Context(), id, "  ")
	wantRefused(t, err, reception.ReasonMissing)
	e, err := c.Defer(t.Context(), id, "發燒")
	if err != nil || e.Visit.Attendance != clinic.Deferred || e.Visit.Reason != "發燒" {
		t.Fatalf("%+v, %v", e.Visit, err)
	}
	_, err = c.Give(t.Context(), id, aDose)
	wantRefused(t, err, reception.DeferredToday)
	_, err = c.TakeBack(t.Context(), id, "")
	wantRefused(t, err, reception.ReasonMissing)
	if e, err = c.TakeBack(t.Context(), id, "醫師再評估"); err != nil || e.Visit.Attendance != clinic.Arrived {
		t.Fatalf("%+v, %v", e.Visit, err)
	}
	if _, err = c.Give(t.Context(), id, aDose); err != nil {
		t.Error(err)
	}
}

func TestAReactionIsNotedAndTheObservationEnds(t *testing.T) {
	c, id := inChair(t)
	if _, err := c.Give(t.Context(), id, aDose); err != nil {
		t.Fatal(err)
	}
	e, err := c.NoteReaction(t.Context(), id, "頭暈，休息後好轉")
	if err != nil || len(e.Visit.Reactions) != 1 || e.Visit.Reactions[0].Note != "頭暈，休息後好轉" {
		t.Fatalf("%+v, %v", e.Visit, err)
	}
	for range 2 { // who has gone cannot go again
		if e, err = c.LetGo(t.Context(), id); err != nil || e.Visit.LeftAt.IsZero() {
			t.Fatalf("%+v, %v", e.Visit, err)
		}
	}
	if _, observed := reception.Observed(e.Visit, replicatest.Now); observed {
		t.Error("who was let go is still observed")
	}
	out, err := c.Replica.Outbox(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []clinic.EventKind
	for _, op := range out.Ops {
		kinds = append(kinds, op.Kind)
	}
	if len(kinds) != 4 || kinds[2] != clinic.ReactionNoted || kinds[3] != clinic.ObservationEnded {
		t.Errorf("what goes up is %v", kinds)
	}
}

func TestTheProductsOfTheSiteAreKnown(t *testing.T) {
	c, r := counter(t)
	book(t, r, wang, replicatest.Today, func(*syncproto.BookingRow) {})
	products, err := c.Products(t.Context())
	if err != nil || len(products) == 0 || products[0].Name == "" {
		t.Errorf("%+v, %v", products, err)
	}
}
