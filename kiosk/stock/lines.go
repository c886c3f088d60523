package stock

import (
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// linesShown is how many lines of a lot the page shows at first, the latest.
const linesShown = 10

// book is the lot whose lines are shown, all of them or the latest.
type book struct {
	lot string // empty for none
	all bool
}

// toggle shows the lines of a lot, or hides them again.
func (p *Page) toggle(lot string) {
	p.said, p.why = "", ""
	if p.book.lot == lot {
		lot = ""
	}
	p.book = book{lot: lot}
	p.draw()
}

// lines are what was written of a lot, the latest first, each with who wrote it and the
// way to take it back.
func (p *Page) lines(s reception.Stock) []fyne.CanvasObject {
	l := p.cfg.Look
	var parts []fyne.CanvasObject
	if s.Differs {
		parts = append(parts, l.Remark(ui.Notice, "alert", l.T("stock.differs.how"), false, width-120))
	}
	for i, n := range slices.Backward(s.Lines) {
		if len(s.Lines)-i > linesShown && !p.book.all {
			parts = append(parts, l.Rule(1), ui.Row(12, ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.lines.all", "count", strconv.Itoa(len(s.Lines))), TextSize: l.Sizes.Smallest}, func() {
				p.book.all = true
				p.draw()
			})))
			break
		}
		parts = append(parts, l.Rule(1), p.line(s, n))
	}
	return parts
}

func (p *Page) line(s reception.Stock, n clinic.StockLine) fyne.CanvasObject {
	l := p.cfg.Look
	by := "stock.line.by"
	if n.Device != s.Here {
		by = "stock.line.other"
	}
	who := l.Write(l.T(by, "at", n.At.Format(time.RFC3339), "who", n.Staff), l.Sizes.Smallest, false, l.Ink2)
	if b := n.Back; !b.At.IsZero() {
		taken := l.T("stock.line.taken", "at", b.At.Format(time.RFC3339), "who", b.Staff, "why", b.Why)
		return ui.Column(2, who, l.Lines(p.words(s, n), l.Sizes.Text, false, l.Ink2, width-36), l.Lines(taken, l.Sizes.Smallest, true, l.Ink, width-36))
	}
	button := ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.line.back"), TextSize: l.Sizes.Smallest}, func() {
		p.said, p.wrong = "", n
		p.ask(backForm, s.Number)
	})
	return container.NewBorder(nil, nil, nil, ui.Middle(button), ui.Column(2, who, l.Lines(p.words(s, n), l.Sizes.Text, true, l.Ink, width-200)))
}

// words says what a line is of.
func (p *Page) words(s reception.Stock, n clinic.StockLine) string {
	vaccine := s.Name
	for _, v := range p.products {
		if v.Code == n.Vaccine {
			vaccine = v.Name
		}
	}
	return p.cfg.Look.T("stock.line."+string(n.Kind), "vials", strconv.Itoa(n.Vials), "doses", strconv.Itoa(n.Doses),
		"vaccine", vaccine, "day", n.Expires.String(), "why", n.Why)
}
