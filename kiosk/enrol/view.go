package enrol

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/kiosk/ui"
)

// keys are the characters of a code, as they stand on the keypad.
const keys = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

type view struct {
	s       *Screen
	l       ui.Look
	root    *fyne.Container
	code    *widget.Entry
	address *widget.Entry
	again   *ui.Button
	drawn   string
	width   float32
}

func newView(s *Screen) *view {
	l := s.cfg.Look
	v := &view{s: s, l: l, root: container.NewStack(), code: widget.NewEntry(), address: widget.NewEntry(), width: 760}
	if s.cfg.Keypad {
		v.width = 1000
	}
	v.code.SetPlaceHolder("ABCDE-FGHJK-MNPQR-STVWX")
	v.code.OnSubmitted = s.submit
	v.address.OnSubmitted = func(string) { s.submit(v.code.Text) }
	return v
}

// render draws the page if it differs from what stands there.
func (v *view) render() {
	m := &v.s.m
	state := fmt.Sprint(m.Step, m.Why, m.Address, m.Words)
	if state == v.drawn {
		return
	}
	v.drawn = state
	l := v.l
	if v.address.Text == "" {
		v.address.SetText(m.Address)
	}
	page := v.typing()
	switch m.Step {
	case Reaching:
		page = v.note("enrol.reaching", ui.Info, "sync")
	case Comparing:
		page = v.comparing()
	}
	head := ui.Row(l.Sizes.Gap, ui.Middle(ui.Image(l.Mark(), l.Sizes.Mark)), l.Write(l.T("enrol.title"), l.Sizes.Second, true, l.Ink))
	body, rim := ui.Column(l.Sizes.Gap*1.5, head, page), l.Sizes.Inset*1.4
	if v.s.cfg.Keypad {
		body, rim = ui.Column(l.Sizes.Gap, head, page), l.Sizes.Inset/2
	}
	sized := container.NewStack(ui.Strut(v.width, 0), body)
	v.root.Objects = []fyne.CanvasObject{
		canvas.NewRectangle(l.Ground),
		container.NewCenter(l.Panel(ui.Inset(rim, rim, l.Sizes.Inset*2, l.Sizes.Inset*2, sized))),
	}
	v.root.Refresh()
}

// typing asks for the code.
func (v *view) typing() fyne.CanvasObject {
	l := v.l
	var parts []fyne.CanvasObject
	if v.s.m.Why == "" || !v.s.cfg.Keypad { // with the keypad there is room for one of the two
		parts = append(parts, v.lines("enrol.ask"))
	}
	if v.s.m.Why != "" {
		parts = append(parts, v.note(v.s.m.Why, ui.Notice, "alert"))
	}
	if v.s.cfg.Keypad {
		parts = append(parts, v.code, v.keypad())
	} else {
		parts = append(parts, ui.Column(4, l.Write(l.T("enrol.code"), l.Sizes.Text, true, l.Ink), v.code),
			ui.Column(4, l.Write(l.T("enrol.address"), l.Sizes.Text, true, l.Ink),
				l.Write(l.T("enrol.address.hint"), l.Sizes.Smallest, false, l.Ink2), v.address))
	}
	enter := ui.NewButton(l, ui.ButtonSpec{Text: l.T("enrol.begin"), Key: v.cap("Enter"), Kind: ui.Primary}, func() { v.s.submit(v.code.Text) })
	return ui.Column(l.Sizes.Gap, append(parts, container.NewHBox(enter))...)
}

// keypad types the code where there is no keyboard.
func (v *view) keypad() fyne.CanvasObject {
	grid := container.NewGridWithColumns(11)
	add := func(text, icon string, do func()) {
		grid.Add(ui.NewButton(v.l, ui.ButtonSpec{Text: text, Icon: icon, Kind: ui.Tab, Pad: 4, Height: 76}, func() { do(); v.focus() }))
	}
	for _, k := range keys {
		add(string(k), "", func() { v.code.SetText(v.code.Text + string(k)) })
	}
	add("", "back", func() {
		if r := []rune(v.code.Text); len(r) > 0 {
			v.code.SetText(string(r[:len(r)-1]))
		}
	})
	return grid
}

// comparing shows the five words, big and numbered, so that they can be read out.
func (v *view) comparing() fyne.CanvasObject {
	l := v.l
	title, gap, big := l.Sizes.Second, l.Sizes.Gap*1.2, l.Sizes.Title*1.15
	if v.s.cfg.Keypad { // its type is big already
		title, gap, big = l.Sizes.Text, l.Sizes.Gap/2, l.Sizes.Second
	}
	words := make([]fyne.CanvasObject, len(v.s.m.Words))
	for i, w := range v.s.m.Words {
		word := l.Write(w, big, true, l.Accent)
		word.Alignment = fyne.TextAlignCenter
		n := l.Write(strconv.Itoa(i+1), l.Sizes.Smallest, false, l.Ink2)
		n.Alignment = fyne.TextAlignCenter
		words[i] = ui.Box(l.Soft, l.Accent, l.Sizes.Border, l.Sizes.Radius, ui.Inset(10, 10, 4, 4, ui.Column(0, n, word)))
	}
	v.again = ui.NewButton(l, ui.ButtonSpec{Text: l.T("enrol.other_code"), Icon: "back", Key: v.cap("Esc")}, v.s.stop)
	return ui.Column(gap, l.Lines(l.T("enrol.compare.title"), title, true, l.Ink, v.width), ui.Pages(l.Sizes.Gap, words...),
		v.lines("enrol.compare.more"), v.note("enrol.compare.waiting", ui.Info, "clock"), container.NewHBox(v.again))
}

// cap is the name of a key, where there is a keyboard.
func (v *view) cap(key string) string {
	if v.s.cfg.Keypad {
		return ""
	}
	return key
}

func (v *view) lines(key string) fyne.CanvasObject {
	return v.l.Lines(v.l.T(key), v.l.Sizes.Text, false, v.l.Ink, v.width)
}

func (v *view) note(key string, tone ui.Tone, icon string) fyne.CanvasObject {
	return v.l.Note(tone, icon, v.l.T(key), v.width)
}

// focus gives the keyboard to what it is for.
func (v *view) focus() {
	c := v.s.cfg.Window.Canvas()
	switch v.s.m.Step {
	case Typing:
		c.Focus(v.code)
	case Comparing:
		c.Unfocus()
		c.SetOnTypedKey(func(ev *fyne.KeyEvent) {
			if ev.Name == fyne.KeyEscape {
				v.s.stop()
			}
		})
	default:
		c.Unfocus()
	}
}
