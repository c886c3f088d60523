package syncproto

import (
	"errors"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
)

func stockLine(reason string) EventRow {
	return EventRow{Device: idOf(1), Epoch: 1, Op: Op{
		Seq: 4, Kind: clinic.StockMoved, Booking: idOf(7), At: 1795500000000, Wall: 1795500000000, Boot: idOf(3), Staff: "nurse", Lot: "FLU2601", Reason: reason,
	}}
}

// stockSamples are what a desk and central say about a site's stock.
func stockSamples() []Message {
	return []Message{
		AskStock{Day: NoDay},
		AskStock{After: 812, Day: 20782},
		Stock{Next: 812, Day: 20782},
		Stock{
			Lines: []EventRow{stockLine("received 3 10 2027-03-31 flu"), stockLine("taken_back 打錯瓶數")}, Next: 830, More: true,
			Day: 20782, Given: []LotDoses{{"FLU2509", 120}, {"FLU2601", 7}},
		},
	}
}

func TestVectorsOfTheStock(t *testing.T) {
	names := []string{"ask for the stock", "ask for what is new", "nothing is new", "two lines and the doses given"}
	keepTheirBytes(t, "stock.json", names, stockSamples())
}

func TestTheStockKeepsItsLimits(t *testing.T) {
	given := func(lots ...LotDoses) Stock { return Stock{Day: 1, Given: lots} }
	for name, m := range map[string]Message{
		"after nothing": AskStock{After: -1}, "no day": Stock{Day: NoDay}, "too many lines": Stock{Day: 1, Lines: make([]EventRow, MaxStockLines+1)},
		"more of nothing": Stock{Day: 1, More: true}, "too many lots": Stock{Day: 1, Given: make([]LotDoses, maxLots+1)}, "a sequence below none": Stock{Day: 1, Next: -1},
		"another event": Stock{Day: 1, Lines: []EventRow{{Op: Op{Seq: 1, Kind: clinic.CheckedIn, Booking: idOf(1)}}}},
		"no line":       Stock{Day: 1, Lines: []EventRow{{Op: Op{Seq: 1, Kind: clinic.StockMoved}}}},
		"no dose":       given(LotDoses{"L1", 0}), "a lot twice": given(LotDoses{"L1", 1}, LotDoses{"L1", 1}), "a lot without end": given(LotDoses{strings.Repeat("L", 65), 1}),
	} {
		if err := m.Check(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
