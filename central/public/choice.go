package public

import (
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// choice is what a person has chosen on the way to a booking, as the page's address tells it.
type choice struct {
	Programme clinic.Programme
	Vaccine   clinic.Vaccine
	Dose      clinic.DoseRule
	Site      clinic.Site
	Slot      clinic.Slot
}

// choice resolves the parts of an address. A part that names nothing on offer is refused.
func (d *Door) choice(c *gin.Context) (choice, error) {
	var ch choice
	var ok bool
	cat := d.offer.Catalogue()
	if ch.Programme, ok = cat.Programme(c.Param("programme")); !ok {
		return ch, web.ErrNotFound
	}
	if code := c.Param("vaccine"); code != "" {
		if ch.Vaccine, ok = ch.Programme.Vaccine(code); !ok {
			return ch, clinic.Refuse(clinic.RefusedNoSuchVaccine)
		}
	}
	if code := c.Param("dose"); code != "" {
		if ch.Dose, ok = ch.Vaccine.Dose(code); !ok {
			return ch, clinic.Refuse(clinic.RefusedNoSuchVaccine)
		}
	}
	if code := c.Param("site"); code != "" {
		if ch.Site, ok = cat.Site(code); !ok {
			return ch, web.ErrNotFound
		}
	}
	if slot := c.Param("slot"); slot != "" {
		return ch, d.chooseSlot(slot, &ch)
	}
	return ch, nil
}

func (d *Door) chooseSlot(slot string, ch *choice) error {
	id, err := clinic.ParseID(slot)
	if err != nil {
		return clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	s, ok := d.offer.Slot(id)
	if !ok || s.Site != ch.Site.Code || s.Vaccine != ch.Vaccine.Code {
		return clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	ch.Slot = s
	return nil
}

// Path gives the address of a step, from 1 (vaccine) to 5 (person), with what was chosen before it.
func (ch choice) Path(step int) string {
	path := "/book"
	for i, part := range []string{ch.Programme.Code, ch.Vaccine.Code, ch.Dose.Code, ch.Site.Code, ch.Slot.ID.String()} {
		if i < step {
			path += "/" + url.PathEscape(part)
		}
	}
	return path
}

// VaccineName gives the product's name; the programme's, which people know, where there is one product only.
func (ch choice) VaccineName(locale string) string {
	return vaccineName(locale, ch.Programme, ch.Vaccine.Code)
}

// step is one of the five in the stepper.
type step struct {
	N     int
	Label string
	URL   string // of a step that is done
	Now   bool
	Done  bool
	Form  string // when set, going back submits this form, so that nothing typed is lost
}

var stepNames = []string{"vaccine", "dose", "site", "slot", "person"}

func (ch choice) steps(p web.Page, now int, form string) []step {
	steps := make([]step, len(stepNames))
	for i, name := range stepNames {
		steps[i] = step{N: i + 1, Label: p.T("public.step." + name), Now: i+1 == now, Done: i+1 < now}
		if i+1 < now {
			steps[i].URL, steps[i].Form = ch.Path(i+1), form
		}
	}
	return steps
}

// places is what is left for one vaccine at one site, of the slots that can be booked now.
type places struct {
	Left  int
	First clinic.Slot // the earliest with a place; its ID is zero when Left is 0
}

// Few reports whether hardly any are left.
func (p places) Few() bool { return p.Left > 0 && p.Left < few }

// few is from where on a number of places is shown as low.
const few = 5

func (p places) add(o places) places {
	if o.Left > 0 && (p.Left == 0 || earlier(o.First, p.First)) {
		p.First = o.First
	}
	p.Left += o.Left
	return p
}

func earlier(a, b clinic.Slot) bool {
	if c := a.Date.Compare(b.Date); c != 0 {
		return c < 0
	}
	return a.Start < b.Start
}

// placesAt counts what is left at a site for a vaccine.
func (d *Door) placesAt(site, vaccine string, cat *booking.Catalogue, now time.Time) places {
	var p places
	for _, s := range d.offer.Slots(site, vaccine) {
		if s.Left() > 0 && bookable(cat, s, now) == nil {
			p = p.add(places{Left: s.Left(), First: s})
		}
	}
	return p
}

// bookable judges a slot's period now.
func bookable(cat *booking.Catalogue, s clinic.Slot, now time.Time) error {
	p, ok := cat.Period(s.Period)
	if !ok {
		return clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	return p.Bookable(now, s.Date)
}
