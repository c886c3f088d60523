package booking_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// The claims on one slot with few places, as one object that does one thing at a
// time: a booking or a hold takes a place when one is left, cancelling and
// releasing give it back, a group takes all it needs or nothing.
type claim struct {
	what   string // book, hold, use, release, cancel, group, move in, move out
	who    string // a person, an owner, or the group's name
	places int
}

type claims struct {
	left   int
	booked map[string]int
	held   map[string]int
}

func (c claims) clone() claims { return claims{c.left, maps.Clone(c.booked), maps.Clone(c.held)} }

// step says whether an answer is possible in a state, and what comes after it.
func (c claims) step(in claim, yes bool) (bool, claims) {
	n := c.clone()
	take := func(into map[string]int) (bool, claims) {
		if c.left < in.places {
			return !yes, n
		}
		n.left -= in.places
		into[in.who] = in.places
		return yes, n
	}
	give := func(from map[string]int) (bool, claims) {
		if places, ok := from[in.who]; ok {
			n.left += places
			delete(from, in.who)
			return yes, n
		}
		return !yes, n
	}
	switch in.what {
	case "book", "group", "move in":
		return take(n.booked)
	case "hold":
		return take(n.held)
	case "use":
		if _, ok := n.held[in.who]; !ok {
			return !yes, n
		}
		delete(n.held, in.who)
		n.booked[in.who] = 1
		return yes, n
	case "release":
		ok, after := give(n.held)
		return ok || !yes, after
	}
	return give(n.booked) // cancel, move out
}

func claimModel(places int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return claims{places, map[string]int{}, map[string]int{}} },
		Step: func(state, in, out any) (bool, any) { return state.(claims).step(in.(claim), out.(bool)) },
		Equal: func(a, b any) bool {
			x, y := a.(claims), b.(claims)
			return x.left == y.left && maps.Equal(x.booked, y.booked) && maps.Equal(x.held, y.held)
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v %v", in, out) },
	}
}

// claimer is one caller of the engine; each of them has people of their own.
type claimer struct {
	t       *testing.T
	c       *bookingtest.City
	n       int
	slot    clinic.Slot
	other   clinic.Slot
	begin   time.Time
	history []porcupine.Operation
}

// call does something, records when and what came of it.
func (r *claimer) call(in claim, do func() error) bool {
	op := porcupine.Operation{ClientId: r.n, Input: in, Call: int64(time.Since(r.begin))}
	err := do()
	op.Return = int64(time.Since(r.begin))
	var refusal *clinic.Refusal
	if err != nil && !errors.As(err, &refusal) {
		r.t.Errorf("%+v: %v", in, err)
	}
	op.Output = err == nil
	r.history = append(r.history, op)
	return err == nil
}

func (r *claimer) cancelOf(ask booking.Request) func() error {
	return func() error {
		return second(r.c.Cancel(r.t.Context(), booking.Cancellation{ID: ask.ID, Number: ask.Person.ID, Birth: ask.Person.Birth}))
	}
}

func (r *claimer) run(rng *rand.Rand) {
	ctx := r.t.Context()
	for round := range 6 {
		person := r.n*1000 + round*10
		who := fmt.Sprint(person)
		ask := bookingtest.Ask(r.slot, person)
		switch rng.IntN(4) {
		case 0: // book and perhaps cancel
			if r.call(claim{"book", who, 1}, func() error { return second(r.c.Book(ctx, ask)) }) && rng.IntN(3) > 0 {
				r.call(claim{"cancel", who, 1}, r.cancelOf(ask))
			}
		case 1: // hold, then book with it or let it go
			h := holding(r.slot, who)
			h.Address = who
			if !r.call(claim{"hold", who, 1}, func() error { return second(r.c.Hold(ctx, h)) }) {
				continue
			}
			if ask.Hold = h.ID; rng.IntN(2) == 0 {
				r.call(claim{"release", who, 1}, func() error { return r.c.Release(ctx, h.ID) })
			} else if r.call(claim{"use", who, 1}, func() error { return second(r.c.Book(ctx, ask)) }) {
				r.call(claim{"cancel", who, 1}, r.cancelOf(ask))
			}
		case 2: // two together
			pair := []booking.Request{ask, bookingtest.Ask(r.slot, person+1)}
			r.call(claim{"group", who, 2}, func() error { return second(r.c.BookGroup(ctx, pair)) })
		case 3: // move in and out again
			ask.Slot = r.other.ID
			if err := second(r.c.Book(ctx, ask)); err != nil {
				r.t.Error(err)
				continue
			}
			m := booking.MoveRequest{ID: ask.ID, Number: ask.Person.ID, Birth: ask.Person.Birth, Slot: r.slot.ID}
			if r.call(claim{"move in", who, 1}, func() error { return second(r.c.Move(ctx, m)) }) {
				m.Slot = r.other.ID
				r.call(claim{"move out", who, 1}, func() error { return second(r.c.Move(ctx, m)) })
			}
		}
	}
}

func TestClaimsOnTheLastPlacesAreLinearizable(t *testing.T) {
	const callers, places = 8, 3
	for seed := range uint64(8) {
		c := bookingtest.Start(t, places)
		slot, other := c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(2)), wide(t, c)
		begin := time.Now()
		crew := make([]*claimer, callers)
		var wg sync.WaitGroup
		for n := range crew {
			crew[n] = &claimer{t: t, c: c, n: n, slot: slot, other: other, begin: begin}
			wg.Go(func() { crew[n].run(rand.New(rand.NewPCG(seed, uint64(n)))) })
		}
		wg.Wait()
		var history []porcupine.Operation
		for _, r := range crew {
			history = append(history, r.history...)
		}
		if got := porcupine.CheckOperationsTimeout(claimModel(places), history, 20*time.Second); got != porcupine.Ok {
			t.Errorf("seed %d: %d claims are %v", seed, len(history), got)
		}
		if s := now(t, c, slot); s.Taken > places {
			t.Errorf("seed %d: %d of %d places are taken", seed, s.Taken, places)
		}
		reconcile(t, c)
	}
}

// wide makes room for everybody at another slot.
func wide(t *testing.T, c *bookingtest.City) clinic.Slot {
	t.Helper()
	s := c.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day.AddDays(2))
	row := booking.CapacityRow{Line: 1, Site: s.Site, Period: s.Period, Vaccine: s.Vaccine, Date: s.Date, Start: s.Start, End: s.End, Capacity: 500}
	if _, err := c.ImportCapacity(t.Context(), boss, []booking.CapacityRow{row}); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheJudgeOfHistoriesSeesAnOverbooking(t *testing.T) {
	at := func(n int64, who string, yes bool) porcupine.Operation {
		return porcupine.Operation{ClientId: int(n), Input: claim{"book", who, 1}, Call: n, Output: yes, Return: n + 5}
	}
	model := claimModel(1)
	if porcupine.CheckOperations(model, []porcupine.Operation{at(1, "a", true), at(2, "b", true)}) {
		t.Error("two got the last place and the judge says yes")
	}
	if porcupine.CheckOperations(model, []porcupine.Operation{at(1, "a", false), at(9, "b", true)}) {
		t.Error("somebody was refused a free place and the judge says yes")
	}
	if !porcupine.CheckOperations(model, slices.Concat([]porcupine.Operation{at(1, "a", false)}, []porcupine.Operation{at(2, "b", true)})) {
		t.Error("a right history is refused")
	}
}
