package signin

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui"
)

// form is what the staff page asks for.
type form int

const (
	noForm form = iota
	addForm
	pinForm
	cardForm // waits for a card
)

// Staff is the page of who works here: managers add people, take them off and give
// new PINs, everybody changes their own. Its methods belong to the drawing
// goroutine.
type Staff struct {
	door *Door
	l    ui.Look

	members []roster.Member
	known   bool // they were read
	busy    bool // something is being changed
	form    form
	locked  bool      // the device's grant has ended
	open    time.Time // until when a manager has opened it all the same; zero for not
	both    bool      // a card needs the PIN too
	account string    // whose PIN pinForm sets, whose card cardForm waits for
	doubt   string    // whose removal has to be pressed a second time
	why     string
	said    string

	root         *fyne.Container
	number, name *ui.Input
	pin, again   *ui.Input
	manager      *widget.Check
	strict       *widget.Check // a card needs the PIN too
}

// NewStaff makes the page behind a door.
func NewStaff(d *Door) *Staff {
	s := &Staff{door: d, l: d.cfg.Look, root: container.NewStack()}
	s.number, s.name = ui.NewInput(s.save), ui.NewInput(s.save)
	s.pin, s.again = ui.NewSecret(s.save), ui.NewSecret(s.save)
	s.manager = widget.NewCheck(s.l.T("people.manager"), nil)
	s.strict = widget.NewCheck(s.l.T("people.card.both"), s.demand)
	s.draw()
	return s
}

// Content is what the page shows.
func (s *Staff) Content() fyne.CanvasObject { return s.root }

// Show reads the roster afresh.
func (s *Staff) Show() {
	s.ask(noForm, "")
	s.read()
}

func (s *Staff) read() {
	if s.door.roster == nil {
		return
	}
	ctx, r := s.door.ctx, s.door.roster
	s.door.cfg.Background.Run(func() func() {
		members, err := r.Members(ctx)
		both, unknown := r.CardNeedsPIN(ctx)
		locked, open, unjudged := r.Locked(ctx)
		err = errors.Join(err, unknown, unjudged)
		return func() {
			if err != nil {
				s.failed(err)
				return
			}
			s.members, s.known, s.both, s.locked, s.open = members, true, both, locked, open
			s.strict.SetChecked(both)
			s.door.members = members
			if len(members) == 0 {
				s.ask(addForm, "")
			}
			s.draw()
		}
	})
}

// ask empties the form and shows it.
func (s *Staff) ask(f form, account string) {
	s.form, s.account, s.why, s.doubt = f, account, "", ""
	for _, i := range []*ui.Input{s.number, s.name, s.pin, s.again} {
		i.SetText("")
	}
	s.manager.SetChecked(false)
	s.draw()
	switch f {
	case addForm:
		s.door.cfg.Window.Canvas().Focus(s.number)
	case pinForm:
		s.door.cfg.Window.Canvas().Focus(s.pin)
	}
}

func (s *Staff) failed(err error) {
	s.door.cfg.Log.Warn("not done", "screen", "staff", "why", err)
	s.why, s.said = s.l.Explain(err), ""
	s.draw()
}

// save carries out what the form says.
func (s *Staff) save() {
	if s.form == noForm || s.form == cardForm || s.door.roster == nil {
		return
	}
	if s.pin.Text != s.again.Text {
		s.why = s.l.T("people.pins_differ")
		s.draw()
		return
	}
	r, me, pin, account := s.door.roster, s.door.me, s.pin.Text, s.account
	m := roster.Member{Account: s.number.Text, Name: s.name.Text, Manager: s.manager.Checked}
	switch {
	case s.form == pinForm:
		s.do("people.done.pin", func(ctx context.Context) error { return r.SetPIN(ctx, me.Account, account, pin) }, nil)
	case len(s.members) == 0:
		s.do("people.done.begun", func(ctx context.Context) error { return r.Begin(ctx, m, pin) }, s.door.Leave)
	default:
		s.do("people.done.added", func(ctx context.Context) error { return r.Add(ctx, me.Account, m, pin) }, nil)
	}
}

// remove takes somebody off at the second press.
func (s *Staff) remove(account string) {
	if s.doubt != account {
		s.doubt, s.said = account, ""
		s.draw()
		return
	}
	r, me := s.door.roster, s.door.me
	s.do("people.done.removed", func(ctx context.Context) error { return r.Remove(ctx, me.Account, account) }, nil)
}

// do changes the roster and says so, one thing at a time.
func (s *Staff) do(said string, change func(context.Context) error, then func()) {
	if s.busy {
		return
	}
	s.busy = true
	ctx := s.door.ctx
	s.door.cfg.Background.Run(func() func() {
		err := change(ctx)
		return func() {
			s.busy = false
			if err != nil {
				s.failed(err)
				return
			}
			s.said = s.l.T(said)
			s.ask(noForm, "")
			if then != nil {
				then()
			}
			s.read()
		}
	})
}

func (s *Staff) draw() {
	l := s.l
	width := float32(1080)
	parts := []fyne.CanvasObject{l.Write(l.T("people.title"), l.Sizes.Second, true, l.Ink)}
	parts = append(parts, s.lock(width)...)
	if s.known && len(s.members) == 0 {
		parts = append(parts, l.Note(ui.Info, "info", l.T("people.begin"), width))
	}
	if s.said != "" {
		parts = append(parts, l.Note(ui.Done, "check", s.said, width))
	}
	if len(s.members) > 0 {
		rows := ui.Column(0)
		for i, m := range s.members {
			if i > 0 {
				rows.Add(l.Rule(1))
			}
			rows.Add(s.row(m))
		}
		parts = append(parts, l.Panel(ui.Inset(4, 4, 18, 18, rows)))
	}
	if s.form == noForm && s.door.me.Manager {
		add := ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.add"), Icon: "person"}, func() { s.said = ""; s.ask(addForm, "") })
		parts = append(parts, container.NewHBox(add), s.strict)
	}
	switch {
	case s.form == cardForm:
		parts = append(parts, s.drawCard(width))
	case s.form != noForm:
		parts = append(parts, s.drawForm(width))
	case s.why != "":
		parts = append(parts, l.Note(ui.Notice, "alert", s.why, width))
	}
	s.root.Objects = []fyne.CanvasObject{container.NewVScroll(ui.Column(16, parts...))}
	s.root.Refresh()
}

// lock tells that the device's grant has ended, and lets a manager open it for a day of
// checking in.
func (s *Staff) lock(width float32) []fyne.CanvasObject {
	l := s.l
	switch {
	case !s.open.IsZero():
		at := s.open.In(clinic.Taipei)
		return []fyne.CanvasObject{l.Note(ui.Notice, "lock", l.T("people.open", "day", twid.LongDate(clinic.DateOf(at)), "time", clinic.TimeOfDayOf(at).String()), width)}
	case !s.locked:
		return nil
	case !s.door.me.Manager:
		return []fyne.CanvasObject{l.Note(ui.Alarm, "lock", l.T("people.locked"), width)}
	}
	return []fyne.CanvasObject{
		l.Note(ui.Alarm, "lock", l.T("people.locked"), width),
		container.NewHBox(ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.locked.open"), Icon: "lock", Kind: ui.Primary}, s.extend)),
	}
}

// extend opens the device.
func (s *Staff) extend() {
	r, me := s.door.roster, s.door.me
	s.do("people.done.open", func(ctx context.Context) error {
		_, err := r.Extend(ctx, me.Account)
		return err
	}, nil)
}

// row is one of the people.
func (s *Staff) row(m roster.Member) fyne.CanvasObject {
	l, me := s.l, s.door.me
	row := []fyne.CanvasObject{
		ui.Middle(l.Write(ui.Fit(m.Name, l.Sizes.Text, true, 320), l.Sizes.Text, true, l.Ink)), ui.Middle(l.Write(m.Account, l.Sizes.Text, false, l.Ink2)),
	}
	if m.Manager {
		row = append(row, ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Muted, "shield", l.T("people.manager.chip"))))
	}
	if m.Account == me.Account {
		row = append(row, ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Info, "person", l.T("people.here"))))
	}
	if m.Card {
		row = append(row, ui.Middle(ui.NewChip(l, l.Sizes.Smallest, ui.Muted, "card", l.T("people.card.chip"))))
	}
	row = append(row, layout.NewSpacer())
	if me.Manager || m.Account == me.Account {
		row = append(row, s.cardButton(m), ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.pin"), TextSize: l.Sizes.Smallest}, func() { s.said = ""; s.ask(pinForm, m.Account) }))
	}
	if me.Manager && m.Account != me.Account {
		text := l.T("people.remove")
		if s.doubt == m.Account {
			text = l.T("people.remove.sure")
		}
		row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: text, TextSize: l.Sizes.Smallest}, func() { s.remove(m.Account) }))
	}
	return ui.Inset(6, 6, 0, 0, ui.Row(12, row...))
}

func (s *Staff) drawForm(width float32) fyne.CanvasObject {
	l := s.l
	var parts []fyne.CanvasObject
	if s.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", s.why, width-60))
	}
	if s.form == addForm {
		parts = append(parts, ui.Pages(16, l.Field(l.T("people.number"), l.T("people.number.hint"), s.number), l.Field(l.T("people.name"), l.T("people.name.hint"), s.name)))
	} else {
		parts = append(parts, l.Write(l.T("people.pin.of", "account", s.account), l.Sizes.Text, true, l.Ink))
	}
	parts = append(parts, newPIN(l, s.pin, s.again))
	if s.form == addForm && len(s.members) > 0 {
		parts = append(parts, s.manager)
	}
	row := []fyne.CanvasObject{ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.save"), Key: "Enter", Kind: ui.Primary}, s.save)}
	if len(s.members) > 0 {
		row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: l.T("people.cancel")}, func() { s.ask(noForm, "") }))
	}
	return l.Panel(ui.Inset(18, 18, 18, 18, ui.Column(14, append(parts, ui.Row(12, row...))...)))
}
