package clinic

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// StockKind is what happened to vaccine at a site.
type StockKind string

// The kinds of StockMove.
const (
	StockReceived  StockKind = "received"   // vials came in (進貨)
	StockOpened    StockKind = "opened"     // vials were opened (開瓶)
	StockWasted    StockKind = "wasted"     // doses that nobody gets (報廢)
	StockTakenBack StockKind = "taken_back" // another line was wrong (更正)
)

// The most that a StockMove may say.
const (
	MostVials = 9999
	MostDoses = 100 // of one vial
)

// StockMove is what a StockMoved tells beside the lot. It stands in the reason of the
// event, the kind first and what people write last: "received 3 10 2027-03-31 flu" is
// three vials of ten doses each, "opened 1", "wasted 2 掉到地上", "taken_back 打錯瓶數".
type StockMove struct {
	Kind    StockKind
	Vials   int    // received or opened
	Doses   int    // of one vial where received; of all where wasted
	Expires Date   // the last day of the lot, where received
	Vaccine string // code of the product, where received
	Why     string // where wasted or taken back
}

// String writes the form that ParseStockMove reads.
func (m StockMove) String() string {
	switch m.Kind {
	case StockReceived:
		return fmt.Sprintf("%s %d %d %s %s", m.Kind, m.Vials, m.Doses, m.Expires, m.Vaccine)
	case StockOpened:
		return fmt.Sprintf("%s %d", m.Kind, m.Vials)
	case StockWasted:
		return fmt.Sprintf("%s %d %s", m.Kind, m.Doses, m.Why)
	default:
		return fmt.Sprintf("%s %s", m.Kind, m.Why)
	}
}

// ParseStockMove reads what String writes, and refuses everything else.
func ParseStockMove(s string) (StockMove, error) {
	refuse := fmt.Errorf("%q tells nothing of the stock", s)
	kind, rest, _ := strings.Cut(s, " ")
	m := StockMove{Kind: StockKind(kind)}
	var err error
	switch m.Kind {
	case StockReceived:
		p := strings.SplitN(rest, " ", 4)
		if len(p) != 4 {
			return StockMove{}, refuse
		}
		m.Vials, m.Doses, m.Vaccine = figure(p[0], MostVials), figure(p[1], MostDoses), p[3]
		m.Expires, err = ParseDate(p[2])
	case StockOpened:
		m.Vials = figure(rest, MostVials)
	case StockWasted:
		doses, why, _ := strings.Cut(rest, " ")
		m.Doses, m.Why = figure(doses, MostVials*MostDoses), why
	case StockTakenBack:
		m.Why = rest
	}
	if err != nil || !m.whole() || m.String() != s {
		return StockMove{}, refuse
	}
	return m, nil
}

// figure reads a number from 1 to most; 0 is none.
func figure(s string, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n > most {
		return 0
	}
	return max(0, n)
}

// whole reports whether all is said that belongs to the kind.
func (m StockMove) whole() bool {
	switch m.Kind {
	case StockReceived:
		return m.Vials > 0 && m.Doses > 0 && m.Vaccine != ""
	case StockOpened:
		return m.Vials > 0
	case StockWasted:
		return m.Doses > 0 && m.Why != ""
	case StockTakenBack:
		return m.Why != ""
	}
	return false
}

// LotNumber writes the number of a lot as lots are compared: people type it from the
// vial, in small letters or large.
func LotNumber(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// StockLine is a line of the stock's book: what was written of a lot, who wrote it and
// when.
type StockLine struct {
	ID     ID
	At     time.Time
	Staff  string
	Device ID // at which it was written
	StockMove
	Back StockBack
}

// StockBack is that a line was taken back; zero while it counts.
type StockBack struct {
	At    time.Time
	Staff string
	Why   string
}

// StockLot is how a lot stands at a site.
type StockLot struct {
	Number   string
	Vaccine  string // code of the product, as it was first received
	Expires  Date
	PerVial  int  // doses
	Received int  // vials
	Opened   int  // vials
	Given    int  // doses
	Wasted   int  // doses
	Differs  bool // it was received with another product, last day or size too
	Lines    []StockLine
}

// Left is how many doses there are, in open vials and in closed ones; less than
// nothing where more was given than was received.
func (s StockLot) Left() int { return s.Received*s.PerVial - s.Given - s.Wasted }

// Closed is how many vials are closed.
func (s StockLot) Closed() int { return s.Received - s.Opened }

// InOpen is how many doses are left in open vials; less than nothing where a vial
// was opened that nobody noted.
func (s StockLot) InOpen() int { return s.Opened*s.PerVial - s.Given - s.Wasted }

// Stock sums the book up, those lots first that expire first; of a lot the oldest line
// first. Given are the doses given of each lot. Neither the order of the events nor
// repeats of the same event matter; those of other kinds, and those that tell nothing of
// the stock, are left out.
func Stock(events []Event, given map[string]int) []StockLot {
	lots := make(map[string]*StockLot)
	at := func(lot string) *StockLot {
		lot = LotNumber(lot)
		if lots[lot] == nil {
			lots[lot] = &StockLot{Number: lot}
		}
		return lots[lot]
	}
	lines, back := stockLines(events)
	for _, e := range lines {
		e.Back = back[e.ID]
		at(e.lot).add(e.StockLine)
	}
	for lot, doses := range given {
		at(lot).Given += doses
	}
	out := make([]StockLot, 0, len(lots))
	for _, s := range lots {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b StockLot) int { return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.Number, b.Number)) })
	return out
}

type lotLine struct {
	lot string
	StockLine
}

// stockLines reads the lines in their order, and which of them were taken back, each by
// whoever did so first.
func stockLines(events []Event) (lines []lotLine, back map[ID]StockBack) {
	set := slices.Clone(events)
	slices.SortFunc(set, func(a, b Event) int { return cmp.Or(a.At.Compare(b.At), a.Ref.Compare(b.Ref)) })
	back = make(map[ID]StockBack)
	seen := make(map[EventRef]bool, len(set))
	for _, e := range set {
		m, err := ParseStockMove(e.Reason)
		if e.Kind != StockMoved || err != nil || seen[e.Ref] {
			continue
		}
		seen[e.Ref] = true
		if m.Kind != StockTakenBack {
			lines = append(lines, lotLine{e.Lot, StockLine{ID: e.Booking, At: e.At, Staff: e.Staff, Device: e.Ref.Device, StockMove: m}})
		} else if _, before := back[e.Booking]; !before {
			back[e.Booking] = StockBack{e.At, e.Staff, m.Why}
		}
	}
	return lines, back
}

func (s *StockLot) add(l StockLine) {
	s.Lines = append(s.Lines, l)
	if !l.Back.At.IsZero() {
		return
	}
	switch l.Kind {
	case StockReceived:
		if s.Received == 0 {
			s.Vaccine, s.Expires, s.PerVial = l.Vaccine, l.Expires, l.Doses
		}
		s.Differs = s.Differs || s.Vaccine != l.Vaccine || s.Expires != l.Expires || s.PerVial != l.Doses
		s.Received += l.Vials
	case StockOpened:
		s.Opened += l.Vials
	case StockWasted:
		s.Wasted += l.Doses
	}
}
