package booking

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// A resident (外籍人士、無戶籍國民) may have two numbers: an old one of two letters,
// and one of the form given since 2021-01-02. A person is known by the blind index
// of a number, so the two are two people until staff who have seen both certificates
// join them. From then on everything of the old number stands under the new one's
// index, whichever of the two somebody shows, at any door.

// The codes of what stands in the way of joining two numbers.
const (
	RefusedOldNumber   = "old_number"          // not a resident's number of the old form
	RefusedNewNumber   = "new_number"          // not one of the new form
	RefusedJoinedElse  = "joined_with_another" // one of the two is another person's already
	RefusedBothBooked  = "both_numbers_booked" // args: programme; one of the bookings must be cancelled first
	RefusedOtherPerson = "numbers_differ"      // the sexes, or the dates of birth of what was booked, are not the same
	RefusedNotJoined   = "numbers_not_joined"  //
)

// Numbers are the two numbers of one resident.
type Numbers struct {
	Old, New clinic.IDNumber
	Seen     bool // joined although RefusedOtherPerson speaks against it: staff hold both certificates in their hands
}

// pair is Numbers as the writer knows them.
type pair struct {
	old, now [32]byte
	sameSex  bool
}

// pair judges the form of two numbers.
func (e *Engine) pair(n Numbers) (pair, error) {
	old, err := twid.ReadID(n.Old.Reveal())
	if err != nil || old.Kind != twid.ResidentOld {
		return pair{}, clinic.Refuse(RefusedOldNumber)
	}
	now, err := twid.ReadID(n.New.Reveal())
	if err != nil || now.Kind != twid.ResidentNew {
		return pair{}, clinic.Refuse(RefusedNewNumber)
	}
	return pair{e.personKey(old.ID), e.personKey(now.ID), old.Sex == now.Sex}, nil
}

// object names a pair in the audit trail, by a part of its index.
func (p pair) object() string { return hex.EncodeToString(p.now[:8]) }

// JoinNumbers makes a resident's old and new number one person's and gives how many
// bookings that person has. Joined again it changes nothing. What both numbers wait
// for is waited for once: the later entry leaves its list. It refuses with
// RefusedOutside for staff of less than the whole city, since a person's bookings are
// anywhere in it, and with the codes above.
func (e *Engine) JoinNumbers(ctx context.Context, actor Actor, n Numbers) (bookings int, err error) {
	p, err := e.pairFor(actor, n)
	if err != nil {
		return 0, err
	}
	err = e.do(ctx, func(b *batch) error {
		if b.joined[p.old] != p.now {
			if err := b.join(p, actor, n.Seen); err != nil {
				return err
			}
		}
		bookings = len(b.allOf(p.now))
		return nil
	})
	if err != nil {
		return 0, err
	}
	return bookings, nil
}

// SplitNumbers takes two numbers apart that were joined by mistake: each booking
// stands under the number again that it was made with. What changed meanwhile because
// they were one person stays. It refuses as JoinNumbers does, and with
// RefusedNotJoined.
func (e *Engine) SplitNumbers(ctx context.Context, actor Actor, n Numbers) error {
	p, err := e.pairFor(actor, n)
	if err != nil {
		return err
	}
	return e.do(ctx, func(b *batch) error { return b.split(p, actor) })
}

func (e *Engine) pairFor(actor Actor, n Numbers) (pair, error) {
	if !actor.Scope.All {
		return pair{}, clinic.Refuse(RefusedOutside)
	}
	return e.pair(n)
}

// who gives the index under which the bookings of a number stand.
func (m *memory) who(number [32]byte) [32]byte {
	if canonical, ok := m.joined[number]; ok {
		return canonical
	}
	return number
}

// allOf lists the bookings that stand under an index.
func (m *memory) allOf(person [32]byte) (out []*held) {
	for h := m.people[person]; h != nil; h = h.before {
		out = append(out, h)
	}
	return out
}

// regroup puts the bookings of some people under whom they stand now.
func (m *memory) regroup(people ...[32]byte) {
	var all []*held
	for _, p := range people {
		all = append(all, m.allOf(p)...)
		delete(m.people, p)
	}
	slices.SortFunc(all, func(x, y *held) int {
		return cmp.Or(cmp.Compare(x.created, y.created), slices.Compare(x.id[:], y.id[:]))
	})
	for _, h := range all {
		m.add(h)
	}
}

// join decides in the writer. Nothing is changed before the last refusal.
func (b *batch) join(p pair, actor Actor, seen bool) error {
	if _, ok := b.joined[p.old]; ok {
		return clinic.Refuse(RefusedJoinedElse)
	}
	for _, canonical := range b.joined {
		if canonical == p.now {
			return clinic.Refuse(RefusedJoinedElse)
		}
	}
	stale, err := b.oneActive(p)
	if err != nil {
		return err
	}
	if !seen {
		if err := b.onePerson(p); err != nil {
			return err
		}
	}
	tx, err := b.tx()
	if err != nil {
		return err
	}
	if err := b.supersede(tx, stale); err != nil {
		return err
	}
	moved := b.allOf(p.old)
	for _, h := range moved {
		if err := tx.SetPerson(h.id, p.now); err != nil {
			return err
		}
		h.person = p.now
	}
	b.regroup(p.old, p.now)
	if err := b.waitOnce(tx, p, actor); err != nil {
		return err
	}
	if err := tx.InsertJoined(store.Joined{Number: p.old, Canonical: p.now, At: b.now.UnixMilli()}); err != nil {
		return err
	}
	b.joined[p.old] = p.now
	b.noteText(actor.Account, "join_numbers", p.object(), fmt.Sprintf("%d bookings", len(moved)))
	return nil
}

// oneActive refuses where each number has a booking in one programme that stands.
// stale are those that only stand in the way because nobody has released them yet.
func (b *batch) oneActive(p pair) (stale []*held, err error) {
	today := clinic.DateOf(b.now)
	for _, h := range b.allOf(p.old) {
		for _, o := range b.allOf(p.now) {
			programme := h.place.slot.Programme
			switch {
			case !h.holds || !o.holds || o.place.slot.Programme != programme:
			case h.active(today) && o.active(today):
				known, _ := b.e.catalogue.Load().Programme(programme)
				return nil, clinic.Refuse(RefusedBothBooked, known.Name.Args("programme")...)
			case h.active(today):
				stale = append(stale, o)
			default:
				stale = append(stale, h)
			}
		}
	}
	return stale, nil
}

// onePerson refuses numbers that are plainly not one person's: of two sexes, or
// booked with different dates of birth.
func (b *batch) onePerson(p pair) error {
	if !p.sameSex {
		return clinic.Refuse(RefusedOtherPerson)
	}
	old, err := b.births(p.old)
	if err != nil {
		return err
	}
	now, err := b.births(p.now)
	if err != nil || len(old) == 0 || len(now) == 0 {
		return err
	}
	for birth := range old {
		if now[birth] {
			return nil
		}
	}
	return clinic.Refuse(RefusedOtherPerson)
}

// births reads the dates of birth with which a person has booked.
func (b *batch) births(person [32]byte) (map[clinic.Date]bool, error) {
	out := make(map[clinic.Date]bool)
	for _, h := range b.allOf(person) {
		row, err := b.rowOf(h)
		if err != nil {
			return nil, err
		}
		o := opener{e: b.e, row: &row}
		out[o.birth().Reveal()] = true
		if o.err != nil {
			return nil, o.err
		}
	}
	return out, nil
}

func (b *batch) rowOf(h *held) (store.Booking, error) {
	row, ok, err := store.BookingByID(context.Background(), b.reads(), h.id)
	if err == nil && !ok {
		err = store.ErrStale
	}
	if err != nil {
		return row, fmt.Errorf("read booking %s: %w", h.id, err)
	}
	return row, nil
}

// waitOnce puts who waits under the new number, and takes the later of two entries
// for one programme off its list.
func (b *batch) waitOnce(tx *store.Tx, p pair, actor Actor) error {
	first := make(map[string]*waiter) // by programme
	for _, w := range b.waitersOf(p.old, p.now) {
		if w.row.Person == p.old {
			if err := tx.SetStandbyPerson(w.row.ID, p.now); err != nil {
				return err
			}
			w.row.Person = p.now
		}
		if first[w.row.Programme] == nil {
			first[w.row.Programme] = w
		} else if err := b.settleStandby(b.lists[w.row.Slot], w, clinic.DrawLeft, actor.Account); err != nil {
			return err
		}
	}
	return nil
}

// waitersOf lists who waits under some indexes, who came first first.
func (b *batch) waitersOf(people ...[32]byte) (out []*waiter) {
	for _, l := range b.lists {
		for _, w := range l.waiting {
			if slices.Contains(people, w.row.Person) && !standbyOver(b.places[w.row.Slot].slot, b.now) {
				out = append(out, w)
			}
		}
	}
	slices.SortFunc(out, func(x, y *waiter) int {
		return cmp.Or(cmp.Compare(x.row.Created, y.row.Created), slices.Compare(x.row.ID[:], y.row.ID[:]))
	})
	return out
}

// split decides in the writer.
func (b *batch) split(p pair, actor Actor) error {
	if b.joined[p.old] != p.now {
		return clinic.Refuse(RefusedNotJoined)
	}
	tx, err := b.tx()
	if err != nil {
		return err
	}
	moved := 0
	for _, h := range b.allOf(p.now) {
		row, err := b.rowOf(h)
		if err != nil {
			return err
		}
		if mine, err := b.madeWith(&row, p.old); err != nil || !mine {
			if err != nil {
				return err
			}
			continue
		}
		if err := tx.SetPerson(h.id, p.old); err != nil {
			return err
		}
		h.person = p.old
		moved++
	}
	b.regroup(p.now)
	for _, w := range b.waitersOf(p.now) {
		if mine, err := b.madeWith(&w.row, p.old); err != nil {
			return err
		} else if mine {
			if err := tx.SetStandbyPerson(w.row.ID, p.old); err != nil {
				return err
			}
			w.row.Person = p.old
		}
	}
	if err := tx.DropJoined(p.old); err != nil {
		return err
	}
	delete(b.joined, p.old)
	b.noteText(actor.Account, "split_numbers", p.object(), fmt.Sprintf("%d bookings", moved))
	return nil
}

// madeWith reports whether a row was made with the number of an index.
func (b *batch) madeWith(row *store.Booking, number [32]byte) (bool, error) {
	o := opener{e: b.e, row: row}
	key := b.e.personKey(clinic.NewIDNumber(o.open("number", row.Number)))
	return key == number, o.err
}

// readJoined reads which numbers stand under another one.
func readJoined(ctx context.Context, q store.Querier) (map[[32]byte][32]byte, error) {
	list, err := store.AllJoined(ctx, q)
	out := make(map[[32]byte][32]byte, len(list))
	for _, j := range list {
		out[j.Number] = j.Canonical
	}
	return out, err
}

// learnJoined takes over which numbers other processes have joined or split.
func (b *batch) learnJoined(ctx context.Context, q store.Querier) error {
	before := b.joined
	now, err := readJoined(ctx, q)
	if err != nil {
		return err
	}
	b.joined = now
	var changed [][32]byte
	for number, canonical := range before {
		if now[number] != canonical {
			changed = append(changed, number, canonical)
		}
	}
	for number, canonical := range now {
		if before[number] != canonical {
			changed = append(changed, number, canonical)
		}
	}
	for _, person := range changed {
		for _, h := range b.allOf(person) {
			if h.person, h.holds, err = store.PersonOf(ctx, q, h.id); err != nil {
				return err
			}
		}
	}
	b.regroup(changed...)
	return nil
}
