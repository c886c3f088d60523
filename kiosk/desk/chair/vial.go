package chair

import (
	"slices"
	"strings"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// keep has the vial in the hand stay chosen in another list of lots.
func (m *Model) keep(lots []reception.Lot) {
	chosen := len(lots)
	if !m.Another() {
		was := m.Lots[m.Lot]
		chosen = slices.IndexFunc(lots, func(l reception.Lot) bool {
			return l.Number == was.Number && l.Vaccine == was.Vaccine && l.Expires == was.Expires
		})
		if chosen < 0 { // it has gone from the list: it is typed
			chosen, m.Number, m.Expires, m.Product = len(lots), was.Number, was.Expires.String(), was.Vaccine
		}
	}
	m.Lot = chosen
}

// begin prepares the dose: the lot last given of the booked vaccine is chosen.
func (m *Model) begin() {
	m.Mode, m.Number, m.Expires, m.Product = Giving, "", "", m.Person.Booking.Slot.Vaccine
	m.Lot = len(m.Lots)
	for i, l := range m.Lots {
		if l.Vaccine == m.Product {
			m.Lot = i
			break
		}
	}
}

// Another reports whether a lot is typed.
func (m *Model) Another() bool { return m.Lot >= len(m.Lots) }

// ChooseLot takes one of Lots, or their number for another one.
func (m *Model) ChooseLot(i int) {
	m.Lot, m.Problem, m.anyway = max(0, min(i, len(m.Lots))), nil, false
}

// ChooseProduct takes the vaccine of the lot that is typed.
func (m *Model) ChooseProduct(code string) { m.Product, m.Problem, m.anyway = code, nil, false }

// Type takes what was typed of another lot. The code of a vial fills in both.
func (m *Model) Type(number, expires string) {
	if vial, err := reception.ParseVial(strings.TrimSpace(number)); err == nil {
		number = vial.Lot
		if !vial.Expires.IsZero() {
			expires = vial.Expires.String()
		}
	}
	if number != m.Number || expires != m.Expires {
		m.Number, m.Expires, m.Problem, m.anyway = number, expires, nil, false
	}
}

// Scanned takes the code of a vial; anything else is said to be none.
func (m *Model) Scanned(text string) {
	vial, err := reception.ParseVial(text)
	if err != nil {
		m.Problem = clinic.Refuse(reception.LotMissing)
		return
	}
	for i, l := range m.Lots {
		if l.Number == vial.Lot && (vial.Expires.IsZero() || l.Expires == vial.Expires) {
			m.ChooseLot(i)
			return
		}
	}
	m.ChooseLot(len(m.Lots))
	m.Type(text, "")
}

// Dose is what would be recorded now.
func (m *Model) Dose() reception.Dose {
	d := reception.Dose{Anyway: m.anyway}
	d.Limb = clinic.Limbs[m.Limb]
	if !m.Another() {
		l := m.Lots[m.Lot]
		d.Lot, d.Expires, d.Vaccine = l.Number, l.Expires, l.Vaccine
		return d
	}
	d.Lot, d.Vaccine = strings.TrimSpace(m.Number), m.Product
	d.Expires, _ = reception.ParseExpiry(m.Expires) // one that cannot be read is asked for
	return d
}

// Mismatch gives the vaccine in the hand where it is not the booked one.
func (m *Model) Mismatch() (given string, wrong bool) {
	code := m.Dose().Vaccine
	if code == m.Person.Booking.Slot.Vaccine {
		return "", false
	}
	return m.productName(code), true
}

func (m *Model) productName(code string) string {
	for _, p := range m.Products {
		if p.Code == code {
			return p.Name
		}
	}
	return code
}
