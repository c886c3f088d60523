package reception

import (
	"context"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// AskCancel asks central to cancel a booking. Nothing changes here until central has
// answered; the entry shows what was asked, and why it was rejected if it was.
func (c *Counter) AskCancel(ctx context.Context, booking clinic.ID, reason string) error {
	return c.ask(ctx, booking, replica.Draft{Kind: clinic.CancelAsked, Staff: c.author(), Reason: reason})
}

// AskMove asks central to move a booking to another slot of the site.
func (c *Counter) AskMove(ctx context.Context, booking, slot clinic.ID) error {
	return c.ask(ctx, booking, replica.Draft{Kind: clinic.MoveAsked, Staff: c.author(), To: slot})
}

// AskCorrect asks central to correct what is known of a booking's person; what is
// empty of correct stays. Where the citizen has changed a phone meanwhile that stays, too.
func (c *Counter) AskCorrect(ctx context.Context, booking clinic.ID, correct clinic.Person) error {
	return c.ask(ctx, booking, replica.Draft{Kind: clinic.ContactAsked, Staff: c.author(), Person: correct})
}

func (c *Counter) ask(ctx context.Context, booking clinic.ID, d replica.Draft) error {
	_, err := c.Replica.Act(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		if b.Visit().Attendance >= clinic.Arrived {
			return replica.Draft{}, clinic.Refuse(AlreadyArrived, "ticket", b.Visit().Ticket)
		}
		if !b.Active() {
			return replica.Draft{}, clinic.Refuse(Cancelled)
		}
		return d, nil
	})
	if err != nil {
		return fmt.Errorf("ask about %s: %w", booking, err)
	}
	return nil
}
