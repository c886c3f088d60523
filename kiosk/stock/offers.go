package stock

import (
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// waitingShown is how many of those who wait the page shows beside those who were asked.
const waitingShown = 5

// offers is what is left and who is offered it, without any drawing.
type offers struct {
	lists []reception.Leftover
	open  string // code of the product whose list is shown; empty for none
}

// take puts what was read in the place of what was shown.
func (o *offers) take(lists []reception.Leftover) {
	o.lists = lists
	if o.list() == nil {
		o.open = ""
	}
}

// list is the one that is shown; nil for none.
func (o *offers) list() *reception.Leftover {
	for i := range o.lists {
		if o.lists[i].Vaccine == o.open {
			return &o.lists[i]
		}
	}
	return nil
}

// line is one person of the list.
type line struct {
	reception.Waiting
	Place int      // from 1
	Next  bool     // may be offered a dose now
	Back  bool     // was not reached, and may have one when they call back
	Ring  []string // numbers to ring up, shown only while somebody is being asked
}

// lines are those who were asked and the next who wait; more is how many wait behind.
func (o *offers) lines() (out []line, more int) {
	l := o.list()
	if l == nil {
		return nil, 0
	}
	turn, waiting := l.Turn(), 0
	for i, w := range l.People {
		if w.Answer == clinic.StandbyWaiting {
			if waiting++; waiting > waitingShown {
				more++
				continue
			}
		}
		n := line{Waiting: w, Place: i + 1, Next: i == turn && l.Free() > 0, Back: w.Answer == clinic.StandbyUnreached && l.Free() > 0}
		if w.Answer == clinic.StandbyOffered {
			for _, p := range []clinic.Phone{w.Person.Mobile, w.Person.Landline, w.Person.Guardian} {
				if !p.IsZero() {
					n.Ring = append(n.Ring, p.Reveal())
				}
			}
		}
		out = append(out, n)
	}
	return out, more
}
