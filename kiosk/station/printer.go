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
	turn  sync.Mutex // one slip at a time
}

// Printer gives the printer on a serial port.
func (s *Station) Printer(line escpos.Config) (*Printer, error) {
	f, err := escpos.NewFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		return nil, err
	}
	return &Printer{line: line, site: s.SiteName, fonts: f}, nil
}

// Print prints the slip of a check-in and comes back when it is out. The error
// wraps what escpos or the line says is wrong. The slip names nobody.
func (p *Printer) Print(ctx context.Context, r reception.Receipt) error {
	ctx, cancel := context.WithTimeout(ctx, slipTime)
	defer cancel()
	p.turn.Lock()
	defer p.turn.Unlock()
	site, err := p.site(ctx)
	if err != nil {
		return err
	}
	slip, err := escpos.Draw(p.fonts, slipDots, parts(site, r)...)
	if err != nil {
		return fmt.Errorf("draw the slip: %w", err)
	}
	printer, err := escpos.Open(ctx, p.line)
	if err != nil {
		return fmt.Errorf("open the printer: %w", err)
	}
	defer printer.Close()
	if err := printer.Print(ctx, slip); err != nil {
		return fmt.Errorf("print the slip: %w", err)
	}
	return nil
}

// parts are what stands on a slip.
func parts(site string, r reception.Receipt) []escpos.Part {
	say := func(key string, args map[string]string) string { return i18n.T(i18n.Default, key, args) }
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
