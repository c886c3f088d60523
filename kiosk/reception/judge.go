package reception

import "ezhitong.tw/clinic"

// Judge says what a person may do now, from the bookings that the site knows of
// that person.
func Judge(p clinic.Person, entries []Entry, today clinic.Date) Finding {
	var open, done, arrived, cancelled, other []Entry
	for _, e := range entries {
		switch {
		case e.Booking.Slot.Date != today:
			if e.Booking.Active() && e.Booking.Slot.Date.After(today) {
				other = append(other, e)
			}
		case e.Visit.Attendance == clinic.Vaccinated || e.Visit.Attendance == clinic.Deferred:
			done = append(done, e)
		case e.Visit.Attendance == clinic.Arrived:
			arrived = append(arrived, e)
		case !e.Booking.Active():
			cancelled = append(cancelled, e)
		default:
			open = append(open, e)
		}
	}
	f := Finding{Person: p}
	switch {
	case len(open) == 1:
		return f.about(Ready, open[0])
	case len(open) > 1:
		f.Code, f.Choice = Several, open
		return f
	case len(arrived) > 0:
		return f.about(AlreadyArrived, arrived[0], "ticket", arrived[0].Visit.Ticket)
	case len(done) > 0:
		return f.about(Finished, done[0])
	case len(cancelled) > 0:
		return f.about(Cancelled, cancelled[0])
	case len(other) > 0:
		return f.about(WrongDay, other[0], "date", other[0].Booking.Slot.Date.String())
	}
	f.Code = NotBooked
	return f
}

func (f Finding) about(code string, e Entry, args ...string) Finding {
	f.Code, f.Entry = code, &e
	f.Args = clinic.Refuse(code, args...).Args
	if f.Person.Name.IsZero() {
		f.Person = e.Booking.Person
	}
	return f
}
