package reception

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// The codes with which something is refused of the stock. Each has a text under
// "finding." in every language, as LotMissing, ExpiryMissing, LotExpired, ReasonMissing
// and ReasonLong have.
const (
	VialsMissing  = "vials_missing"  // not 1 to 9999 vials of 1 to 100 doses
	LotLong       = "lot_long"       // args: most (characters)
	OtherLot      = "other_lot"      // the lot is known with another product, last day or size
	NoVialLeft    = "no_vial_left"   // every vial of the lot is open
	TooManyWasted = "too_many_waste" // args: left
	LineTakenBack = "line_taken"     // the line has been taken back already, here or at another desk
)

// mostLot is how many characters a lot's number has, as GS1 has it.
const mostLot = 20

// Stock is how a lot stands at the site.
type Stock struct {
	clinic.StockLot
	Name string    // in zh-TW
	Here clinic.ID // this device, at which some of the lines were written
}

// Stock gives the lots of the site that are left, were used or lie open, those that
// expire first before the others.
func (c *Counter) Stock(ctx context.Context) ([]Stock, error) {
	if err := c.noteGiven(ctx); err != nil {
		return nil, err
	}
	lots, err := c.Replica.Stock(ctx)
	if err != nil {
		return nil, err
	}
	programmes, err := c.Replica.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	id, err := c.Replica.Identity(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Stock, len(lots))
	for i, s := range lots {
		out[i] = Stock{s, product(programmes, s.Vaccine), id.Grant.Device}
		for j, l := range s.Lines {
			out[i].Lines[j].At = l.At.In(clinic.Taipei)
		}
	}
	return out, nil
}

// noteGiven keeps the doses of the days that central has not counted: the last two, which
// still change, and where it is away for longer those before. Of an older day whose events
// are gone, what was kept stands.
func (c *Counter) noteGiven(ctx context.Context) error {
	day, err := c.Replica.CountedFrom(ctx)
	if err != nil {
		return err
	}
	today := c.Replica.Today()
	for ; !day.After(today); day = day.AddDays(1) {
		given, err := c.Replica.DosesOn(ctx, day)
		if err != nil {
			return err
		}
		if len(given) == 0 && day.DaysSince(today) < -1 {
			continue
		}
		if err := c.Replica.NoteGiven(ctx, day, given); err != nil {
			return err
		}
	}
	return nil
}

// Receive books vials of a lot in: each of perVial doses.
func (c *Counter) Receive(ctx context.Context, lot, vaccine string, expires clinic.Date, vials, perVial int) error {
	lot = clinic.LotNumber(lot)
	switch {
	case lot == "":
		return clinic.Refuse(LotMissing)
	case utf8.RuneCountInString(lot) > mostLot:
		return clinic.Refuse(LotLong, "most", strconv.Itoa(mostLot))
	case expires.IsZero():
		return clinic.Refuse(ExpiryMissing)
	case expires.Before(c.Replica.Today()):
		return clinic.Refuse(LotExpired, "lot", lot, "date", expires.String())
	case vials < 1 || vials > clinic.MostVials || perVial < 1 || perVial > clinic.MostDoses:
		return clinic.Refuse(VialsMissing)
	}
	return c.move(ctx, lot, func(s clinic.StockLot) (clinic.StockMove, error) {
		if s.Received > 0 && (s.Vaccine != vaccine || s.Expires != expires || s.PerVial != perVial) {
			return clinic.StockMove{}, clinic.Refuse(OtherLot, "lot", lot)
		}
		return clinic.StockMove{Kind: clinic.StockReceived, Vaccine: vaccine, Expires: expires, Vials: vials, Doses: perVial}, nil
	})
}

// OpenVial notes that a vial of a lot was opened.
func (c *Counter) OpenVial(ctx context.Context, lot string) error {
	return c.move(ctx, lot, func(s clinic.StockLot) (clinic.StockMove, error) {
		switch {
		case s.Closed() < 1:
			return clinic.StockMove{}, clinic.Refuse(NoVialLeft)
		case s.Expires.Before(c.Replica.Today()):
			return clinic.StockMove{}, clinic.Refuse(LotExpired, "lot", lot, "date", s.Expires.String())
		}
		return clinic.StockMove{Kind: clinic.StockOpened, Vials: 1}, nil
	})
}

// Waste notes doses of a lot that nobody gets, and why.
func (c *Counter) Waste(ctx context.Context, lot string, doses int, reason string) error {
	reason, err := why(reason)
	if err != nil {
		return err
	}
	return c.move(ctx, lot, func(s clinic.StockLot) (clinic.StockMove, error) {
		if doses < 1 || doses > s.Left() {
			return clinic.StockMove{}, clinic.Refuse(TooManyWasted, "left", strconv.Itoa(max(0, s.Left())))
		}
		return clinic.StockMove{Kind: clinic.StockWasted, Doses: doses, Why: reason}, nil
	})
}

// why reads why something was wasted or is taken back.
func why(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", clinic.Refuse(ReasonMissing)
	case len(reason) > longestReason:
		return "", clinic.Refuse(ReasonLong)
	}
	return reason, nil
}

// move writes a line about a lot, decided by how the lot stands.
func (c *Counter) move(ctx context.Context, lot string, decide func(clinic.StockLot) (clinic.StockMove, error)) error {
	err := c.Replica.MoveStock(ctx, func(lots []clinic.StockLot) (replica.StockDraft, error) {
		var now clinic.StockLot
		if i := slices.IndexFunc(lots, func(s clinic.StockLot) bool { return s.Number == lot }); i >= 0 {
			now = lots[i]
		}
		m, err := decide(now)
		return replica.StockDraft{Lot: lot, Staff: c.author(), StockMove: m}, err
	})
	if err != nil {
		return fmt.Errorf("write the stock: %w", err)
	}
	return nil
}

// TakeBackLine says that a line of the stock's book was wrong, and why (更正): what it
// says counts no more. Any desk of the site may. It refuses with LineTakenBack.
func (c *Counter) TakeBackLine(ctx context.Context, line clinic.ID, reason string) error {
	reason, err := why(reason)
	if err != nil {
		return err
	}
	err = c.Replica.MoveStock(ctx, func(lots []clinic.StockLot) (replica.StockDraft, error) {
		for _, s := range lots {
			for _, l := range s.Lines {
				if l.ID == line && l.Back.At.IsZero() {
					return replica.StockDraft{Line: line, Lot: s.Number, Staff: c.author(), StockMove: clinic.StockMove{Kind: clinic.StockTakenBack, Why: reason}}, nil
				}
			}
		}
		return replica.StockDraft{}, clinic.Refuse(LineTakenBack)
	})
	if err != nil {
		return fmt.Errorf("take a line of the stock back: %w", err)
	}
	return nil
}
