package syncproto

import "ezhitong.tw/clinic"

// What a desk asks central about its site's stock, so that every desk has the whole book:
// also one that came later, and one in the place of a burnt one. Since version 4.
const (
	KindAskStock Kind = 40
	KindStock    Kind = 41
)

// Limits of Stock.
const (
	MaxStockLines = 300
	maxLots       = 5000
)

// AskStock asks for what was written of the site's stock after a sequence.
type AskStock struct {
	After int64 `cbor:"1,keyasint"` // 0, or the Next of the last answer
	Day   Day   `cbor:"2,keyasint"` // of the doses that the device has been told; NoDay for none
}

// Stock answers AskStock: events of kind StockMoved in the order of their sequence, up
// to Next; More says that others follow. Given are the doses of each lot that were given
// on days before Day, none where the device has asked with that day. A kiosk is told
// nothing.
type Stock struct {
	Lines []EventRow `cbor:"1,keyasint"`
	Next  int64      `cbor:"2,keyasint"`
	More  bool       `cbor:"3,keyasint,omitempty"`
	Day   Day        `cbor:"4,keyasint"`
	Given []LotDoses `cbor:"5,keyasint,omitempty"`
}

// LotDoses is how many doses of a lot were given. Lot is as clinic.LotNumber writes it.
type LotDoses struct {
	Lot   string `cbor:"1,keyasint"`
	Doses int    `cbor:"2,keyasint"`
}

// Kind is KindAskStock.
func (AskStock) Kind() Kind { return KindAskStock }

// Kind is KindStock.
func (Stock) Kind() Kind { return KindStock }

// Needs is the version that brought AskStock.
func (AskStock) Needs() int { return fourth }

// Needs is the version that brought Stock.
func (Stock) Needs() int { return fourth }

// Check judges the limits of AskStock.
func (a AskStock) Check() error {
	if a.After < 0 {
		return malformed("stock: after %d", a.After)
	}
	return nil
}

// Check judges the limits of Stock: lines of the stock only, and no lot twice.
func (s Stock) Check() error {
	if s.Day == NoDay || s.Next < 0 || len(s.Lines) > MaxStockLines || len(s.Given) > maxLots || s.More && len(s.Lines) == 0 {
		return malformed("stock: %d lines and %d lots up to %d", len(s.Lines), len(s.Given), s.Next)
	}
	for _, e := range s.Lines {
		if e.Op.Kind != clinic.StockMoved {
			return malformed("stock: an event of kind %d", e.Op.Kind)
		}
		if err := e.Op.Check(); err != nil {
			return err
		}
	}
	for i, g := range s.Given {
		if g.Doses < 1 || i > 0 && g.Lot <= s.Given[i-1].Lot {
			return malformed("stock: %d doses of lot %d", g.Doses, i)
		}
		if err := texts("stock", maxShort, g.Lot); err != nil {
			return err
		}
	}
	return nil
}
