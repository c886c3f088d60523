package station_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

func printerAt(t *testing.T, port string) *station.Printer {
	t.Helper()
	s, err := station.Open(t.Context(), station.Options{
		Data: t.TempDir(), Keys: station.Keys{Place: station.InFile}, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	p, err := s.Printer(escpos.Config{Port: port})
	must(t, err)
	return p
}

func TestAQueueNumberIsPrinted(t *testing.T) {
	sim, err := emulator.StartPrinter(context.WithoutCancel(t.Context()), emulator.PrinterConfig{})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	p := printerAt(t, sim.Path())
	receipt := reception.Receipt{Entry: reception.Entry{Vaccine: "流感"}, Ticket: "A015", Ahead: 2, At: time.Now()}
	must(t, p.Print(t.Context(), receipt))
	must(t, sim.Await(t.Context(), 1))
	if slip := sim.Slips()[0]; slip.Rect.Dx() != 576 || slip.Rect.Dy() < 300 || len(sim.Strange()) > 0 {
		t.Errorf("the slip is %v, strange %v", slip.Rect, sim.Strange())
	}
	for _, c := range []struct {
		state emulator.PrinterState
		want  error
	}{
		{emulator.PrinterState{PaperOut: true}, escpos.ErrPaperEnd},
		{emulator.PrinterState{CoverOpen: true}, escpos.ErrCoverOpen},
		{emulator.PrinterState{Mute: true}, escpos.ErrSilent},
	} {
		sim.SetState(c.state)
		if err := p.Print(t.Context(), receipt); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.state, err, c.want)
		}
	}
	sim.SetState(emulator.PrinterState{})
	must(t, p.Print(t.Context(), receipt))
	must(t, sim.Await(t.Context(), 2))
}

func TestABookedDayIsPrintedWithItsQRCode(t *testing.T) {
	sim, err := emulator.StartPrinter(context.WithoutCancel(t.Context()), emulator.PrinterConfig{})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	must(t, printerAt(t, sim.Path()).PrintAppointment(t.Context(), reception.Appointment{
		Slot:    clinic.Slot{Date: clinic.Date{Year: 2026, Month: 12, Day: 3}, Start: 9 * 60, End: 12 * 60},
		Vaccine: clinic.Text{"zh-TW": "流感"}, Dose: clinic.Text{"zh-TW": "1 劑"}, Code: "7K3QF2MB",
		Ticket: syncproto.SignTicket(clinic.ID{1}, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))),
	}))
	must(t, sim.Await(t.Context(), 1))
	if slip := sim.Slips()[0]; slip.Rect.Dx() != 576 || slip.Rect.Dy() < 600 || len(sim.Strange()) > 0 {
		t.Errorf("the slip is %v, strange %v", slip.Rect, sim.Strange())
	}
}

// The page of the settings tries the printer while the desk prints.
func TestWhoeverPrintsWaitsForTheirTurnAtThePort(t *testing.T) {
	sim, err := emulator.StartPrinter(context.WithoutCancel(t.Context()), emulator.PrinterConfig{})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	s, err := station.Open(t.Context(), station.Options{Data: t.TempDir(), Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer s.Close()
	const users, slips = 3, 4
	var printing sync.WaitGroup
	for range users {
		p, err := s.Printer(escpos.Config{Port: sim.Path()})
		must(t, err)
		printing.Go(func() {
			for range slips {
				if err := p.PrintLines(t.Context(), "試印"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	printing.Wait()
	patience, end := context.WithTimeout(t.Context(), 20*time.Second)
	defer end()
	must(t, sim.Await(patience, users*slips))
	if len(sim.Strange()) > 0 {
		t.Errorf("the printer got %v", sim.Strange())
	}
}

func TestAPrinterThatIsNotThereIsSaid(t *testing.T) {
	if err := printerAt(t, "/dev/no-printer").Print(t.Context(), reception.Receipt{Ticket: "A001"}); !errors.Is(err, serialline.ErrNoPort) {
		t.Errorf("it says %v", err)
	}
}
