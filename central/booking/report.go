package booking

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// Count says how many places there are and what became of their bookings.
// Booked are all that stand; the ones after it are part of Booked.
type Count struct {
	District  string `json:"district"`
	Site      string `json:"site,omitempty"`
	Programme string `json:"programme"`
	Vaccine   string `json:"vaccine"`
	Capacity  int    `json:"capacity"`
	Booked    int    `json:"booked"`
	Arrived   int    `json:"arrived"` // and not further yet
	Given     int    `json:"vaccinated"`
	Deferred  int    `json:"deferred"`
	NoShow    int    `json:"no_show"`
	Cancelled int    `json:"cancelled"`
}

func (c *Count) add(t store.Tally) {
	if t.Cancelled {
		c.Cancelled += t.Count
		return
	}
	c.Booked += t.Count
	switch t.Attendance {
	case clinic.Arrived:
		c.Arrived += t.Count
	case clinic.Vaccinated:
		c.Given += t.Count
	case clinic.Deferred:
		c.Deferred += t.Count
	case clinic.NoShow:
		c.NoShow += t.Count
	}
}

// CountsBySite counts by site and vaccine, in the catalogue's order, also those
// that nobody booked. The filter's Limit, After, State and Show do not matter.
func (e *Engine) CountsBySite(ctx context.Context, f Filter) ([]Count, error) {
	f.State, f.After = AnyState, nil
	w, err := f.where()
	if err != nil {
		return nil, err
	}
	tallies, err := store.Tallies(ctx, e.store.Reader(), w, store.ByNothing)
	if err != nil {
		return nil, err
	}
	type key struct{ site, vaccine string }
	at := make(map[key]int)
	c := e.Catalogue()
	var out []Count
	for _, site := range c.Sites {
		begin := len(out)
		if !f.Actor.Scope.Covers(site) || w.Site != "" && w.Site != site.Code || w.District != "" && w.District != site.District {
			continue
		}
		for _, s := range c.boards[site.Code].slots {
			if f.Programme != "" && f.Programme != s.Programme || f.Vaccine != "" && f.Vaccine != s.Vaccine || f.Period != "" && f.Period != s.Period ||
				!f.From.IsZero() && s.Date.Before(f.From) || !f.To.IsZero() && s.Date.After(f.To) {
				continue
			}
			k := key{site.Code, s.Vaccine}
			i, ok := at[k]
			if !ok {
				i = len(out)
				at[k] = i
				out = append(out, Count{District: site.District, Site: site.Code, Programme: s.Programme, Vaccine: s.Vaccine})
			}
			out[i].Capacity += s.Capacity
		}
		slices.SortFunc(out[begin:], func(a, b Count) int { return c.ranks[a.Vaccine] - c.ranks[b.Vaccine] })
	}
	for i, n := range out {
		at[key{n.Site, n.Vaccine}] = i
	}
	for _, t := range tallies {
		if i, ok := at[key{t.Site, t.Vaccine}]; ok {
			out[i].add(t)
		}
	}
	return out, nil
}

// CountsByDistrict counts by district and vaccine, in the districts' order.
func (e *Engine) CountsByDistrict(ctx context.Context, f Filter) ([]Count, error) {
	sites, err := e.CountsBySite(ctx, f)
	if err != nil {
		return nil, err
	}
	type key struct{ district, vaccine string }
	at := make(map[key]int)
	var out []Count
	for _, c := range sites {
		k := key{c.District, c.Vaccine}
		i, ok := at[k]
		if !ok {
			at[k] = len(out)
			c.Site = ""
			out = append(out, c)
			continue
		}
		o := &out[i]
		o.Capacity += c.Capacity
		o.Booked += c.Booked
		o.Arrived += c.Arrived
		o.Given += c.Given
		o.Deferred += c.Deferred
		o.NoShow += c.NoShow
		o.Cancelled += c.Cancelled
	}
	return out, nil
}

// AgeCount says how many bookings of a vaccine stand for people of an age, in
// whole years on the day.
type AgeCount struct {
	Vaccine string `json:"vaccine"`
	Age     int    `json:"age"`
	Count   int    `json:"count"`
}

// CountsByAge counts by vaccine and year of age.
func (e *Engine) CountsByAge(ctx context.Context, f Filter) ([]AgeCount, error) {
	sums, err := e.sums(ctx, f, store.ByAge)
	if err != nil {
		return nil, err
	}
	out := make([]AgeCount, 0, len(sums))
	for k, n := range sums {
		age, err := strconv.Atoi(k.key)
		if err != nil {
			return nil, err
		}
		out = append(out, AgeCount{k.vaccine, age, n})
	}
	slices.SortFunc(out, func(a, b AgeCount) int { return cmp.Or(cmp.Compare(a.Vaccine, b.Vaccine), cmp.Compare(a.Age, b.Age)) })
	return out, nil
}

// TimeCount says how many bookings of a vaccine stand for a day or a month.
type TimeCount struct {
	Vaccine string `json:"vaccine"`
	Time    string `json:"time"` // 2026-11 or 2026-11-24
	Count   int    `json:"count"`
}

// CountsByMonth counts by month of the vaccination.
func (e *Engine) CountsByMonth(ctx context.Context, f Filter) ([]TimeCount, error) {
	return e.countsByTime(ctx, f, store.ByMonth)
}

// CountsByDay counts by day of the vaccination.
func (e *Engine) CountsByDay(ctx context.Context, f Filter) ([]TimeCount, error) {
	return e.countsByTime(ctx, f, store.ByDay)
}

func (e *Engine) countsByTime(ctx context.Context, f Filter, key string) ([]TimeCount, error) {
	sums, err := e.sums(ctx, f, key)
	if err != nil {
		return nil, err
	}
	out := make([]TimeCount, 0, len(sums))
	for k, n := range sums {
		out = append(out, TimeCount{k.vaccine, k.key, n})
	}
	slices.SortFunc(out, func(a, b TimeCount) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Vaccine, b.Vaccine))
	})
	return out, nil
}

type sumKey struct{ vaccine, key string }

func (e *Engine) sums(ctx context.Context, f Filter, key string) (map[sumKey]int, error) {
	f.After = nil
	if f.State == AnyState {
		f.State = StateActive
	}
	w, err := f.where()
	if err != nil {
		return nil, err
	}
	tallies, err := store.Tallies(ctx, e.store.Reader(), w, key)
	if err != nil {
		return nil, err
	}
	out := make(map[sumKey]int)
	for _, t := range tallies {
		out[sumKey{t.Vaccine, t.Key}] += t.Count
	}
	return out, nil
}

// Arrivals counts by site what became of one day's bookings so far.
func (e *Engine) Arrivals(ctx context.Context, actor Actor, day clinic.Date) ([]Count, error) {
	return e.CountsBySite(ctx, Filter{Actor: actor, From: day, To: day})
}
