package selfservice

import (
	"context"
	"time"

	"ezhitong.tw/drivers/bell"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// do carries out an order off the drawing goroutine and brings the answer back.
func (s *Screen) do(o Order) {
	if o.Task == Nothing || s.feed.Counter == nil {
		return
	}
	if o.Task == Restart || o.Task == Quit {
		s.cfg.Log.Info("ended by staff", "screen", "kiosk", "again", o.Task == Restart)
		s.feed.End(o.Task == Restart)
		return
	}
	ctx, since := s.ctx, s.since
	s.cfg.Background(func() {
		answer := s.answer(ctx, o, since)
		ui.Do(func() {
			s.do(answer())
			if o.Task == CheckIn || o.Task == Register {
				s.do(Order{Task: Load})
			}
			s.render()
		})
	})
}

// answer does what is ordered and gives what the model is to be told of it. It
// runs beside the drawing.
func (s *Screen) answer(ctx context.Context, o Order, since time.Time) func() Order {
	f := s.feed
	switch o.Task {
	case Load:
		news, err := f.Counter.News(ctx)
		name, unknown := f.Site(ctx)
		return just(func() {
			if s.failed("read the site", unknown) == nil {
				s.v.site = name
			}
			if s.failed("read how today is", err) == nil {
				s.m.News = news
			}
		})
	case Recognise:
		found, err := f.Counter.Recognise(ctx, o.Person)
		var offers []reception.Offer
		if err == nil && found.Code == reception.NotBooked {
			offers, err = f.Counter.Offers(ctx, o.Person)
		}
		return just(func() { s.m.Recognised(o.Seq, found, offers, s.failed("recognise", err)) })
	case Scan:
		found, err := f.Counter.Scan(ctx, o.Code.Reveal())
		return just(func() { s.m.Recognised(o.Seq, found, nil, s.failed("scan", err)) })
	case CheckIn, Register:
		return s.takeIn(ctx, o, since)
	case PrintSlip:
		err := f.Printer.Print(ctx, o.Receipt)
		return just(func() { s.m.SlipPrinted(s.failed("print the slip", err)) })
	case FindOpen, BookDay, PrintDay:
		return s.appoint(o)
	case ReadVolume, KeepVolume:
		return s.loud(ctx, o)
	case RingRemind:
		err := s.ring(ctx, bell.Remind)
		return just(func() { _ = s.failed("ring", err) })
	case RingCall:
		if f.Help != nil {
			f.Help()
		}
		err := s.ring(ctx, bell.Call)
		return just(func() {
			s.m.Rung, s.m.called = s.failed("ring", err) == nil, f.Help != nil
			s.m.Coming = false
		})
	}
	return s.unlock(ctx, o)
}

// takeIn checks in who is booked, or who walks in, and notes how long it took from
// the touch to the disk.
func (s *Screen) takeIn(ctx context.Context, o Order, touched time.Time) func() Order {
	var (
		r    reception.Receipt
		err  error
		what = "checked in"
	)
	if o.Task == CheckIn {
		r, err = s.feed.Counter.CheckIn(ctx, o.Booking)
	} else {
		what = "walked in"
		r, err = s.feed.Counter.WalkIn(ctx, reception.WalkIn{Person: o.Person, Slot: o.Offer.Slot.ID, Dose: o.Offer.Dose})
	}
	took := s.cfg.Now().Sub(touched)
	return func() Order {
		if err == nil {
			s.cfg.Log.Info(what, "screen", "kiosk", "booking", r.Entry.Booking.ID.String(), "ticket", r.Ticket,
				"repeat", r.Repeat, "ms", took.Milliseconds())
		}
		return s.m.CheckedIn(r, s.failed("check in", err))
	}
}

// unlock asks the lock of the staff menu.
func (s *Screen) unlock(ctx context.Context, o Order) func() Order {
	lock := s.feed.Lock
	if lock == nil {
		return just(func() {})
	}
	switch o.Task {
	case AskPIN:
		there, err := lock.Chosen(ctx)
		return just(func() {
			if s.failed("ask for the PIN", err) == nil {
				s.m.PINKnown(there, s.chooseNow())
			}
		})
	case ChoosePIN:
		err := lock.Choose(ctx, o.PIN)
		return just(func() { s.m.Tried(s.failed("choose a PIN", err)) })
	case AskReset:
		challenge, until, err := lock.Challenge(ctx)
		return just(func() { s.m.ResetAsked(challenge, until, s.failed("draw a challenge", err)) })
	case ResetPIN:
		err := lock.Reset(ctx, o.Reset, o.PIN)
		return func() Order { return s.m.WasReset(s.failed("reset the PIN", err)) }
	case OpenLocked:
		err := lock.Extend(ctx)
		return just(func() { s.m.Extended(s.failed("open the locked device", err)) })
	default: // TryPIN
		err := lock.Open(ctx, o.PIN)
		return just(func() { s.m.Tried(s.failed("open the staff menu", err)) })
	}
}

func (s *Screen) ring(ctx context.Context, r bell.Ring) error {
	if s.feed.Bell == nil {
		return bell.ErrSilent
	}
	return s.feed.Bell(ctx, r)
}
