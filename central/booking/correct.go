package booking

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/syncproto"
)

// PhoneChange is a citizen's new numbers for a booking; what is empty stays. Number
// and Birth prove who asks.
type PhoneChange struct {
	ID       clinic.ID
	Number   clinic.IDNumber
	Birth    clinic.Birth
	Mobile   clinic.Phone
	Landline clinic.Phone
}

// ChangePhones changes the phones of a booking and gives it back as it is then. It
// refuses with RefusedNotFound, also when number or birth are not the booking's,
// RefusedAlreadyGone, RefusedPhoneMissing when there is nothing to change, and as Book
// does for what is no phone.
func (e *Engine) ChangePhones(ctx context.Context, c PhoneChange) (clinic.Booking, error) {
	_, owner, err := e.proven(ctx, c.ID, c.Number, c.Birth)
	if err != nil {
		return clinic.Booking{}, err
	}
	err = e.do(ctx, func(b *batch) error {
		h, err := b.owned(c.ID, owner)
		if err != nil {
			return err
		}
		wanted := syncproto.Contact{Mobile: c.Mobile.Reveal(), Landline: c.Landline.Reveal()}
		_, err = b.correct(h, wanted, "public", true, h.version)
		return err
	})
	if err != nil {
		return clinic.Booking{}, err
	}
	return e.Booking(ctx, c.ID)
}

// correct decides in the writer: field by field what was asked for takes the place of
// what there is, or yields to it. kept reports that something yielded; where all of it
// did, the refusal is errYielded.
func (b *batch) correct(h *held, wanted syncproto.Contact, actor string, citizen bool, seen int64) (kept bool, err error) {
	if h.cancelled != 0 {
		return false, clinic.Refuse(clinic.RefusedAlreadyGone)
	}
	row, err := b.rowOf(h)
	if err != nil {
		return false, err
	}
	person, err := b.e.reveal(&row)
	if err != nil {
		return false, err
	}
	last, err := store.Corrections(context.Background(), b.reads(), h.id)
	if err != nil {
		return false, err
	}
	asked, err := readContact(wanted, h.place.slot.Date, clinic.DateOf(b.now))
	if err != nil {
		return false, err
	}
	var fields []clinic.Field
	for _, f := range slices.Sorted(maps.Keys(asked)) {
		if f.Yields(last[f], citizen, seen) {
			asked[f](&person)
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return true, errYielded
	}
	key := b.who(b.e.personKey(person.ID))
	if key != h.person && h.holds {
		for o := b.people[key]; o != nil; o = o.before {
			if o.holds && o.place.slot.Programme == h.place.slot.Programme {
				programme, _ := b.e.catalogue.Load().Programme(h.place.slot.Programme)
				return false, clinic.Refuse(clinic.RefusedAlreadyBooked, programme.Name.Args("programme")...)
			}
		}
	}
	return len(fields) < len(asked), b.writePerson(h, &row, person, key, fields, actor, citizen)
}

// errYielded says that all that was asked for has been corrected by somebody who is
// right.
var errYielded = clinic.Refuse(strings.ToLower(CodeStale))

// writePerson writes the corrected person of a booking.
func (b *batch) writePerson(h *held, row *store.Booking, person clinic.Person, key [32]byte, fields []clinic.Field, actor string, citizen bool) error {
	tx, err := b.tx()
	if err != nil {
		return err
	}
	h.version++
	b.e.hide(row, person)
	row.Person, row.Age, row.Version, row.Stamp = key, person.Birth.AgeOn(h.place.slot.Date), h.version, h.place.site.next(b)
	if err := tx.CorrectBooking(row); err != nil {
		return err
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
		if err := tx.SaveCorrection(h.id, f, clinic.Correction{Version: h.version, Citizen: citizen}); err != nil {
			return err
		}
	}
	if old := h.person; old != key {
		h.person = key
		b.regroup(old, key)
	}
	b.note(actor, "correct", h.id, strings.Join(names, " "))
	return nil
}

// readContact judges what is to be changed of a person, by field.
func readContact(c syncproto.Contact, day, today clinic.Date) (map[clinic.Field]func(*clinic.Person), error) {
	out := make(map[clinic.Field]func(*clinic.Person))
	if c.IDNumber != "" {
		number, err := twid.ReadID(c.IDNumber)
		if err != nil {
			return nil, err
		}
		if !number.ValidOn(day) {
			return nil, clinic.Refuse(clinic.RefusedIDForm)
		}
		out[clinic.FieldNumber] = func(p *clinic.Person) { p.ID = number.ID }
	}
	if c.Name != "" {
		if !isName(c.Name) {
			return nil, clinic.Refuse(clinic.RefusedName)
		}
		out[clinic.FieldName] = func(p *clinic.Person) { p.Name = clinic.NewName(c.Name) }
	}
	if c.Birth != nil {
		birth := clinic.NewBirth(c.Birth.Date())
		if b := birth.Reveal(); b.IsZero() || b.After(today) || birth.AgeOn(today) > oldest {
			return nil, clinic.Refuse(clinic.RefusedBirth)
		}
		out[clinic.FieldBirth] = func(p *clinic.Person) { p.Birth = birth }
	}
	if c.Mobile != "" {
		phone, err := twid.ParseMobile(c.Mobile)
		if err != nil {
			return nil, err
		}
		out[clinic.FieldMobile] = func(p *clinic.Person) { p.Mobile = phone }
	}
	if c.Landline != "" {
		phone, err := twid.ParseLandline(c.Landline)
		if err != nil {
			return nil, err
		}
		out[clinic.FieldLandline] = func(p *clinic.Person) { p.Landline = phone }
	}
	if len(out) == 0 {
		return nil, clinic.Refuse(clinic.RefusedPhoneMissing)
	}
	return out, nil
}

// correctFor corrects what a desk asked for. What the citizen, or staff elsewhere, have
// changed meanwhile stays where they are right.
func (b *batch) correctFor(h *held, e *store.Event, actor string) error {
	if h == nil || h.place.site.code != e.Site {
		return errYielded
	}
	kept, err := b.correct(h, *e.Op.Contact, actor, false, e.Op.Base)
	if kept && err == nil {
		e.Code = CodePartly
	}
	return err
}

// keepContact seals what an op says of a person into its row.
func (e *Engine) keepContact(r *store.Event) error {
	text, err := json.Marshal(r.Op.Contact)
	if err != nil {
		return fmt.Errorf("keep a correction: %w", err)
	}
	r.WalkIn = e.keys.Seal(store.EventTable, walkInColumn, store.EventKey(r.Ref()), text)
	return nil
}

// openContact opens it again, for an event that is admitted later.
func (e *Engine) openContact(r *store.Event) (c *syncproto.Contact, err error) {
	text, err := e.keys.Open(store.EventTable, walkInColumn, store.EventKey(r.Ref()), r.WalkIn)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || c == nil {
		return nil, fmt.Errorf("the correction of event %d cannot be read: %w", r.Op.Seq, cmp.Or(err, store.ErrStale))
	}
	return c, nil
}
