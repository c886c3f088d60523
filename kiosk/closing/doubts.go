package closing

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// shownDoubts is how many records the page asks about at a time.
const shownDoubts = 12

// asking is a decision that waits for its reason.
type asking struct {
	doubt    reception.Doubt
	decision reception.Decision
}

// doubts says what the bureau has not counted or wants looked at, what to do, and what
// can be decided here.
func (p *Page) doubts() fyne.CanvasObject {
	l := p.cfg.Look
	column := ui.Column(10, l.Write(l.T("closing.doubts", "count", strconv.Itoa(len(p.found.Doubts))), l.Sizes.Text, true, l.Ink))
	for i, d := range p.found.Doubts {
		if i == shownDoubts {
			column.Add(l.Write(l.T("closing.doubts.more", "count", strconv.Itoa(len(p.found.Doubts)-shownDoubts)), l.Sizes.Smallest, false, l.Ink2))
			break
		}
		column.Add(p.doubt(d))
	}
	return l.Panel(ui.Inset(14, 14, 18, 18, column))
}

func (p *Page) doubt(d reception.Doubt) fyne.CanvasObject {
	l := p.cfg.Look
	who := l.T("closing.doubts.nobody")
	if name := d.Entry.Booking.Person.Name; !name.IsZero() {
		who = name.String()
	}
	if d.Entry.Visit.Ticket != "" {
		who += "　" + d.Entry.Visit.Ticket
	}
	text, icon := l.T("doubt.other"), "info"
	if key := "doubt." + strings.ToLower(d.Code); i18n.Has(l.Locale, key) {
		text = l.T(key)
	}
	if d.Parked {
		icon = "alert"
	}
	column := ui.Column(6, l.Lines(clinic.TimeOfDayOf(d.At).String()+"　"+who+"　"+text, l.Sizes.Text, false, l.Ink, width-90))
	said, why := d.Said()
	switch {
	case said != "":
		words := l.T("decide.said."+string(said), "who", d.Decided.Staff)
		if why != "" {
			words += l.T("decide.said.why", "why", why)
		}
		column.Add(l.Lines(words, l.Sizes.Text, true, l.Ink, width-90))
	case p.asking != nil && p.asking.doubt.Ref == d.Ref:
		column.Add(p.form())
	default:
		if row := p.choices(d); len(row.Objects) > 0 {
			column.Add(row)
		}
	}
	mark := ui.Column(0, ui.Inset(2, 0, 0, 10, ui.Image(ui.Icon(icon, l.Ink2), l.Sizes.Icon)))
	return ui.Frame(nil, nil, mark, nil, column)
}

// choices are the buttons of what can be decided on a doubt.
func (p *Page) choices(d reception.Doubt) *fyne.Container {
	l := p.cfg.Look
	row := ui.Row(10)
	for _, decision := range d.Decisions() {
		row.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("decide." + string(decision)), TextSize: l.Sizes.Smallest},
			func() { p.ask(&asking{d, decision}) }))
	}
	return row
}

// form asks why.
func (p *Page) form() fyne.CanvasObject {
	l, decision := p.cfg.Look, string(p.asking.decision)
	save := ui.NewButton(l, ui.ButtonSpec{Text: l.T("decide." + decision), Icon: "check", Key: "Enter", Kind: ui.Primary, TextSize: l.Sizes.Smallest}, p.decide)
	if p.busy {
		save.Disable()
	}
	column := ui.Column(8, l.Field(l.T("decide.why."+decision), l.T("decide.hint."+decision), p.reason))
	if p.why != "" {
		column.Add(l.Note(ui.Notice, "alert", p.why, width-90))
	}
	column.Add(ui.Row(10, save, ui.NewButton(l, ui.ButtonSpec{Text: l.T("decide.cancel"), Key: "Esc", TextSize: l.Sizes.Smallest}, func() { p.ask(nil) })))
	return column
}

// ask begins a decision, or with nil leaves it.
func (p *Page) ask(a *asking) {
	p.asking, p.said, p.why = a, "", ""
	p.reason.SetText("")
	p.draw()
	c := fyne.CurrentApp().Driver().CanvasForObject(p.root)
	switch {
	case c == nil:
	case a != nil:
		c.Focus(p.reason)
		p.reveal(p.reason)
	default:
		c.Unfocus()
	}
}

// below is the room that the buttons of the form need.
const below = 90

// reveal scrolls the line into sight that is written into, with what stands below it.
func (p *Page) reveal(line fyne.CanvasObject) {
	d := fyne.CurrentApp().Driver()
	end := d.AbsolutePositionForObject(line).Y - d.AbsolutePositionForObject(p.root).Y + line.Size().Height + below
	if over := end - p.root.Size().Height; over > 0 {
		p.root.ScrollToOffset(p.root.Offset.AddXY(0, over))
	}
}

// decide records what was asked, and goes on at the chair where a dose is to be given
// again.
func (p *Page) decide() {
	if p.desk == nil || p.asking == nil || p.busy {
		return
	}
	ctx, a, reason := p.ctx, *p.asking, p.reason.Text
	p.busy, p.why = true, ""
	p.draw()
	p.cfg.Background(func() {
		err := p.desk.Decide(ctx, a.doubt, a.decision, reason)
		ui.Do(func() {
			if err != nil {
				p.failed("the decision", p.cfg.Look.Explain(err), err)
				return
			}
			p.cfg.Log.Info("decided", "screen", "closing", "decision", string(a.decision), "event", a.doubt.Ref.Seq)
			p.busy = false
			p.ask(nil)
			p.said = p.cfg.Look.T("decide.done")
			p.Changed()
			if a.decision == reception.DecideCorrect {
				p.cfg.Chair(a.doubt.Booking)
			}
		})
	})
}

// undecided counts the doubts that wait for the desk.
func undecided(doubts []reception.Doubt) (n int) {
	for _, d := range doubts {
		if said, _ := d.Said(); said == "" && len(d.Decisions()) > 0 {
			n++
		}
	}
	return n
}
