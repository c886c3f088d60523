package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
)

// matrix is a central and devices, every one a process, and what is booked there.
// Desk and other stand at one site, far at another; each has a cable of its own.
type matrix struct {
	*town
	t                *testing.T // of the row that is played
	cables           []*toxiproxy.Proxy
	desk, other, far *unit
	booked           map[string][]booked // by site, those that nobody has used yet
	sites            [2]string
	office           *http.Client
	password         string // of the bureau
}

// booked is a booking as the citizen knows it.
type booked struct {
	ID       clinic.ID   `json:"id"`
	Slot     clinic.ID   `json:"slot"`
	Dose     string      `json:"dose"`
	IDNumber string      `json:"id_number"`
	Birth    clinic.Date `json:"birth"`
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{town: startTownOf(t, 2), t: t, booked: make(map[string][]booked)}
	of := make(map[clinic.ID]string)
	shots := m.book(80)
	m.rows("SELECT id, site FROM booking ORDER BY id", func(scan func(...any) error) error {
		var id []byte
		var site string
		err := scan(&id, &site)
		of[clinic.ID(id)] = site
		return err
	})
	for _, s := range shots {
		b := m.bookedBy(s)
		m.booked[of[b.ID]] = append(m.booked[of[b.ID]], b)
	}
	for site := range m.booked {
		m.sites[1] = max(m.sites[1], site)
		if m.sites[0] == "" || site < m.sites[0] {
			m.sites[0] = site
		}
	}
	if len(m.booked) != 2 {
		t.Fatalf("booked at %d sites", len(m.booked))
	}
	m.desk, m.other, m.far = m.enrolAt(m.sites[0]), m.enrolAt(m.sites[0]), m.enrolAt(m.sites[1])
	jar, err := cookiejar.New(nil)
	m.must(err)
	m.office = &http.Client{Jar: jar, Timeout: 20 * time.Second}
	a, err := console.AddAccount(t.Context(), m.Data, account.NewAccount{Name: "bureau", Display: "林志萱", Role: account.Bureau})
	m.must(err)
	m.password = a.Password
	m.login()
	return m
}

// login lets the bureau in, anew after a restart of central.
func (m *matrix) login() {
	m.t.Helper()
	m.form("/staff/login", "name", "bureau", "password", m.password)
}

// enrolAt makes a device at a site that holds what is booked there.
func (m *matrix) enrolAt(site string) *unit {
	m.t.Helper()
	m.site = site
	cable := m.cable()
	u := m.device("http://" + cable.Listen)
	u.start()
	u.enrol()
	u.until("a booking", time.Minute, func(h heard) bool { return len(h.Bookings) > 0 })
	m.cables = append(m.cables, cable)
	return u
}

// form posts a form at the staff door.
func (m *matrix) form(path string, pairs ...string) {
	m.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	answer, err := m.office.PostForm(m.Target().URL()+path, form)
	m.must(err)
	m.must(answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		m.t.Fatalf("%s: %s", path, answer.Status)
	}
}

// online asks for something as the citizen of a booking; it gives the status.
func (m *matrix) online(b booked, path string, more ...string) int {
	m.t.Helper()
	ask := map[string]any{"id_number": b.IDNumber, "birth": b.Birth.String()}
	for i := 0; i < len(more); i += 2 {
		ask[more[i]] = more[i+1]
	}
	body, err := json.Marshal(ask)
	m.must(err)
	answer, err := http.Post(m.Target().URL()+"/api/v1/bookings/"+b.ID.String()+"/"+path, "application/json", bytes.NewReader(body))
	m.must(err)
	m.must(answer.Body.Close())
	return answer.StatusCode
}

// moves moves a booking online to some slot of another day, at a site, and gives it.
func (m *matrix) moves(b booked, site string) clinic.ID {
	m.t.Helper()
	for _, to := range m.slots(b, site) {
		if m.online(b, "move", "slot", to.String()) == http.StatusOK {
			return to
		}
	}
	m.t.Fatal("it can be moved nowhere")
	return clinic.ID{}
}

// slots lists the slots of a booking's vaccine at a site on other days.
func (m *matrix) slots(b booked, site string) (out []clinic.ID) {
	m.rows(fmt.Sprintf(`SELECT o.id FROM slot o JOIN slot s ON s.vaccine = o.vaccine AND s.day <> o.day WHERE s.id = x'%x' AND o.site = '%s' AND o.taken < o.capacity ORDER BY o.day DESC`,
		b.Slot[:], site), func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		out = append(out, clinic.ID(id))
		return err
	})
	return out
}

// stranger is somebody without a booking, who could have the dose of one.
func (m *matrix) stranger(like booked) booked {
	m.t.Helper()
	for {
		shots, err := m.plan.Bookings(1)
		m.must(err)
		b := m.bookedBy(shots[0])
		if b.Dose == like.Dose && b.Birth.Year == like.Birth.Year {
			return b
		}
	}
}

// fill books the places that are left of a booking's slot.
func (m *matrix) fill(b booked) {
	m.t.Helper()
	for full := false; !full; {
		s := m.stranger(b)
		body, err := json.Marshal(map[string]any{
			"id": s.ID, "slot": b.Slot, "dose": s.Dose, "id_number": s.IDNumber, "name": "量測王", "birth": s.Birth.String(), "mobile": "0912345678", "consents": [3]bool{true, true, true},
		})
		m.must(err)
		answer, err := http.Post(m.Target().URL()+"/api/v1/bookings", "application/json", bytes.NewReader(body))
		m.must(err)
		m.must(answer.Body.Close())
		if full = answer.StatusCode == http.StatusConflict; !full && answer.StatusCode != http.StatusCreated {
			m.t.Fatalf("booked with %s", answer.Status)
		}
	}
}

// next gives a booking of a site that nobody has used.
func (m *matrix) next(site int) booked {
	m.t.Helper()
	list := m.booked[m.sites[site]]
	if len(list) == 0 {
		m.t.Fatal("all bookings are used")
	}
	m.booked[m.sites[site]] = list[1:]
	return list[0]
}

// cut pulls every cable out, and mend puts them back and waits until all is told.
func (m *matrix) cut() {
	for _, c := range m.cables {
		c.Stop()
	}
}

func (m *matrix) mend() {
	m.t.Helper()
	for _, c := range m.cables {
		if !c.Enabled {
			m.must(c.Start())
		}
	}
	for _, u := range []*unit{m.desk, m.other, m.far} {
		u.until("nothing pending", 30*time.Second, func(h heard) bool { return h.Pending == 0 })
	}
}

// says has a device write an event.
func (m *matrix) says(u *unit, d draft) {
	m.t.Helper()
	text, err := json.Marshal(d)
	m.must(err)
	_, err = u.tell("draft", string(text))
	m.must(err)
}

func (m *matrix) arrives(u *unit, b booked) {
	m.t.Helper()
	m.says(u, draft{Booking: b.ID, Kind: clinic.CheckedIn})
}

// walksIn registers somebody without a booking and gives the booking in the making.
func (m *matrix) walksIn(u *unit, w walkIn) clinic.ID {
	m.t.Helper()
	before, err := u.tell("look", "")
	m.must(err)
	text, err := json.Marshal(w)
	m.must(err)
	_, err = u.tell("register", string(text))
	m.must(err)
	after, err := u.tell("look", "")
	m.must(err)
	for _, b := range after.Bookings {
		if !slices.ContainsFunc(before.Bookings, func(o deviceBooking) bool { return o.ID == b.ID }) {
			return b.ID
		}
	}
	m.t.Fatal("nobody was registered")
	return clinic.ID{}
}

func (b booked) walkIn(slot clinic.ID) walkIn {
	return walkIn{Number: b.IDNumber, Name: "測試王", Birth: b.Birth, Slot: slot, Dose: b.Dose}
}

// decide has the bureau decide on the event of a booking that waits for people.
func (m *matrix) decide(booking clinic.ID, how string, pairs ...string) {
	m.t.Helper()
	m.rows(fmt.Sprintf("SELECT device, epoch, seq FROM event WHERE outcome = 4 AND booking = x'%x'", booking[:]), func(scan func(...any) error) error {
		var device []byte
		var epoch, seq uint64
		err := scan(&device, &epoch, &seq)
		m.form(fmt.Sprintf("/staff/review/%s/%d/%d/%s", clinic.ID(device), epoch, seq, how), pairs...)
		return err
	})
}

// became checks what central made of a booking: its attendance, and the codes of its
// events, sorted.
func (m *matrix) became(id clinic.ID, attendance clinic.Attendance, codes ...string) {
	m.t.Helper()
	var got clinic.Attendance
	m.rows(fmt.Sprintf("SELECT attendance FROM booking WHERE id = x'%x'", id[:]), func(scan func(...any) error) error { return scan(&got) })
	said := m.codes(id)
	if got != attendance || !slices.Equal(said, codes) {
		m.t.Errorf("it is %s with %q, want %s with %q", got, said, attendance, codes)
	}
}

// codes gives the codes of a booking's events, sorted.
func (m *matrix) codes(booking clinic.ID) (said []string) {
	m.t.Helper()
	m.rows(fmt.Sprintf("SELECT code FROM event WHERE booking = x'%x' ORDER BY code", booking[:]), func(scan func(...any) error) error {
		var code string
		err := scan(&code)
		said = append(said, code)
		return err
	})
	return said
}

// shown waits until a device shows a booking so.
func (m *matrix) shown(u *unit, id clinic.ID, attendance clinic.Attendance) {
	m.t.Helper()
	u.until("the booking "+attendance.String(), 30*time.Second, func(h heard) bool {
		return slices.ContainsFunc(h.Bookings, func(b deviceBooking) bool { return b.ID == id && b.Attendance == attendance.String() })
	})
}

func (m *matrix) count(query string) (n int) {
	m.t.Helper()
	m.rows(query, func(scan func(...any) error) error { return scan(&n) })
	return n
}

// lastDevice is the device that came in last.
func (m *matrix) lastDevice() clinic.ID {
	m.t.Helper()
	var id []byte
	m.rows("SELECT id FROM device ORDER BY enrolled, id", func(scan func(...any) error) error { return scan(&id) })
	return clinic.ID(id)
}
