package replica_test

import (
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// arrivals is how far everybody is, read through what is kept in memory and straight from
// the events.
func arrivals(t testing.TB, r *replica.Replica) (kept, read map[clinic.ID]clinic.Visit) {
	t.Helper()
	kept, read = make(map[clinic.ID]clinic.Visit), make(map[clinic.ID]clinic.Visit)
	if err := r.EachVisit(t.Context(), replicatest.Today, func(id clinic.ID, v clinic.Visit) { kept[id] = v }); err != nil {
		t.Fatal(err)
	}
	day, err := r.Day(t.Context(), replicatest.Today)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range day {
		if len(b.Events) > 0 {
			read[b.ID] = b.Visit()
		}
	}
	return kept, read
}

func same(t testing.TB, r *replica.Replica) {
	t.Helper()
	kept, read := arrivals(t, r)
	if !maps.EqualFunc(kept, read, func(a, b clinic.Visit) bool {
		return a.Last == b.Last && a.Attendance == b.Attendance && a.Call == b.Call
	}) {
		t.Errorf("kept %v, on the disk %v", kept, read)
	}
}

func TestHowFarEverybodyIsFollowsWhatIsOnTheDisk(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return replicatest.Now })
	cursor := int64(1)
	var ids []clinic.ID
	for range 150 {
		kind := clinic.CheckedIn
		switch draw.IntN(4) {
		case 0: // central tells something
			slot, booking := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
			cursor += 2
			replicatest.Fill(t, r, cursor, slot, booking)
			ids = append(ids, booking.Booking.ID)
		case 1:
			kind = clinic.Called
			fallthrough
		default:
			if len(ids) == 0 {
				continue
			}
			if _, err := r.Act(t.Context(), ids[draw.IntN(len(ids))], func(clinic.Booking) (replica.Draft, error) {
				return replica.Draft{Kind: kind, Staff: "nurse", Ticket: kind == clinic.CheckedIn}, nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		same(t, r)
	}
}

func TestSeveralAtOnceLeaveWhatIsOnTheDisk(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return replicatest.Now })
	var rows []syncproto.Row
	var ids []clinic.ID
	for range 8 {
		slot, booking := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
		rows, ids = append(rows, slot, booking), append(ids, booking.Booking.ID)
	}
	replicatest.Fill(t, r, int64(len(rows)), rows...)
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range 40 {
				_, err := r.Act(t.Context(), ids[(i+n)%len(ids)], func(b clinic.Booking) (replica.Draft, error) {
					if len(b.Events) == 0 {
						return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
					}
					return replica.Draft{Kind: clinic.Called, Staff: "nurse", Reason: strconv.Itoa(n)}, nil
				})
				if err != nil {
					t.Error(err)
				}
				if err := r.EachVisit(t.Context(), replicatest.Today, func(clinic.ID, clinic.Visit) {}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	same(t, r)
}
