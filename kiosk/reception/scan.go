package reception

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// Scan judges what a person may do now whose booking's QR code, or booking code,
// was scanned: as Recognise would with their card, except that of several
// bookings today the one on the ticket is meant.
//
// A booking that the replica holds is found whatever key signed its ticket:
// central may have taken new keys since it was printed, and the id on it is no
// easier to guess than a signature would make it. The signature tells a ticket
// of another place from a made-up one.
func (c *Counter) Scan(ctx context.Context, text string) (Finding, error) {
	text = strings.TrimSpace(text)
	b, code, err := c.ticket(ctx, text)
	if err != nil {
		return Finding{}, fmt.Errorf("look the ticket up: %w", err)
	}
	if code != "" {
		return Finding{Code: code}, nil
	}
	own, err := c.entries(ctx, []clinic.Booking{b})
	if err != nil {
		return Finding{}, err
	}
	if f := Judge(b.Person, own, c.Replica.Today()); f.Code == Ready || b.Person.ID.IsZero() {
		return f, nil
	}
	return c.Recognise(ctx, b.Person)
}

// ticket finds the booking that a scanned text names; otherwise it gives the
// code of a Finding.
func (c *Counter) ticket(ctx context.Context, text string) (b clinic.Booking, code string, err error) {
	identity, err := c.Replica.Identity(ctx)
	if err != nil {
		return b, "", err
	}
	id, wrong := syncproto.ParseTicket(unlocked(text), identity.Central.Sign)
	if errors.Is(wrong, syncproto.ErrMalformed) {
		return c.byCode(ctx, text)
	}
	genuine := wrong == nil
	b, err = c.Replica.Booking(ctx, id)
	switch {
	case !errors.Is(err, replica.ErrNoBooking):
		return b, "", err
	case genuine:
		return b, OtherTicket, nil
	}
	return b, FalseTicket, nil
}

// byCode finds today's booking with a booking code. Nobody else's record is opened.
func (c *Counter) byCode(ctx context.Context, code string) (clinic.Booking, string, error) {
	today, err := c.Replica.IDs(ctx, c.Replica.Today())
	if err != nil {
		return clinic.Booking{}, "", err
	}
	for _, id := range today {
		if strings.EqualFold(clinic.CodeOf(id), code) {
			b, err := c.Replica.Booking(ctx, id)
			return b, "", err
		}
	}
	return clinic.Booking{}, NotTicket, nil
}

// unlocked turns small letters into capitals and back where a scanner has typed
// a ticket on a keyboard whose Caps Lock is on.
func unlocked(text string) string {
	if !strings.HasPrefix(text, "ezt1:") {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text)
}
