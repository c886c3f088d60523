// Package signin has people sign in at the desk with a PIN or their card, and managers
// say who they are. Door stands before the desk's screens while nobody is signed in; Staff
// is the page behind it. Both draw what the roster knows and hold no rules.
package signin

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui"
)

// Roster is what the screens need of the roster.
type Roster interface {
	Members(ctx context.Context) ([]roster.Member, error)
	SignIn(ctx context.Context, account, pin string) (roster.Member, error)
	SignInCard(ctx context.Context, number string) (roster.Member, error)
	SetCard(ctx context.Context, by, account, number string) error
	CardNeedsPIN(ctx context.Context) (bool, error)
	SetCardNeedsPIN(ctx context.Context, by string, both bool) error
	Challenge(ctx context.Context) (digits string, until time.Time, err error)
	Reset(ctx context.Context, account, code, pin string) error
	Locked(ctx context.Context) (locked bool, open time.Time, err error)
	Extend(ctx context.Context, by string) (until time.Time, err error)
	Begin(ctx context.Context, m roster.Member, pin string) error
	Add(ctx context.Context, by string, m roster.Member, pin string) error
	SetPIN(ctx context.Context, by, account, pin string) error
	Remove(ctx context.Context, by, account string) error
}

// Config is how the screens look and what they stand before.
type Config struct {
	Look       ui.Look
	Window     fyne.Window
	Log        *slog.Logger
	Background ui.Background
	Enter      func()              // shows the desk's screens
	Shut       func()              // the window is about to show the door instead
	Signed     func(roster.Member) // acts carry this account from now on; zero: nobody's
	Limit      time.Duration       // after so long without a key the desk is left
	Known      func()              // the card in the reader is of who works here: the desk lets go of it
}

// Door asks who works here and for their PIN. Its methods belong to the drawing
// goroutine.
type Door struct {
	cfg     Config
	roster  Roster
	ctx     context.Context
	members []roster.Member
	me      roster.Member // who is signed in; zero for nobody
	shut    bool

	chosen int // of members; -1 for none
	why    string
	said   string  // what was done
	locked bool    // the device's grant has ended
	forgot *forgot // nil unless somebody has forgotten the PIN
	busy   bool
	card   bool   // one is in the reader
	asked  *bool  // the asking whose answer counts; nil for none
	later  func() // judges a card that came while the door was busy; nil for none
	offer  *offer // somebody else's card went in while the desk is open; nil for none

	root *fyne.Container
	pin  *ui.Input
}

// NewDoor makes a door that is open until Begin.
func NewDoor(cfg Config) *Door {
	d := &Door{cfg: cfg, ctx: context.Background(), chosen: -1, root: container.NewStack()}
	d.pin = ui.NewSecret(d.try)
	return d
}

// Begin gives the door its roster and shuts it where there is anybody on it.
func (d *Door) Begin(ctx context.Context, r Roster) {
	d.ctx, d.roster = ctx, r
	d.Leave()
}

// Me is who is signed in; zero for nobody.
func (d *Door) Me() roster.Member { return d.me }

// Leave signs off and asks who comes next. Without anybody on the roster the desk
// stays open.
func (d *Door) Leave() {
	if d.roster == nil || d.shut {
		return
	}
	ctx, r := d.ctx, d.roster
	d.cfg.Background.Run(func() func() {
		members, err := r.Members(ctx)
		locked, _, unknown := r.Locked(ctx)
		err = errors.Join(err, unknown)
		return func() {
			d.locked = locked
			if err != nil {
				d.cfg.Log.Error("not done", "screen", "door", "what", "read the roster", "why", err)
			}
			if len(members) > 0 || err != nil {
				d.close(members, err)
			}
		}
	})
}

// close shuts the door; with a roster that can't be read it stays shut.
func (d *Door) close(members []roster.Member, err error) {
	before := d.me
	d.members, d.me, d.shut, d.busy, d.why, d.chosen, d.offer = members, roster.Member{}, true, false, "", -1, nil
	d.said, d.forgot = "", nil
	if err != nil {
		d.why = d.cfg.Look.Explain(err)
	}
	for i, m := range members {
		if m.Account == before.Account || len(members) == 1 {
			d.chosen = i
		}
	}
	d.cfg.Signed(d.me)
	d.stand()
}

// stand puts the door before the desk.
func (d *Door) stand() {
	d.pin.SetText("")
	d.draw()
	d.cfg.Shut()
	d.cfg.Window.SetContent(d.root)
	d.cfg.Window.Canvas().SetOnTypedKey(d.key)
	d.cfg.Window.Canvas().SetOnTypedRune(d.rune)
	d.focus()
}

// Waited leaves the desk when nobody did anything for too long.
func (d *Door) Waited(idle time.Duration) {
	if d.me.Account != "" && d.cfg.Limit > 0 && idle >= d.cfg.Limit {
		d.cfg.Log.Info("left alone", "screen", "door", "account", d.me.Account)
		d.Leave()
	}
}

// choose picks who signs in.
func (d *Door) choose(i int) {
	if d.busy || i >= len(d.members) {
		return
	}
	d.chosen, d.why = i, ""
	d.pin.SetText("")
	d.draw()
	d.focus()
}

// rune chooses by digit while nobody is chosen.
func (d *Door) rune(r rune) {
	if d.offer == nil && d.forgot == nil && d.chosen < 0 && r >= '1' && r <= '9' {
		d.choose(int(r - '1'))
	}
}

func (d *Door) key(ev *fyne.KeyEvent) {
	if d.offer != nil {
		d.answer(ev.Name)
		return
	}
	if d.forgot != nil {
		if ev.Name == fyne.KeyEscape {
			d.remember()
		}
		return
	}
	if ev.Name == fyne.KeyEscape && d.shut && len(d.members) > 1 {
		d.choose(-1)
	}
}

// try has the PIN judged.
func (d *Door) try() {
	if d.busy || d.chosen < 0 || d.pin.Text == "" {
		return
	}
	ctx, r, account, pin := d.ctx, d.roster, d.members[d.chosen].Account, d.pin.Text
	d.busy, d.said = true, ""
	d.pin.SetText("")
	d.cfg.Background.Run(func() func() {
		m, err := r.SignIn(ctx, account, pin)
		return func() {
			d.judged(m, err)
			d.goOn()
		}
	})
}

func (d *Door) judged(m roster.Member, err error) {
	d.busy = false
	if err != nil {
		d.cfg.Log.Warn("not done", "screen", "door", "what", "sign in", "why", err)
		d.why = d.cfg.Look.Explain(err)
		d.draw()
		d.focus()
		return
	}
	d.cfg.Log.Info("signed in", "screen", "door", "account", m.Account)
	d.open(m)
}

// open lets somebody in.
func (d *Door) open(m roster.Member) {
	d.me, d.shut, d.offer = m, false, nil
	d.cfg.Signed(m)
	d.cfg.Enter()
}

func (d *Door) focus() {
	if d.forgot != nil {
		d.cfg.Window.Canvas().Focus(d.forgot.code)
	} else if d.chosen < 0 || d.offer != nil && !d.offer.pin {
		d.cfg.Window.Canvas().Unfocus()
	} else {
		d.cfg.Window.Canvas().Focus(d.pin)
	}
}

func (d *Door) draw() {
	if d.offer != nil {
		d.show(d.offered()...)
		return
	}
	if d.forgot != nil {
		d.show(d.forgotten()...)
		return
	}
	l, width := d.cfg.Look, doorWidth
	grid := container.NewGridWithColumns(2)
	for i, m := range d.members {
		spec := ui.ButtonSpec{Text: ui.Fit(m.Name, l.Sizes.Text, true, 240), Icon: "person", Kind: ui.Tab, Height: 56}
		if i == d.chosen {
			spec.Kind = ui.TabOn
		}
		if d.chosen < 0 && i < 9 {
			spec.Key = strconv.Itoa(i + 1)
		}
		grid.Add(ui.NewButton(l, spec, func() { d.choose(i) }))
	}
	parts := []fyne.CanvasObject{d.head("signin.title"), grid}
	if d.locked {
		parts = append(parts, l.Note(ui.Alarm, "lock", l.T("signin.locked"), width))
	}
	if d.said != "" {
		parts = append(parts, l.Note(ui.Done, "check", d.said, width))
	}
	if d.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", d.why, width))
	}
	if d.chosen >= 0 {
		enter := ui.NewButton(l, ui.ButtonSpec{Text: l.T("signin.enter"), Key: "Enter", Kind: ui.Primary}, d.try)
		row := []fyne.CanvasObject{enter}
		if len(d.members) > 1 {
			row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: l.T("signin.other"), Icon: "back", Key: "Esc"}, func() { d.choose(-1) }))
		}
		row = append(row, ui.NewButton(l, ui.ButtonSpec{Text: l.T("signin.forgot"), Icon: "help", Kind: ui.Tab}, func() { d.forget("") }))
		parts = append(parts, l.Field(l.T("signin.pin", "name", d.members[d.chosen].Name), "", d.pin), ui.Row(l.Sizes.Gap, row...))
	} else {
		parts = append(parts, l.Write(l.T(d.ways()), l.Sizes.Smallest, false, l.Ink2))
	}
	d.show(parts...)
}

// head is the title of what the door shows.
func (d *Door) head(key string) fyne.CanvasObject {
	l := d.cfg.Look
	return ui.Row(l.Sizes.Gap, ui.Middle(ui.Image(l.Mark(), l.Sizes.Mark)), l.Write(l.T(key), l.Sizes.Second, true, l.Ink))
}

// newPIN asks for a new PIN, twice.
func newPIN(l ui.Look, pin, again fyne.CanvasObject) fyne.CanvasObject {
	return ui.Pages(16, l.Field(l.T("people.pin.new"), l.T("people.pin.hint"), pin), l.Field(l.T("people.pin.again"), l.T("people.pin.again.hint"), again))
}

// doorWidth is how wide the door's panel is.
const doorWidth = float32(760)

// show puts these parts below each other.
func (d *Door) show(parts ...fyne.CanvasObject) {
	l := d.cfg.Look
	d.root.Objects = []fyne.CanvasObject{
		canvas.NewRectangle(l.Ground),
		container.NewCenter(l.Panel(ui.Inset(24, 24, 32, 32, ui.Wide(doorWidth, 16, parts...)))),
	}
	d.root.Refresh()
}
