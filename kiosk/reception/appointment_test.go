package reception_test

import (
	"context"
	"errors"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// fixed is a central that gives one answer.
type fixed struct {
	answer syncproto.Message
	sent   bool
	err    error
	asked  []syncproto.Message
}

func (f *fixed) Ask(_ context.Context, m syncproto.Message) (syncproto.Message, bool, error) {
	f.asked = append(f.asked, m)
	return f.answer, f.sent, f.err
}

func appointments(t *testing.T, central *fixed) *reception.Appointments {
	_, r := counter(t)
	return &reception.Appointments{Replica: r, Central: central, NewID: replicatest.NewID}
}

func TestWhatIsOpenHasItsNames(t *testing.T) {
	day := replicatest.Today.AddDays(3)
	slot := syncproto.OpenSlot{ID: replicatest.NewID(), Date: syncproto.DayOf(day), Start: 540, End: 600, Left: 4}
	central := &fixed{answer: syncproto.Openings{Doses: []syncproto.OpenDose{
		{Programme: "influenza", Vaccine: "flu", Dose: "single", Slots: []syncproto.OpenSlot{slot}},
		{Programme: "influenza", Vaccine: "flu", Dose: "unheard of", Slots: []syncproto.OpenSlot{slot}},
		{Programme: "mpox", Vaccine: "jynneos", Dose: "dose1", Slots: []syncproto.OpenSlot{slot}},
	}}}
	open, err := appointments(t, central).Openings(t.Context(), wang)
	if err != nil || len(open) != 1 {
		t.Fatalf("%+v, %v", open, err)
	}
	o := open[0]
	if o.Vaccine.Name.In("zh-TW") != "流感" || o.Dose.Code != "single" || len(o.Slots) != 1 || o.Slots[0].ID != slot.ID || o.Slots[0].Date != day || o.Slots[0].Left() != 4 {
		t.Errorf("%+v", o)
	}
	if ask, ok := central.asked[0].(syncproto.AskOpenings); !ok || ask.IDNumber != wang.ID.Reveal() || ask.Birth.Date() != wang.Birth.Reveal() {
		t.Errorf("asked %T", central.asked[0])
	}
	central.answer = syncproto.Openings{Refused: clinic.RefusedAlreadyBooked}
	if _, err := appointments(t, central).Openings(t.Context(), wang); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyBooked)) {
		t.Error(err)
	}
}

func TestABookingIsShownOnlyWhenCentralHasSaidSo(t *testing.T) {
	broken := errors.New("the cable is out")
	slot := clinic.Slot{ID: replicatest.NewID(), Programme: "influenza", Vaccine: "flu", Date: replicatest.Today.AddDays(3), Start: 540, End: 600}
	person := wang
	person.Mobile = clinic.NewPhone("0912345678")
	for name, c := range map[string]struct {
		central fixed
		refused string
	}{
		"booked":             {fixed{answer: syncproto.Booked{Ticket: "EZT1:x"}, sent: true}, ""},
		"full meanwhile":     {fixed{answer: syncproto.Booked{Refused: clinic.RefusedFull}, sent: true}, clinic.RefusedFull},
		"no line":            {fixed{err: broken}, reception.Unreached},
		"the answer is lost": {fixed{sent: true, err: broken}, reception.Unsure},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := appointments(t, &c.central).Book(t.Context(), reception.Wish{Person: person, Slot: slot, Dose: "single"})
			if c.refused != "" {
				if !errors.Is(err, clinic.Refuse(c.refused)) || a.Code != "" {
					t.Errorf("%+v, %v", a, err)
				}
				return
			}
			ask := c.central.asked[0].(syncproto.AskBooking)
			if err != nil || a.Slot.ID != slot.ID || a.Code != clinic.CodeOf(ask.ID) || a.Ticket != "EZT1:x" || a.Vaccine.In("zh-TW") != "流感" || a.Dose.In("zh-TW") != "1 劑" {
				t.Errorf("%+v, %v", a, err)
			}
			if ask.Mobile != "0912345678" || ask.Name != person.Name.Reveal() || ask.Slot != slot.ID || ask.Dose != "single" {
				t.Error("central was asked for something else")
			}
		})
	}
}
