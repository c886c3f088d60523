package stock

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// left is what lies open of a product for which somebody waits, and the way to them.
func (p *Page) left(o reception.Leftover) fyne.CanvasObject {
	l := p.cfg.Look
	words := l.T("stock.standby.left", "count", strconv.Itoa(o.Doses), "vaccine", o.Name, "promised", strconv.Itoa(o.Promised), "expected", strconv.Itoa(o.Expected))
	button := ui.ButtonSpec{Text: l.T("stock.standby.open"), Icon: "person", TextSize: l.Sizes.Smallest}
	if p.offers.open == o.Vaccine {
		button.Text = l.T("stock.standby.close")
	}
	row := ui.Row(12, ui.Middle(l.Write(words, l.Sizes.Text, true, l.Ink)), layout.NewSpacer(), ui.NewButton(l, button, func() {
		p.said, p.why = "", ""
		if p.offers.open == o.Vaccine {
			p.offers.open = ""
		} else {
			p.offers.open = o.Vaccine
		}
		p.draw()
		p.cfg.Log.Info("standby list", "screen", "stock", "open", p.offers.open != "", "people", len(o.People))
	}))
	parts := []fyne.CanvasObject{row}
	if p.offers.open == o.Vaccine {
		parts = append(parts, l.Lines(l.T("stock.standby.how"), l.Sizes.Smallest, false, l.Ink2, width-36))
		lines, more := p.offers.lines()
		for _, n := range lines {
			parts = append(parts, l.Rule(1), p.person(n))
		}
		if more > 0 {
			parts = append(parts, l.Rule(1), l.Write(l.T("stock.standby.more", "count", strconv.Itoa(more)), l.Sizes.Smallest, false, l.Ink2))
		}
	}
	return l.Panel(ui.Inset(10, 10, 18, 18, ui.Column(8, parts...)))
}

// person is somebody on the list: masked, and with numbers only while they are asked.
func (p *Page) person(n line) fyne.CanvasObject {
	l := p.cfg.Look
	row := ui.Row(12, ui.Middle(l.Write(l.T("stock.standby.place", "n", strconv.Itoa(n.Place)), l.Sizes.Smallest, false, l.Ink2)),
		ui.Middle(l.Write(n.Person.Name.String(), l.Sizes.Text, true, l.Ink)))
	if len(n.Ring) > 0 {
		row.Add(ui.Middle(l.Write(strings.Join(n.Ring, "　"), l.Sizes.Text, true, l.Ink)))
	}
	if tone, icon, key := standing(n.Waiting); key != "" {
		row.Add(ui.Middle(ui.NewChip(l, l.Sizes.Smallest, tone, icon, l.T(key))))
	}
	row.Add(layout.NewSpacer())
	say := func(key string, said clinic.StandbyAnswer) {
		row.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T(key), TextSize: l.Sizes.Smallest}, func() {
			c := p.counter
			p.do("stock.done."+string(said), func(ctx context.Context) error { return c.Answered(ctx, n.ID, said) })
		}))
	}
	switch {
	case n.Next:
		row.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.standby.offer"), Icon: "phone", TextSize: l.Sizes.Smallest}, func() {
			c := p.counter
			p.do("stock.done.offered", func(ctx context.Context) error { return c.Offer(ctx, n.ID) })
		}))
	case n.Answer == clinic.StandbyOffered:
		say("stock.standby.accept", clinic.StandbyAccepted)
		say("stock.standby.unreached", clinic.StandbyUnreached)
		say("stock.standby.decline", clinic.StandbyDeclined)
	case n.Back:
		say("stock.standby.accept", clinic.StandbyAccepted)
	case n.Answer == clinic.StandbyAccepted && !n.Arrived:
		row.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("stock.standby.undo"), Icon: "undo", TextSize: l.Sizes.Smallest}, func() {
			c := p.counter
			p.do("stock.done.taken_back", func(ctx context.Context) error { return c.NotComing(ctx, n.ID) })
		}))
	}
	return row
}

// standing is how somebody on the list stands, as tone, icon and key of the words.
func standing(w reception.Waiting) (tone ui.Tone, icon, key string) {
	switch {
	case w.Arrived:
		return ui.Done, "check", "stock.standby.arrived"
	case w.Answer == clinic.StandbyOffered:
		return ui.Notice, "clock", "stock.standby.offered"
	case w.Answer == clinic.StandbyAccepted:
		return ui.Info, "check", "stock.standby.accepted"
	case w.Answer == clinic.StandbyUnreached:
		return ui.Muted, "stop", "stock.standby.not_reached"
	case w.Answer == clinic.StandbyDeclined:
		return ui.Muted, "stop", "stock.standby.declined"
	}
	return ui.Muted, "", ""
}
