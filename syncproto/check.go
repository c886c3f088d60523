package syncproto

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math"
	"unicode/utf8"

	"ezhitong.tw/clinic"
)

// The longest strings in a message, in bytes of UTF-8.
const (
	maxShort = 64  // codes, tickets, lots, accounts, phones
	maxText  = 512 // names, addresses, reasons
	maxDoc   = 1 << 18
)

// DigestSize is the length of a digest, in bytes.
const DigestSize = 16

// maxOwn is the most events of a run of own events after its first.
const maxOwn = 1 << 20

// maxBuckets is the most buckets of a page: two years of days.
const maxBuckets = 750

// Kind is KindHello.
func (Hello) Kind() Kind { return KindHello }

// Kind is KindWelcome.
func (Welcome) Kind() Kind { return KindWelcome }

// Kind is KindPull.
func (Pull) Kind() Kind { return KindPull }

// Kind is KindPage.
func (Page) Kind() Kind { return KindPage }

// Kind is KindPush.
func (Push) Kind() Kind { return KindPush }

// Kind is KindAck.
func (Ack) Kind() Kind { return KindAck }

// Kind is KindProblem.
func (Problem) Kind() Kind { return KindProblem }

// Error makes a Problem an error, so that Expect can return it.
func (p Problem) Error() string { return "syncproto: problem: " + p.Code }

// Is makes errors.Is(err, Problem{Code: c}) true whatever RetryAfter is.
func (p Problem) Is(target error) bool {
	other, ok := target.(Problem)
	return ok && other.Code == p.Code
}

// Check judges the limits of Hello.
func (h Hello) Check() error {
	switch {
	case h.MinVersion < 1 || h.MaxVersion < h.MinVersion:
		return malformed("hello: versions %d to %d", h.MinVersion, h.MaxVersion)
	case h.Device.IsZero():
		return malformed("hello: no device")
	case h.Cursor < 0 || h.AckedSeq > h.MaxSeq:
		return malformed("hello: cursor %d, acknowledged %d of %d", h.Cursor, h.AckedSeq, h.MaxSeq)
	case !digestLength(h.Digest):
		return malformed("hello: digest of %d bytes", len(h.Digest))
	}
	return texts("hello", maxShort, h.Build)
}

// Check judges the limits of Welcome.
func (w Welcome) Check() error {
	if len(w.ChainHead) != sha256.Size {
		return malformed("welcome: chain head of %d bytes", len(w.ChainHead))
	}
	return texts("welcome", maxShort, w.Site)
}

// Check judges the limits of Pull.
func (p Pull) Check() error {
	if p.Cursor < 0 || p.Limit < 1 || p.Limit > MaxPageRows || p.Buckets && p.Only != nil {
		return malformed("pull: %d rows after %d", p.Limit, p.Cursor)
	}
	if p.Whole < 0 || p.Whole > p.Cursor || p.Whole != 0 && p.Only != nil {
		return malformed("pull: whole up to %d, after %d", p.Whole, p.Cursor)
	}
	if c := p.Checkpoint; c != nil && (*c < 0 || p.Only != nil) {
		return malformed("pull: a checkpoint after %d", *c)
	}
	return checkWishes(p.Wishes, p.Returns)
}

// Check judges the limits of Page: rows rise in sequence up to Next, and each
// has exactly one body.
func (p Page) Check() error {
	if len(p.Rows) > MaxPageRows {
		return malformed("page: %d rows", len(p.Rows))
	}
	if !digestLength(p.Digest) {
		return malformed("page: digest of %d bytes", len(p.Digest))
	}
	if len(p.Buckets) > maxBuckets || len(p.Buckets) > 0 && len(p.Digest) == 0 {
		return malformed("page: %d buckets", len(p.Buckets))
	}
	for i, b := range p.Buckets {
		if len(b.Digest) != DigestSize || i > 0 && b.Day <= p.Buckets[i-1].Day {
			return malformed("page: bucket of day %d", b.Day)
		}
	}
	if p.Leases != nil {
		if err := checkLeases(*p.Leases); err != nil {
			return err
		}
	}
	if err := p.checkOwn(); err != nil {
		return err
	}
	if c := p.Checkpoint; c != nil {
		if p.More || c.Seq != p.Next || c.History != p.History {
			return malformed("page: a checkpoint of %d, next %d", c.Seq, p.Next)
		}
		if err := c.Check(); err != nil {
			return err
		}
	}
	var last int64
	for _, r := range p.Rows {
		if r.Seq < last || r.Seq > p.Next {
			return malformed("page: row %d after row %d, next %d", r.Seq, last, p.Next)
		}
		last = r.Seq
		if err := r.Check(); err != nil {
			return err
		}
	}
	return nil
}

// checkOwn judges the runs of own events: numbers rise, sequences end at Next.
func (p Page) checkOwn() error {
	if len(p.Own) > MaxPageRows {
		return fmt.Errorf("page: %d runs of own events: %w", len(p.Own), ErrTooLarge)
	}
	var last uint64
	for _, r := range p.Own {
		if r.First <= last || r.First > math.MaxInt64-maxOwn || r.More < 0 || r.More > maxOwn || r.Seq < 1 || r.Seq > p.Next || int64(r.More) > p.Next-r.Seq {
			return malformed("page: own events %d and %d more, from number %d, after event %d and up to %d", r.First, r.More, r.Seq, last, p.Next)
		}
		last = r.First + uint64(r.More)
	}
	return nil
}

// Check judges the limits of a row.
func (r Row) Check() error {
	bodies := 0
	var err error
	if r.Site != nil {
		bodies++
		err = texts("site", maxText, r.Site.Code, r.Site.Name, r.Site.District, r.Site.Address, r.Site.Phone)
	}
	if r.Programme != nil {
		bodies++
		if len(r.Programme.Doc) > maxDoc {
			return malformed("programme: document of %d bytes", len(r.Programme.Doc))
		}
		err = texts("programme", maxShort, r.Programme.Code)
	}
	if r.Slot != nil {
		bodies++
		err = texts("slot", maxShort, r.Slot.Period, r.Slot.Programme, r.Slot.Vaccine)
	}
	if r.Booking != nil {
		bodies++
		err = r.Booking.check()
	}
	if r.Gone != nil {
		bodies++
		if r.Gone.ID.IsZero() {
			return malformed("gone: no id")
		}
	}
	if bodies != 1 {
		return malformed("row %d has %d bodies", r.Seq, bodies)
	}
	return err
}

func (r *BookingRow) check() error {
	if r.ID.IsZero() {
		return malformed("booking: no id")
	}
	for _, e := range r.Events {
		if err := e.Op.Check(); err != nil {
			return err
		}
	}
	return texts("booking", maxText, r.Dose, r.IDNumber, r.Name, r.Mobile, r.Landline, r.Guardian)
}

// Check judges the limits of an op. A device calls it before it stores the op,
// because a stored op can never be changed or left out.
func (o Op) Check() error {
	if o.Seq == 0 || o.Booking.IsZero() {
		return malformed("op %d of booking %s", o.Seq, o.Booking)
	}
	if o.Kind == 0 {
		return malformed("op %d has no kind", o.Seq)
	}
	if (o.Kind == clinic.EventVoided) != (o.Voids != nil) {
		return malformed("op %d: only a void names an event", o.Seq)
	}
	if (o.Kind == clinic.MoveAsked) != (o.To != nil) {
		return malformed("op %d: only a move names another slot", o.Seq)
	}
	if c := o.Contact; c != nil {
		if o.Kind != clinic.ContactAsked || *c == (Contact{}) {
			return malformed("op %d: a correction says what to correct, and nothing else does", o.Seq)
		}
		if err := texts("correction", maxText, c.IDNumber, c.Name, c.Mobile, c.Landline); err != nil {
			return err
		}
	}
	if w := o.WalkIn; w != nil {
		if o.Kind != clinic.WalkInRegistered || w.Slot.IsZero() {
			return malformed("op %d: a walk-in names a slot, and nothing else names a person", o.Seq)
		}
		if err := texts("walk-in", maxText, w.IDNumber, w.Name, w.Dose); err != nil {
			return err
		}
	}
	if err := texts("op", maxShort, o.Staff, o.Ticket, o.Lot); err != nil {
		return err
	}
	return texts("op", maxText, o.Reason)
}

// Check judges the limits of Push: between 1 and MaxPushOps ops whose numbers
// follow each other without a gap.
func (p Push) Check() error {
	switch {
	case p.Device.IsZero() || p.Epoch == 0:
		return malformed("push: no device or epoch")
	case len(p.Previous) != sha256.Size:
		return malformed("push: previous hash of %d bytes", len(p.Previous))
	case len(p.Signature) != ed25519.SignatureSize:
		return malformed("push: signature of %d bytes", len(p.Signature))
	case len(p.Ops) < 1 || len(p.Ops) > MaxPushOps:
		return malformed("push: %d ops", len(p.Ops))
	}
	for i, o := range p.Ops {
		if o.Seq != p.Ops[0].Seq+uint64(i) {
			return malformed("push: op %d where %d belongs", o.Seq, p.Ops[0].Seq+uint64(i))
		}
		if err := o.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check judges the limits of Ack.
func (a Ack) Check() error {
	if len(a.ChainHead) != sha256.Size || len(a.Verdicts) > MaxPushOps {
		return malformed("ack: chain head of %d bytes, %d verdicts", len(a.ChainHead), len(a.Verdicts))
	}
	for _, v := range a.Verdicts {
		if v.More < 0 || v.More >= MaxPushOps {
			return malformed("ack: a verdict of %d ops", v.More)
		}
		if v.Outcome < Accepted || v.Outcome > Rejected {
			return malformed("ack: outcome %d", v.Outcome)
		}
		if err := texts("ack", maxShort, v.Code); err != nil {
			return err
		}
	}
	return nil
}

// Check judges the limits of Problem.
func (p Problem) Check() error {
	if p.Code == "" || p.RetryAfter < 0 {
		return malformed("problem without a code")
	}
	return texts("problem", maxShort, p.Code)
}

// texts makes sure that every text is UTF-8 of at most limit bytes. The text
// itself stays out of the error: it may be personal.
func texts(what string, limit int, values ...string) error {
	for _, s := range values {
		if len(s) > limit || !utf8.ValidString(s) {
			return malformed("%s: a text of %d bytes", what, len(s))
		}
	}
	return nil
}

func digestLength(d []byte) bool { return len(d) == 0 || len(d) == DigestSize }
