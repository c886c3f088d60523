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
	counts []count
	seq    int64 // the site's feed at that moment

	mu   sync.Mutex
	day  clinic.Date // the view leaves out earlier days
	body []byte
	gz   []byte
	etag string
}

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
		s = n.counts[i].on(s)
		view.Slots = append(view.Slots, offer{s.ID, s.Period, s.Vaccine, s.Date, s.Start, s.End, s.Capacity, s.Held, s.Left()})
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
