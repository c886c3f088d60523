package reception_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
)

// aQueue has three people arrive a minute after one another, in the order of the
// numbers that it gives.
func aQueue(t *testing.T, dir string, now *time.Time) (*reception.Counter, []clinic.ID) {
	t.Helper()
	r := replicatest.Open(t, dir, func() time.Time { return *now })
	replicatest.Fill(t, r, 1, replicatest.Programme(t))
	c := &reception.Counter{Replica: r, Staff: "nurse"}
	var ids []clinic.ID
	for _, p := range []clinic.Person{wang, chen, {ID: clinic.NewIDNumber("B123456780"), Name: clinic.NewName("林大同"), Birth: wang.Birth}} {
		ids = append(ids, book(t, r, p, replicatest.Today, nil))
	}
	for _, n := range []int{2, 0, 1} {
		*now = now.Add(time.Minute)
		if _, err := c.CheckIn(t.Context(), ids[n]); err != nil {
			t.Fatal(err)
		}
	}
	return c, []clinic.ID{ids[2], ids[0], ids[1]}
}

func queueOf(t *testing.T, c *reception.Counter) reception.Queue {
	t.Helper()
	q, err := c.Queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestPeopleAreCalledInTheOrderInWhichTheyCame(t *testing.T) {
	now := replicatest.Now
	c, ids := aQueue(t, t.TempDir(), &now)
	if q := queueOf(t, c); len(q.Waiting) != 3 || q.Waiting[0].Entry.Booking.ID != ids[0] || q.Waiting[2].Wait != 12*time.Minute {
		t.Fatalf("%+v", q)
	}
	e, err := c.CallNext(t.Context(), "1")
	if err != nil || e.Booking.ID != ids[0] {
		t.Fatalf("called %v, %v", e.Booking.ID, err)
	}
	now = now.Add(time.Minute)
	if _, err := c.CallNext(t.Context(), "2"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if err := c.Call(t.Context(), ids[0], "1"); err != nil {
		t.Fatal(err)
	}
	q := queueOf(t, c)
	if len(q.Waiting) != 1 || len(q.Called) != 2 || q.Called[0].Entry.Booking.ID != ids[0] || q.Called[0].Times != 2 || q.Called[0].Room != "1" || q.Called[1].Room != "2" {
		t.Fatalf("%+v", q)
	}
	if err := c.Skip(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	if q = queueOf(t, c); len(q.Called) != 1 || len(q.Skipped) != 1 || q.Skipped[0].Entry.Booking.ID != ids[0] {
		t.Fatalf("%+v", q)
	}
	if err := c.Call(t.Context(), ids[0], "1"); err != nil { // they came after all
		t.Fatal(err)
	}
	if _, err := c.Give(t.Context(), ids[0], aDose); err != nil {
		t.Fatal(err)
	}
	if q = queueOf(t, c); len(q.Called) != 1 || len(q.Skipped) != 0 {
		t.Errorf("who was seen to is still in the queue: %+v", q)
	}
	if _, err := c.CallNext(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CallNext(t.Context(), "1"); !errors.Is(err, reception.ErrNobody) {
		t.Errorf("called from an empty queue: %v", err)
	}
}

func TestTheCallsOutliveTheProgramAndNotTheDay(t *testing.T) {
	dir, now := t.TempDir(), replicatest.Now
	c, ids := aQueue(t, dir, &now)
	if _, err := c.CallNext(t.Context(), "3"); err != nil {
		t.Fatal(err)
	}
	if err := c.Replica.Close(); err != nil {
		t.Fatal(err)
	}
	c.Replica = replicatest.Open(t, dir, func() time.Time { return now })
	if q := queueOf(t, c); len(q.Called) != 1 || q.Called[0].Room != "3" || q.Called[0].Entry.Booking.ID != ids[0] {
		t.Errorf("%+v", q)
	}
	now = now.AddDate(0, 0, 1)
	if calls, err := c.Replica.Calls(t.Context()); err != nil || len(calls) != 0 {
		t.Errorf("yesterday's calls: %+v, %v", calls, err)
	}
	if err := c.Replica.Call(t.Context(), ids[1], "1"); err != nil {
		t.Fatal(err)
	}
	now = replicatest.Now
	if calls, err := c.Replica.Calls(t.Context()); err != nil || len(calls) != 0 {
		t.Errorf("calls of another day are kept: %+v, %v", calls, err)
	}
}

func TestTheWaitFollowsThePaceOfTheLastHour(t *testing.T) {
	now := replicatest.Now
	c, ids := aQueue(t, t.TempDir(), &now)
	four := book(t, c.Replica, clinic.Person{ID: clinic.NewIDNumber("C123456781"), Name: clinic.NewName("周小小"), Birth: wang.Birth}, replicatest.Today, nil)
	if _, err := c.CheckIn(t.Context(), four); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		now = now.Add(6 * time.Minute)
		if _, err := c.Give(t.Context(), id, aDose); err != nil {
			t.Fatal(err)
		}
	}
	if q := queueOf(t, c); q.Pace != 6*time.Minute || len(q.Waiting) != 1 || q.Waiting[0].Wait != 6*time.Minute {
		t.Errorf("%+v", q)
	}
}
