package signin

import (
	"errors"
	"slices"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui"
)

// offer is the quick switch: the card of somebody who works here went in while another
// one is signed in.
type offer struct {
	member roster.Member
	pin    bool   // the card is not enough
	pass   func() // has the desk take the card as a patient's
}

// Card takes what the reader saw; false: it is the desk's. Whether a card is of who
// works here is told by the roster, beside the drawing goroutine; one that is not goes
// to the desk with pass.
func (d *Door) Card(ev cards.Event, pass func()) bool {
	d.card = ev.Kind == cards.Reading || ev.Kind == cards.Recognised
	if ev.Kind != cards.Recognised {
		d.asked, d.later = nil, nil // what is asked is of a card that is gone
	}
	before := d.shut || d.offer != nil // the door stands before the desk
	switch ev.Kind {
	case cards.Recognised:
		if !before && !slices.ContainsFunc(d.members, func(m roster.Member) bool { return m.Card }) {
			return false
		}
		d.judgeCard(ev.Number.Reveal(), pass)
		return true
	case cards.Reading:
		d.tell("")
		return before
	case cards.Unreadable:
		d.tell(d.cfg.Look.T(unreadable(ev.Problem)))
		return before
	}
	return false
}

// tell shows a sentence while the door stands before the desk.
func (d *Door) tell(why string) {
	if (d.shut || d.offer != nil) && d.why != why {
		d.why = why
		d.draw()
		d.focus()
	}
}

// unreadable is the text of why staff can't sign in with a card.
func unreadable(problem string) string {
	if problem == cards.ProblemHPC {
		return "signin.card.hpc"
	}
	return "signin.card.unreadable"
}

// judgeCard asks the roster whose a card is. One that comes meanwhile is judged after
// it; the answer about a card that is gone counts for nothing.
func (d *Door) judgeCard(number string, pass func()) {
	switch {
	case d.forgot != nil:
		return
	case d.busy:
		d.later = func() { d.judgeCard(number, pass) }
		return
	}
	ctx, r, asked := d.ctx, d.roster, new(bool)
	d.busy, d.asked = true, asked
	d.cfg.Background.Run(func() func() {
		m, err := r.SignInCard(ctx, number)
		members, unread := r.Members(ctx)
		return func() {
			d.busy = false
			if unread == nil {
				d.members = members
			}
			if d.asked == asked {
				d.cardJudged(m, err, pass)
			}
			d.goOn()
		}
	})
}

// goOn judges the card that came while the door was busy.
func (d *Door) goOn() {
	if later := d.later; later != nil && !d.busy {
		d.later = nil
		later()
	}
}

func (d *Door) cardJudged(m roster.Member, err error, pass func()) {
	alone := err == nil
	both := errors.Is(err, clinic.Refuse(roster.CardAndPIN))
	known := alone || both
	switch {
	case !d.shut && (!known || m.Account == d.me.Account):
		d.decline()
		if d.card {
			pass()
		}
	case d.shut && alone:
		d.cfg.Log.Info("signed in", "screen", "door", "account", m.Account, "by", "card")
		d.open(m)
	case d.shut && both:
		d.choose(d.place(m))
	case d.shut:
		d.cfg.Log.Warn("not done", "screen", "door", "what", "sign in by card", "why", err)
		d.tell(d.cfg.Look.Explain(err))
	default:
		d.cfg.Log.Info("switch offered", "screen", "door", "account", m.Account)
		d.cfg.Known()
		d.chosen, d.why, d.offer = d.place(m), "", &offer{member: m, pin: both, pass: pass}
		d.stand()
	}
}

// place is where somebody is among the members; -1 for nowhere.
func (d *Door) place(m roster.Member) int {
	return slices.IndexFunc(d.members, func(o roster.Member) bool { return o.Account == m.Account })
}

// decline goes back to the desk with who is signed in.
func (d *Door) decline() {
	if d.offer != nil {
		d.offer = nil
		d.cfg.Enter()
	}
}

// accept switches to whose card it is.
func (d *Door) accept() {
	if d.offer.pin {
		d.try()
		return
	}
	d.cfg.Log.Info("signed in", "screen", "door", "account", d.offer.member.Account, "by", "card")
	d.open(d.offer.member)
}

// answer takes a key while a switch is offered.
func (d *Door) answer(key fyne.KeyName) {
	if d.busy {
		return
	}
	switch key {
	case fyne.KeyEscape:
		pass := d.offer.pass
		d.decline()
		if d.card {
			pass()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		d.accept()
	}
}

// offered draws the quick switch.
func (d *Door) offered() []fyne.CanvasObject {
	l, name := d.cfg.Look, d.offer.member.Name
	parts := []fyne.CanvasObject{
		d.head("signin.switch.title"),
		l.Lines(l.T("signin.switch.text", "name", name, "me", d.me.Name), l.Sizes.Text, false, l.Ink, doorWidth),
	}
	if d.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", d.why, doorWidth))
	}
	if d.offer.pin {
		parts = append(parts, l.Field(l.T("signin.pin", "name", name), "", d.pin))
	}
	return append(parts, ui.Row(l.Sizes.Gap,
		ui.NewButton(l, ui.ButtonSpec{Text: ui.Fit(l.T("signin.switch.yes", "name", name), l.Sizes.Text, true, 360), Icon: "person", Key: "Enter", Kind: ui.Primary}, d.accept),
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("signin.switch.no"), Icon: "back", Key: "Esc"}, func() { d.answer(fyne.KeyEscape) })))
}

// ways is the text of how people say who they are.
func (d *Door) ways() string {
	if slices.ContainsFunc(d.members, func(m roster.Member) bool { return m.Card }) {
		return "signin.choose.card"
	}
	return "signin.choose"
}
