package reception

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// The codes with which something is refused of the stock. Each has a text under
// "finding." in every language, as LotMissing, ExpiryMissing and LotExpired have.
const (
	VialsMissing  = "vials_missing"  // not 1 to 9999 vials of 1 to 100 doses
	OtherLot      = "other_lot"      // the lot is known with another product, last day or size
	NoVialLeft    = "no_vial_left"   // every vial of the lot is open
	TooManyWasted = "too_many_waste" // args: left
)

const (
	mostVials = 9999
	mostDoses = 100 // of one vial
)

// Stock is how a lot stands at this device.
type Stock struct {
	Lot      string
	Vaccine  string // code of the product
	Name     string // in zh-TW
	Expires  clinic.Date
	PerVial  int // doses
	Received int // vials
	Opened   int // vials
	Given    int // doses, as far as this device knows of the site
	Wasted   int // doses
}

// Left is how many doses there are, in open vials and in closed ones; less than
// nothing where more was given than was received.
func (s Stock) Left() int { return s.Received*s.PerVial - s.Given - s.Wasted }

// Closed is how many vials are closed.
func (s Stock) Closed() int { return s.Received - s.Opened }

// InOpen is how many doses are left in open vials; less than nothing where a vial
// was opened that nobody noted.
func (s Stock) InOpen() int { return s.Opened*s.PerVial - s.Given - s.Wasted }

// Stock gives the lots of this device that are left, were used or lie open, those
// that expire first before the others.
func (c *Counter) Stock(ctx context.Context) ([]Stock, error) {
	today := c.Replica.Today()
	for _, day := range []clinic.Date{today.AddDays(-1), today} { // older days do not change any more
		if err := c.noteGiven(ctx, day); err != nil {
			return nil, err
		}
	}
	moves, given, err := c.Replica.Stock(ctx)
	if err != nil {
		return nil, err
	}
	programmes, err := c.Replica.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	out := balance(moves, given)
	for i := range out {
		out[i].Name = product(programmes, out[i].Vaccine)
	}
	return out, nil
}

func (c *Counter) noteGiven(ctx context.Context, day clinic.Date) error {
	bookings, err := c.Replica.Day(ctx, day)
	if err != nil {
		return err
	}
	given := make(map[string]int)
	for _, b := range bookings {
		if v := b.Visit(); v.Attendance == clinic.Vaccinated && v.Lot != "" {
			given[v.Lot]++
		}
	}
	return c.Replica.NoteGiven(ctx, day, given)
}

// balance sums the book up, lot by lot.
func balance(moves []replica.StockMove, given map[string]int) []Stock {
	lots := make(map[string]*Stock)
	at := func(lot string) *Stock {
		if lots[lot] == nil {
			lots[lot] = &Stock{Lot: lot}
		}
		return lots[lot]
	}
	for _, m := range moves {
		s := at(m.Lot)
		switch m.Kind {
		case replica.StockReceived:
			s.Vaccine, s.Expires, s.PerVial = m.Vaccine, m.Expires, m.Doses
			s.Received += m.Vials
		case replica.StockOpened:
			s.Opened += m.Vials
		case replica.StockWasted:
			s.Wasted += m.Doses
		}
	}
	for lot, doses := range given {
		at(lot).Given = doses
	}
	out := make([]Stock, 0, len(lots))
	for _, s := range lots {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Stock) int {
		if a.Expires != b.Expires {
			if a.Expires.Before(b.Expires) {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Lot, b.Lot)
	})
	return out
}

// Receive books vials of a lot in: each of perVial doses.
func (c *Counter) Receive(ctx context.Context, lot, vaccine string, expires clinic.Date, vials, perVial int) error {
	lot = strings.ToUpper(strings.TrimSpace(lot))
	switch {
	case lot == "":
		return clinic.Refuse(LotMissing)
	case expires.IsZero():
		return clinic.Refuse(ExpiryMissing)
	case expires.Before(c.Replica.Today()):
		return clinic.Refuse(LotExpired, "lot", lot, "date", expires.String())
	case vials < 1 || vials > mostVials || perVial < 1 || perVial > mostDoses:
		return clinic.Refuse(VialsMissing)
	}
	return c.move(ctx, lot, func(s Stock) (replica.StockMove, error) {
		if s.Received > 0 && (s.Vaccine != vaccine || s.Expires != expires || s.PerVial != perVial) {
			return replica.StockMove{}, clinic.Refuse(OtherLot, "lot", lot)
		}
		return replica.StockMove{Kind: replica.StockReceived, Vaccine: vaccine, Expires: expires, Vials: vials, Doses: perVial}, nil
	})
}

// OpenVial notes that a vial of a lot was opened.
func (c *Counter) OpenVial(ctx context.Context, lot string) error {
	return c.move(ctx, lot, func(s Stock) (replica.StockMove, error) {
		switch {
		case s.Closed() < 1:
			return replica.StockMove{}, clinic.Refuse(NoVialLeft)
		case s.Expires.Before(c.Replica.Today()):
			return replica.StockMove{}, clinic.Refuse(LotExpired, "lot", lot, "date", s.Expires.String())
		}
		return replica.StockMove{Kind: replica.StockOpened, Vials: 1}, nil
	})
}

// Waste notes doses of a lot that nobody gets, and why.
func (c *Counter) Waste(ctx context.Context, lot string, doses int, reason string) error {
	reason = strings.TrimSpace(reason)
	return c.move(ctx, lot, func(s Stock) (replica.StockMove, error) {
		switch {
		case reason == "":
			return replica.StockMove{}, clinic.Refuse(ReasonMissing)
		case doses < 1 || doses > s.Left():
			return replica.StockMove{}, clinic.Refuse(TooManyWasted, "left", strconv.Itoa(max(0, s.Left())))
		}
		return replica.StockMove{Kind: replica.StockWasted, Doses: doses, Reason: reason}, nil
	})
}

// move writes a line about a lot, decided by how the lot stands.
func (c *Counter) move(ctx context.Context, lot string, decide func(Stock) (replica.StockMove, error)) error {
	return c.Replica.MoveStock(ctx, func(moves []replica.StockMove, given map[string]int) (replica.StockMove, error) {
		var now Stock
		for _, s := range balance(moves, given) {
			if s.Lot == lot {
				now = s
			}
		}
		m, err := decide(now)
		m.At, m.Lot, m.Staff = c.Replica.Now(), lot, c.author()
		return m, err
	})
}
