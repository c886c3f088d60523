package booking

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"ezhitong.tw/clinic"
)

// board shows a site's slots. Its slots never change; the numbers beside them
// are replaced by the writer after each commit that touched the site.
type board struct {
	site  string
	slots []clinic.Slot // Taken is not kept here
	now   atomic.Pointer[numbers]
}

// numbers are what is taken of a board's slots at one moment, and the public's
// view of it, which is written at the first request for it.
type numbers struct {
	taken []int32
	seq   int64 // the site's feed at that moment

	mu   sync.Mutex
	day  clinic.Date // the view leaves out earlier days
	body []byte
	gz   []byte
	etag string
}

func (b *board) slot(i int) clinic.Slot {
	s := b.slots[i]
	s.Taken = int(b.now.Load().taken[i])
	return s
}

// Slots lists a site's slots with what is taken of them now, by day and time;
// only those of one vaccine unless vaccine is empty. Past days are among them.
func (e *Engine) Slots(site, vaccine string) []clinic.Slot {
	b, ok := e.Catalogue().boards[site]
	if !ok {
		return nil
	}
	taken := b.now.Load().taken
	var out []clinic.Slot
	for i, s := range b.slots {
		if vaccine == "" || s.Vaccine == vaccine {
			s.Taken = int(taken[i])
			out = append(out, s)
		}
	}
	return out
}

// Slot finds a slot with what is taken of it now.
func (e *Engine) Slot(id clinic.ID) (clinic.Slot, bool) {
	s, ok := e.Catalogue().slots[id]
	if !ok {
		return clinic.Slot{}, false
	}
	return s.board.slot(s.at), true
}

// offer is how a slot stands in Availability.
type offer struct {
	ID       clinic.ID        `json:"id"`
	Period   string           `json:"period"`
	Vaccine  string           `json:"vaccine"`
	Date     clinic.Date      `json:"date"`
	Start    clinic.TimeOfDay `json:"start"`
	End      clinic.TimeOfDay `json:"end"`
	Capacity int              `json:"capacity"`
	Left     int              `json:"left"`
}

// Availability gives a site's slots from today on as JSON
//
//	{"site": "3536010013", "slots": [{"id", "period", "vaccine", "date", "start", "end", "capacity", "left"}, …]}
//
// the same gzipped, and its entity tag with the quotes. It is written once
// after a change, not for every request. ok is false for an unknown site.
func (e *Engine) Availability(site string) (body, gz []byte, etag string, ok bool) {
	b, ok := e.Catalogue().boards[site]
	if !ok {
		return nil, nil, "", false
	}
	n := b.now.Load()
	today := clinic.DateOf(e.clock())
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.body == nil || n.day != today {
		if err := n.encode(b, today); err != nil {
			e.log.Error("write availability", "site", site, "error", err)
			return nil, nil, "", false
		}
	}
	return n.body, n.gz, n.etag, true
}

func (n *numbers) encode(b *board, today clinic.Date) error {
	view := struct {
		Site  string  `json:"site"`
		Slots []offer `json:"slots"`
	}{b.site, make([]offer, 0, len(b.slots))}
	for i, s := range b.slots {
		if s.Date.Before(today) {
			continue
		}
		s.Taken = int(n.taken[i])
		view.Slots = append(view.Slots, offer{s.ID, s.Period, s.Vaccine, s.Date, s.Start, s.End, s.Capacity, s.Left()})
	}
	body, err := json.Marshal(view)
	if err != nil {
		return fmt.Errorf("encode slots: %w", err)
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("pack slots: %w", err)
	}
	if _, err := zip.Write(body); err != nil {
		return fmt.Errorf("pack slots: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("pack slots: %w", err)
	}
	sum := sha256.Sum256(body)
	n.day, n.body, n.gz, n.etag = today, body, packed.Bytes(), `"`+hex.EncodeToString(sum[:12])+`"`
	return nil
}

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

type vacancyCache struct {
	mu      sync.Mutex
	version int64
	minute  int64
	list    []Vacancy
}

// Vacancies answers 'where is vaccine left now': every site and vaccine with a
// place that may be booked at this moment, in the catalogue's order. The slice
// is shared: read only.
func (e *Engine) Vacancies() []Vacancy {
	now := e.clock()
	c := e.Catalogue()
	v := &e.vacancies
	v.mu.Lock()
	defer v.mu.Unlock()
	version, minute := e.version.Load(), now.Unix()/60
	if v.list != nil && v.version == version && v.minute == minute {
		return v.list
	}
	type day struct {
		period string
		date   clinic.Date
	}
	open := make(map[day]bool)
	list := []Vacancy{}
	for _, site := range c.Sites {
		b := c.boards[site.Code]
		taken := b.now.Load().taken
		begin, at := len(list), make(map[string]int)
		for i, s := range b.slots {
			s.Taken = int(taken[i])
			if s.Left() == 0 {
				continue
			}
			d := day{s.Period, s.Date}
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
		slices.SortFunc(list[begin:], func(a, b Vacancy) int { return c.ranks[a.Vaccine] - c.ranks[b.Vaccine] })
	}
	v.version, v.minute, v.list = version, minute, list
	return list
}
