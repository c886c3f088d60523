package agent_test

import (
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

var yesterday = syncproto.DayOf(replicatest.Today.AddDays(-1))

// stockLine is a line that another desk wrote.
func stockLine(seq uint64, reason string) syncproto.EventRow {
	return syncproto.EventRow{Device: clinic.ID{7}, Epoch: 1, Op: syncproto.Op{
		Seq: seq, Kind: clinic.StockMoved, Booking: replicatest.NewID(), At: replicatest.Now.UnixMilli(), Boot: clinic.ID{1}, Staff: "desk2", Lot: "FL1", Reason: reason,
	}}
}

func theStock(t *testing.T, r *replica.Replica) clinic.StockLot {
	t.Helper()
	lots, err := r.Stock(t.Context())
	if err != nil || len(lots) != 1 {
		t.Fatalf("%+v, %v", lots, err)
	}
	return lots[0]
}

func TestADeskHearsWhatOthersWriteOfTheStock(t *testing.T) {
	a, r, f, id := pair(t)
	f.stock = map[int64]syncproto.Stock{
		0: {Lines: []syncproto.EventRow{stockLine(1, "received 3 10 2027-03-31 flu")}, Next: 2, More: true, Day: yesterday, Given: []syncproto.LotDoses{{Lot: "FL1", Doses: 9}}},
		2: {Lines: []syncproto.EventRow{stockLine(2, "opened 1")}, Next: 3, Day: yesterday},
		3: {Next: 3, Day: yesterday},
	}
	rounds(t, a, 3)
	if want := []syncproto.AskStock{{Day: syncproto.NoDay}, {After: 2, Day: yesterday}}; !slices.Equal(f.stockAsks, want) {
		t.Errorf("asked %+v", f.stockAsks)
	}
	if s := theStock(t, r); s.Received != 3 || s.Opened != 1 || s.Given != 9 {
		t.Errorf("%+v", s)
	}
	f.set(func() { // a row has the next number
		_, b := replicatest.Booked("B222222229", "林美麗", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
		b.Booking.Slot, b.Seq = f.rows[1].Slot.ID, 4
		f.rows = append(f.rows, b)
	})
	rounds(t, a, 2)
	if len(f.stockAsks) != 2 {
		t.Errorf("after a pull whose numbers are all of rows: %+v", f.stockAsks)
	}
	f.set(func() { // and a line has the one after that
		f.rows = append(f.rows, f.rows[3])
		f.skip = 1
		f.stock[3] = syncproto.Stock{Lines: []syncproto.EventRow{stockLine(3, "opened 1")}, Next: 5, Day: yesterday}
		f.stock[5] = syncproto.Stock{Next: 5, Day: yesterday}
	})
	rounds(t, a, 2)
	if s := theStock(t, r); s.Opened != 2 || len(f.stockAsks) != 3 {
		t.Errorf("%+v, asked %+v", s, f.stockAsks)
	}
	f.set(func() { f.rows = append(f.rows, f.rows[3]) })
	if err := r.Apply(t.Context(), syncproto.Page{Next: 6, History: f.history, Time: replicatest.Now.UnixMilli()}); err != nil { // as a neighbour hands it over
		t.Fatal(err)
	}
	rounds(t, a, 2)
	if len(f.stockAsks) != 4 || f.stockAsks[3].After != 5 {
		t.Errorf("after a neighbour brought the base up to date it asked %+v", f.stockAsks)
	}
	arrive(t, r, id)
	f.set(func() { f.channel = nil })
	rounds(t, a, 2) // another session
	if len(f.stockAsks) != 5 || f.stockAsks[4].After != 5 {
		t.Errorf("asked %+v", f.stockAsks)
	}
}

func TestACentralWithoutAStockIsAskedOnce(t *testing.T) {
	for name, version := range map[string]int{"an older version": 3, "the version, and no stock": 0} {
		a, r, f, _ := pair(t)
		f.version = version
		rounds(t, a, 3)
		if lots, err := r.Stock(t.Context()); err != nil || len(lots) != 0 || len(f.stockAsks) > 1 || version == 3 && len(f.stockAsks) > 0 {
			t.Errorf("%s: asked %d times, %v", name, len(f.stockAsks), err)
		}
	}
}

func TestAKioskAsksForNoStock(t *testing.T) {
	a, r, f, _ := pair(t)
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Grant.Role = syncproto.RoleKiosk
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	rounds(t, a, 2)
	if len(f.stockAsks) != 0 {
		t.Errorf("asked %+v", f.stockAsks)
	}
}
