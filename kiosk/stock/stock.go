// Package stock is the page of vaccine at the site: vials received and opened, doses
// drawn and wasted, what is left of each lot, who of which desk wrote it and how a line
// is taken back, and who is offered what lies open.
package stock

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Counter is what the page needs of reception.
type Counter interface {
	Stock(ctx context.Context) ([]reception.Stock, error)
	Products(ctx context.Context) ([]reception.Product, error)
	Receive(ctx context.Context, lot, vaccine string, expires clinic.Date, vials, perVial int) error
	OpenVial(ctx context.Context, lot string) error
	Waste(ctx context.Context, lot string, doses int, reason string) error
	TakeBackLine(ctx context.Context, line clinic.ID, reason string) error
	Leftovers(ctx context.Context) ([]reception.Leftover, error)
	Offer(ctx context.Context, entry clinic.ID) error
	Answered(ctx context.Context, entry clinic.ID, said clinic.StandbyAnswer) error
	NotComing(ctx context.Context, entry clinic.ID) error
}

// Config is how the page looks.
type Config struct {
	Look       ui.Look
	Log        *slog.Logger
	Background func(func()) // runs slow work; nil starts a goroutine for each
}

// form is what the page asks for.
type form int

const (
	noForm form = iota
	receiveForm
	wasteForm
	backForm
)

// width is how wide the page is, so that sentences know where to break.
const width = 1080

// Page is the page. Its methods belong to the drawing goroutine.
type Page struct {
	cfg      Config
	ctx      context.Context
	counter  Counter
	lots     []reception.Stock
	products []reception.Product
	offers   offers
	form     form
	lot      string // whose doses are wasted, or of which a line is taken back
	wrong    clinic.StockLine
	book     book
	said     string
	why      string

	list                            *fyne.Container
	root                            *container.Scroll // of list
	number, expires, vials, perVial *ui.Input
	doses, reason                   *ui.Input
	vaccine                         *widget.Select
}

// New makes a page that is empty until Begin.
func New(cfg Config) *Page {
	if cfg.Background == nil {
		cfg.Background = func(f func()) { go f() }
	}
	p := &Page{cfg: cfg, ctx: context.Background(), list: ui.Column(12)}
	p.root = container.NewVScroll(p.list)
	p.number, p.expires, p.vials, p.perVial = ui.NewInput(p.save), ui.NewInput(p.save), ui.NewInput(p.save), ui.NewInput(p.save)
	p.doses, p.reason = ui.NewInput(p.save), ui.NewInput(p.save)
	p.vaccine = widget.NewSelect(nil, nil)
	p.vaccine.PlaceHolder = cfg.Look.T("stock.vaccine.choose")
	p.number.OnChanged = p.scanned
	p.draw()
	return p
}

// Content is what the page shows.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Begin gives the page its counter.
func (p *Page) Begin(ctx context.Context, c Counter) { p.ctx, p.counter = ctx, c }

// Show reads the stock afresh.
func (p *Page) Show() {
	p.said, p.offers.open, p.book = "", "", book{}
	p.ask(noForm, "")
	p.Changed()
}

// Changed reads the stock afresh and leaves what was said.
func (p *Page) Changed() {
	if p.counter == nil {
		return
	}
	ctx, c := p.ctx, p.counter
	p.cfg.Background(func() {
		lots, err := c.Stock(ctx)
		products, unknown := c.Products(ctx)
		left, hidden := c.Leftovers(ctx)
		ui.Do(func() {
			if err != nil || unknown != nil || hidden != nil {
				p.failed(err, unknown, hidden)
				return
			}
			p.lots, p.products = lots, products
			p.offers.take(left)
			names := make([]string, len(products))
			for i, v := range products {
				names[i] = v.Name
			}
			p.vaccine.Options = names
			p.draw()
		})
	})
}

func (p *Page) failed(errs ...error) {
	for _, err := range errs {
		if err != nil {
			p.cfg.Log.Warn("not done", "screen", "stock", "why", err)
			p.why, p.said = p.cfg.Look.Explain(err), ""
		}
	}
	p.draw()
}

// ask empties a form and shows it.
func (p *Page) ask(f form, lot string) {
	p.form, p.lot, p.why = f, lot, ""
	for _, i := range []*ui.Input{p.number, p.expires, p.vials, p.perVial, p.doses, p.reason} {
		i.SetText("")
	}
	p.vaccine.ClearSelected()
	p.draw()
	p.root.ScrollToTop() // where the form is
	first := map[form]*ui.Input{receiveForm: p.number, wasteForm: p.doses, backForm: p.reason}[f]
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.root); c != nil && first != nil {
		c.Focus(first)
	}
}

// scanned takes the code of a vial that was scanned into the field of the lot.
func (p *Page) scanned(text string) {
	if v, err := reception.ParseVial(text); err == nil && v.Lot != "" && v.Lot != text {
		p.number.SetText(v.Lot)
		if !v.Expires.IsZero() {
			p.expires.SetText(v.Expires.String())
		}
	}
}

// save carries out what the form says.
func (p *Page) save() {
	if p.counter == nil {
		return
	}
	c := p.counter
	switch p.form {
	case receiveForm:
		i := p.vaccine.SelectedIndex()
		if i < 0 {
			p.why = p.cfg.Look.T("stock.vaccine.choose")
			p.draw()
			return
		}
		expires, err := reception.ParseExpiry(p.expires.Text)
		if err != nil {
			p.failed(clinic.Refuse(reception.ExpiryMissing))
			return
		}
		lot, vaccine, vials, perVial := p.number.Text, p.products[i].Code, number(p.vials), number(p.perVial)
		p.do("stock.done.received", func(ctx context.Context) error { return c.Receive(ctx, lot, vaccine, expires, vials, perVial) })
	case wasteForm:
		lot, doses, reason := p.lot, number(p.doses), p.reason.Text
		p.do("stock.done.wasted", func(ctx context.Context) error { return c.Waste(ctx, lot, doses, reason) })
	case backForm:
		line, reason := p.wrong.ID, p.reason.Text
		p.do("stock.done.back", func(ctx context.Context) error { return c.TakeBackLine(ctx, line, reason) })
	case noForm:
	}
}

// number reads a figure; -1 is none, and no stock takes it.
func number(i *ui.Input) int {
	n, err := strconv.Atoi(strings.TrimSpace(i.Text))
	if err != nil {
		return -1
	}
	return n
}

func (p *Page) openVial(lot string) {
	c := p.counter
	p.do("stock.done.opened", func(ctx context.Context) error { return c.OpenVial(ctx, lot) })
}

// do changes the stock and says so.
func (p *Page) do(said string, change func(context.Context) error) {
	ctx := p.ctx
	p.cfg.Background(func() {
		err := change(ctx)
		ui.Do(func() {
			if err != nil {
				p.failed(err)
				return
			}
			p.said = p.cfg.Look.T(said)
			p.ask(noForm, "")
			p.Changed()
		})
	})
}

func (p *Page) draw() {
	l := p.cfg.Look
	add := ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.receive"), Icon: "vial", Kind: ui.Primary}, func() { p.said = ""; p.ask(receiveForm, "") })
	parts := []fyne.CanvasObject{ui.Row(12, ui.Middle(l.Write(l.T("stock.title"), l.Sizes.Second, true, l.Ink)), layout.NewSpacer(), add)}
	open := 0
	for _, s := range p.lots {
		open += max(0, s.InOpen())
	}
	if open > 0 {
		parts = append(parts, l.Note(ui.Notice, "vial", l.T("stock.left_open", "count", strconv.Itoa(open)), width))
	}
	for _, o := range p.offers.lists {
		parts = append(parts, p.left(o))
	}
	if p.said != "" {
		parts = append(parts, l.Note(ui.Done, "check", p.said, width))
	}
	if p.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", p.why, width))
	}
	if p.form != noForm {
		parts = append(parts, p.drawForm())
	}
	if len(p.lots) == 0 {
		parts = append(parts, l.Write(l.T("stock.empty"), l.Sizes.Text, false, l.Ink2))
	}
	for _, s := range p.lots {
		parts = append(parts, p.row(s))
	}
	p.list.Objects = parts // in the same list: what another desk writes leaves the page where it was
	p.root.Refresh()
}

// row is one lot: what it is, what is left, and what may be done.
func (p *Page) row(s reception.Stock) fyne.CanvasObject {
	l := p.cfg.Look
	figure := func(n int) string { return strconv.Itoa(n) }
	title := ui.Row(12, ui.Middle(l.Write(s.Number, l.Sizes.Text, true, l.Ink)), ui.Middle(l.Write(s.Name, l.Sizes.Text, false, l.Ink)))
	if s.Received > 0 {
		title.Add(ui.Middle(l.Write(l.T("stock.expires", "day", s.Expires.String()), l.Sizes.Smallest, false, l.Ink2)))
	}
	switch {
	case s.Differs:
		title.Add(ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Notice, "alert", l.T("stock.differs"))))
	case s.Received == 0:
		title.Add(ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Notice, "alert", l.T("stock.unknown"))))
	case s.InOpen() < 0:
		title.Add(ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Notice, "alert", l.T("stock.not_opened"))))
	case s.Left() <= 0:
		title.Add(ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Muted, "stop", l.T("stock.used_up"))))
	default:
		title.Add(ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Done, "check", l.T("stock.left", "count", figure(s.Left())))))
	}
	title.Add(layout.NewSpacer())
	if s.Received > 0 {
		title.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.open"), TextSize: l.Sizes.Smallest}, func() { p.openVial(s.Number) }))
		title.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.waste"), TextSize: l.Sizes.Smallest}, func() { p.said = ""; p.ask(wasteForm, s.Number) }))
	}
	if n := len(s.Lines); n > 0 {
		words := l.T("stock.lines", "count", figure(n))
		if p.book.lot == s.Number {
			words = l.T("stock.lines.close")
		}
		title.Add(ui.NewButton(l, ui.ButtonSpec{Text: words, TextSize: l.Sizes.Smallest}, func() { p.toggle(s.Number) }))
	}
	figures := l.T("stock.figures", "received", figure(s.Received), "closed", figure(s.Closed()), "open", figure(max(0, s.InOpen())),
		"given", figure(s.Given), "wasted", figure(s.Wasted))
	parts := []fyne.CanvasObject{title, l.Write(figures, l.Sizes.Smallest, false, l.Ink2)}
	if p.book.lot == s.Number {
		parts = append(parts, p.lines(s)...)
	}
	return l.Panel(ui.Inset(10, 10, 18, 18, ui.Column(6, parts...)))
}

func (p *Page) drawForm() fyne.CanvasObject {
	l := p.cfg.Look
	var rows []fyne.CanvasObject
	switch p.form {
	case receiveForm:
		rows = []fyne.CanvasObject{
			ui.Pages(16, l.Field(l.T("stock.lot"), l.T("stock.lot.hint"), p.number), l.Field(l.T("stock.vaccine"), l.T("stock.vaccine.hint"), p.vaccine)),
			ui.Pages(16, l.Field(l.T("stock.expiry"), l.T("stock.expiry.hint"), p.expires), l.Field(l.T("stock.vials"), l.T("stock.vials.hint"), p.vials),
				l.Field(l.T("stock.per_vial"), l.T("stock.per_vial.hint"), p.perVial)),
		}
	case wasteForm:
		rows = []fyne.CanvasObject{
			l.Write(l.T("stock.waste.of", "lot", p.lot), l.Sizes.Text, true, l.Ink),
			ui.Pages(16, l.Field(l.T("stock.doses"), l.T("stock.doses.hint"), p.doses), l.Field(l.T("stock.reason"), l.T("stock.reason.hint"), p.reason)),
		}
	case backForm:
		s := reception.Stock{}
		if i := slices.IndexFunc(p.lots, func(s reception.Stock) bool { return s.Number == p.lot }); i >= 0 {
			s = p.lots[i]
		}
		rows = []fyne.CanvasObject{
			l.Lines(l.T("stock.back.of", "lot", p.lot, "line", p.words(s, p.wrong)), l.Sizes.Text, true, l.Ink, width-36),
			l.Field(l.T("stock.reason"), l.T("stock.back.hint"), p.reason),
		}
	case noForm:
	}
	rows = append(rows, ui.Row(12, ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.save"), Key: "Enter"}, p.save),
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.cancel")}, func() { p.ask(noForm, "") })))
	return l.Panel(ui.Inset(14, 14, 18, 18, ui.Column(12, rows...)))
}
