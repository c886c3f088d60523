package booking

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ezhitong.tw/clinic"
)

// board shows a site's slots. Its slots never change; the numbers beside them
// are replaced by the writer after each commit that touched the site.
type board struct {
	site  string
	slots []clinic.Slot // Taken is not kept here
	now   atomic.Pointer[numbers]

	writing sync.Mutex
	view    atomic.Pointer[view]
}

// numbers are what is taken of a board's slots at one moment.
type numbers struct {
	counts []count
	seq    int64 // the site's feed at that moment
	change int   // rises with every change of counts
}

// view is what the public sees of a board, written at the first request for it.
type view struct {
	change int // numbers.change
	made   time.Time
	day    clinic.Date // it leaves out earlier days
	body   []byte
	gz     []byte
	etag   string
}

// viewAge is how old a view may be while the numbers change. In a rush they change
// with every batch, and writing a view takes longer than serving it a hundred times;
// who books is told by the writer, not by a view.
const viewAge = time.Second

// count is what is gone of a slot: booked, held, kept for walk-ins.
type count struct{ taken, held, walkIn, leased int32 }

func (c count) on(s clinic.Slot) clinic.Slot {
	s.Taken, s.Held, s.WalkIn = int(c.taken), int(c.held), int(c.walkIn)
	return s
}

func (b *board) slot(i int) clinic.Slot {
	return b.now.Load().counts[i].on(b.slots[i])
}

// Slots lists a site's slots with what is taken of them now, by day and time;
// only those of one vaccine unless vaccine is empty. Past days are among them.
func (e *Engine) Slots(site, vaccine string) []clinic.Slot {
	b, ok := e.Catalogue().boards[site]
	if !ok {
		return nil
	}
	counts := b.now.Load().counts
	var out []clinic.Slot
	for i, s := range b.slots {
		if vaccine == "" || s.Vaccine == vaccine {
			out = append(out, counts[i].on(s))
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
	Held     int              `json:"held"` // by people who are filling in their data
	Left     int              `json:"left"`
}

// Availability gives a site's slots from today on as JSON
//
//	{"site": "3536010013", "slots": [{"id", "period", "vaccine", "date", "start", "end", "capacity", "held", "left"}, …]}
//
// the same gzipped, and its entity tag with the quotes. It is written at most once
// after a change and once in viewAge, not for every request. ok is false for an
// unknown site.
func (e *Engine) Availability(site string) (body, gz []byte, etag string, ok bool) {
	b, ok := e.Catalogue().boards[site]
	if !ok {
		return nil, nil, "", false
	}
	v, err := b.see(e.clock())
	if err != nil {
		e.log.Error("write availability", "site", site, "error", err)
		return nil, nil, "", false
	}
	return v.body, v.gz, v.etag, true
}

// see gives the present view, or one that is young enough.
func (b *board) see(now time.Time) (*view, error) {
	n, day := b.now.Load(), clinic.DateOf(now)
	if v := b.view.Load(); v.serves(n, day, now) {
		return v, nil
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	if v := b.view.Load(); v.serves(n, day, now) { // somebody was faster
		return v, nil
	}
	v, err := b.write(b.now.Load(), day, now)
	if err == nil {
		b.view.Store(v)
	}
	return v, err
}

func (v *view) serves(n *numbers, day clinic.Date, now time.Time) bool {
	return v != nil && v.day == day && (v.change == n.change || now.Sub(v.made).Abs() < viewAge)
}

func (b *board) write(n *numbers, today clinic.Date, now time.Time) (*view, error) {
	shown := struct {
		Site  string  `json:"site"`
		Slots []offer `json:"slots"`
	}{b.site, make([]offer, 0, len(b.slots))}
	for i, s := range b.slots {
		if s.Date.Before(today) {
			continue
		}
		s = n.counts[i].on(s)
		shown.Slots = append(shown.Slots, offer{s.ID, s.Period, s.Vaccine, s.Date, s.Start, s.End, s.Capacity, s.Held, s.Left()})
	}
	body, err := json.Marshal(shown)
	if err != nil {
		return nil, fmt.Errorf("encode slots: %w", err)
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("pack slots: %w", err)
	}
	if _, err := zip.Write(body); err != nil {
		return nil, fmt.Errorf("pack slots: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("pack slots: %w", err)
	}
	sum := sha256.Sum256(body)
	return &view{n.change, now, today, body, packed.Bytes(), `"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}
