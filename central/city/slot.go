package city

import (
	"crypto/sha256"
	"slices"
	"strings"

	"ezhitong.tw/clinic"
)

// slots gives every place in time that the sites' sessions make in the periods, from today on.
func slots(periods []clinic.Period, programmes []clinic.Programme, sites []site, today clinic.Date) []clinic.Slot {
	programmeOf := make(map[string]string) // of a vaccine
	for _, p := range programmes {
		for _, v := range p.Vaccines {
			programmeOf[v.Code] = p.Code
		}
	}
	var first, last clinic.Date
	for i, p := range periods {
		if i == 0 || p.First.Before(first) {
			first = p.First
		}
		if p.Last.After(last) {
			last = p.Last
		}
	}
	if first.Before(today) {
		first = today
	}
	var all []clinic.Slot
	for _, s := range sites {
		seen := make(map[clinic.ID]bool)
		for day := first; !day.After(last); day = day.AddDays(1) {
			weekday := isoWeekday(day)
			from := len(all)
			for _, session := range s.Sessions {
				if !slices.Contains(session.Days, weekday) {
					continue
				}
				for _, vaccine := range session.Vaccines {
					period, ok := covering(periods, programmeOf[vaccine], day)
					if !ok {
						continue
					}
					for start := session.From; start+60 <= session.Until; start += 60 {
						id := SlotID(s.Code, vaccine, day, start)
						if seen[id] {
							continue // two sessions of the site meet in this hour
						}
						seen[id] = true
						all = append(all, clinic.Slot{
							ID: id, Site: s.Code, Period: period, Programme: programmeOf[vaccine], Vaccine: vaccine,
							Date: day, Start: start, End: start + 60, Capacity: session.Places,
						})
					}
				}
			}
			slices.SortFunc(all[from:], func(a, b clinic.Slot) int {
				if a.Start != b.Start {
					return int(a.Start - b.Start)
				}
				return strings.Compare(a.Vaccine, b.Vaccine)
			})
		}
	}
	return all
}

func covering(periods []clinic.Period, programme string, day clinic.Date) (id string, ok bool) {
	for _, p := range periods {
		if p.Covers(programme) && !day.Before(p.First) && !day.After(p.Last) {
			return p.ID, true
		}
	}
	return "", false
}

// SlotID names the slot of a site for a vaccine at a time: a UUID of version 8 (RFC 9562) from the SHA-256 of the
// four, so that the same slot has the same id wherever and whenever it is made.
func SlotID(site, vaccine string, day clinic.Date, start clinic.TimeOfDay) clinic.ID {
	sum := sha256.Sum256([]byte("ezhitong.tw slot\n" + site + "\n" + vaccine + "\n" + day.String() + "\n" + start.String()))
	id := clinic.ID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}
