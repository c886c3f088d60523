package booking

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// The answers to a stream that cannot go on.
var (
	// ErrFork says that a device sent another event under a number that is
	// taken: two machines use one identity. Nothing of the batch is stored.
	ErrFork = errors.New("the device's events fork")
	// ErrGap says that events before the batch are missing.
	ErrGap = errors.New("events before these are missing")
)

// The codes of verdicts.
const (
	CodeOrphan          = "ORPHAN"                 // parked: no such booking at this site
	CodeNotAllowed      = "NOT_ALLOWED"            // parked: a kiosk may not say this
	CodeUnknownKind     = "UNKNOWN_KIND"           // parked: of a later version
	CodeMalformed       = "MALFORMED"              // parked: a void that names no event, a correction of nothing
	CodeArrivedAlready  = "ALREADY_ARRIVED"        // the second ticket is merged
	CodeSameDose        = "SAME_DOSE"              // recorded at two desks
	CodeDoubleDose      = "POSSIBLE_DOUBLE_DOSE"   // flagged
	CodeReinstated      = "CANCELLED_THEN_ARRIVED" // flagged
	CodeVoidUnknown     = "VOID_UNKNOWN"           // flagged: takes back what is not here (yet)
	CodeMoved           = "MOVED"                  // parked: the booking is at another site
	CodeNoSlot          = "NO_SUCH_SLOT"           // parked: a walk-in for a slot or dose that is not here
	CodeWho             = "PERSON_UNREADABLE"      // parked: a walk-in without a right number, name or birth
	CodeOverCap         = "OVER_CAP"               // parked: a walk-in beyond the site's bound; staff admit it
	CodeOverflow        = "OVERFLOW"               // flagged: a walk-in beyond the capacity
	CodeHasBooking      = "HAS_BOOKING"            // flagged: a walk-in who has a booking here today
	CodeBookedElsewhere = "BOOKED_ELSEWHERE"       // flagged: a walk-in who has a booking at another site or day
	CodeMovedBack       = "MOVED_THEN_ARRIVED"     // flagged: it moved away, and the person came here all the same
	CodeRecalledLot     = "RECALLED_LOT"           // flagged
	CodeClinicalReview  = "CLINICAL_REVIEW"        // flagged: a dose before the interval was over
	CodeAfterClosure    = "AFTER_CLOSURE"          // flagged: the day had been closed on this person
	CodeClock           = "CLOCK"                  // flagged: of a clock that was never corrected
	CodeOtherReleased   = "OTHER_RELEASED"         // flagged: the dose was given, so another booking for it was cancelled
	CodePartly          = "PARTLY"                 // accepted in part: the citizen, or staff elsewhere, are right about the rest
	CodeStale           = "STALE"                  // rejected: the booking is not as the device saw it
	CodeQuarantined     = "QUARANTINED"            // parked: of a revoked device; a manager admits it
	CodeDismissed       = "DISMISSED"              // rejected: a manager left it out
	CodeLinked          = "LINKED"                 // was an orphan until its booking appeared
	CodeTakenBack       = "TAKEN_BACK"             // rejected: it was parked, and its site took it back; the void too, for neither counts
)

// Batch is a run of events of one device. Site, Device, Epoch and Kiosk come
// from the device's grant; Hashes are the chain's after each op and Previous the
// one before the first, all 32 bytes.
type Batch struct {
	Site     string
	Device   clinic.ID
	Epoch    uint32
	Kiosk    bool
	Ops      []syncproto.Op
	Hashes   [][]byte
	Previous []byte
	// Quarantine keeps every event without effect: the device was revoked.
	Quarantine bool
}

// Receive stores a device's events and what follows from them, once, however
// often they come. Every op gets a verdict; none is refused for its clock or
// for what it says. ErrFork and ErrGap refuse the whole batch.
func (e *Engine) Receive(ctx context.Context, in Batch) (syncproto.Ack, error) {
	if len(in.Hashes) != len(in.Ops) {
		return syncproto.Ack{}, fmt.Errorf("receive: %d events with %d hashes", len(in.Ops), len(in.Hashes))
	}
	for i, op := range in.Ops {
		if op.Seq != in.Ops[0].Seq+uint64(i) || op.Seq == 0 {
			return syncproto.Ack{}, fmt.Errorf("receive: event %d stands at place %d: %w", op.Seq, i, ErrGap)
		}
	}
	var ack syncproto.Ack
	err := e.do(ctx, func(b *batch) (err error) {
		ack, err = b.receive(ctx, &in)
		return err
	})
	if err != nil {
		return syncproto.Ack{}, err
	}
	return ack, nil
}

// stream finds how far a device's stream has come.
func (b *batch) stream(ctx context.Context, in *Batch) (*store.Stream, error) {
	key := streamKey{in.Device, in.Epoch}
	if s, ok := b.streams[key]; ok {
		return s, nil
	}
	s, err := store.StreamOf(context.WithoutCancel(ctx), b.e.store.Reader(), in.Device, in.Epoch)
	if err != nil {
		return nil, err
	}
	s.Site = in.Site
	b.streams[key] = &s
	return &s, nil
}

func (b *batch) receive(ctx context.Context, in *Batch) (syncproto.Ack, error) {
	s, err := b.stream(ctx, in)
	if err != nil {
		return syncproto.Ack{}, err
	}
	ack := syncproto.Ack{AckedSeq: s.Acked, ChainHead: s.Head}
	if len(in.Ops) == 0 {
		return ack, nil
	}
	known, err := b.repeated(s, in)
	if err != nil {
		return syncproto.Ack{}, err
	}
	ack.Verdicts = known
	fresh := in.Ops[len(known):]
	if len(fresh) == 0 {
		return ack, nil
	}
	tx, err := b.tx()
	if err != nil {
		return syncproto.Ack{}, err
	}
	for i, op := range fresh {
		v, err := b.absorb(tx, in, op, in.Hashes[len(known)+i])
		if err != nil {
			return syncproto.Ack{}, err
		}
		ack.Verdicts = append(ack.Verdicts, v)
	}
	s.Acked, s.Head = fresh[len(fresh)-1].Seq, bytes.Clone(in.Hashes[len(in.Hashes)-1])
	ack.AckedSeq, ack.ChainHead = s.Acked, s.Head
	b.note("device "+in.Device.String(), "receive", in.Device, fmt.Sprintf("%s %d..%d", in.Site, fresh[0].Seq, s.Acked))
	return ack, tx.SaveStream(*s)
}

// repeated checks that the batch continues what is stored and gives the old
// verdicts of the ops that came before; what was accepted is a duplicate.
func (b *batch) repeated(s *store.Stream, in *Batch) ([]syncproto.Verdict, error) {
	first := in.Ops[0].Seq
	if first > s.Acked+1 {
		return nil, fmt.Errorf("event %d comes after %d: %w", first, s.Acked, ErrGap)
	}
	if first == s.Acked+1 {
		if !bytes.Equal(in.Previous, s.Head) {
			return nil, fmt.Errorf("event %d does not follow event %d: %w", first, s.Acked, ErrFork)
		}
		return nil, nil
	}
	last := min(s.Acked, in.Ops[len(in.Ops)-1].Seq)
	old, err := store.EventsFrom(context.Background(), b.reads(), in.Device, in.Epoch, first-1, last)
	if err != nil {
		return nil, err
	}
	before := make([]byte, 32)
	if first > 1 && len(old) > 0 {
		before, old = old[0].Hash, old[1:]
	}
	if uint64(len(old)) != last-first+1 {
		return nil, fmt.Errorf("events %d to %d of device %s are not in the store", first, last, in.Device)
	}
	if !bytes.Equal(in.Previous, before) {
		return nil, fmt.Errorf("event %d follows another one than before: %w", first, ErrFork)
	}
	var out []syncproto.Verdict
	for i, o := range old {
		if !bytes.Equal(o.Hash, in.Hashes[i]) {
			return nil, fmt.Errorf("event %d is another one than before: %w", o.Op.Seq, ErrFork)
		}
		again := syncproto.Verdict{Seq: o.Op.Seq, Outcome: o.Outcome, Code: o.Code}
		if o.Outcome == syncproto.Accepted {
			again.Outcome = syncproto.Duplicate
		}
		out = append(out, again)
	}
	return out, nil
}

// reads sees what the batch has written so far.
func (b *batch) reads() store.Querier {
	if b.opened != nil {
		return b.opened.Reads()
	}
	return b.e.store.Reader()
}

// absorb stores one new event and what follows from it.
func (b *batch) absorb(tx *store.Tx, in *Batch, op syncproto.Op, hash []byte) (syncproto.Verdict, error) {
	e := store.Event{
		Device: in.Device, Epoch: in.Epoch, Site: in.Site, Op: op, Hash: hash, Outcome: syncproto.Accepted, Received: b.now.UnixMilli(),
	}
	e.Reason = b.e.keys.Seal(store.EventTable, "reason", store.EventKey(e.Ref()), []byte(op.Reason))
	if err := b.e.keepWalkIn(&e); err != nil {
		return syncproto.Verdict{}, err
	}
	if in.Quarantine {
		e.Outcome, e.Code = syncproto.Parked, CodeQuarantined
		return syncproto.Verdict{Seq: op.Seq, Outcome: e.Outcome, Code: e.Code}, tx.InsertEvent(e)
	}
	if err := b.weighIn(tx, in.Kiosk, &e); err != nil {
		return syncproto.Verdict{}, err
	}
	return syncproto.Verdict{Seq: op.Seq, Outcome: e.Outcome, Code: e.Code}, tx.InsertEvent(e)
}

// weighIn decides what an event is and lets it have its effect.
func (b *batch) weighIn(tx *store.Tx, kiosk bool, e *store.Event) error {
	op := &e.Op
	h, known := b.bookings[op.Booking]
	if op.Kind == clinic.EventVoided && op.Voids != nil && !kiosk {
		if settled, err := b.takeBackParked(tx, e); settled || err != nil {
			return err
		}
	}
	switch {
	case op.Kind < clinic.CheckedIn || op.Kind > clinic.LastKind:
		e.Outcome, e.Code = syncproto.Parked, CodeUnknownKind
	case kiosk && op.Kind != clinic.CheckedIn && op.Kind != clinic.WalkInRegistered:
		e.Outcome, e.Code = syncproto.Parked, CodeNotAllowed
	case op.Kind == clinic.EventVoided && op.Voids == nil, op.Kind == clinic.ContactAsked && op.Contact == nil, op.Kind == clinic.MoveAsked && op.To == nil,
		op.Kind == clinic.StandbyAsked && !clinic.StandbyAnswer(op.Reason).Known(), op.Kind == clinic.StockMoved && (known || !isStock(op)):
		e.Outcome, e.Code = syncproto.Parked, CodeMalformed
	case op.Kind == clinic.DoubtAnswered:
		return b.answered(e)
	case op.Kind == clinic.StockMoved:
		b.stockMoved(e)
	case isCommand(op.Kind):
		return b.command(h, e)
	case !known && op.Kind == clinic.WalkInRegistered && op.WalkIn != nil:
		return b.walksIn(tx, e, false)
	case !known && op.Kind == clinic.StandbyAsked:
		return b.standbyAsked(tx, e)
	case !known && op.Kind == clinic.EventVoided:
		return b.takenBack(tx, e)
	case !known:
		return b.unknown(tx, e)
	case h.place.site.code != e.Site:
		return b.elsewhere(tx, h, e)
	default:
		return b.happens(tx, h, e)
	}
	return nil
}

// happens lets an event have its effect on a booking of its site.
func (b *batch) happens(tx *store.Tx, h *held, e *store.Event) error {
	var facts []clinic.Event
	if h.version > 1 { // else nothing has happened to it
		var err error
		if facts, err = b.counting(h.id); err != nil {
			return err
		}
	}
	fact := e.Fact()
	if fact.Kind == clinic.VaccineGiven || fact.Kind == clinic.StandbyAsked { // of the others nobody needs it here
		var err error
		if fact.Reason, err = b.e.reason(e); err != nil {
			return err
		}
	}
	e.Outcome, e.Code = weigh(facts, fact)
	if b.reinstate(h, e.Op.Kind) {
		e.Outcome, e.Code = syncproto.Flagged, CodeReinstated
	}
	usual := e.Outcome == syncproto.Accepted
	if code := b.remark(h, facts, fact, e.Op.Wall); usual && code != "" {
		e.Outcome, e.Code = syncproto.Flagged, code
	}
	moved, err := b.comes(h, fact)
	if err != nil {
		return err
	}
	var writer []byte
	if e.Outcome == syncproto.Accepted && e.Op.Kind != clinic.WalkInRegistered && !moved {
		writer = store.WriterKey(e.Device, e.Epoch) // the device can do what follows by itself
	}
	if err := b.settle(tx, h, append(facts, fact), writer); err != nil {
		return err
	}
	if writer != nil {
		e.Stamp = h.place.site.given
	}
	if !usual || e.Op.Kind != clinic.VaccineGiven {
		return nil
	}
	released, err := b.releaseOthers(h)
	if released && e.Code == "" {
		e.Outcome, e.Code = syncproto.Flagged, CodeOtherReleased
	}
	return err
}

// elsewhere judges an event of a booking that is at another site now. When it
// moved away and the person came here all the same, it comes back.
func (b *batch) elsewhere(tx *store.Tx, h *held, e *store.Event) error {
	left, ok, err := store.DepartureOf(context.Background(), b.reads(), e.Site, h.id)
	switch {
	case err != nil:
		return err
	case !ok:
		e.Outcome, e.Code = syncproto.Parked, CodeOrphan
		b.orphans[h.id] = true
		return nil
	case h.attendance != clinic.NotArrived || h.cancelled != 0 || !here(e.Op.Kind):
		e.Outcome, e.Code = syncproto.Parked, CodeMoved
		return nil
	}
	if err := b.putBack(tx, h, left); err != nil {
		return err
	}
	if err := b.happens(tx, h, e); err != nil {
		return err
	}
	e.Outcome, e.Code = syncproto.Flagged, CodeMovedBack
	return nil
}

// counting reads the events of a booking that count.
func (b *batch) counting(booking clinic.ID) ([]clinic.Event, error) {
	rows, err := store.EventsOf(context.Background(), b.reads(), booking)
	if err != nil {
		return nil, err
	}
	var facts []clinic.Event
	for _, r := range rows {
		if r.Outcome.Counts() && isFact(r.Op.Kind) {
			facts = append(facts, r.Fact())
		}
	}
	return facts, nil
}

// here reports whether an event says that the person came.
func here(kind clinic.EventKind) bool {
	switch kind {
	case clinic.NoShowMarked, clinic.EventVoided, clinic.ReactionNoted, clinic.ObservationEnded, clinic.Called, clinic.PassedOver, clinic.StandbyAsked:
		return false
	}
	return true
}

// reinstate gives a cancelled booking back to somebody who came all the same: a
// place that is left, else one beyond the capacity. Whoever rebooked the place
// keeps it.
func (b *batch) reinstate(h *held, kind clinic.EventKind) bool {
	if h.cancelled == 0 || !here(kind) {
		return false
	}
	b.standAgain(h)
	return true
}

// standAgain gives a cancelled booking a place: one that is left, else one beyond the
// capacity.
func (b *batch) standAgain(h *held) {
	h.cancelled = 0
	if h.place.slot.Left() > 0 {
		h.place.take(b, 1, 0)
	} else {
		h.place.take(b, 1, 1)
	}
}

// settle folds a booking's events and writes what they come to. writer is as in
// store.Tx.UpdateBooking.
func (b *batch) settle(tx *store.Tx, h *held, facts []clinic.Event, writer []byte) error {
	h.attendance = clinic.Fold(facts).Attendance
	holds := h.cancelled == 0 && (h.attendance == clinic.NotArrived || h.attendance == clinic.Arrived)
	if holds && !h.holds {
		for o := b.people[h.person]; o != nil; o = o.before {
			if o != h && o.holds && o.place.slot.Programme == h.place.slot.Programme {
				holds = false // the person has booked again since
			}
		}
	}
	same := writer != nil && h.holds == holds // and an event that has a writer takes back no cancellation
	h.holds = holds
	h.version++
	if same {
		return tx.UpdateVisit(h.id, h.version, h.attendance, h.place.site.next(b), writer)
	}
	return tx.UpdateBooking(h.id, h.cancelled, h.version, h.attendance, h.holds, h.place.site.next(b), writer)
}

// adopt links the events that came before their booking; more are those that have
// just happened to it.
func (b *batch) adopt(tx *store.Tx, h *held, more ...clinic.Event) error {
	return b.adoptOf(tx, h.id, h, more...)
}

// adoptOf links the events that name a booking, which there is not, to the one that
// stands for it; more are that one's.
func (b *batch) adoptOf(tx *store.Tx, named clinic.ID, h *held, more ...clinic.Event) error {
	if !b.orphans[named] {
		return nil
	}
	rows, err := store.EventsOf(context.Background(), b.reads(), named)
	if err != nil {
		return err
	}
	var facts []clinic.Event
	for _, r := range rows {
		if r.Code != CodeOrphan || r.Site != h.place.site.code {
			continue
		}
		r.Op.Booking, r.Outcome, r.Code = h.id, syncproto.Flagged, CodeLinked
		if err := tx.LinkEvent(r); err != nil {
			return err
		}
		facts = append(facts, r.Fact())
	}
	delete(b.orphans, named)
	if len(facts) == 0 {
		return nil
	}
	facts = append(facts, more...)
	if _, err := b.comes(h, facts...); err != nil {
		return err
	}
	return b.settle(tx, h, facts, nil)
}
