package desk

import (
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// Filter picks the rows of one state.
type Filter int

// The filters, in the order of their buttons.
const (
	All Filter = iota
	NotArrived
	HasArrived
	Vaccinated
	Observed // the vaccinated who are to stay a while
	Deferred
	NoShow
	Cancelled
	filters
)

// FilterOf says which filter an entry belongs to; who is Observed is Vaccinated too.
func FilterOf(e reception.Entry, now time.Time) Filter {
	switch e.Visit.Attendance {
	case clinic.Vaccinated:
		if _, observed := reception.Observed(e.Visit, now); observed {
			return Observed
		}
		return Vaccinated
	case clinic.Deferred:
		return Deferred
	case clinic.Arrived:
		return HasArrived
	}
	switch {
	case !e.Booking.Active():
		return Cancelled
	case e.Visit.Attendance == clinic.NoShow:
		return NoShow
	default:
		return NotArrived
	}
}

// takes tells whether a filter shows an entry.
func (f Filter) takes(e reception.Entry, now time.Time) bool {
	of := FilterOf(e, now)
	return f == All || f == of || f == Vaccinated && of == Observed
}

// Count is one filter with how many rows it has.
type Count struct {
	Filter Filter
	Rows   int
}

// Counts lists the filters with their numbers; the rare ones only when they
// have rows or are chosen.
func (m *Model) Counts() []Count {
	var n [filters]int
	for _, e := range m.entries {
		for f := range filters {
			if f.takes(e, m.Now) {
				n[f]++
			}
		}
	}
	var out []Count
	for f := All; f < filters; f++ {
		if f <= Vaccinated || n[f] > 0 || f == m.Filter {
			out = append(out, Count{f, n[f]})
		}
	}
	return out
}

// Rows are the entries that the list shows now.
func (m *Model) Rows() []reception.Entry {
	source := m.entries
	if m.query != "" {
		source = m.found
	}
	if m.Filter == All {
		return source
	}
	var out []reception.Entry
	for _, e := range source {
		if m.Filter.takes(e, m.Now) {
			out = append(out, e)
		}
	}
	return out
}

// Waiting are the entries with something that central has not acknowledged.
func (m *Model) Waiting() []reception.Entry {
	var out []reception.Entry
	for _, e := range m.entries {
		if e.Waiting {
			out = append(out, e)
		}
	}
	return out
}

// Query gives what is searched for.
func (m *Model) Query() string { return m.query }

// Find takes what was typed into the search field.
func (m *Model) Find(query string) Order {
	if query == m.query {
		return Order{}
	}
	m.query, m.Cursor, m.toList = query, clinic.ID{}, query != ""
	if query == "" {
		m.found = nil
		return Order{}
	}
	return Order{Task: Search, Query: query}
}

// FoundRows takes the answer to a Search order; a late one is dropped.
func (m *Model) FoundRows(query string, rows []reception.Entry, err error) {
	if query != m.query {
		return
	}
	if err != nil {
		m.Failed = err
		return
	}
	m.found = rows
}

// Entries takes the answer to a Load order. The banner follows what has become
// of its booking, so that nobody is checked in on yesterday's knowledge.
func (m *Model) Entries(rows []reception.Entry, err error) Order {
	if err != nil {
		m.Failed = err
		return Order{}
	}
	m.entries, m.Loaded, m.Failed = rows, true, nil
	m.follow()
	if m.query != "" {
		return Order{Task: Search, Query: m.query}
	}
	return Order{}
}

func (m *Model) follow() {
	b := m.Banner
	if b.Kind != Found || b.Busy || b.Finding.Entry == nil {
		return
	}
	for _, e := range m.entries {
		if e.Booking.ID != b.Booking() {
			continue
		}
		f := m.judge(e)
		f.Person = b.Finding.Person
		if f.Code != b.Finding.Code {
			b.Finding = f
			m.show(b)
		}
		return
	}
}

// Move sets the cursor some rows further and gives its row number, or -1 for an
// empty list.
func (m *Model) Move(by int) int {
	rows := m.Rows()
	if len(rows) == 0 {
		return -1
	}
	at := -1
	for i, e := range rows {
		if e.Booking.ID == m.Cursor {
			at = i
		}
	}
	switch {
	case at < 0 && by > 0:
		at = 0
	case at < 0:
		at = len(rows) - 1
	default:
		at = min(max(at+by, 0), len(rows)-1)
	}
	m.Cursor, m.toList = rows[at].Booking.ID, true
	return at
}
