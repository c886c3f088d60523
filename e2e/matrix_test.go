package e2e_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
)

// TestTheConflictsBetweenProcesses plays the conflicts that an offline clinic can come to
// with real programs over HTTP, each row by its number in central/booking's own test of
// them. Those come last that restore central (18, 19) or move every clock (13).
func TestTheConflictsBetweenProcesses(t *testing.T) {
	m := newMatrix(t)
	for _, row := range []struct {
		name string
		play func(*matrix)
	}{
		{"01 cancelled online, checked in offline", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.arrives(m.desk, b)
			if s := m.online(b, "cancel"); s != http.StatusOK {
				m.t.Fatalf("cancelled with %d", s)
			}
			m.mend()
			m.became(b.ID, clinic.Arrived, "CANCELLED_THEN_ARRIVED")
			m.shown(m.other, b.ID, clinic.Arrived)
		}},
		{"02 two devices check the same person in", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.arrives(m.desk, b)
			m.arrives(m.other, b)
			m.mend()
			m.became(b.ID, clinic.Arrived, "", "ALREADY_ARRIVED")
		}},
		{"03 two desks record a vaccination", func(m *matrix) {
			same, twice := m.next(0), m.next(0)
			m.cut()
			m.says(m.desk, draft{Booking: same.ID, Kind: clinic.VaccineGiven, Lot: "L1"})
			m.says(m.other, draft{Booking: same.ID, Kind: clinic.VaccineGiven, Lot: "L1"})
			m.says(m.desk, draft{Booking: twice.ID, Kind: clinic.VaccineGiven, Lot: "L1"})
			m.says(m.other, draft{Booking: twice.ID, Kind: clinic.VaccineGiven, Lot: "L2"})
			m.mend()
			m.became(same.ID, clinic.Vaccinated, "", "SAME_DOSE")
			m.became(twice.ID, clinic.Vaccinated, "", "POSSIBLE_DOUBLE_DOSE")
		}},
		{"04 a walk-in taken offline, the last place booked online", func(m *matrix) {
			b := m.next(0)
			m.cut()
			here := m.walksIn(m.desk, m.stranger(b).walkIn(b.Slot))
			m.fill(b)
			m.mend()
			m.became(here, clinic.NotArrived, "OVER_CAP") // the bound of this city's sites is 0: people decide
			m.decide(here, "admit")
			m.became(here, clinic.Arrived, "OVERFLOW")
			m.became(b.ID, clinic.NotArrived)
		}},
		{"05 a lease forced back while it is used offline", func(m *matrix) {
			b := m.next(0)
			device, lease := m.leases(m.desk, b.Slot)
			m.cut()
			here := m.walksIn(m.desk, m.stranger(b).walkIn(b.Slot))
			m.form(fmt.Sprintf("/staff/devices/%s/leases/%s/take-back", device, lease))
			m.fill(b) // the place that was taken back among them
			m.mend()
			m.became(here, clinic.NotArrived, "OVER_CAP")
			m.decide(here, "admit")
			m.became(here, clinic.Arrived, "OVERFLOW")
			m.became(b.ID, clinic.NotArrived)
		}},
		{"06 a walk-in who has a booking here that day", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.walksIn(m.desk, b.walkIn(b.Slot))
			m.mend()
			m.became(b.ID, clinic.Arrived, "HAS_BOOKING")
		}},
		{"07 a walk-in who has a booking on another day", func(m *matrix) {
			b := m.next(0)
			m.cut()
			here := m.walksIn(m.desk, b.walkIn(m.slots(b, m.sites[0])[0]))
			m.says(m.desk, draft{Booking: here, Kind: clinic.VaccineGiven, Lot: "L1"})
			m.mend()
			m.became(here, clinic.Vaccinated, "BOOKED_ELSEWHERE", "OTHER_RELEASED")
			m.became(b.ID, clinic.NotArrived)
			if n := m.count(fmt.Sprintf("SELECT COUNT(*) FROM notice n JOIN booking b ON b.id = n.booking WHERE b.cancelled > 0 AND n.kind = 'released' AND n.booking = x'%x'", b.ID[:])); n != 1 {
				m.t.Errorf("%d notices for who had the other booking", n)
			}
		}},
		{"08 the same new person at two sites", func(m *matrix) {
			gone := m.next(0) // whose number is nobody's after this
			if s := m.online(gone, "cancel"); s != http.StatusOK {
				m.t.Fatalf("cancelled with %d", s)
			}
			there := m.slots(gone, m.sites[1])
			m.cut()
			here := m.walksIn(m.desk, gone.walkIn(m.slots(gone, m.sites[0])[0]))
			far := m.walksIn(m.far, gone.walkIn(there[0]))
			m.mend()
			n := m.count(fmt.Sprintf("SELECT COUNT(*) FROM event WHERE code = 'BOOKED_ELSEWHERE' AND booking IN (x'%x', x'%x')", here[:], far[:]))
			if people := m.count(fmt.Sprintf("SELECT COUNT(DISTINCT person) FROM booking WHERE id IN (x'%x', x'%x')", here[:], far[:])); n != 1 || people != 1 {
				m.t.Errorf("%d are flagged, of %d people", n, people)
			}
		}},
		{"09 moved online to another site, checked in at the old one", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.arrives(m.desk, b)
			m.moves(b, m.sites[1])
			m.mend()
			m.became(b.ID, clinic.Arrived, "MOVED_THEN_ARRIVED")
			m.shown(m.other, b.ID, clinic.Arrived)
			m.far.until("it gone again", 30*time.Second, func(h heard) bool {
				return !slices.ContainsFunc(h.Bookings, func(o deviceBooking) bool { return o.ID == b.ID })
			})
		}},
		{"10 no-show at one device, check-in at the other", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.says(m.desk, draft{Booking: b.ID, Kind: clinic.NoShowMarked})
			m.arrives(m.other, b)
			m.mend()
			m.became(b.ID, clinic.Arrived, "", "")
			m.shown(m.desk, b.ID, clinic.Arrived)
		}},
		{"11 a command on something changed online", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.says(m.desk, draft{Booking: b.ID, Kind: clinic.CancelAsked})
			to := m.moves(b, m.sites[0])
			m.mend()
			m.became(b.ID, clinic.NotArrived, "STALE")
			m.desk.until("it where the citizen moved it", 30*time.Second, func(h heard) bool {
				return slices.ContainsFunc(h.Bookings, func(o deviceBooking) bool { return o.ID == b.ID && o.Slot == to })
			})
		}},
		{"12 contact data edited on both sides", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.says(m.desk, draft{Booking: b.ID, Kind: clinic.ContactAsked, Name: "王大明", Mobile: "0911000111"})
			if s := m.online(b, "phones", "mobile", "0922000222"); s != http.StatusOK {
				m.t.Fatalf("the phone is changed with %d", s)
			}
			m.mend()
			m.became(b.ID, clinic.NotArrived, "PARTLY")
			for field, citizen := range map[string]int{"name": 0, "mobile": 1} {
				if n := m.count(fmt.Sprintf("SELECT COUNT(*) FROM corrected WHERE booking = x'%x' AND field = '%s' AND citizen = %d", b.ID[:], field, citizen)); n != 1 {
					m.t.Errorf("who is right about the %s: %d", field, n)
				}
			}
		}},
		{"14 a device revoked while offline", func(m *matrix) {
			b, never := m.next(0), m.next(0)
			lost := m.enrolAt(m.sites[0])
			id := m.lastDevice()
			m.cut()
			m.arrives(lost, b)
			m.arrives(lost, never)
			m.form("/staff/devices/" + id.String() + "/revoke")
			m.mend()
			lost.until("its events handed in", 30*time.Second, func(h heard) bool { return h.Pending == 0 })
			m.became(b.ID, clinic.NotArrived, "QUARANTINED")
			m.decide(b.ID, "count")
			m.decide(never.ID, "dismiss", "reason", "unreal")
			m.became(b.ID, clinic.Arrived, "")
			m.became(never.ID, clinic.NotArrived, "DISMISSED")
			m.shown(m.other, b.ID, clinic.Arrived)
			m.shown(m.other, never.ID, clinic.NotArrived)
		}},
		{"15 a device's clock wrong by years", func(m *matrix) {
			b := m.next(0)
			m.cut()
			m.other.again(-9 * 365 * 24 * time.Hour)
			m.arrives(m.other, b)
			m.mend()
			m.became(b.ID, clinic.Arrived, "CLOCK")
			m.other.again(0)
		}},
		{"16 an answer lost and the batch sent again", func(m *matrix) {
			b := m.next(0)
			m.agree() // the line goes bad while nobody is in the middle of a round
			_, err := m.cables[0].Toxics.AddToxicJson(strings.NewReader(`{"name":"t","type":"timeout","stream":"downstream","attributes":{"timeout":0}}`))
			m.must(err)
			m.arrives(m.desk, b)
			m.other.until("it from central", 30*time.Second, func(h heard) bool {
				return slices.ContainsFunc(h.Bookings, func(o deviceBooking) bool { return o.ID == b.ID && o.Attendance == "arrived" })
			})
			m.cables[0].Toxics.ResetToxics(m.t.Context())
			m.mend()
			m.became(b.ID, clinic.Arrived, "")
		}},
		{"17 a disk cloned", func(m *matrix) {
			one, two := m.next(0), m.next(0)
			first := m.enrolAt(m.sites[0])
			id := m.lastDevice()
			first.kill()
			clone := m.device(first.central)
			m.must(exec.CommandContext(m.t.Context(), "cp", "-a", first.dir, clone.dir).Run())
			m.cut()
			first.start()
			clone.start()
			m.arrives(first, one)
			m.arrives(clone, two)
			clone.kill()
			m.mend()
			first.until("all told", 30*time.Second, func(h heard) bool { return h.Pending == 0 })
			clone.start()
			clone.until("the clone shut out", 30*time.Second, func(heard) bool {
				return m.count(fmt.Sprintf("SELECT COUNT(*) FROM device WHERE fenced > 0 AND id = x'%x'", id[:])) == 1
			})
			h, err := clone.tell("look", "")
			m.must(err)
			if h.Pending != 1 {
				m.t.Errorf("the clone keeps %d events", h.Pending)
			}
			m.became(one.ID, clinic.Arrived, "")
			m.became(two.ID, clinic.NotArrived)
		}},
		{"20 recorded in error", func(m *matrix) {
			b := m.next(0)
			m.arrives(m.desk, b)
			m.shown(m.other, b.ID, clinic.Arrived)
			m.cut()
			m.says(m.desk, draft{Booking: b.ID, Kind: clinic.EventVoided})
			m.mend()
			m.became(b.ID, clinic.NotArrived, "", "")
			m.shown(m.other, b.ID, clinic.NotArrived)
		}},
		{"18 central restored from a backup", func(m *matrix) {
			before, lost := m.next(0), m.next(0)
			m.arrives(m.desk, before)
			m.shown(m.other, before.ID, clinic.Arrived)
			backup := m.backup()
			m.arrives(m.desk, lost)
			m.says(m.far, draft{Booking: m.next(1).ID, Kind: clinic.NoShowMarked})
			m.shown(m.other, lost.ID, clinic.Arrived)
			m.mend()
			m.restore(backup)
			m.became(lost.ID, clinic.NotArrived)
			m.desk.until("it handed in again", time.Minute, func(heard) bool { return slices.Equal(m.codes(lost.ID), []string{""}) })
			m.became(before.ID, clinic.Arrived, "")
			m.became(lost.ID, clinic.Arrived, "")
			m.mend()
			m.agree()
			m.shown(m.other, lost.ID, clinic.Arrived)
		}},
		{"19 an event for a booking that central does not know", func(m *matrix) {
			backup := m.backup()
			shot := m.book(1)[0]
			b := m.bookedBy(shot)
			here := m.desk
			if m.siteOf(b.ID) == m.sites[1] {
				here = m.far
			}
			m.shown(here, b.ID, clinic.NotArrived)
			m.cut()
			m.arrives(here, b)
			m.restore(backup)
			m.mend()
			if codes := m.codes(b.ID); !slices.Equal(codes, []string{"ORPHAN"}) || m.siteOf(b.ID) != "" {
				m.t.Fatalf("the arrival of nobody is %q", codes)
			}
			r, err := m.Target().Flood(m.t.Context(), 1, []*load.Shot{shot}) // the citizen's page sends it again
			m.must(err)
			if r.Booked.Load() != 1 {
				m.t.Fatal("it can't be booked again")
			}
			m.became(b.ID, clinic.Arrived, "LINKED")
			m.shown(here, b.ID, clinic.Arrived)
		}},
		{"13 a session closed and a lot recalled while offline", func(m *matrix) {
			b := m.next(0)
			m.cut()
			day := m.after(b)
			m.form("/staff/close-day", "site", m.sites[0], "date", day)
			m.form("/staff/lots", "vaccine", m.vaccineOf(b), "lot", "l-13", "sure", "1")
			m.arrives(m.desk, b)
			m.says(m.desk, draft{Booking: b.ID, Kind: clinic.VaccineGiven, Lot: "L-13"})
			m.mend()
			m.became(b.ID, clinic.Vaccinated, "", "AFTER_CLOSURE", "RECALLED_LOT")
			m.shown(m.desk, b.ID, clinic.Vaccinated)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m.t, m.town.t = t, t
			cables := m.cables
			defer func() { m.cables = cables }() // those of the row's own devices end with it
			row.play(m)
		})
	}
	m.t, m.town.t = t, t
}
