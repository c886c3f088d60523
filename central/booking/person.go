package booking

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// Limits of what a person may type.
const (
	longestName = 60  // characters
	oldest      = 130 // years
)

// checkPerson judges personal data for a vaccination on a day and gives it back
// in one form: capital ID number, phones with digits only.
func checkPerson(p clinic.Person, rules clinic.Programme, day, today clinic.Date, guardianConsent bool) (clinic.Person, error) {
	number, err := twid.ReadID(p.ID.Reveal())
	if err != nil {
		return p, err
	}
	if !number.ValidOn(day) {
		return p, clinic.Refuse(clinic.RefusedIDForm)
	}
	p.ID = number.ID
	if !isName(p.Name.Reveal()) {
		return p, clinic.Refuse(clinic.RefusedName)
	}
	if b := p.Birth.Reveal(); b.IsZero() || b.After(today) || p.Birth.AgeOn(today) > oldest {
		return p, clinic.Refuse(clinic.RefusedBirth)
	}
	if p.Mobile.IsZero() && p.Landline.IsZero() {
		return p, clinic.Refuse(clinic.RefusedPhoneMissing)
	}
	if !p.Mobile.IsZero() {
		if p.Mobile, err = twid.ParseMobile(p.Mobile.Reveal()); err != nil {
			return p, err
		}
	}
	if !p.Landline.IsZero() {
		if p.Landline, err = twid.ParseLandline(p.Landline.Reveal()); err != nil {
			return p, err
		}
	}
	if !rules.NeedsGuardian(p.Birth, day) {
		p.Guardian = clinic.Phone{} // not needed, so not kept
		return p, nil
	}
	if p.Guardian, err = twid.ParsePhone(p.Guardian.Reveal()); err != nil || !guardianConsent {
		return p, clinic.Refuse(clinic.RefusedGuardian, "limit", rules.Guardian().String())
	}
	return p, nil
}

func isName(s string) bool {
	letters := false
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return false
		}
		letters = letters || unicode.IsLetter(r)
	}
	return letters && utf8.RuneCountInString(s) <= longestName
}

// personKey is the blind index by which a person is known.
func (e *Engine) personKey(n clinic.IDNumber) [32]byte { return e.keys.Index("person", n.Reveal()) }

// requestKey tells two requests with the same booking id apart.
func (e *Engine) requestKey(slot clinic.ID, dose string, p clinic.Person) [32]byte {
	return e.keys.Index("request", strings.Join([]string{
		string(slot[:]), dose, p.ID.Reveal(), p.Name.Reveal(), p.Birth.Reveal().String(),
		p.Mobile.Reveal(), p.Landline.Reveal(), p.Guardian.Reveal(),
	}, "\x00"))
}

// hide seals a person into the columns of a row.
func (e *Engine) hide(b *store.Booking, p clinic.Person) {
	seal := func(column, plain string) []byte { return e.keys.Seal(store.Table, column, b.ID[:], []byte(plain)) }
	b.Person = e.personKey(p.ID)
	b.Number = seal("number", p.ID.Reveal())
	b.Name = seal("name", p.Name.Reveal())
	b.Birth = seal("birth", p.Birth.Reveal().String())
	b.Mobile = seal("mobile", p.Mobile.Reveal())
	b.Landline = seal("landline", p.Landline.Reveal())
	b.Guardian = seal("guardian", p.Guardian.Reveal())
}

// opener opens the columns of a row one by one and keeps the first failure.
type opener struct {
	e   *Engine
	row *store.Booking
	err error
}

func (o *opener) open(column string, sealed []byte) string {
	plain, err := o.e.keys.Open(store.Table, column, o.row.ID[:], sealed)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("booking %s: %w", o.row.ID, err)
	}
	return string(plain)
}

func (o *opener) birth() clinic.Birth {
	text := o.open("birth", o.row.Birth)
	if o.err != nil {
		return clinic.Birth{}
	}
	d, err := clinic.ParseDate(text)
	if err != nil {
		o.err = fmt.Errorf("booking %s: the date of birth cannot be read", o.row.ID)
	}
	return clinic.NewBirth(d)
}

// reveal opens the whole person of a row.
func (e *Engine) reveal(b *store.Booking) (clinic.Person, error) {
	o := opener{e: e, row: b}
	p := clinic.Person{
		ID: clinic.NewIDNumber(o.open("number", b.Number)), Name: clinic.NewName(o.open("name", b.Name)), Birth: o.birth(),
		Mobile: clinic.NewPhone(o.open("mobile", b.Mobile)), Landline: clinic.NewPhone(o.open("landline", b.Landline)),
		Guardian: clinic.NewPhone(o.open("guardian", b.Guardian)),
	}
	return p, o.err
}

// complete makes a booking of a row, its person and its events.
func (e *Engine) complete(b *store.Booking, p clinic.Person, events []clinic.Event) clinic.Booking {
	out := clinic.Booking{
		ID: b.ID, Code: clinic.CodeOf(b.ID), Dose: b.Dose, Person: p, Created: time.UnixMilli(b.Created).In(clinic.Taipei), Version: b.Version, Events: events,
	}
	if b.Cancelled != 0 {
		out.Cancelled = time.UnixMilli(b.Cancelled).In(clinic.Taipei)
	}
	slot, ok := e.Slot(b.Slot)
	if !ok { // never in one database: the row refers to the slot
		slot = clinic.Slot{ID: b.Slot, Site: b.Site, Period: b.Period, Programme: b.Programme, Vaccine: b.Vaccine, Date: b.Date, Start: b.Start}
	}
	out.Slot = slot
	return out
}

// days writes a number of days for a refusal's text.
func days(n int) string { return strconv.Itoa(n) }
