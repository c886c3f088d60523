package town

import (
	"context"
	"crypto/ed25519"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// A device alone has a day's list and no central: what a clinic has when the
// cable is out. It is what the programs are measured and killed on.

// Fill writes the list of a device that does not run: so many people, booked for
// today.
func (t *Town) Fill(ctx context.Context, device string, people int) (codes []string, err error) {
	s, err := t.open(ctx, device)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	newID := func() clinic.ID { return clinic.ID(uuid.Must(uuid.NewV7())) }
	role := syncproto.RoleDesk
	if device == "kiosk" {
		role = syncproto.RoleKiosk
	}
	central, err := noise.GenerateKey(crand.Reader)
	if err != nil {
		return nil, err
	}
	public, sign, err := ed25519.GenerateKey(crand.Reader)
	if err != nil {
		return nil, err
	}
	if err := s.Replica.SaveIdentity(ctx, replica.Identity{
		Central: syncproto.Keys{Noise: central.Public[:], Sign: public},
		Grant:   syncproto.Grant{Device: newID(), Site: t.Site.Code, Letter: "A", Epoch: 1, Role: role, Expires: now().AddDate(1, 0, 0).Unix(), PSK: make([]byte, 32)},
		Noise:   central.Private[:], Sign: sign.Seed(), // nobody ever answers: whose keys they are is all the same
	}); err != nil {
		return nil, err
	}
	doc, err := json.Marshal(clinic.Programme{Code: "influenza", Name: clinic.Text{"zh-TW": "流感疫苗"}, Vaccines: []clinic.Vaccine{{
		Code: "flu", Name: clinic.Text{"zh-TW": "流感"}, Doses: []clinic.DoseRule{{Code: "single", Name: clinic.Text{"zh-TW": "1 劑"}}},
	}}})
	if err != nil {
		return nil, err
	}
	today := syncproto.DayOf(s.Replica.Today())
	slot := syncproto.SlotRow{ID: newID(), Period: "flu", Programme: "influenza", Vaccine: "flu", Date: today, Start: 0, End: 24*60 - 1, Capacity: people, Taken: people}
	rows := []syncproto.Row{
		{Site: &syncproto.SiteRow{Code: t.Site.Code, Name: t.Site.Name, District: t.Site.District}},
		{Programme: &syncproto.ProgrammeRow{Code: "influenza", Doc: doc}},
		{Slot: &slot},
	}
	for n := range people {
		p := resident(n)
		b := syncproto.BookingRow{
			ID: newID(), Slot: slot.ID, Dose: "single", IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()),
			Created: now().UnixMilli(), Version: 1, Date: today,
		}
		codes = append(codes, clinic.CodeOf(b.ID))
		rows = append(rows, syncproto.Row{Booking: &b})
	}
	const page = 1000
	for at := 0; at < len(rows); at += page {
		part := rows[at:min(at+page, len(rows))]
		for i := range part {
			part[i].Seq = int64(at + i + 1)
		}
		if err := s.Replica.Apply(ctx, syncproto.Page{Rows: part, Next: int64(at + len(part)), Time: now().UnixMilli(), More: at+page < len(rows)}); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// resident is an invented person of the list.
func resident(n int) clinic.Person {
	family, given := []rune("陳林黃張李王吳劉蔡楊許鄭謝洪郭"), []rune("淑芬志明美玲俊傑雅婷怡君宗翰冠宇")
	p := bookingtest.Person(n)
	p.Name = clinic.NewName(string([]rune{family[n*7%len(family)], given[n*5%len(given)], given[(n*3+1)%len(given)]}))
	p.Birth = clinic.NewBirth(clinic.Date{Year: 1942, Month: 3, Day: 1}.AddDays(n * 487 % 18_000))
	return p
}

func (t *Town) open(ctx context.Context, device string) (*station.Station, error) {
	return station.Open(ctx, station.Options{
		Data: t.path(device), Keys: station.Keys{Place: station.InFile}, Staff: "kiosk", Build: "town", Clock: clock.System(), Log: nowhere,
	})
}

// nowhere is where a device that does not run writes its log.
var nowhere = slog.New(slog.DiscardHandler)

// Tickets reads the queue numbers that a device has on its disk, by booking. The
// device must not run.
func (t *Town) Tickets(ctx context.Context, device string) (out map[string]string, err error) {
	s, err := t.open(ctx, device)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	out = make(map[string]string)
	err = s.Replica.EachVisit(ctx, s.Replica.Today(), func(booking clinic.ID, v clinic.Visit) {
		if v.Attendance == clinic.Arrived {
			out[booking.String()] = v.Ticket
		}
	})
	return out, err
}

// StartAlone starts a device that was filled, with nothing at the other end of its
// cable, and gives how long it took until something was drawn.
func (t *Town) StartAlone(ctx context.Context, device string) (p *Process, drawn time.Duration, err error) {
	if t.Cable == nil {
		t.Address = "http://127.0.0.1:9" // discard: nobody answers
		if err := t.LayCable(); err != nil {
			return nil, 0, err
		}
	}
	if _, err := os.Stat(t.path(device + ".tty")); err != nil {
		if err := t.StartReader(ctx, device); err != nil {
			return nil, 0, err
		}
	}
	screen, err := t.Screen(ctx, device)
	if err != nil {
		return nil, 0, err
	}
	mark := 0
	if l, ok := t.logs[device]; ok {
		mark = l.len()
	}
	began := now()
	painted := make(chan error, 1)
	go func() { painted <- screen.AwaitPicture(ctx) }()
	if device == "kiosk" {
		err = t.StartKiosk(ctx, "")
		p = t.Kiosk
	} else {
		err = t.StartDesk(ctx, "")
		p = t.Desk
	}
	if err = errors.Join(err, <-painted); err != nil {
		return nil, 0, err
	}
	drawn = now().Sub(began)
	_, err = p.Expect(ctx, mark, 30*time.Second, "card reader ready")
	return p, drawn, err
}

// AwaitPicture waits until the screen shows more than one colour.
func (d *Display) AwaitPicture(ctx context.Context) error {
	return d.awaitColours(ctx, fmt.Sprintf("%dx%d+0+0", d.Width, d.Height))
}

// Drawn waits until a part of a device's screen, as WIDTHxHEIGHT+X+Y, shows more than one
// colour.
func (t *Town) Drawn(ctx context.Context, device, part string) error {
	d, err := t.Screen(ctx, device)
	if err != nil {
		return err
	}
	return d.awaitColours(ctx, part)
}

func (d *Display) awaitColours(ctx context.Context, part string) error {
	return until(ctx, 30*time.Second, "a picture", func() error {
		raw, err := d.command(ctx, "import", "-window", "root", "-crop", part, "-resize", "64x40!", "-depth", "8", "gray:-").Output()
		if err != nil {
			return err
		}
		if strings.Count(string(raw), string(raw[:1])) == len(raw) {
			return errors.New("all of it is one colour")
		}
		return nil
	})
}

// AwaitChange does something and waits until a part of the screen (as X11 writes it, such as
// 640x200+100+500) looks otherwise than before.
func (d *Display) AwaitChange(ctx context.Context, part string, do func() error) error {
	look := func() (string, error) {
		raw, err := d.command(ctx, "import", "-window", "root", "-crop", part, "-depth", "8", "gray:-").Output()
		return string(raw), err
	}
	before, err := look()
	if err != nil {
		return fmt.Errorf("look at the screen: %w", err)
	}
	if err := do(); err != nil {
		return err
	}
	return until(ctx, 30*time.Second, "another picture", func() error {
		now, err := look()
		if err == nil && now == before {
			err = errors.New("it looks as before")
		}
		return err
	})
}

// yes is where the kiosk's button to check in is, in parts of the screen.
var yes = [2]float64{0.755, 0.45}

// Visit scans a booking's code at the kiosk and touches the button. It gives the
// booking and its queue number as the screen confirmed them, and how many
// milliseconds lay between the touch and the record on the disk.
func (t *Town) Visit(ctx context.Context, d *Display, code string) (booking, ticket string, ms int, err error) {
	p := t.Kiosk
	mark, err := greeted(ctx, t.Kiosk, d, code)
	if err != nil {
		return "", "", 0, err
	}
	if err := d.run(ctx, "xdotool", "click", "1"); err != nil {
		return "", "", 0, err
	}
	line, err := p.Expect(ctx, mark, 15*time.Second, `msg="checked in"`)
	if err != nil {
		return "", "", 0, err
	}
	ms, err = strconv.Atoi(field(line, "ms"))
	return field(line, "booking"), field(line, "ticket"), ms, err
}

// greeted scans a code until a program greets its person: a machine that is busy
// elsewhere may hand on the keys too slowly to be a scanner's.
func greeted(ctx context.Context, p *Process, d *Display, code string) (mark int, err error) {
	for range 4 {
		mark = p.Mark()
		if err := d.Scan(ctx, code); err != nil {
			return 0, err
		}
		if _, err = p.Expect(ctx, mark, 4*time.Second, "msg=shown", "finding=ready"); err == nil {
			return mark, nil
		}
		if err := d.Key(ctx, "Escape"); err != nil { // what was typed instead goes
			return 0, err
		}
	}
	return 0, err
}

// Greet scans a code at a device until its person is greeted; mark is where the log was.
func (t *Town) Greet(ctx context.Context, device, code string) (mark int, err error) {
	d, err := t.Screen(ctx, device)
	if err != nil {
		return 0, err
	}
	return greeted(ctx, t.programs[device], d, code)
}

// Touch touches the button to check in, as a finger does.
func (t *Town) Touch(ctx context.Context, d *Display) error { return d.Click(ctx, yes[0], yes[1]) }

// Ready puts the pointer onto the button to check in, where it stays.
func (t *Town) Ready(ctx context.Context, d *Display) error {
	if !d.own {
		return errors.New("this needs a display of its own: unset DISPLAY")
	}
	return d.run(ctx, "xdotool", "mousemove", "--sync", strconv.Itoa(int(yes[0]*float64(d.Width))), strconv.Itoa(int(yes[1]*float64(d.Height))))
}

// touchAndWrite is how long a touch takes until its record is on the disk, the tool that
// touches included.
const touchAndWrite = 120 * time.Millisecond

// VisitAndKill does what Visit does and ends the kiosk as a power cut does, at some
// moment around the touch: the way from it to the disk is a few milliseconds. Where the
// screen had confirmed by then, it gives what.
func (t *Town) VisitAndKill(ctx context.Context, d *Display, code string) (booking, ticket string, err error) {
	p := t.Kiosk
	mark, err := greeted(ctx, t.Kiosk, d, code)
	if err != nil {
		return "", "", err
	}
	touched := make(chan error, 1)
	go func() { touched <- d.run(ctx, "xdotool", "click", "1") }()
	pause(ctx, time.Duration(rand.IntN(int(touchAndWrite))))
	p.Kill()
	if err := <-touched; err != nil {
		return "", "", err
	}
	lines, _ := p.log.after(mark)
	for _, line := range lines {
		if containsAll(line, []string{`msg="checked in"`}) {
			return field(line, "booking"), field(line, "ticket"), nil
		}
	}
	return "", "", nil
}

// Used is the processor's time and the memory of a process.
type Used struct {
	CPU    time.Duration
	Memory int64 // resident, in kB
}

// Used reads what the process has used (proc(5)).
func (p *Process) Used() (u Used, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			if u.Memory, err = strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err != nil {
				return u, err
			}
		}
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return u, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	for _, f := range strings.Fields(rest)[11:13] {
		ticks, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return u, err
		}
		u.CPU += time.Duration(ticks) * 10 * time.Millisecond
	}
	return u, nil
}
