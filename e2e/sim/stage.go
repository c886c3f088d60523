package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// The size of the stage: every world uses a part of it.
const (
	stageSites  = 4
	stageSeats  = 3 // devices of a site
	places      = 3 // in a slot
	slotsOfSite = 6
)

// stage is what every world begins with: central's database with a small city in
// it, and devices that have enrolled. It is made once and copied for each seed.
type stage struct {
	dir     string
	central []byte
	full    []byte   // central with people who wait
	waiting []waiter // they
	seated  []clinic.ID
	keys    *seal.Keyring
	secrets *fleet.Secrets
	seats   [stageSites][]seat
	slots   []clinic.Slot
	certain []fault // strike in every world
}

// seat is a device as its enrolment left it.
type seat struct {
	site, name string
	role       syncproto.Role
	id         clinic.ID
	files      map[string][]byte
}

// newStage makes the stage in a folder of its own, which close removes. In each world
// the named faults strike for certain.
func newStage(ctx context.Context, certain ...string) (s *stage, err error) {
	gin.SetMode(gin.ReleaseMode)
	s = &stage{}
	for _, name := range certain {
		f, err := faultOf(name)
		if err != nil {
			return nil, err
		}
		s.certain = append(s.certain, f)
	}
	if s.dir, err = os.MkdirTemp(memory(), "ezhitong-sim-*"); err != nil {
		return nil, fmt.Errorf("make the stage: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.keys, err = seal.New(bytes.Repeat([]byte{7}, seal.SecretSize)); err != nil { // the same draws each time
		return nil, fmt.Errorf("make the stage: %w", err)
	}
	if s.secrets, err = fleet.LoadOrCreateSecrets(s.dir, rand.Reader); err != nil {
		return nil, fmt.Errorf("make the stage: %w", err)
	}
	w := &world{ctx: ctx, set: s, dir: s.dir, rng: mrand.New(mrand.NewPCG(0, 0)), now: begin.Add(-24 * time.Hour), tally: newTally()}
	w.journal = &journal{now: w.clock}
	w.watch = newObserver(w)
	c := &central{w: w, path: filepath.Join(s.dir, "central.db")}
	w.central = c
	if err := c.open(); err != nil {
		return nil, err
	}
	if err := s.furnish(ctx, w); err != nil {
		return nil, errors.Join(err, c.close())
	}
	for _, site := range siteCodes() {
		s.slots = append(s.slots, c.engine.Slots(site, vaccine)...)
	}
	if s.central, err = c.image(); err != nil {
		return nil, err
	}
	if err := s.fill(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if s.full, err = c.image(); err != nil {
		return nil, err
	}
	return s, c.close()
}

// image gives central's database as it lies on the disk.
func (c *central) image() ([]byte, error) {
	if err := c.close(); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(c.path)
	return b, errors.Join(err, c.open())
}

// fill books the afternoons of the first two days out, and has more people wait.
func (s *stage) fill(ctx context.Context, c *central) error {
	n := people
	for _, slot := range s.slots {
		if slot.Start < 12*60 || slot.Date == clinic.DateOf(begin).AddDays(2) {
			continue
		}
		for i := range 2 * places {
			r := booking.Request{ID: c.w.newID(), Slot: slot.ID, Dose: dose, Person: person(n), Consents: 3}
			n++
			var err error
			if i < places {
				_, err = c.engine.Book(ctx, r)
				s.seated = append(s.seated, r.ID)
			} else {
				_, err = c.engine.StandBy(ctx, r)
				s.waiting = append(s.waiting, waiter{r.ID, slot, r.Person})
			}
			if err != nil {
				return fmt.Errorf("fill a slot: %w", err)
			}
		}
	}
	return nil
}

// memory is a folder in the machine's memory, where it has one: what the worlds
// write, some gigabytes for a thousand of them, need not reach a disk.
func memory() string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err != nil || !info.IsDir() {
		return "" // the usual folder for temporary files
	}
	return shared
}

func (s *stage) close() error { return os.RemoveAll(s.dir) }

func (s *stage) copyCentral(path string, full bool) error {
	if full {
		return os.WriteFile(path, s.full, 0o600)
	}
	return os.WriteFile(path, s.central, 0o600)
}

// furnish installs the city and has every device come in.
func (s *stage) furnish(ctx context.Context, w *world) error {
	c := w.central
	if err := c.engine.Install(ctx, city()); err != nil {
		return err
	}
	for i, site := range siteCodes() {
		for n := range stageSeats {
			role := syncproto.RoleDesk
			if n == 2 {
				role = syncproto.RoleKiosk
			}
			code, _, err := c.fleet.NewCode(ctx, "admin", site, role, "sim")
			if err != nil {
				return err
			}
			st := seat{site: site, name: fmt.Sprintf("%c%d", 'A'+i, n+1), role: role}
			if err := st.enrol(ctx, w, code); err != nil {
				return fmt.Errorf("enrol %s: %w", st.name, err)
			}
			s.seats[i] = append(s.seats[i], st)
		}
	}
	for _, site := range siteCodes() { // whether its devices use it each world says
		if err := c.fleet.SetLAN(ctx, "admin", site, true); err != nil {
			return err
		}
	}
	return nil
}

func (st *seat) enrol(ctx context.Context, w *world, code string) error {
	dir := filepath.Join(w.dir, st.name)
	r, err := replica.Open(ctx, replica.Config{Dir: dir, Clock: w.clock, NewID: w.newID, Open: sqldb.Trial{}.Open})
	if err != nil {
		return err
	}
	link := agent.NewHTTPLink("http://central").Over(carrier(func(r *http.Request) (*http.Response, error) { return w.central.serve(r), nil }))
	self, err := st.comeIn(ctx, w, link, code)
	if err == nil {
		err = r.SaveIdentity(ctx, self)
	}
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	st.id = self.Grant.Device
	st.files, err = readFolder(dir)
	return err
}

// comeIn asks, has a person approve, and asks again.
func (st *seat) comeIn(ctx context.Context, w *world, link *agent.HTTPLink, text string) (self replica.Identity, err error) {
	code, err := syncproto.ParseCode(text)
	if err != nil {
		return self, err
	}
	e, err := agent.NewEnrolment(ctx, link, code, "sim")
	if err != nil {
		return self, err
	}
	if _, _, _, err = e.Ask(ctx); err != nil {
		return self, err
	}
	asking, err := w.central.fleet.Asking(ctx)
	if err != nil {
		return self, err
	}
	for _, a := range asking {
		if err := w.central.fleet.Approve(ctx, "admin", a.ID); err != nil {
			return self, err
		}
	}
	_, self, approved, err := e.Ask(ctx)
	if err == nil && !approved {
		err = errors.New("the device was approved and has no grant")
	}
	return self, err
}

// carrier carries requests.
type carrier func(*http.Request) (*http.Response, error)

// RoundTrip is http.RoundTripper's.
func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

func readFolder(dir string) (map[string][]byte, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	for _, f := range list {
		if files[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name())); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// writeFolder makes a folder hold exactly these files.
func writeFolder(dir string, files map[string][]byte) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// The codes of the city.
const (
	programme = "influenza"
	vaccine   = "flu"
	dose      = "single"
	period    = "flu-2026"
)

func siteCodes() []string {
	return []string{"3536010011", "3536010022", "3536020033", "3536020044"}[:stageSites]
}

// city is four clinics that are open on three days, in the morning and in the
// afternoon, with few places.
func city() booking.Profile {
	text := func(s string) clinic.Text { return clinic.Text{"zh-TW": s} }
	day := clinic.DateOf(begin)
	p := booking.Profile{
		Districts: []string{"西屯區"},
		Programmes: []clinic.Programme{{Code: programme, Name: text("流感疫苗"), Vaccines: []clinic.Vaccine{{
			Code: vaccine, Name: text("四價流感疫苗"), Doses: []clinic.DoseRule{{Code: dose, Name: text("單劑"), Ages: []clinic.AgeBand{{From: clinic.Age{Months: 6}}}}},
		}}}},
		Periods: []clinic.Period{{
			ID: period, Year: 2026, Kind: clinic.RollingPeriod, Label: text("流感疫苗預約"), Programmes: []string{programme},
			First: day.AddDays(-7), Last: day.AddDays(30),
		}},
	}
	for _, code := range siteCodes() {
		p.Sites = append(p.Sites, clinic.Site{
			Code: code, Name: "診所" + code, Kind: "clinic", District: "西屯區", Address: "臺中市西屯區1號", Phone: "04-22220001", Offers: []string{programme},
			WalkInShare: 100 / places, OverflowCap: 1,
		})
		for d := range 3 {
			for _, start := range []clinic.TimeOfDay{9 * 60, 14 * 60} {
				p.Slots = append(p.Slots, clinic.Slot{
					Site: code, Period: period, Programme: programme, Vaccine: vaccine, Date: day.AddDays(d), Start: start, End: start + 180, Capacity: places,
				})
			}
		}
	}
	return p
}
