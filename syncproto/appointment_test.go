package syncproto

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// appointmentSamples are what a kiosk and central say about a later day.
func appointmentSamples() []Message {
	return []Message{
		AskOpenings{IDNumber: "A123456789", Birth: -7000},
		Openings{},
		Openings{Doses: []OpenDose{{Programme: "flu", Vaccine: "flu-qiv", Dose: "single", Slots: []OpenSlot{{ID: idOf(4), Date: 20782, Start: 540, End: 570, Left: 3}}}}},
		Openings{Refused: "already_booked"},
		AskBooking{ID: idOf(5), Slot: idOf(4), Dose: "single", IDNumber: "A123456789", Name: "王小明", Birth: -7000, Mobile: "0912345678"},
		Booked{Ticket: "EZT1:AAAA"},
		Booked{Refused: "full"},
	}
}

func TestVectorsOfAppointments(t *testing.T) {
	names := []string{"ask for openings", "openings where there is no place", "openings", "openings where a rule says no", "ask for a booking", "booked", "booking refused"}
	keepTheirBytes(t, "appointment.json", names, appointmentSamples())
}

func TestWhatIsAskedForAPersonHidesThePerson(t *testing.T) {
	for _, m := range appointmentSamples() {
		for _, text := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m)} {
			if strings.Contains(text, "A123456789") || strings.Contains(text, "王小明") || strings.Contains(text, "0912345678") {
				t.Errorf("%T shows %s", m, text)
			}
		}
	}
}

func TestAppointmentsKeepTheirLimits(t *testing.T) {
	slot := OpenSlot{ID: idOf(4), Date: 20782, Start: 540, End: 570, Left: 3}
	before, none := slot, slot
	before.Start, none.Left = 510, 0
	dose := func(slots ...OpenSlot) Openings {
		return Openings{Doses: []OpenDose{{Programme: "flu", Vaccine: "flu-qiv", Dose: "single", Slots: slots}}}
	}
	booking := AskBooking{ID: idOf(5), Slot: idOf(4), Dose: "single", IDNumber: "A123456789", Name: "王小明", Birth: -7000, Mobile: "0912345678"}
	nobody, long := booking, booking
	nobody.ID, long.Name = idOf(0), strings.Repeat("長", 200)
	both := dose(slot)
	both.Refused = "full"
	for name, m := range map[string]Message{
		"openings for nobody": AskOpenings{Birth: 1}, "of no birth": AskOpenings{IDNumber: "A123456789", Birth: NoDay},
		"a dose without slots": dose(), "slots out of order": dose(slot, before), "a slot without a place": dose(none), "open and refused": both,
		"too many slots": dose(make([]OpenSlot, MaxOpenSlots+1)...), "too many doses": Openings{Doses: make([]OpenDose, MaxOpenDoses+1)},
		"a booking without an id": nobody, "a name without end": long, "neither booked nor refused": Booked{}, "both": Booked{Ticket: "x", Refused: "full"},
	} {
		if err := m.Check(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := dose(before, slot).Check(); err != nil {
		t.Error(err)
	}
}
