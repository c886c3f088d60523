package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/lan"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// helps has a device learn of its site's others from central, in rounds that the
// test makes.
func (d *device) helps() {
	d.w.t.Helper()
	carrier := &http.Transport{}
	d.Agent = agent.New(agent.Config{
		Replica: d.Replica, Link: agent.NewHTTPLink(d.w.url).Over(carrier), Build: "e2e", LAN: true, Log: slog.New(slog.DiscardHandler),
		Reader: d.Cards.State, FreeDisk: func() int64 { return 1 << 30 }, Jitter: func() float64 { return 0.5 }, Poll: time.Hour, RetryMax: time.Second,
	})
	d.w.t.Cleanup(carrier.CloseIdleConnections)
}

// onThisMachine finds devices by multicast that stays on this machine.
func onThisMachine() *lan.MDNS {
	return &lan.MDNS{Cards: func() ([]net.Interface, error) {
		lo, err := net.InterfaceByName("lo")
		if err != nil {
			return nil, err
		}
		return []net.Interface{*lo}, nil
	}}
}

// joins has a device find the others by multicast that stays on this machine.
func (d *device) joins() {
	d.w.t.Helper()
	h, err := lan.New(d.w.t.Context(), lan.Config{
		Replica: d.Replica, Finder: onThisMachine(), Listen: "127.0.0.1:0", Every: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		d.w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(d.w.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.Run(ctx); err != nil {
			d.w.t.Error(err)
		}
	})
	d.w.t.Cleanup(func() { cancel(); running.Wait() })
}

// line is who has arrived as a device shows it, each with the number that counts and
// the others.
func (d *device) line() string {
	d.w.t.Helper()
	day, err := d.Replica.Day(d.w.t.Context(), bookingtest.Day)
	if err != nil {
		d.w.t.Fatal(err)
	}
	var lines []string
	for _, b := range day {
		if v := b.Visit(); v.Attendance == clinic.Arrived {
			lines = append(lines, fmt.Sprint(b.Person.ID.Reveal(), " ", v.Ticket, v.Merged))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

var numbers = regexp.MustCompile(`[ABC]00\d`)

func TestDevicesOfASiteAgreeWithoutCentralAndWithItAfterwards(t *testing.T) {
	w := newWorld(t)
	if err := w.fleet.SetLAN(t.Context(), "admin", bookingtest.SiteA, true); err != nil {
		t.Fatal(err)
	}
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	var booked []clinic.Booking
	for n := range 9 {
		booked = append(booked, w.MustBook(slot, n+1))
	}
	all := []*device{w.prepare(bookingtest.SiteA, syncproto.RoleDesk), w.prepare(bookingtest.SiteA, syncproto.RoleKiosk), w.prepare(bookingtest.SiteA, syncproto.RoleKiosk)}
	elsewhere := w.prepare(bookingtest.SiteB, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	for _, d := range append(all, elsewhere) {
		d.helps()
		d.round()
		d.joins()
	}
	if n, err := elsewhere.Replica.Neighbours(t.Context()); err != nil || len(n.Key) != 0 {
		t.Fatalf("the other site, which has it off, was told %+v, %v", n, err)
	}

	w.cut()
	for i, d := range all { // everybody takes three people and one of the next device's
		for k := range 4 {
			if err := arrives(t.Context(), d.Station, booked[(3*i+k)%9].ID.String()); err != nil {
				t.Fatal(err)
			}
		}
	}
	person := bookingtest.Person(40)
	if _, err := all[1].Replica.Register(t.Context(), replica.WalkIn{Person: person, Slot: slot.ID, Dose: "single"}, func(replica.Room) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		changes, stop := d.Replica.Watch()
		late := time.NewTimer(60 * time.Second)
		for strings.Count(d.line(), "\n") != 9 || len(numbers.FindAllString(d.line(), -1)) != 13 {
			select {
			case <-changes:
			case <-late.C:
				t.Fatalf("a device sees\n%s", d.line())
			}
		}
		stop()
		late.Stop()
	}
	agreed := all[0].line()
	if agreed != all[1].line() || agreed != all[2].line() || !strings.Contains(agreed, person.ID.Reveal()+" B") {
		t.Fatalf("the devices see\n%s\n\n%s\n\n%s", agreed, all[1].line(), all[2].line())
	}
	if holds, err := elsewhere.Replica.HoldsPassed(t.Context()); err != nil || holds {
		t.Errorf("the other site heard of it: %v, %v", holds, err)
	}

	w.mend()
	for range 2 { // everybody hands in, then everybody hears of all
		for _, d := range all {
			_ = d.Agent.Round(t.Context()) // may find its connection broken
			d.round()
		}
	}
	for i, d := range all {
		if holds, err := d.Replica.HoldsPassed(t.Context()); err != nil || holds {
			t.Errorf("device %d still holds what others passed on: %v, %v", i, holds, err)
		}
		d.same()
		if got := d.line(); got != agreed {
			t.Errorf("device %d now sees\n%s\nand before\n%s", i, got, agreed)
		}
	}
}

func TestWhatADeviceDidThatNeverComesBackIsCarriedByItsNeighbour(t *testing.T) {
	w := newWorld(t)
	if err := w.fleet.SetLAN(t.Context(), "admin", bookingtest.SiteA, true); err != nil {
		t.Fatal(err)
	}
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	booked := w.MustBook(slot, 1)
	burnt, other := w.prepare(bookingtest.SiteA, syncproto.RoleKiosk), w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	for _, d := range []*device{burnt, other} {
		d.helps()
		d.round()
		d.joins()
	}
	w.cut()
	if err := arrives(t.Context(), burnt.Station, booked.ID.String()); err != nil {
		t.Fatal(err)
	}
	person := bookingtest.Person(40)
	if _, err := burnt.Replica.Register(t.Context(), replica.WalkIn{Person: person, Slot: slot.ID, Dose: "single"}, func(replica.Room) error { return nil }); err != nil {
		t.Fatal(err)
	}
	changes, stop := other.Replica.Watch()
	defer stop()
	late := time.NewTimer(60 * time.Second)
	defer late.Stop()
	for strings.Count(other.line(), "\n") != 1 {
		select {
		case <-changes:
		case <-late.C:
			t.Fatalf("the other device sees\n%s", other.line())
		}
	}
	seen := other.line()

	w.mend()                           // and the first one is never heard again
	_ = other.Agent.Round(t.Context()) // may find its connection broken
	other.round()
	other.round()
	if got, err := w.Booking(t.Context(), booked.ID); err != nil || got.Visit().Attendance != clinic.Arrived {
		t.Errorf("central has the booking as %s, %v", got.Visit().Attendance, err)
	}
	if holds, err := other.Replica.HoldsPassed(t.Context()); err != nil || holds || other.line() != seen {
		t.Errorf("%v, %v; it sees\n%s\nand before\n%s", holds, err, other.line(), seen)
	}
	other.same()
}

func TestARestoredCentralHearsOfABurntDeviceFromItsNeighbour(t *testing.T) {
	w := newWorld(t)
	if err := w.fleet.SetLAN(t.Context(), "admin", bookingtest.SiteA, true); err != nil {
		t.Fatal(err)
	}
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	booked := w.MustBook(slot, 1)
	burnt, other := w.prepare(bookingtest.SiteA, syncproto.RoleKiosk), w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	for _, d := range []*device{burnt, other} {
		d.helps()
		d.round()
		d.joins()
	}
	backup := w.backup()
	if err := arrives(t.Context(), burnt.Station, booked.ID.String()); err != nil {
		t.Fatal(err)
	}
	person := bookingtest.Person(40)
	if _, err := burnt.Replica.Register(t.Context(), replica.WalkIn{Person: person, Slot: slot.ID, Dose: "single"}, func(replica.Room) error { return nil }); err != nil {
		t.Fatal(err)
	}
	changes, stop := other.Replica.Watch()
	defer stop()
	late := time.NewTimer(60 * time.Second)
	defer late.Stop()
	for strings.Count(other.line(), "\n") != 1 {
		select {
		case <-changes:
		case <-late.C:
			t.Fatalf("the other device sees\n%s", other.line())
		}
	}
	burnt.round() // central has it, from the device itself
	other.round()
	other.round()
	seen := other.line()
	if holds, err := other.Replica.HoldsPassed(t.Context()); err != nil || holds {
		t.Fatalf("what central has waits: %v, %v", holds, err)
	}

	w.restore(backup) // and the first one is never heard again
	if got, err := w.Booking(t.Context(), booked.ID); err != nil || len(got.Events) != 0 {
		t.Fatalf("the backup has %d events, %v", len(got.Events), err)
	}
	_ = other.Agent.Round(t.Context()) // learns that its session is gone
	for range 3 {
		other.round()
	}
	if got, err := w.Booking(t.Context(), booked.ID); err != nil || got.Visit().Attendance != clinic.Arrived {
		t.Errorf("central has the booking as %s, %v", got.Visit().Attendance, err)
	}
	if holds, err := other.Replica.HoldsPassed(t.Context()); err != nil || holds || other.line() != seen {
		t.Errorf("%v, %v; it sees\n%s\nand before\n%s", holds, err, other.line(), seen)
	}
	other.same()
}
