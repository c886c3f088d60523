package roster

import (
	"bytes"
	"context"
	"slices"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// cardSetting is where it is kept that a card needs the PIN too; what stands there
// means yes.
const cardSetting = "staff.card_and_pin"

// SetCard makes a card somebody's, by its number: their own, or by a manager; an empty
// number takes theirs away. Of the number a keyed hash is kept.
func (r *Roster) SetCard(ctx context.Context, by, account, number string) error {
	var card []byte
	if number != "" {
		card = r.Replica.CardIndex(number)
	}
	return r.Replica.ChangeStaff(ctx, func(all []replica.StaffMember) ([]replica.StaffMember, error) {
		m, err := ownOrManaged(all, by, account)
		if err != nil {
			return nil, err
		}
		if other := holding(all, card); other != nil && other.Account != m.Account {
			return nil, clinic.Refuse(CardTaken)
		}
		m.Card = card
		return all, nil
	})
}

// SignInCard lets somebody in who shows their card. With CardAndPIN it gives who that
// is: SignIn asks for the rest.
func (r *Roster) SignInCard(ctx context.Context, number string) (Member, error) {
	all, err := r.Replica.Staff(ctx)
	if err != nil {
		return Member{}, err
	}
	found := holding(all, r.Replica.CardIndex(number))
	if found == nil {
		return Member{}, clinic.Refuse(CardUnknown)
	}
	m := memberOf(*found)
	both, err := r.CardNeedsPIN(ctx)
	if err != nil {
		return Member{}, err
	}
	if both || m.Manager {
		return m, clinic.Refuse(CardAndPIN)
	}
	return m, nil
}

// CardNeedsPIN tells whether people who show their card are asked for the PIN too.
// Managers always are.
func (r *Roster) CardNeedsPIN(ctx context.Context) (bool, error) {
	value, err := r.Replica.Setting(ctx, cardSetting)
	return len(value) > 0, err
}

// SetCardNeedsPIN has a manager say so.
func (r *Roster) SetCardNeedsPIN(ctx context.Context, by string, both bool) error {
	all, err := r.Replica.Staff(ctx)
	if err != nil {
		return err
	}
	if err := managed(all, by); err != nil {
		return err
	}
	var value []byte
	if both {
		value = []byte("yes")
	}
	return r.Replica.Keep(ctx, cardSetting, value)
}

// holding finds whose card it is; nobody's is nil.
func holding(all []replica.StaffMember, card []byte) *replica.StaffMember {
	at := slices.IndexFunc(all, func(m replica.StaffMember) bool { return len(card) > 0 && bytes.Equal(m.Card, card) })
	if at < 0 {
		return nil
	}
	return &all[at]
}
