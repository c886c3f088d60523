package town

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ezhitong.tw/clinic"
)

// The people of the demonstration: both may have influenza vaccine by their age.
const (
	deskPerson  = "F131104093"
	kioskPerson = "O158238845"
)

// recognition is how long it may take from the card going in to the person on
// the screen.
const recognition = time.Second

// Demo goes through the main job with the real programs, pages, windows and
// readers, and fails at the first thing that is not as told.
func (t *Town) Demo(ctx context.Context) error {
	d := &demo{Town: t, began: now()}
	steps := []struct {
		what string
		do   func(context.Context) error
	}{
		{"中央、讀卡機、櫃檯、報到機啟動並啟用 / everything starts, both devices are enrolled", d.start},
		{"陳志宏在網頁預約（五步驟，不用 JavaScript）/ a citizen books on the web page", d.bookDesk},
		{"林堃也預約 / a second citizen books", d.bookKiosk},
		{"兩台裝置都收到預約 / both devices have the bookings", d.UpToDate},
		{"網路線拔掉 / the cable is pulled out", d.cut},
		{"中央也斷電（kill -9）/ central loses its power too", d.killCentral},
		{"到了接種日，櫃檯斷電後重開，網路仍不通 / the day comes; the desk lost its power and starts without a network", d.theDay},
		{"掃描器像鍵盤一樣打進預約代碼，兩個視窗都認出 / a scanner types booking codes, both windows know whose they are", d.scan},
		{"陳志宏插健保卡，櫃檯一秒內認出 / a card goes in, the desk knows who it is within a second", d.deskCard},
		{"按 Enter 報到、給號 / Enter checks in and gives a number", d.deskCheckIn},
		{"螢幕一說完就斷電，重開後報到還在 / power is cut as the screen says so; the arrival is still there", d.deskKilled},
		{"林堃插卡，報到機認出並給號 / the kiosk greets the second citizen and gives a number", d.kioskCheckIn},
		{"中央重新啟動，網路線插回 / central starts again, the cable is plugged in", d.mend},
		{"兩筆報到都送達中央，不多不少 / both arrivals are at central, once each", d.arrived},
		{"後台監控：兩台即時、沒有待上傳 / the staff monitor shows both devices live, nothing waiting", d.monitor},
		{"中央再斷電一次，什麼都沒少 / central loses its power once more; nothing is missing", d.killAgain},
	}
	for i, s := range steps {
		start := now()
		if err := s.do(ctx); err != nil {
			t.say("%2d 未通過 FAILED  %s", i+1, s.what)
			d.evidence(ctx)
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		t.say("%2d 通過 ok  %6.2f s  %s%s", i+1, now().Sub(start).Seconds(), s.what, d.note())
	}
	t.say("主要流程完整走過，共 %.0f 秒 / the main job, done in %.0f seconds", now().Sub(d.began).Seconds(), now().Sub(d.began).Seconds())
	t.say("畫面 / pictures: %s", t.Pictures)
	return nil
}

// demo is what the demonstration remembers between its steps.
type demo struct {
	*Town
	began       time.Time
	desk, kiosk Booked
	ticket      string
	notes       []string
}

func (d *demo) start(ctx context.Context) error {
	if err := d.Start(ctx); err != nil {
		return err
	}
	d.windows(d.Desk, d.Kiosk)
	return nil
}

// windows notes how long windows took to open, where the screen is ours.
func (d *demo) windows(processes ...*Process) {
	for _, p := range processes {
		if p.Opened > 0 {
			d.add("%s 視窗 %d 毫秒開啟 / the window opened in %d ms", deviceName(p.Name), p.Opened.Milliseconds(), p.Opened.Milliseconds())
		}
	}
}

func (d *demo) note() string {
	if len(d.notes) == 0 {
		return ""
	}
	s := "\n" + strings.Repeat(" ", 20) + strings.Join(d.notes, "\n"+strings.Repeat(" ", 20))
	d.notes = nil
	return s
}

func (d *demo) add(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

func (d *demo) evidence(ctx context.Context) {
	for name, screen := range d.screens {
		if path, err := d.Picture(context.WithoutCancel(ctx), screen, "failed-"+name); err == nil {
			d.say("   畫面 / picture of the %s: %s", name, path)
		}
	}
	d.say("   紀錄 / logs: %s", d.path("log"))
}

func (d *demo) book(ctx context.Context, id, pictures string) (Booked, error) {
	p, err := d.person(id)
	if err != nil {
		return Booked{}, err
	}
	b, err := d.Book(ctx, p, "influenza", "influenza", "single", pictures)
	d.add("預約 %s 於 %s / booking %s on %s", b.Booking, b.Day, clinic.CodeOf(b.Booking), b.Day)
	return b, err
}

func (d *demo) bookDesk(ctx context.Context) (err error) {
	d.desk, err = d.book(ctx, deskPerson, "public")
	return err
}

func (d *demo) bookKiosk(ctx context.Context) (err error) {
	d.kiosk, err = d.book(ctx, kioskPerson, "")
	return err
}

func (d *demo) cut(ctx context.Context) error {
	deskMark, kioskMark := d.Desk.Mark(), d.Kiosk.Mark()
	d.Cable.Cut()
	if _, err := d.Desk.Expect(ctx, deskMark, 40*time.Second, "standing", "state=offline"); err != nil {
		return err
	}
	_, err := d.Kiosk.Expect(ctx, kioskMark, 40*time.Second, "standing", "state=offline")
	return err
}

func (d *demo) killCentral(context.Context) error {
	d.Central.Kill()
	return nil
}

func (d *demo) theDay(ctx context.Context) error {
	if d.desk.Day != d.kiosk.Day {
		return fmt.Errorf("the bookings are for %s and %s", d.desk.Day, d.kiosk.Day)
	}
	d.Desk.Kill()
	mark := d.Kiosk.Mark()
	if err := d.MoveTo(d.desk.Day, 8*60+50); err != nil {
		return err
	}
	if err := d.restartDesk(ctx); err != nil {
		return err
	}
	_, err := d.Kiosk.Expect(ctx, mark, 10*time.Second, "the clock is shifted") // it looks once a second
	return err
}

// restartDesk starts the desk again on its data and waits until it can work.
func (d *demo) restartDesk(ctx context.Context) error {
	mark := d.Desk.Mark()
	if err := d.StartDesk(ctx, ""); err != nil {
		return err
	}
	d.windows(d.Desk)
	if _, err := d.Desk.Expect(ctx, mark, 30*time.Second, "list shown"); err != nil {
		return err
	}
	_, err := d.Desk.Expect(ctx, mark, 30*time.Second, "card reader ready")
	return err
}

// shows puts a card in and expects a finding about a booking on the screen
// within a second. A machine that was busy with something else at that moment
// gets two more tries; every try is told.
func (d *demo) shows(ctx context.Context, p *Process, device string, b Booked, finding string) error {
	for try := 1; ; try++ {
		took, err := d.show(ctx, p, device, b, finding)
		if err != nil {
			return err
		}
		if took <= recognition {
			return nil
		}
		if try == 3 {
			return fmt.Errorf("three times it took more than %s from the card to the screen, at last %s", recognition, took)
		}
		if err := d.RemoveCard(ctx, device); err != nil {
			return err
		}
	}
}

func (d *demo) show(ctx context.Context, p *Process, device string, b Booked, finding string) (time.Duration, error) {
	mark, began := p.Mark(), now()
	if err := d.InsertCard(ctx, device, b.Person); err != nil {
		return 0, err
	}
	line, err := p.Expect(ctx, mark, 15*time.Second, "msg=shown", "finding="+finding, b.Booking.String())
	if err != nil {
		return 0, err
	}
	took := now().Sub(began)
	d.add("插卡到畫面 %d 毫秒，其中讀卡之後 %s 毫秒 / card to screen %d ms, of which after reading %s ms",
		took.Milliseconds(), field(line, "ms"), took.Milliseconds(), field(line, "ms"))
	return took, nil
}

// madeUp is as long as a ticket and signed by nobody: with one character lost
// it would be no ticket at all.
var madeUp = "EZT1:" + strings.Repeat("aB3_-Z9", 15) + "AA"

// scan types codes into both windows.
func (d *demo) scan(ctx context.Context) error {
	for _, s := range []struct {
		process *Process
		device  string
		booked  Booked
	}{{d.Desk, "desk", d.desk}, {d.Kiosk, "kiosk", d.kiosk}} {
		screen, err := d.Screen(ctx, s.device)
		if err != nil {
			return err
		}
		for _, code := range []struct{ text, finding, booking string }{
			{madeUp, "false_ticket", ""},
			{clinic.CodeOf(s.booked.Booking), "ready", s.booked.Booking.String()},
		} {
			mark := s.process.Mark()
			if err := screen.Scan(ctx, code.text); err != nil {
				return err
			}
			line, err := s.process.Expect(ctx, mark, 10*time.Second, "msg=shown", "finding="+code.finding, code.booking)
			if err != nil {
				return err
			}
			d.add("%s：%s，%s 毫秒 / ms from the last key to the screen", deviceName(s.process.Name), code.finding, field(line, "ms"))
		}
	}
	return nil
}

func (d *demo) deskCard(ctx context.Context) error {
	if err := d.shows(ctx, d.Desk, "desk", d.desk, "ready"); err != nil {
		return err
	}
	return d.Shot(ctx, "desk", "desk-ready")
}

func (d *demo) deskCheckIn(ctx context.Context) error {
	screen, err := d.Screen(ctx, "desk")
	if err != nil {
		return err
	}
	mark := d.Desk.Mark()
	if err := screen.Key(ctx, "Return"); err != nil {
		return err
	}
	line, err := d.Desk.Expect(ctx, mark, 10*time.Second, `msg="checked in"`, d.desk.Booking.String())
	if err != nil {
		return err
	}
	d.Desk.Kill() // at once: the screen has said so, so it must be on disk
	if d.ticket = field(line, "ticket"); d.ticket == "" {
		return fmt.Errorf("no number was given: %s", line)
	}
	d.add("號碼 / number %s，%s 毫秒落地 / ms to disk: %s", d.ticket, field(line, "ms"), field(line, "ms"))
	return nil
}

// field gives the value of key=value in a log line.
func field(line, key string) string {
	_, rest, found := strings.Cut(line, " "+key+"=")
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, " ")
	return strings.Trim(value, `"`)
}

func (d *demo) deskKilled(ctx context.Context) error {
	if err := d.RemoveCard(ctx, "desk"); err != nil {
		return err
	}
	if err := d.restartDesk(ctx); err != nil {
		return err
	}
	if err := d.shows(ctx, d.Desk, "desk", d.desk, "already_arrived"); err != nil {
		return err
	}
	return d.Shot(ctx, "desk", "desk-offline")
}

func (d *demo) kioskCheckIn(ctx context.Context) error {
	if err := d.shows(ctx, d.Kiosk, "kiosk", d.kiosk, "ready"); err != nil {
		return err
	}
	if err := d.Shot(ctx, "kiosk", "kiosk-greeting"); err != nil {
		return err
	}
	screen, err := d.Screen(ctx, "kiosk")
	if err != nil {
		return err
	}
	mark := d.Kiosk.Mark()
	if err := screen.Click(ctx, 0.74, 0.46); err != nil { // 是，我要報到
		return err
	}
	line, err := d.Kiosk.Expect(ctx, mark, 10*time.Second, `msg="checked in"`, d.kiosk.Booking.String())
	if err != nil {
		return err
	}
	d.add("號碼 / number %s", field(line, "ticket"))
	return d.Shot(ctx, "kiosk", "kiosk-ticket")
}

func (d *demo) mend(ctx context.Context) error {
	deskMark, kioskMark := d.Desk.Mark(), d.Kiosk.Mark()
	if err := d.StartCentral(ctx); err != nil {
		return err
	}
	if err := d.Cable.Mend(); err != nil {
		return err
	}
	if _, err := d.Desk.Expect(ctx, deskMark, synced, "msg=pushed"); err != nil {
		return err
	}
	_, err := d.Kiosk.Expect(ctx, kioskMark, synced, "msg=pushed")
	return err
}

func (d *demo) arrived(ctx context.Context) error {
	rows, err := d.bookingsAtCentral(ctx, d.desk.Day)
	if err != nil {
		return err
	}
	arrived := 0
	for _, r := range rows {
		if r.state == "arrived" {
			arrived++
		}
	}
	if len(rows) != 2 || arrived != 2 {
		return fmt.Errorf("central lists %d bookings for the day, %d arrived; 2 and 2 are right", len(rows), arrived)
	}
	return nil
}

func (d *demo) monitor(ctx context.Context) error {
	return d.onMonitor(ctx, func(rows []deviceRow) error {
		if len(rows) != 2 {
			return fmt.Errorf("the monitor shows %d devices", len(rows))
		}
		for _, r := range rows {
			if r.state != "live" || r.pending != 0 {
				return fmt.Errorf("%s is %s with %d waiting", r.label, r.state, r.pending)
			}
		}
		return nil
	})
}

func (d *demo) killAgain(ctx context.Context) error {
	d.Central.Kill()
	if err := d.StartCentral(ctx); err != nil {
		return err
	}
	return errors.Join(d.arrived(ctx), d.monitor(ctx))
}
