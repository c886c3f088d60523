package signin

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/syncproto"
)

// forgot is the way back for a manager without a PIN: digits to read out to central, and
// a form for the code that it answers with.
type forgot struct {
	challenge string
	until     time.Time
	account   string // of the manager

	code, pin, again *ui.Input
}

// forget asks for the digits and shows them; why stays on the page.
func (d *Door) forget(why string) {
	if d.busy || d.roster == nil || !d.shut {
		return
	}
	ctx, r := d.ctx, d.roster
	d.busy = true
	d.cfg.Background.Run(func() func() {
		challenge, until, err := r.Challenge(ctx)
		return func() {
			d.busy = false
			if !d.shut {
				return
			}
			if err != nil {
				d.cfg.Log.Error("not done", "screen", "door", "what", "draw a challenge", "why", err)
				d.why = d.cfg.Look.Explain(err)
				d.draw()
				return
			}
			if d.forgot == nil {
				d.forgot = &forgot{code: ui.NewInput(d.reset), pin: ui.NewSecret(d.reset), again: ui.NewSecret(d.reset)}
				if all := d.managers(); len(all) > 0 {
					d.forgot.account = all[0].Account
				}
			}
			d.forgot.challenge, d.forgot.until, d.why = challenge, until, why
			d.draw()
			d.focus()
		}
	})
}

func (d *Door) managers() (all []roster.Member) {
	for _, m := range d.members {
		if m.Manager {
			all = append(all, m)
		}
	}
	return all
}

// remember goes back to the page that asks for a PIN.
func (d *Door) remember() {
	d.forgot, d.why = nil, ""
	d.choose(-1)
}

// reset has code and new PIN judged.
func (d *Door) reset() {
	f := d.forgot
	if d.busy || f == nil {
		return
	}
	if f.pin.Text != f.again.Text {
		d.tell(d.cfg.Look.T("people.pins_differ"))
		return
	}
	ctx, r, account, code, pin := d.ctx, d.roster, f.account, f.code.Text, f.pin.Text
	d.busy = true
	d.cfg.Background.Run(func() func() {
		err := r.Reset(ctx, account, code, pin)
		return func() {
			d.busy = false
			if d.forgot == f { // nobody has gone back meanwhile
				d.wasReset(account, err)
			}
		}
	})
}

func (d *Door) wasReset(account string, err error) {
	l := d.cfg.Look
	if err == nil {
		d.cfg.Log.Warn("PIN reset with a code of central", "screen", "door", "account", account)
		d.remember()
		d.said = l.T("signin.forgot.done")
		d.choose(d.place(roster.Member{Account: account}))
		return
	}
	d.cfg.Log.Warn("not done", "screen", "door", "what", "reset a PIN", "why", err)
	if errors.Is(err, clinic.Refuse(roster.ResetOver)) {
		d.forget(l.Explain(err))
		return
	}
	d.why = l.Explain(err)
	d.draw()
	d.focus()
}

// forgotten draws the way back.
func (d *Door) forgotten() []fyne.CanvasObject {
	l, f := d.cfg.Look, d.forgot
	parts := []fyne.CanvasObject{
		d.head("signin.forgot.title"),
		l.Lines(l.T("signin.forgot.others"), l.Sizes.Smallest, false, l.Ink2, doorWidth),
		l.Lines(l.T("signin.forgot.call"), l.Sizes.Text, false, l.Ink, doorWidth),
		l.Write(syncproto.ReadOut(f.challenge), l.Sizes.Title, true, l.Accent),
		l.Write(l.T("signin.forgot.until", "time", clinic.TimeOfDayOf(f.until).String()), l.Sizes.Smallest, false, l.Ink2),
	}
	if d.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", d.why, doorWidth))
	}
	if all := d.managers(); len(all) > 1 {
		grid := container.NewGridWithColumns(2)
		for _, m := range all {
			spec := ui.ButtonSpec{Text: ui.Fit(m.Name, l.Sizes.Text, true, 240), Icon: "person", Kind: ui.Tab, Height: 48}
			if m.Account == f.account {
				spec.Kind = ui.TabOn
			}
			grid.Add(ui.NewButton(l, spec, func() { f.account = m.Account; d.draw(); d.focus() }))
		}
		parts = append(parts, grid)
	}
	return append(parts,
		l.Field(l.T("signin.forgot.code"), l.T("signin.forgot.code.hint"), f.code),
		newPIN(l, f.pin, f.again),
		ui.Row(l.Sizes.Gap,
			ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.save"), Key: "Enter", Kind: ui.Primary}, d.reset),
			ui.NewButton(l, ui.ButtonSpec{Text: l.T("signin.forgot.back"), Icon: "back", Key: "Esc"}, d.remember)))
}
