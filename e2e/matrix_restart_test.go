package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
)

// bookedBy reads the booking that a request asks for.
func (m *matrix) bookedBy(s *load.Shot) (b booked) {
	m.t.Helper()
	_, body, _ := bytes.Cut(s.Raw(), []byte("\r\n\r\n"))
	m.must(json.Unmarshal(body, &b))
	return b
}

// siteOf is where central has a booking; empty where it has none.
func (m *matrix) siteOf(booking clinic.ID) (site string) {
	m.t.Helper()
	m.rows(fmt.Sprintf("SELECT site FROM booking WHERE id = x'%x'", booking[:]), func(scan func(...any) error) error { return scan(&site) })
	return site
}

// vaccineOf is the vaccine of a booking's slot.
func (m *matrix) vaccineOf(b booked) (vaccine string) {
	m.t.Helper()
	m.rows(fmt.Sprintf("SELECT vaccine FROM slot WHERE id = x'%x'", b.Slot[:]), func(scan func(...any) error) error { return scan(&vaccine) })
	return vaccine
}

// leases has a device ask for a place of a slot, and waits until it has the lease.
func (m *matrix) leases(u *unit, slot clinic.ID) (device, lease clinic.ID) {
	m.t.Helper()
	_, err := u.tell("hold", slot.String())
	m.must(err)
	u.until("a lease", 30*time.Second, func(heard) bool {
		m.rows(fmt.Sprintf("SELECT device, id FROM lease WHERE state = 'live' AND slot = x'%x'", slot[:]), func(scan func(...any) error) error {
			var of, id []byte
			err := scan(&of, &id)
			device, lease = clinic.ID(of), clinic.ID(id)
			return err
		})
		return !lease.IsZero()
	})
	return device, lease
}

// backup copies central's data folder, as its operator would at night.
func (m *matrix) backup() (folder string) {
	m.t.Helper()
	m.must(m.Stop())
	folder = filepath.Join(m.t.TempDir(), "backup")
	m.must(exec.CommandContext(m.t.Context(), "cp", "-a", m.Data, folder).Run())
	m.up()
	return folder
}

// restore loses central's data and puts a backup in its place.
func (m *matrix) restore(backup string) {
	m.t.Helper()
	m.Kill()
	m.must(os.RemoveAll(m.Data))
	m.must(exec.CommandContext(m.t.Context(), "cp", "-a", backup, m.Data).Run())
	out, err := exec.CommandContext(m.t.Context(), filepath.Join(programs, "central"), "restored", "--data", m.Data).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%v: %s", err, out)
	}
	m.up()
}

func (m *matrix) up() {
	m.t.Helper()
	m.must(m.Start(m.t.Context()))
	m.login()
}

// agree waits until every device has compared its rows with central's, after all was
// told, and found none that differ.
func (m *matrix) agree() {
	m.t.Helper()
	now := time.Now().UnixMilli()
	for _, u := range []*unit{m.desk, m.other, m.far} {
		u.until("central's rows", time.Minute, func(heard) bool {
			return m.count(fmt.Sprintf("SELECT COUNT(*) FROM device_status WHERE pulled > %d AND NOT diverged", now)) == 3
		})
	}
}

// after moves every clock to the hour after a booking's session, with the cables cut,
// and gives its day.
func (m *matrix) after(b booked) (day string) {
	m.t.Helper()
	var end int
	m.rows(fmt.Sprintf("SELECT day, ends FROM slot WHERE id = x'%x'", b.Slot[:]), func(scan func(...any) error) error { return scan(&day, &end) })
	of, err := clinic.ParseDate(day)
	m.must(err)
	off := time.Until(of.At(clinic.TimeOfDay(end)).Add(time.Hour))
	m.must(m.Stop())
	m.must(os.WriteFile(m.Clock, []byte(off.String()), 0o600))
	m.up()
	for _, u := range []*unit{m.desk, m.other, m.far} {
		u.again(off)
	}
	return day
}
