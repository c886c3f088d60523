package booking

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// RefusedLot is the refusal of RecallLot for what is no lot's number.
const RefusedLot = "lot_malformed"

var lotForm = regexp.MustCompile(`^[0-9A-Z][0-9A-Z./-]{0,31}$`)

// productOf is the vaccine that was given: the one that was booked, unless the reason
// of the dose's event names another one.
func productOf(booked, reason string) string {
	if told, err := clinic.ParseInjection(reason); err == nil && told.Vaccine != "" {
		return told.Vaccine
	}
	return booked
}

// IsLot reports whether a text can be a lot's number.
func IsLot(number string) bool { return lotForm.MatchString(clinic.LotNumber(number)) }

// RecallLot notes that a lot of a vaccine must not be given any more. Doses of it
// that come to be known later are facts and are shown to people; Recalls counts all.
// It refuses with RefusedOutside for anybody but the city's bureau, with RefusedLot
// and with RefusedNoSuchVaccine.
func (e *Engine) RecallLot(ctx context.Context, actor Actor, vaccine, lot string) error {
	lot = clinic.LotNumber(lot)
	switch _, _, known := e.Catalogue().Vaccine(vaccine); {
	case !actor.Scope.All:
		return clinic.Refuse(RefusedOutside)
	case !known:
		return clinic.Refuse(clinic.RefusedNoSuchVaccine)
	case !IsLot(lot):
		return clinic.Refuse(RefusedLot)
	}
	return e.doAlone(ctx, func(b *batch) error {
		tx, err := b.tx()
		if err != nil {
			return err
		}
		if err := tx.SaveRecall(store.Lot{Vaccine: vaccine, Number: lot}, b.now.UnixMilli()); err != nil {
			return err
		}
		b.noteText(actor.Account, "recall_lot", vaccine, lot)
		return b.reload()
	})
}

// Recalled reports whether a lot of a vaccine was recalled.
func (c *Catalogue) Recalled(vaccine, lot string) bool {
	return c.recalled[store.Lot{Vaccine: vaccine, Number: clinic.LotNumber(lot)}]
}

// Recall is a lot that was recalled, and to how many people it has been given.
type Recall struct {
	Vaccine, Lot string
	At           time.Time
	Given        []GivenAt // at the sites of the scope where it was, in the catalogue's order
}

// GivenAt counts people at a site.
type GivenAt struct {
	Site   clinic.Site
	People int
}

// Recalls lists the lots that were recalled, the latest first.
func (e *Engine) Recalls(ctx context.Context, scope Scope) ([]Recall, error) {
	rows, err := store.Recalls(ctx, e.store.Reader())
	if err != nil {
		return nil, err
	}
	given, err := e.givenOfRecalls(ctx)
	if err != nil {
		return nil, err
	}
	sites := e.Catalogue().Sites
	out := make([]Recall, len(rows))
	for i, r := range rows {
		out[i] = Recall{Vaccine: r.Vaccine, Lot: r.Number, At: time.UnixMilli(r.At)}
		for _, s := range sites {
			if n := len(given[givenLot{r.Lot, s.Code}]); n > 0 && scope.Covers(s) {
				out[i].Given = append(out[i].Given, GivenAt{s, n})
			}
		}
	}
	return out, nil
}

// givenLot is a lot at a site.
type givenLot struct {
	lot  store.Lot
	site string
}

// givenOfRecalls finds the bookings for which a recalled lot has been given.
func (e *Engine) givenOfRecalls(ctx context.Context) (map[givenLot]map[clinic.ID]bool, error) {
	doses, err := store.DosesOfRecalls(ctx, e.store.Reader())
	out := make(map[givenLot]map[clinic.ID]bool)
	for i := range doses {
		d := &doses[i]
		reason, err := e.reason(&d.Event)
		if err != nil {
			return nil, fmt.Errorf("count the doses of recalled lots: %w", err)
		}
		at := givenLot{store.Lot{Vaccine: productOf(d.Booked, reason), Number: clinic.LotNumber(d.Op.Lot)}, d.At}
		if out[at] == nil {
			out[at] = make(map[clinic.ID]bool)
		}
		out[at][d.Op.Booking] = true
	}
	return out, err
}
