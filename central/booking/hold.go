package booking

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"ezhitong.tw/clinic"
)

// The bounds of holds. Many people share one address, so its bound is wide:
// whoever meets it may still book, only without a hold.
const (
	mostHeldByAddress = 50 // places
	lapseEvery        = 5 * time.Second
)

// HoldRequest asks to keep places of a slot for somebody who fills in a form.
// ID is made by whoever asks; the same request sent again gets the same answer.
type HoldRequest struct {
	ID      clinic.ID
	Slot    clinic.ID
	Places  int    // 0 means 1, at most a household's
	Owner   string // a session; it has one hold at a time
	Address string // where the owner comes from
}

// Hold is what is kept, until when.
type Hold struct {
	ID     clinic.ID
	Slot   clinic.ID
	Places int
	Until  time.Time
}

// Hold keeps places of a slot. They are counted apart from what is booked, end by
// themselves, and live in memory only: when central stops, they are free again.
// An owner who already has a hold of this slot keeps it as it is, without more
// time; one of another slot ends when the new one is given. It refuses with
// RefusedFull, RefusedHoldLimit, RefusedGroupSize, RefusedConflictingKey, and as
// Book does where the slot can't be booked now.
func (e *Engine) Hold(ctx context.Context, r HoldRequest) (Hold, error) {
	r.Places = cmp.Or(r.Places, 1)
	if r.ID.IsZero() || r.Owner == "" {
		return Hold{}, errors.New("hold: an id and an owner are needed")
	}
	if r.Places < 0 || r.Places > mostInGroup {
		return Hold{}, clinic.Refuse(clinic.RefusedGroupSize, "most", strconv.Itoa(mostInGroup))
	}
	var out Hold
	err := e.do(ctx, func(b *batch) (err error) {
		out, err = b.hold(r)
		return err
	})
	if err != nil {
		return Hold{}, err
	}
	return out, nil
}

// Release ends a hold; one that is no more is no fault.
func (e *Engine) Release(ctx context.Context, id clinic.ID) error {
	return e.do(ctx, func(b *batch) error {
		if h, ok := b.holds.byID[id]; ok {
			b.drop(h)
		}
		return nil
	})
}

// keptHold is a hold as the writer knows it.
type keptHold struct {
	Hold
	owner, address string
	at             int // in the heap
}

// holds are all holds. They outlive the memory, which may be read again at any
// time; only the writer touches them.
type holds struct {
	byID      map[clinic.ID]*keptHold
	byOwner   map[string]*keptHold
	byAddress map[string]int
	bySlot    map[clinic.ID]int
	ending    endings // a heap, the next to end first
	any       atomic.Bool
}

func newHolds() *holds {
	return &holds{
		byID: make(map[clinic.ID]*keptHold), byOwner: make(map[string]*keptHold), byAddress: make(map[string]int), bySlot: make(map[clinic.ID]int),
	}
}

// count changes what is counted for a hold's slot and address.
func (s *holds) count(h *keptHold, places int) {
	s.bySlot[h.Slot] += places
	if s.bySlot[h.Slot] == 0 {
		delete(s.bySlot, h.Slot)
	}
	s.byAddress[h.address] += places
	if s.byAddress[h.address] == 0 {
		delete(s.byAddress, h.address)
	}
}

func (s *holds) put(h *keptHold) {
	s.byID[h.ID], s.byOwner[h.owner] = h, h
	s.count(h, h.Places)
	heap.Push(&s.ending, h)
	s.any.Store(true)
}

func (s *holds) remove(h *keptHold) {
	delete(s.byID, h.ID)
	delete(s.byOwner, h.owner)
	s.count(h, -h.Places)
	heap.Remove(&s.ending, h.at)
	s.any.Store(len(s.byID) > 0)
}

// hold decides in the writer.
func (b *batch) hold(r HoldRequest) (Hold, error) {
	mine := b.holds.byOwner[r.Owner]
	if h, ok := b.holds.byID[r.ID]; ok && (h != mine || h.Slot != r.Slot) {
		return Hold{}, clinic.Refuse(clinic.RefusedConflictingKey)
	}
	p, ok := b.places[r.Slot]
	if !ok {
		return Hold{}, clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	if err := p.period.Bookable(b.now, p.slot.Date); err != nil {
		return Hold{}, err
	}
	more, given := r.Places, 0
	if mine != nil {
		given = mine.Places
		if mine.Slot == r.Slot {
			more -= mine.Places
		}
	}
	if more > p.slot.Left() {
		return Hold{}, clinic.Refuse(clinic.RefusedFull)
	}
	used := b.holds.byAddress[r.Address]
	if mine != nil && mine.address == r.Address {
		used -= given
	}
	if used+r.Places > mostHeldByAddress {
		return Hold{}, clinic.Refuse(clinic.RefusedHoldLimit)
	}
	h := &keptHold{Hold: Hold{ID: r.ID, Slot: r.Slot, Places: r.Places, Until: p.period.HeldUntil(b.now, p.slot.Date)}, owner: r.Owner, address: r.Address}
	if mine != nil {
		if mine.Slot == r.Slot {
			if more == 0 {
				return mine.Hold, nil
			}
			h.ID, h.Until = mine.ID, mine.Until
		}
		b.drop(mine)
	}
	b.keep(h)
	return h.Hold, nil
}

// keep counts a new hold; drop ends one. Both are undone when the batch fails.
func (b *batch) keep(h *keptHold) {
	b.holds.put(h)
	b.showHeld(h.Slot, h.Places)
	b.undo = append(b.undo, func() { b.holds.remove(h) })
}

func (b *batch) drop(h *keptHold) {
	b.holds.remove(h)
	b.showHeld(h.Slot, -h.Places)
	b.undo = append(b.undo, func() { b.holds.put(h) })
}

// use takes places out of a hold for bookings; an empty one ends.
func (b *batch) use(h *keptHold, places int) {
	b.drop(h)
	if h.Places > places {
		rest := *h
		rest.Places -= places
		b.keep(&rest)
	}
}

func (b *batch) showHeld(slot clinic.ID, places int) {
	if p, ok := b.places[slot]; ok {
		p.slot.Held += places
		p.touch(b)
		p.site.counted = true
		p.site.show(b)
		if places < 0 {
			b.freed = append(b.freed, p)
		}
	}
}

// heldFor finds the hold that a request names: none when it names none.
func (b *batch) heldFor(id, slot clinic.ID, places int) (*keptHold, error) {
	if id.IsZero() {
		return nil, nil
	}
	h, ok := b.holds.byID[id]
	if !ok || h.Slot != slot || h.Places < places {
		return nil, clinic.Refuse(clinic.RefusedHoldExpired)
	}
	return h, nil
}

// lapse ends the holds whose time is over, for good.
func (b *batch) lapse() {
	for len(b.holds.ending) > 0 && !b.holds.ending[0].Until.After(b.now) {
		h := b.holds.ending[0]
		b.holds.remove(h)
		b.showHeld(h.Slot, -h.Places)
	}
}

// lapseHolds has the writer look at the clock while there are holds, so that
// free places are seen also when nobody books.
func (e *Engine) lapseHolds() {
	tick := time.NewTicker(lapseEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.stopped:
			return
		case <-tick.C:
			if !e.holds.any.Load() {
				continue
			}
			if err := e.do(context.Background(), func(*batch) error { return nil }); err != nil && !errors.Is(err, ErrClosed) {
				e.log.Warn("holds were not looked at", "error", err)
			}
		}
	}
}

// endings is a heap of holds, the next to end first.
type endings []*keptHold

func (s endings) Len() int { return len(s) }

func (s endings) Less(i, j int) bool {
	return cmp.Or(s[i].Until.Compare(s[j].Until), cmp.Compare(s[i].ID.String(), s[j].ID.String())) < 0
}

func (s endings) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].at, s[j].at = i, j
}

// Push is heap.Interface's.
func (s *endings) Push(v any) {
	h := v.(*keptHold)
	h.at = len(*s)
	*s = append(*s, h)
}

// Pop is heap.Interface's.
func (s *endings) Pop() any {
	last := len(*s) - 1
	h := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return h
}
