// Package closing is the page on which a day ends: who is still open, what is not
// sent, and what is printed.
package closing

import (
	"context"
	"log/slog"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/paper"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Desk is what the page needs.
type Desk interface {
	Closing(ctx context.Context) (reception.Closing, error)
	// PrintList and PrintSummary write a PDF, ask the system to show it to the person,
	// who prints it, and give its file.
	PrintList(ctx context.Context) (file string, err error)
	PrintSummary(ctx context.Context, c reception.Closing) (file string, err error)
	// PrintSlip prints the figures on the slip printer.
	PrintSlip(ctx context.Context, c reception.Closing) error
	HasPrinter() bool
	// Decide records what the desk decides on a doubt, and why.
	Decide(ctx context.Context, d reception.Doubt, decision reception.Decision, reason string) error
}

// Config is how the page looks.
type Config struct {
	Look       ui.Look
	Log        *slog.Logger
	Background func(func())              // runs slow work; nil starts a goroutine for each
	Trouble    func(error) (text string) // what people are told about a slip that did not come
	Chair      func(booking clinic.ID)   // goes on at the chair, where a dose is given again
	Carry      func()                    // turns to the page of records that go by USB stick
}

// width is how wide the page is, so that sentences know where to break.
const width = 1080

// shownRows is how many people of a kind the page names.
const shownRows = 8

// Page is the page. Its methods belong to the drawing goroutine.
type Page struct {
	cfg   Config
	ctx   context.Context
	desk  Desk
	found *reception.Closing
	said  string
	why   string
	busy  bool
	root  *container.Scroll

	asking *asking // what is being decided; nil for nothing
	reason *ui.Input
}

// New makes a page that is empty until Begin.
func New(cfg Config) *Page {
	if cfg.Background == nil {
		cfg.Background = func(f func()) { go f() }
	}
	p := &Page{cfg: cfg, ctx: context.Background(), root: container.NewVScroll(ui.Column(0))}
	p.reason = ui.NewInput(p.decide)
	p.draw()
	return p
}

// Content is what the page shows.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Begin gives the page its desk.
func (p *Page) Begin(ctx context.Context, d Desk) { p.ctx, p.desk = ctx, d }

// Show sums the day up afresh.
func (p *Page) Show() {
	p.said, p.why, p.asking = "", "", nil
	p.Changed()
}

// Changed sums the day up afresh and leaves what was said.
func (p *Page) Changed() {
	if p.desk == nil {
		return
	}
	ctx, desk := p.ctx, p.desk
	p.cfg.Background(func() {
		c, err := desk.Closing(ctx)
		ui.Do(func() {
			if err != nil {
				p.failed("sum up", p.cfg.Look.Explain(err), err)
				return
			}
			p.found = &c
			p.draw()
			p.cfg.Log.Info("summed up", "screen", "closing", "doubts", len(c.Doubts))
		})
	})
}

func (p *Page) failed(what, text string, err error) {
	p.cfg.Log.Warn("not done", "screen", "closing", "what", what, "why", err)
	p.why, p.said, p.busy = text, "", false
	p.draw()
}

// print has something printed and says what came of it.
func (p *Page) print(what, said string, do func(context.Context, reception.Closing) (string, error), trouble func(error) string) {
	if p.desk == nil || p.found == nil || p.busy {
		return
	}
	ctx, c := p.ctx, *p.found
	p.busy, p.said, p.why = true, "", ""
	p.draw()
	p.cfg.Background(func() {
		file, err := do(ctx, c)
		ui.Do(func() {
			if err != nil {
				p.failed(what, trouble(err), err)
				return
			}
			p.busy, p.said = false, p.cfg.Look.T(said, "file", file)
			p.draw()
		})
	})
}

func (p *Page) list() {
	p.print("the list", "closing.done.list", func(ctx context.Context, _ reception.Closing) (string, error) { return p.desk.PrintList(ctx) }, p.cfg.Look.Explain)
}

func (p *Page) summary() {
	p.print("the summary", "closing.done.summary", p.desk.PrintSummary, p.cfg.Look.Explain)
}

func (p *Page) slip() {
	p.print("the slip", "closing.done.slip", func(ctx context.Context, c reception.Closing) (string, error) { return "", p.desk.PrintSlip(ctx, c) }, p.cfg.Trouble)
}

// Key prints by a letter-free key: F is taken by the rail, so Enter is the summary,
// unless something is being decided.
func (p *Page) Key(name fyne.KeyName) bool {
	if p.asking != nil && (name == fyne.KeyEscape || name == fyne.KeyReturn || name == fyne.KeyEnter) {
		if name == fyne.KeyEscape {
			p.ask(nil)
		} else {
			p.decide()
		}
		return true
	}
	if name != fyne.KeyReturn && name != fyne.KeyEnter || p.found == nil {
		return false
	}
	p.summary()
	return true
}

func (p *Page) draw() {
	l := p.cfg.Look
	parts := []fyne.CanvasObject{l.Write(l.T("closing.title"), l.Sizes.Second, true, l.Ink)}
	if p.found == nil {
		if p.why != "" {
			parts = append(parts, l.Note(ui.Alarm, "alert", p.why, width))
		}
		p.set(parts)
		return
	}
	c := p.found
	switch {
	case len(c.Open) > 0:
		parts = append(parts, l.Note(ui.Notice, "alert", l.T("closing.open", "count", strconv.Itoa(len(c.Open))), width))
	case c.Unsent > 0:
		parts = append(parts, l.Note(ui.Notice, "upload", l.T("closing.unsent", "count", strconv.Itoa(c.Unsent)), width))
	case undecided(c.Doubts) > 0:
		parts = append(parts, l.Note(ui.Notice, "alert", l.T("closing.undecided", "count", strconv.Itoa(undecided(c.Doubts))), width))
	default:
		parts = append(parts, l.Note(ui.Done, "check", l.T("closing.ready"), width))
	}
	figures := ui.Column(2)
	for _, line := range paper.Lines(l.Locale, *c) {
		figures.Add(l.Write(line, l.Sizes.Text, false, l.Ink))
	}
	parts = append(parts, ui.Pages(16, l.Panel(ui.Inset(14, 14, 18, 18, figures)), p.people()))
	if len(c.Doubts) > 0 {
		parts = append(parts, p.doubts())
	}
	parts = append(parts, p.buttons())
	if p.said != "" {
		parts = append(parts, l.Note(ui.Done, "check", p.said, width))
	}
	if p.why != "" && p.asking == nil {
		parts = append(parts, l.Note(ui.Notice, "alert", p.why, width))
	}
	p.set(parts)
}

func (p *Page) set(parts []fyne.CanvasObject) {
	p.root.Content = ui.Column(14, parts...)
	p.root.Refresh()
}

// people names who is still open, and then who has not come, in part.
func (p *Page) people() fyne.CanvasObject {
	l := p.cfg.Look
	column := ui.Column(4)
	for _, part := range []struct {
		key  string
		list []reception.Entry
	}{{"paper.open", p.found.Open}, {"paper.absent", p.found.Absent}} {
		if len(part.list) == 0 {
			continue
		}
		column.Add(l.Write(l.T(part.key, "count", strconv.Itoa(len(part.list))), l.Sizes.Text, true, l.Ink))
		for i, e := range part.list {
			if i == shownRows {
				column.Add(l.Write(l.T("closing.more", "count", strconv.Itoa(len(part.list)-shownRows)), l.Sizes.Smallest, false, l.Ink2))
				break
			}
			text := e.Booking.Slot.Start.String() + "　" + e.Booking.Person.Name.String()
			if e.Visit.Ticket != "" {
				text += "　" + e.Visit.Ticket
			}
			column.Add(l.Write(ui.Fit(text+"　"+e.Vaccine, l.Sizes.Text, false, 480), l.Sizes.Text, false, l.Ink))
		}
	}
	if len(column.Objects) == 0 {
		column.Add(l.Write(l.T("closing.nobody"), l.Sizes.Text, false, l.Ink2))
	}
	return l.Panel(ui.Inset(14, 14, 18, 18, column))
}

func (p *Page) buttons() fyne.CanvasObject {
	l := p.cfg.Look
	row := []fyne.CanvasObject{
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("closing.summary"), Icon: "print", Key: "Enter", Kind: ui.Primary}, p.summary),
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("closing.list"), Icon: "people"}, p.list),
	}
	if p.desk.HasPrinter() {
		row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: l.T("closing.slip"), Icon: "ticket"}, p.slip))
	}
	row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: l.T("carry.title"), Icon: "upload"}, p.cfg.Carry))
	for _, o := range row {
		if b := o.(*ui.Button); p.busy {
			b.Disable()
		}
	}
	return ui.Row(12, append(row, layout.NewSpacer())...)
}
