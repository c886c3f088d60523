package syncproto

import "ezhitong.tw/clinic"

// LeaseRow is how many places of a slot the device may give by itself to people who
// come without a booking, and how many of them central has seen it give, with the
// events up to the page's AckedSeq. Since version 2.
type LeaseRow struct {
	ID       clinic.ID `cbor:"1,keyasint"`
	Slot     clinic.ID `cbor:"2,keyasint"`
	Granted  int       `cbor:"3,keyasint"`
	Consumed int       `cbor:"4,keyasint"`
}

// LeaseWish asks for a lease, under an id that the device draws: asked twice, it is
// granted once. Since version 2.
type LeaseWish struct {
	ID     clinic.ID `cbor:"1,keyasint"`
	Slot   clinic.ID `cbor:"2,keyasint"`
	Places int       `cbor:"3,keyasint"`
}

// MaxLeases is the most leases of a message.
const MaxLeases = 200

func checkLeases(rows []LeaseRow) error {
	if len(rows) > MaxLeases {
		return malformed("page: %d leases", len(rows))
	}
	for _, l := range rows {
		if l.ID.IsZero() || l.Slot.IsZero() || l.Consumed < 0 || l.Consumed > l.Granted {
			return malformed("page: a lease of %d places, %d given", l.Granted, l.Consumed)
		}
	}
	return nil
}

func checkWishes(wishes []LeaseWish, returns []clinic.ID) error {
	if len(wishes) > MaxLeases || len(returns) > MaxLeases {
		return malformed("pull: %d leases asked for, %d returned", len(wishes), len(returns))
	}
	for _, w := range wishes {
		if w.ID.IsZero() || w.Slot.IsZero() || w.Places < 1 {
			return malformed("pull: a lease of %d places", w.Places)
		}
	}
	return nil
}
