package replica_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// history is what a central tells of a site between two restores.
type history struct {
	id    clinic.ID
	rows  []syncproto.Row // by sequence
	acked uint64
}

func (h *history) head() int64 { return h.rows[len(h.rows)-1].Seq }

// page is what comes after a cursor.
func (h *history) page(cursor int64, limit int) syncproto.Page {
	p := syncproto.Page{Next: h.head(), AckedSeq: h.acked, Time: replicatest.Now.UnixMilli()}
	for _, row := range h.rows {
		if row.Seq <= cursor {
			continue
		}
		if len(p.Rows) == limit {
			p.Next, p.More = p.Rows[limit-1].Seq, true
			break
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func (h *history) digest() (d syncproto.Digest) {
	for _, row := range h.rows {
		d = d.Add(row)
	}
	return d
}

func (h *history) holds(id clinic.ID) bool {
	return slices.ContainsFunc(h.rows, func(r syncproto.Row) bool { return r.Booking != nil && r.Booking.ID == id })
}

var errDied = errors.New("the program has died")

// clinicModel is one replica whose central is restored, whose line breaks and whose
// program dies, all at any moment.
type clinicModel struct {
	t     *rapid.T
	dir   string
	keys  *seal.Keyring
	r     *replica.Replica
	death string // at the next COMMIT: before it, after it, or "" for none
	all   []syncproto.Row
	at    *history
	whole map[clinic.ID]bool // whom the last history that was told to its end has
	ops   []syncproto.Op
}

func (m *clinicModel) ctx() context.Context { return context.Background() }

func (m *clinicModel) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *clinicModel) open() {
	m.death = ""
	var err error
	m.r, err = replica.Open(m.ctx(), replica.Config{Dir: m.dir, Keys: m.keys, Clock: standing, NewID: replicatest.NewID, Open: sqldb.Trial{Commit: func(commit func() error) error {
		switch m.death {
		case "before":
			return errDied
		case "after":
			return errors.Join(commit(), errDied)
		}
		return commit()
	}}.Open})
	m.must(err)
}

// try has the replica do something of which its program may die.
func (m *clinicModel) try(do func() error) {
	err := do()
	if errors.Is(err, errDied) {
		m.must(m.r.Close())
		m.open()
		return
	}
	m.must(err)
}

// restore begins a history with some of the bookings and of what the device did.
func (m *clinicModel) restore(t *rapid.T) {
	h := &history{id: replicatest.NewID(), acked: uint64(rapid.IntRange(0, len(m.ops)).Draw(t, "acked"))}
	for i, row := range m.all {
		if row.Booking != nil {
			if rapid.IntRange(0, 3).Draw(t, "lost") == 0 {
				continue
			}
			b := *row.Booking
			b.Version = rapid.Int64Range(1, 9).Draw(t, "version")
			for _, op := range m.ops {
				if op.Booking == b.ID && op.Seq <= h.acked {
					b.Events = append(b.Events, m.event(op))
				}
			}
			if rapid.Bool().Draw(t, "other") {
				b.Events = append(b.Events, syncproto.EventRow{Device: clinic.ID{0xff, byte(i)}, Epoch: 1, Op: syncproto.Op{
					Seq: 1, Kind: clinic.NoShowMarked, Booking: b.ID, Staff: rapid.SampledFrom([]string{"kiosk", "desk"}).Draw(t, "who"),
				}})
			}
			slices.SortFunc(b.Events, syncproto.CompareEvents)
			row.Booking = &b
		}
		row.Seq = int64(len(h.rows) + 1)
		h.rows = append(h.rows, row)
	}
	m.at = h
}

func (m *clinicModel) event(op syncproto.Op) syncproto.EventRow {
	id, err := m.r.Identity(m.ctx())
	m.must(err)
	return syncproto.EventRow{Device: id.Grant.Device, Epoch: id.Grant.Epoch, Op: op}
}

func (m *clinicModel) welcome() {
	head := syncproto.HashOps(syncproto.Hash{}, m.ops[:m.at.acked])
	m.try(func() error {
		return m.r.Welcome(m.ctx(), syncproto.Welcome{Version: 3, History: m.at.id, Time: replicatest.Now.UnixMilli(), AckedSeq: m.at.acked, ChainHead: head[:]})
	})
}

// greeted reports whether the replica follows the present history.
func (m *clinicModel) greeted() (replica.Position, bool) {
	p, err := m.r.Position(m.ctx())
	m.must(err)
	return p, p.History == m.at.id
}

// turn is a page; it may be the last one.
func (m *clinicModel) turn(limit int) (done bool) {
	p, ok := m.greeted()
	if !ok {
		m.welcome()
		return false
	}
	page := m.at.page(p.Cursor, limit)
	m.try(func() error { return m.r.Apply(m.ctx(), page) })
	p, _ = m.greeted()
	return p.Whole > 0 && p.Cursor == m.at.head()
}

// arrive is somebody who is on the list.
func (m *clinicModel) arrive(t *rapid.T) {
	list := m.list()
	if len(list) == 0 {
		return
	}
	b := list[rapid.IntRange(0, len(list)-1).Draw(t, "who")]
	m.try(func() error { _, err := m.r.Act(m.ctx(), b.ID, checkIn); return err })
	m.must(m.read())
}

func (m *clinicModel) read() error {
	id, err := m.r.Identity(m.ctx())
	if err != nil {
		return err
	}
	passed, err := m.r.PassOn(m.ctx(), syncproto.Heads{Heads: []syncproto.Head{{Device: id.Grant.Device, Epoch: 1}}})
	m.ops = m.ops[:0]
	for _, p := range passed.Events {
		m.ops = append(m.ops, p.Ops...)
	}
	return err
}

func (m *clinicModel) list() []clinic.Booking {
	list, err := m.r.Day(m.ctx(), replicatest.Today)
	m.must(err)
	return list
}

// check is what holds at every moment: nobody left the list who was on the last whole
// one, until the next is whole; and nothing that was done here is gone.
func (m *clinicModel) check(t *rapid.T) {
	p, greeted := m.greeted()
	list := make(map[clinic.ID]clinic.Booking)
	for _, b := range m.list() {
		list[b.ID] = b
	}
	if greeted && p.Whole > 0 {
		m.whole = make(map[clinic.ID]bool)
		for _, row := range m.at.rows {
			if row.Booking != nil {
				m.whole[row.Booking.ID] = true
			}
		}
	}
	for id := range m.whole {
		if _, there := list[id]; !there {
			t.Fatalf("%s is not on the list", id)
		}
	}
	for _, op := range m.ops {
		if b, there := list[op.Booking]; there && b.Visit().Attendance != clinic.Arrived {
			t.Fatalf("who arrived is shown as %s", b.Visit().Attendance)
		}
	}
}

// isWhole makes sure that the base is the history and nothing else.
func (m *clinicModel) isWhole(t *rapid.T) {
	buckets, err := m.r.Buckets(m.ctx(), syncproto.DayOf(replicatest.Today))
	m.must(err)
	if got := syncproto.SumOf(buckets); got != m.at.digest() {
		t.Fatal("the base is not what the history tells")
	}
	for _, b := range m.list() {
		if !m.at.holds(b.ID) && !slices.ContainsFunc(m.ops, func(op syncproto.Op) bool { return op.Booking == b.ID && op.Seq > m.at.acked }) {
			t.Fatalf("%s is on the list, and the history does not have it", b.ID)
		}
		for _, e := range b.Events {
			if e.Ref.Device != (clinic.ID{0xff, e.Ref.Device[1]}) { // of this device, which has what it did itself
				continue
			}
			row := m.at.rows[slices.IndexFunc(m.at.rows, func(r syncproto.Row) bool { return r.Booking != nil && r.Booking.ID == b.ID })]
			if !slices.ContainsFunc(row.Booking.Events, func(o syncproto.EventRow) bool { return o.Op.Event(o.Device, o.Epoch) == e }) {
				t.Fatalf("%s has an event that the history does not have", b.ID)
			}
		}
	}
}

func TestHoweverARestoredCentralIsCutOffTheListStaysAndEndsAsItsSnapshot(t *testing.T) {
	slot, _ := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	rows := []syncproto.Row{replicatest.Programme(t), slot}
	for range 5 {
		_, b := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
		b.Booking.Slot = slot.Slot.ID
		rows = append(rows, b)
	}
	seat := t.TempDir()
	if err := replicatest.Open(t, seat, standing).Close(); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.LoadOrCreate(seat)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir
	rapid.Check(t, func(t *rapid.T) {
		m := &clinicModel{t: t, dir: folder(), keys: keys, all: rows}
		m.must(os.CopyFS(m.dir, os.DirFS(seat)))
		m.open()
		defer func() { _ = m.r.Close() }()
		m.restore(t)
		for !m.turn(100) {
			continue
		}
		t.Repeat(map[string]func(*rapid.T){
			"central is restored": m.restore,
			"a page":              func(t *rapid.T) { m.turn(rapid.IntRange(1, 3).Draw(t, "rows")) },
			"somebody arrives":    m.arrive,
			"greeted again":       func(*rapid.T) { m.welcome() },
			"restarted":           func(*rapid.T) { m.must(m.r.Close()); m.open() },
			"dies at a COMMIT":    func(t *rapid.T) { m.death = rapid.SampledFrom([]string{"before", "after"}).Draw(t, "when") },
			"":                    m.check,
		})
		m.death = ""
		for !m.turn(2) {
			m.check(t)
		}
		m.isWhole(t)
	})
}
