package town

import (
	"context"
	"errors"

	"ezhitong.tw/kiosk/roster"
)

// The PINs of who works in the town.
const (
	managerPIN = "4071"
	staffPIN   = "2580"
)

// Employ puts a manager, who has a PIN only, and the holders of cards onto the roster of a
// device that does not run; their accounts are N001, N002 and so on.
func (t *Town) Employ(ctx context.Context, device string, holders ...Holder) (err error) {
	s, err := t.open(ctx, device)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, manager := &roster.Roster{Replica: s.Replica}, "N000"
	if err := r.Begin(ctx, roster.Member{Account: manager, Name: "陳護理長"}, managerPIN); err != nil {
		return err
	}
	for i, h := range holders {
		account := "N00" + string(rune('1'+i))
		if err := r.Add(ctx, manager, roster.Member{Account: account, Name: h.Name}, staffPIN); err != nil {
			return err
		}
		if err := r.SetCard(ctx, manager, account, h.Card); err != nil {
			return err
		}
	}
	return nil
}

// People gives the first of the town's people.
func (t *Town) People(n int) []Holder { return t.people[:n] }

// Deliver books vaccine into the stock of a device that does not run, and opens a vial.
func (t *Town) Deliver(ctx context.Context, device, lot, product string, vials, perVial int) (err error) {
	s, err := t.open(ctx, device)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	expires := s.Replica.Today().AddDays(200)
	return errors.Join(s.Counter.Receive(ctx, lot, product, expires, vials, perVial), s.Counter.OpenVial(ctx, lot))
}
