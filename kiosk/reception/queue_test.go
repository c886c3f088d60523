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
	if q := queueOf(t, c); len(q.Called) != 0 || q.Room != "3" {
		t.Errorf("the next day: %+v", q)
	}
}

// TestTwoDesksOfASiteCallFromOneQueue passes on between them what each has done, as
// their help within the site does.
func TestTwoDesksOfASiteCallFromOneQueue(t *testing.T) {
	now := replicatest.Now
	replicas, _ := replicatest.Site(t, func() time.Time { return now }, "A", "B")
	slot, booking := replicatest.Booked("A123456789", "王小明", wang.Birth.Reveal(), replicatest.Today)
	_, second := replicatest.Booked("A223456781", "陳小華", chen.Birth.Reveal(), replicatest.Today)
	second.Booking.Slot = slot.Slot.ID
	var desks []*reception.Counter
	for _, r := range replicas {
		replicatest.Fill(t, r, 3, replicatest.Programme(t), slot, booking, second)
		desks = append(desks, &reception.Counter{Replica: r, Staff: "nurse"})
	}
	tell := func(from, to int) {
		t.Helper()
		heads, err := replicas[to].Heads(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		passed, err := replicas[from].PassOn(t.Context(), heads)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := replicas[to].TakePassed(t.Context(), passed); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []clinic.ID{booking.Booking.ID, second.Booking.ID} {
		now = now.Add(time.Minute)
		if _, err := desks[0].CheckIn(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	tell(0, 1)
	if e, err := desks[0].CallNext(t.Context(), "1"); err != nil || e.Visit.Ticket != "A001" {
		t.Fatalf("called %s, %v", e.Visit.Ticket, err)
	}
	tell(0, 1)
	now = now.Add(time.Minute)
	if e, err := desks[1].CallNext(t.Context(), "2"); err != nil || e.Visit.Ticket != "A002" {
		t.Fatalf("called %s, %v", e.Visit.Ticket, err)
	}
	if err := desks[1].Skip(t.Context(), booking.Booking.ID); err != nil { // they left
		t.Fatal(err)
	}
	tell(1, 0)
	for i, c := range desks {
		q := queueOf(t, c)
		if len(q.Waiting) != 0 || len(q.Called) != 1 || q.Called[0].Entry.Visit.Ticket != "A002" || q.Called[0].Room != "2" || len(q.Skipped) != 1 || q.Room != []string{"1", "2"}[i] {
			t.Errorf("desk %d: %+v", i, q)
		}
		if n, err := c.News(t.Context()); err != nil || n.Waiting != 0 {
			t.Errorf("desk %d: %d wait, %v", i, n.Waiting, err)
		}
	}
	if _, err := desks[0].CallNext(t.Context(), "1"); !errors.Is(err, reception.ErrNobody) {
		t.Errorf("called again: %v", err)
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
