package syncproto

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
)

// standbyAnswer is an event about an entry.
func standbyAnswer(entry clinic.ID, said clinic.StandbyAnswer) EventRow {
	return EventRow{Device: idOf(1), Epoch: 1, Op: Op{
		Seq: 3, Kind: clinic.StandbyAsked, Booking: entry, At: 1795500000000, Wall: 1795500000000, Boot: idOf(3), Staff: "nurse", Reason: string(said),
	}}
}

func standbyEntry() StandbyEntry {
	return StandbyEntry{
		ID: idOf(5), Slot: idOf(4), Dose: "single", IDNumber: "A123456789", Name: "王小明", Birth: -7000, Mobile: "0912345678", Created: 1795400000000,
		Answers: []EventRow{standbyAnswer(idOf(5), clinic.StandbyOffered)},
	}
}

// standbySamples are what a desk and central say about who waits.
func standbySamples() []Message {
	return []Message{
		AskStandby{},
		AskStandby{Have: bytes.Repeat([]byte{7}, StandbyHashSize)},
		Standby{Day: 20782},
		Standby{Day: 20782, Entries: []StandbyEntry{standbyEntry(), {ID: idOf(6), Slot: idOf(4), Dose: "single", IDNumber: "B222222229", Name: "林美麗", Birth: 3000, Landline: "0422289111", Guardian: "0987654321"}}},
		Standby{Day: 20782, Same: true},
	}
}

func TestVectorsOfStandbyLists(t *testing.T) {
	names := []string{"ask for the standby list", "ask, and have one", "nobody waits", "two wait, one was offered a dose", "the same list"}
	keepTheirBytes(t, "standby.json", names, standbySamples())
}

func TestAStandbyListHidesWhoWaits(t *testing.T) {
	for _, m := range standbySamples() {
		for _, text := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m)} {
			if strings.Contains(text, "A123456789") || strings.Contains(text, "王小明") || strings.Contains(text, "0912345678") || strings.Contains(text, "0987654321") {
				t.Errorf("%T shows %s", m, text)
			}
		}
	}
}

func TestAStandbyListKeepsItsLimits(t *testing.T) {
	list := func(change func(*StandbyEntry)) Standby {
		e := standbyEntry()
		change(&e)
		return Standby{Day: 20782, Entries: []StandbyEntry{e}}
	}
	for name, m := range map[string]Message{
		"a short hash": AskStandby{Have: []byte{1}}, "no day": Standby{Day: NoDay}, "too many": Standby{Entries: make([]StandbyEntry, MaxStandby+1)},
		"the same, and who":             Standby{Day: 1, Same: true, Entries: []StandbyEntry{standbyEntry()}},
		"somebody twice":                Standby{Day: 1, Entries: []StandbyEntry{standbyEntry(), standbyEntry()}},
		"no id":                         list(func(e *StandbyEntry) { e.ID = clinic.ID{} }),
		"no slot":                       list(func(e *StandbyEntry) { e.Slot = clinic.ID{} }),
		"a name without end":            list(func(e *StandbyEntry) { e.Name = strings.Repeat("長", 200) }),
		"an answer about somebody else": list(func(e *StandbyEntry) { e.Answers[0].Op.Booking = idOf(9) }),
		"an event that is no answer":    list(func(e *StandbyEntry) { e.Answers[0].Op.Kind = clinic.CheckedIn }),
		"answers without end":           list(func(e *StandbyEntry) { e.Answers = make([]EventRow, maxStandbyAnswers+1) }),
	} {
		if err := m.Check(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, b := (Standby{Day: 1}), (Standby{Day: 2}); bytes.Equal(a.Hash(), b.Hash()) || len(a.Hash()) != StandbyHashSize {
		t.Error("lists are not told apart")
	}
}
