package replica_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// stocks writes a line of lot FL1 and gives its id.
func stocks(t *testing.T, r *replica.Replica, m clinic.StockMove) clinic.ID {
	t.Helper()
	err := r.MoveStock(t.Context(), func([]clinic.StockLot) (replica.StockDraft, error) {
		return replica.StockDraft{Lot: "FL1", Staff: "nurse", StockMove: m}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := theStock(t, r).Lines
	return lines[len(lines)-1].ID
}

func takesBack(t *testing.T, r *replica.Replica, line clinic.ID) {
	t.Helper()
	err := r.MoveStock(t.Context(), func([]clinic.StockLot) (replica.StockDraft, error) {
		return replica.StockDraft{Line: line, Lot: "FL1", Staff: "desk2", StockMove: clinic.StockMove{Kind: clinic.StockTakenBack, Why: "打錯"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	threeVials = clinic.StockMove{Kind: clinic.StockReceived, Vials: 3, Doses: 10, Expires: replicatest.Today.AddDays(90), Vaccine: "flu"}
	oneOpened  = clinic.StockMove{Kind: clinic.StockOpened, Vials: 1}
)

// theStock is the only lot.
func theStock(t *testing.T, r *replica.Replica) clinic.StockLot {
	t.Helper()
	all, err := r.Stock(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func TestALineOfTheStockGoesUpAndStays(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, standing)
	line := stocks(t, r, threeVials)
	stocks(t, r, oneOpened)
	takesBack(t, r, line)
	no := errors.New("no")
	if err := r.MoveStock(t.Context(), func(lots []clinic.StockLot) (replica.StockDraft, error) {
		if lots[0].Opened != 1 || lots[0].Received != 0 {
			t.Errorf("decided on %+v", lots)
		}
		return replica.StockDraft{}, no
	}); !errors.Is(err, no) {
		t.Error(err)
	}
	out, err := r.Outbox(t.Context(), -1)
	if err != nil || len(out.Ops) != 3 || out.Ops[0].Kind != clinic.StockMoved || out.Ops[0].Booking != line || out.Ops[2].Booking != line || out.Ops[2].Reason != "taken_back 打錯" || out.Ops[0].Lot != "FL1" {
		t.Fatalf("%+v, %v", out.Ops, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	holdsNone(t, dir, "打錯", "FL1")
	if s := theStock(t, replicatest.Open(t, dir, standing)); s.Opened != 1 || s.Received != 0 || len(s.Lines) != 2 || s.Lines[0].Back.Staff != "desk2" {
		t.Errorf("%+v", s)
	}
}

func TestTwoDesksShareTheirStockWithoutALine(t *testing.T) {
	now := replicatest.Now
	all, n := replicatest.Site(t, func() time.Time { return now }, "A", "B", "K")
	n.Devices[2].Role = syncproto.RoleKiosk
	for _, r := range all[:2] {
		if err := r.TakeNeighbours(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	line := stocks(t, all[0], threeVials)
	if kept, err := pass(t, all[0], all[1]); err != nil || kept != 1 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	now = now.Add(time.Minute)
	stocks(t, all[1], oneOpened)
	takesBack(t, all[1], line)
	if kept, err := pass(t, all[1], all[0]); err != nil || kept != 2 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	for _, r := range all[:2] {
		if s := theStock(t, r); s.Opened != 1 || s.Received != 0 || len(s.Lines) != 2 || s.Lines[0].Device != n.Devices[0].Device {
			t.Errorf("%+v", s)
		}
	}
	stocks(t, all[2], oneOpened) // which no kiosk may
	if kept, err := pass(t, all[2], all[0]); !errors.Is(err, replica.ErrPassed) || kept != 0 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	if s := theStock(t, all[0]); s.Opened != 1 {
		t.Errorf("a kiosk's line counts: %+v", s)
	}
	n.Devices[1].Acked = 2 // what central has of it goes from what was passed on
	if err := all[0].TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if s := theStock(t, all[0]); len(s.Lines) != 2 || s.Received != 0 {
		t.Errorf("after central has it: %+v", s)
	}
	out, err := all[1].Outbox(t.Context(), -1)
	if err != nil {
		t.Fatal(err)
	}
	told := syncproto.Stock{Next: 7, More: true, Day: syncproto.DayOf(replicatest.Today.AddDays(-1))}
	told.Lines = []syncproto.EventRow{{Device: n.Devices[1].Device, Epoch: 1, Op: out.Ops[0]}} // it does not count the other one
	takeStock(t, all[0], told)
	if s := theStock(t, all[0]); s.Opened != 1 || s.Received != 0 {
		t.Errorf("before central has told all: %+v", s)
	}
	told.More, told.Lines = false, nil
	takeStock(t, all[0], told)
	if s := theStock(t, all[0]); s.Opened != 1 || s.Received != 3 {
		t.Errorf("what central does not count counts: %+v", s)
	}
	now = now.Add(time.Minute)
	takesBack(t, all[1], line)
	if _, err := pass(t, all[1], all[0]); err != nil {
		t.Fatal(err)
	}
	takeStock(t, all[0], told)
	if s := theStock(t, all[0]); s.Received != 0 {
		t.Errorf("what central has not heard of is gone: %+v", s)
	}
	n.Devices[1].Revoked = true
	if err := all[0].TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	takeStock(t, all[0], told)
	if s := theStock(t, all[0]); s.Received != 3 || s.Opened != 1 {
		t.Errorf("of a device that was revoked: %+v", s)
	}
}

func TestCentralsWordOfALineGoesBeforeAnothers(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	stocks(t, all[0], threeVials)
	if _, err := pass(t, all[0], all[1]); err != nil {
		t.Fatal(err)
	}
	other := toldLine(1, oneOpened) // another disk with the same identity was heard first
	other.Device = n.Devices[0].Device
	takeStock(t, all[1], syncproto.Stock{Lines: []syncproto.EventRow{other}, Next: 1, Day: syncproto.DayOf(replicatest.Today.AddDays(-1))})
	if s := theStock(t, all[1]); s.Opened != 1 || s.Received != 0 {
		t.Errorf("%+v", s)
	}
}

// toldLine is a line as central tells it.
func toldLine(seq uint64, m clinic.StockMove) syncproto.EventRow {
	return syncproto.EventRow{Device: clinic.ID{7}, Epoch: 1, Op: syncproto.Op{
		Seq: seq, Kind: clinic.StockMoved, Booking: replicatest.NewID(), At: replicatest.Now.UnixMilli(), Boot: clinic.ID{1}, Staff: "desk2", Lot: "FL1", Reason: m.String(),
	}}
}

func takeStock(t *testing.T, r *replica.Replica, s syncproto.Stock) {
	t.Helper()
	if err := r.TakeStock(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func have(t *testing.T, r *replica.Replica, want syncproto.AskStock) {
	t.Helper()
	if got, err := r.StockHave(t.Context()); err != nil || got != want {
		t.Errorf("asks %+v, %v; want %+v", got, err, want)
	}
}

func TestWhatCentralTellsOfTheStockAndWhatIsCountedHereAreOneSum(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	yesterday := replicatest.Today.AddDays(-1)
	have(t, r, syncproto.AskStock{Day: syncproto.NoDay})
	for day, given := range map[clinic.Date]map[string]int{yesterday.AddDays(-1): {"FL1": 5}, yesterday: {"FL1": 2}, replicatest.Today: {"FL1": 1}} {
		if err := r.NoteGiven(t.Context(), day, given); err != nil {
			t.Fatal(err)
		}
	}
	stocks(t, r, threeVials)
	if s := theStock(t, r); s.Given != 8 {
		t.Errorf("of what is counted here %d doses were given", s.Given)
	}
	if due, err := r.StockDue(t.Context()); err != nil || !due {
		t.Errorf("due %t, %v", due, err)
	}
	changes, stop := r.Watch()
	defer stop()
	first := syncproto.Stock{Lines: []syncproto.EventRow{toldLine(1, threeVials)}, Next: 40, More: true, Day: syncproto.DayOf(yesterday), Given: []syncproto.LotDoses{{Lot: "FL1", Doses: 9}}}
	takeStock(t, r, first)
	<-changes
	have(t, r, syncproto.AskStock{After: 40, Day: syncproto.DayOf(yesterday)})
	takeStock(t, r, syncproto.Stock{Lines: []syncproto.EventRow{toldLine(2, oneOpened)}, Next: 41, Day: syncproto.DayOf(yesterday)})
	<-changes
	takeStock(t, r, syncproto.Stock{Next: 41, Day: syncproto.DayOf(yesterday)}) // nothing new
	select {
	case <-changes:
		t.Error("nothing new is told")
	default:
	}
	if s := theStock(t, r); s.Given != 12 || s.Received != 6 || s.Opened != 1 {
		t.Errorf("%+v", s)
	}
	if due, err := r.StockDue(t.Context()); err != nil || due {
		t.Errorf("due %t, %v", due, err)
	}
	// central is restored from a backup that lacks the second line
	if err := r.Welcome(t.Context(), syncproto.Welcome{Version: syncproto.Version, History: clinic.ID{9}, Time: replicatest.Now.UnixMilli(), ChainHead: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	have(t, r, syncproto.AskStock{Day: syncproto.DayOf(yesterday)})
	first.More, first.Given = false, nil
	takeStock(t, r, first)
	if s := theStock(t, r); s.Given != 12 || s.Received != 6 || s.Opened != 1 {
		t.Errorf("after the restore %+v", s)
	}
}

func TestALockedDeviceWritesNothingOfTheStock(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	now = now.AddDate(1, 0, 1)
	err := r.MoveStock(t.Context(), func([]clinic.StockLot) (replica.StockDraft, error) {
		return replica.StockDraft{Lot: "FL1", StockMove: oneOpened}, nil
	})
	if !errors.Is(err, clinic.Refuse(replica.RefusedLocked)) {
		t.Error(err)
	}
}

func TestTheStockOutlivesTheEventsThatCentralHas(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	stocks(t, r, threeVials)
	stocks(t, r, oneOpened)
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 2, ChainHead: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 40)
	r.Contact(now.UnixMilli())
	if err := r.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := theStock(t, r); s.Received != 3 || s.Opened != 1 {
		t.Errorf("%+v", s)
	}
	if err := r.Unacknowledge(t.Context()); err != nil {
		t.Fatal(err)
	}
	stocks(t, r, oneOpened)
	if out, err := r.Outbox(t.Context(), -1); err != nil || len(out.Ops) != 1 || out.Ops[0].Seq != 3 { // the second is the last that central has, and the third is chained to it
		t.Errorf("%+v, %v", out.Ops, err)
	}
}
