package booking

import (
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// Catalogue is what can be booked where: an immutable snapshot, replaced as a
// whole when staff change something. Its slices and maps are shared: read only.
type Catalogue struct {
	Districts  []string // in their official order
	Programmes []clinic.Programme
	Periods    []clinic.Period // by first day
	Sites      []clinic.Site   // in order of district and place in the list

	programmes map[string]int
	vaccines   map[string]string // vaccine → programme
	ranks      map[string]int    // vaccine → its place among all
	periods    map[string]int
	sites      map[string]int
	boards     map[string]*board // live numbers by site
	slots      map[clinic.ID]seat
	recalled   map[store.Lot]bool
}

// seat says where a slot stands on its site's board.
type seat struct {
	board *board
	at    int
}

// Programme finds a programme by its code.
func (c *Catalogue) Programme(code string) (clinic.Programme, bool) {
	i, ok := c.programmes[code]
	if !ok {
		return clinic.Programme{}, false
	}
	return c.Programmes[i], true
}

// Vaccine finds a vaccine and its programme by the vaccine's code.
func (c *Catalogue) Vaccine(code string) (clinic.Programme, clinic.Vaccine, bool) {
	p, ok := c.Programme(c.vaccines[code])
	if !ok {
		return clinic.Programme{}, clinic.Vaccine{}, false
	}
	v, ok := p.Vaccine(code)
	return p, v, ok
}

// Period finds a period by its id.
func (c *Catalogue) Period(id string) (clinic.Period, bool) {
	i, ok := c.periods[id]
	if !ok {
		return clinic.Period{}, false
	}
	return c.Periods[i], true
}

// Site finds a site by its code.
func (c *Catalogue) Site(code string) (clinic.Site, bool) {
	i, ok := c.sites[code]
	if !ok {
		return clinic.Site{}, false
	}
	return c.Sites[i], true
}

// SitesIn lists the sites of a district.
func (c *Catalogue) SitesIn(district string) []clinic.Site {
	var out []clinic.Site
	for _, s := range c.Sites {
		if s.District == district {
			out = append(out, s)
		}
	}
	return out
}

// PeriodsOf lists the periods that book a programme.
func (c *Catalogue) PeriodsOf(programme string) []clinic.Period {
	var out []clinic.Period
	for _, p := range c.Periods {
		if p.Covers(programme) {
			out = append(out, p)
		}
	}
	return out
}

// Catalogue gives the present snapshot.
func (e *Engine) Catalogue() *Catalogue { return e.catalogue.Load() }

// newCatalogue indexes what was read; districts decides the sites' order.
func newCatalogue(districts []string, programmes []clinic.Programme, periods []clinic.Period, sites []clinic.Site) *Catalogue {
	c := &Catalogue{
		Districts: districts, Programmes: programmes, Periods: periods, Sites: sites,
		programmes: make(map[string]int), vaccines: make(map[string]string), ranks: make(map[string]int), periods: make(map[string]int),
		sites: make(map[string]int, len(sites)), boards: make(map[string]*board, len(sites)), slots: make(map[clinic.ID]seat), recalled: make(map[store.Lot]bool),
	}
	rank := make(map[string]int, len(districts))
	for i, d := range districts {
		rank[d] = i
	}
	slices.SortStableFunc(c.Sites, func(a, b clinic.Site) int { return rank[a.District] - rank[b.District] })
	slices.SortStableFunc(c.Periods, func(a, b clinic.Period) int { return a.First.Compare(b.First) })
	for i, p := range c.Programmes {
		c.programmes[p.Code] = i
		for _, v := range p.Vaccines {
			c.vaccines[v.Code], c.ranks[v.Code] = p.Code, len(c.ranks)
		}
	}
	for i, p := range c.Periods {
		c.periods[p.ID] = i
	}
	for i, s := range c.Sites {
		c.sites[s.Code] = i
	}
	return c
}
