package booking

import (
	"slices"
	"sync"
	"time"

	"ezhitong.tw/clinic"
)

// Vacancy is what can still be booked of a vaccine at a site.
type Vacancy struct {
	District  string      `json:"district"`
	Site      string      `json:"site"`
	Programme string      `json:"programme"`
	Vaccine   string      `json:"vaccine"`
	Left      int         `json:"left"`
	First     clinic.Date `json:"first"` // the first day with a place
	Last      clinic.Date `json:"last"`
}

// vacancyCache keeps the list and its parts; after a booking only the part of
// its site is counted again.
type vacancyCache struct {
	mu      sync.Mutex
	version int64
	minute  int64
	list    []Vacancy
	parts   map[string]part
}

type part struct {
	of   *numbers
	list []Vacancy
}

// Vacancies answers 'where is vaccine left now': every site and vaccine with a
// place that may be booked at this moment, in the catalogue's order. The slice
// is shared: read only.
func (e *Engine) Vacancies() []Vacancy {
	now := e.clock()
	v := &e.vacancies
	v.mu.Lock()
	defer v.mu.Unlock()
	version, minute := e.version.Load(), now.Unix()/60
	if v.list != nil && v.version == version && v.minute == minute {
		return v.list
	}
	if v.parts == nil || v.minute != minute {
		v.parts = make(map[string]part)
	}
	c := e.Catalogue()
	open := make(map[openDay]bool)
	list := make([]Vacancy, 0, len(v.list))
	for _, site := range c.Sites {
		b := c.boards[site.Code]
		n := b.now.Load()
		p, ok := v.parts[site.Code]
		if !ok || p.of != n {
			p = part{n, c.vacancies(site, b, n, now, open)}
			v.parts[site.Code] = p
		}
		list = append(list, p.list...)
	}
	v.version, v.minute, v.list = version, minute, list
	return list
}

// openDay is what decides whether slots may be booked now.
type openDay struct {
	period string
	date   clinic.Date
}

// vacancies counts one site; open remembers what was judged before.
func (c *Catalogue) vacancies(site clinic.Site, b *board, n *numbers, now time.Time, open map[openDay]bool) []Vacancy {
	var list []Vacancy
	at := make(map[string]int)
	for i, s := range b.slots {
		s = n.counts[i].on(s)
		if s.Left() == 0 {
			continue
		}
		d := openDay{s.Period, s.Date}
		bookable, known := open[d]
		if !known {
			p, ok := c.Period(s.Period)
			bookable = ok && p.Bookable(now, s.Date) == nil
			open[d] = bookable
		}
		if !bookable {
			continue
		}
		k, ok := at[s.Vaccine]
		if !ok {
			k = len(list)
			at[s.Vaccine] = k
			list = append(list, Vacancy{site.District, site.Code, s.Programme, s.Vaccine, 0, s.Date, s.Date})
		}
		list[k].Left += s.Left()
		list[k].Last = s.Date // slots stand by day
	}
	slices.SortFunc(list, func(a, b Vacancy) int { return c.ranks[a.Vaccine] - c.ranks[b.Vaccine] })
	return list
}
