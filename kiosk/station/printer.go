package station

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ezhitong.tw/assets/fonts"
	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/kiosk/reception"
)

const (
	// slipDots is the width of a slip: paper of 80 mm.
	slipDots = 576
	// slipTime is how long a slip may take from the port to the cut.
	slipTime = 30 * time.Second
)

// Printer prints queue numbers on an ESC/POS printer on a serial line.
type Printer struct {
	line  escpos.Config
	site  func(context.Context) (string, error)
	fonts *escpos.Fonts
	turn  *sync.Mutex // the station's: one slip at a time
}

// Printer gives the printer on a serial port. All of a station wait for each other.
func (s *Station) Printer(line escpos.Config) (*Printer, error) {
	f, err := escpos.NewFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		return nil, err
	}
	return &Printer{line: line, site: s.SiteName, fonts: f, turn: &s.printing}, nil
}

// Print prints the slip of a check-in and comes back when it is out. The error
// wraps what escpos or the line says is wrong. The slip names nobody.
func (p *Printer) Print(ctx context.Context, r reception.Receipt) error {
	site, err := p.site(ctx)
	if err != nil {
		return err
	}
	return p.print(ctx, parts(site, r)...)
}

// PrintAppointment prints the slip of a day that was booked, with its QR code. The slip
// names nobody.
func (p *Printer) PrintAppointment(ctx context.Context, a reception.Appointment) error {
	site, err := p.site(ctx)
	if err != nil {
		return err
	}
	return p.print(ctx, appointmentParts(site, a)...)
}

// PrintLines prints a title, the clinic's name and lines under it.
func (p *Printer) PrintLines(ctx context.Context, title string, lines ...string) error {
	site, err := p.site(ctx)
	if err != nil {
		return err
	}
	out := []escpos.Part{
		escpos.Text{Text: title, Size: 34, Bold: true, Align: escpos.Centre}, escpos.Text{Text: site, Align: escpos.Centre}, escpos.Rule{},
	}
	for _, line := range lines {
		out = append(out, escpos.Text{Text: line})
	}
	return p.print(ctx, append(out, escpos.Space{Rows: 40})...)
}

func (p *Printer) print(ctx context.Context, parts ...escpos.Part) error {
	slip, err := escpos.Draw(p.fonts, slipDots, parts...)
	if err != nil {
		return fmt.Errorf("draw the slip: %w", err)
	}
	return p.with(ctx, func(ctx context.Context, printer *escpos.Printer) error {
		if err := printer.Print(ctx, slip); err != nil {
			return fmt.Errorf("print the slip: %w", err)
		}
		return nil
	})
}

// status asks the printer how it is.
func (p *Printer) status(ctx context.Context) (status escpos.Status, err error) {
	err = p.with(ctx, func(ctx context.Context, printer *escpos.Printer) (err error) {
		status, err = printer.Status(ctx)
		return err
	})
	return status, err
}

// with opens the printer for one turn.
func (p *Printer) with(ctx context.Context, do func(context.Context, *escpos.Printer) error) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, slipTime)
	defer cancel()
	printer, err := escpos.Open(ctx, p.line)
	if err != nil {
		return fmt.Errorf("open the printer: %w", err)
	}
	defer printer.Close()
	return do(ctx, printer)
}

func say(key string, args map[string]string) string { return i18n.T(i18n.Default, key, args) }

// appointmentParts are what stands on the slip of a booked day.
func appointmentParts(site string, a reception.Appointment) []escpos.Part {
	day := map[string]string{"value": a.Slot.Date.String(), "day": a.Slot.Date.String()}
	return []escpos.Part{
		escpos.Text{Text: site, Size: 34, Bold: true, Align: escpos.Centre},
		escpos.Text{Text: say("kiosk.later.slip", nil), Align: escpos.Centre},
		escpos.Rule{},
		escpos.Text{Text: say("format.longdate", day), Size: 44, Bold: true, Align: escpos.Centre},
		escpos.Text{Text: say("kiosk.later.on", day) + " " + a.Slot.Start.String() + "–" + a.Slot.End.String(), Size: 44, Bold: true, Align: escpos.Centre},
		escpos.Text{Text: a.Vaccine.In(i18n.Default) + " " + a.Dose.In(i18n.Default), Size: 34, Align: escpos.Centre},
		escpos.QR{Text: a.Ticket},
		escpos.Text{Text: say("kiosk.later.code", nil) + " " + a.Code, Align: escpos.Centre},
		escpos.Text{Text: say("kiosk.later.bring", nil), Align: escpos.Centre},
		escpos.Space{Rows: 40},
	}
}

// parts are what stands on a slip.
func parts(site string, r reception.Receipt) []escpos.Part {
	ahead := say("kiosk.ahead", map[string]string{"count": strconv.Itoa(r.Ahead)})
	if r.Ahead == 0 {
		ahead = say("kiosk.ahead.none", nil)
	}
	out := []escpos.Part{
		escpos.Text{Text: site, Size: 34, Bold: true, Align: escpos.Centre},
		escpos.Text{Text: say("format.longdate", map[string]string{"value": r.At.Format(time.RFC3339)}), Align: escpos.Centre},
		escpos.Rule{},
		escpos.Text{Text: say("kiosk.number", nil), Align: escpos.Centre},
		escpos.Text{Text: r.Ticket, Size: 120, Bold: true, Align: escpos.Centre},
	}
	if r.Entry.Vaccine != "" {
		out = append(out, escpos.Text{Text: r.Entry.Vaccine, Size: 34, Align: escpos.Centre})
	}
	return append(out, escpos.Text{Text: ahead, Align: escpos.Centre},
		escpos.Text{Text: say("kiosk.wait", nil), Align: escpos.Centre}, escpos.Space{Rows: 40})
}
