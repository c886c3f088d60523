package desk

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/ui"
)

// Page is one of the desk's screens, behind a button of the rail. What is nil is
// not needed. All of it is called on the drawing goroutine.
type Page struct {
	Name    string // its word is "desk.rail." and this
	Icon    string // in assets/icons
	Content fyne.CanvasObject
	Attach  func(fyne.Canvas)                 // the window's canvas, once
	Show    func()                            // it comes to the front: read afresh, take the keyboard
	Key     func(fyne.KeyName) bool           // a key that nothing in focus wanted; reports whether it was used
	Rune    func(rune) bool                   // a character that nothing in focus wanted; reports whether it was used
	Mark    func() string                     // what has to be seen from the other pages, at the rail; empty for nothing
	Changed func()                            // what the replica holds has changed
	Tick    func()                            // a second has gone by
	Card    func(cards.Event, time.Time) bool // what the reader saw while it is in front; false: it is the list's
}

// List names the page that the screen brings with it.
const List = "list"

// functionKeys turn to the pages in the order of the rail.
var functionKeys = [...]fyne.KeyName{
	fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8, fyne.KeyF9,
}

// Add puts further pages behind the rail, before the screen is attached.
func (s *Screen) Add(pages ...Page) {
	for _, p := range pages {
		s.pages = append(s.pages, p)
		s.f.add(len(s.pages)-1, p)
	}
	s.f.turn(s.front)
}

// Turn brings the page of a name to the front; no page has another name.
func (s *Screen) Turn(name string) {
	for i, p := range s.pages {
		if p.Name == name {
			s.turn(i)
		}
	}
}

// Front names the page in front.
func (s *Screen) Front() string { return s.pages[s.front].Name }

func (s *Screen) turn(page int) {
	s.stir()
	s.front = page
	s.f.turn(page)
	if s.canvas != nil {
		s.canvas.Unfocus()
	}
	if show := s.pages[page].Show; show != nil {
		show()
	}
}

// typed takes a key that nothing in focus wanted.
func (s *Screen) typed(ev *fyne.KeyEvent) {
	s.stir()
	if s.front == 0 {
		s.v.field.TypedKey(ev)
		return
	}
	if key := s.pages[s.front].Key; key != nil && key(ev.Name) {
		s.mark()
		return
	}
	if (ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter || ev.Name == fyne.KeyTab) && s.keys.End() {
		return
	}
	if ev.Name == fyne.KeyEscape {
		s.turn(0)
		return
	}
	s.functionKey(ev.Name)
}

// rune takes a character that nothing in focus wanted: a scanner may be typing it.
func (s *Screen) rune(r rune) {
	if take := s.pages[s.front].Rune; take != nil && take(r) {
		return
	}
	s.keys.Rune(r)
}

// mark shows at the rail what has to be seen.
func (s *Screen) mark() {
	for i, p := range s.pages {
		if p.Mark != nil {
			s.f.items[i].mark(p.Mark())
		}
	}
}

// functionKey turns to a page; it reports whether the key stands for one.
func (s *Screen) functionKey(name fyne.KeyName) bool {
	if name == leaveKey && s.leave != nil {
		s.leave()
		return true
	}
	for i := range min(len(s.pages), len(functionKeys)) {
		if functionKeys[i] == name {
			s.turn(i)
			return true
		}
	}
	return false
}

// each calls a hook of every further page.
func (s *Screen) each(hook func(Page) func()) {
	for _, p := range s.pages[1:] {
		if f := hook(p); f != nil {
			f()
		}
	}
}

// frame is what stands around every page: whose desk this is, how things stand,
// and the way to the other pages.
type frame struct {
	s *Screen
	l ui.Look

	root   *fyne.Container
	name   *canvas.Text
	date   *canvas.Text
	time   *canvas.Text
	sync   *ui.SyncStrip
	reader *ui.Chip
	who    *fyne.Container // empty while nobody can sign in
	top    *fyne.Container
	help   *fyne.Container // who calls for a person; hidden while nobody does
	rail   *fyne.Container
	holder *fyne.Container
	items  []*railItem
	said   string // what the chips of the bar say
}

func newFrame(s *Screen) *frame {
	f := &frame{s: s, l: s.cfg.Look, rail: container.New(layout.NewCustomPaddedVBoxLayout(2)), holder: container.NewStack(), help: container.NewStack()}
	f.help.Hide()
	rail := ui.Frame(nil, nil, nil, f.l.Rule(1),
		container.NewStack(canvas.NewRectangle(f.l.Surface), ui.Strut(103, 0), ui.Inset(8, 8, 8, 8, f.rail)))
	f.root = container.NewStack(canvas.NewRectangle(f.l.Ground), ui.Frame(ui.Column(0, f.bar(), f.help), nil, rail, nil, ui.Inset(16, 16, 16, 16, f.holder)))
	f.clock(s.cfg.Now())
	return f
}

// bar is the line at the top.
func (f *frame) bar() fyne.CanvasObject {
	l := f.l
	f.name = l.Write("", l.Sizes.Text, true, l.Ink)
	f.date = l.Write("", l.Sizes.Text, false, l.Ink2)
	f.time = l.Write("", l.Sizes.Text, true, l.Ink)
	f.sync = ui.NewSyncStrip(l)
	f.reader = ui.NewBareChip(l, l.Sizes.Smallest, ui.Muted, "card", "")
	f.who = container.NewStack()
	f.who.Hide()
	f.top = ui.Row(16,
		ui.Middle(ui.Image(l.Mark(), l.Sizes.Mark)), ui.Middle(f.name), ui.Middle(f.date), layout.NewSpacer(),
		ui.Middle(f.sync.Chip), ui.Inset(0, 0, 8, 8, ui.Middle(f.reader)), f.who, ui.Middle(f.time))
	return ui.Frame(nil, l.Rule(1), nil, nil,
		container.NewStack(canvas.NewRectangle(l.Surface), ui.Strut(0, 55), ui.Inset(0, 0, 16, 16, f.top)))
}

func (f *frame) add(page int, p Page) {
	key := ""
	if page < len(functionKeys) {
		key = "F" + strconv.Itoa(page+1)
	}
	item := newRailItem(f.l, p.Icon, f.l.T("desk.rail."+p.Name), key, func() { f.s.turn(page) })
	f.items = append(f.items, item)
	f.rail.Add(item)
	p.Content.Hide()
	f.holder.Add(p.Content)
}

func (f *frame) turn(page int) {
	for i, p := range f.s.pages {
		f.items[i].set(i == page)
		p.Content.Hide()
	}
	f.s.pages[page].Content.Show()
	f.holder.Refresh()
}

// named puts the clinic's name into the bar.
func (f *frame) named(name string) {
	if name = ui.Fit(name, f.l.Sizes.Text, true, 360); f.name.Text != name {
		f.name.Text = name
		f.top.Refresh()
	}
}

// clock draws the time when the minute has changed.
func (f *frame) clock(now time.Time) {
	day, minute := dateWords(f.l, clinic.DateOf(now)), clinic.TimeOfDayOf(now).String()
	if f.time.Text == minute && f.date.Text == day {
		return
	}
	f.time.Text, f.date.Text = minute, day
	f.time.Refresh()
	f.date.Refresh()
}

// tell shows how reader and line stand.
func (f *frame) tell(m *Model) {
	f.sync.Tell(m.Link)
	tone, icon, words := m.readerWords(f.l)
	f.reader.Set(tone, icon, words, false)
	if _, said := f.sync.Chip.Says(); f.said != said+words {
		f.said = said + words
		f.top.Refresh()
	}
}

// railItem is the way to one page: its picture, its word and its key.
type railItem struct {
	widget.BaseWidget

	look            ui.Look
	icon            string
	word, key       string
	marked          string // in the place of the key
	chosen, hovered bool
	tapped          func()
}

var (
	_ fyne.Tappable     = (*railItem)(nil)
	_ desktop.Hoverable = (*railItem)(nil)
)

func newRailItem(l ui.Look, icon, word, key string, tapped func()) *railItem {
	r := &railItem{look: l, icon: icon, word: word, key: key, tapped: tapped}
	r.ExtendBaseWidget(r)
	return r
}

func (r *railItem) set(chosen bool) {
	if r.chosen != chosen {
		r.chosen = chosen
		r.Refresh()
	}
}

func (r *railItem) mark(words string) {
	if r.marked != words {
		r.marked = words
		r.Refresh()
	}
}

// Tapped turns to the page.
func (r *railItem) Tapped(*fyne.PointEvent) { r.tapped() }

// MouseIn lights the item.
func (r *railItem) MouseIn(*desktop.MouseEvent) { r.hovered = true; r.Refresh() }

// MouseMoved is part of being hoverable.
func (r *railItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut undoes MouseIn.
func (r *railItem) MouseOut() { r.hovered = false; r.Refresh() }

// CreateRenderer is part of being a widget.
func (r *railItem) CreateRenderer() fyne.WidgetRenderer {
	l := r.look
	word, key := l.Write(r.word, l.Sizes.Smallest, true, l.Ink), l.Write(r.key, l.Sizes.Caption, false, l.Ink2)
	word.Alignment, key.Alignment = fyne.TextAlignCenter, fyne.TextAlignCenter
	icon := ui.Image(nil, 24)
	box := ui.Box(l.Surface, l.Surface, 2, l.Sizes.Radius, ui.Inset(5, 1, 0, 0, ui.Column(-3, container.NewCenter(icon), word, key)))
	out := &railRenderer{WidgetRenderer: widget.NewSimpleRenderer(box), r: r, ground: box.Objects[0].(*canvas.Rectangle), icon: icon, text: word, key: key}
	out.Refresh()
	return out
}

type railRenderer struct {
	fyne.WidgetRenderer
	r      *railItem
	ground *canvas.Rectangle
	icon   *canvas.Raster
	text   *canvas.Text
	key    *canvas.Text
}

func (w *railRenderer) Refresh() {
	l := w.r.look
	w.key.Text, w.key.Color, w.key.TextStyle.Bold = w.r.key, l.Ink2, false
	if w.r.marked != "" {
		w.key.Text, w.key.TextStyle.Bold = w.r.marked, true
		w.key.Color, _ = l.Tone(ui.Notice)
	}
	fill, border, ink := l.Surface, l.Surface, l.Ink
	if w.r.chosen || w.r.hovered {
		fill, border = l.Soft, l.Soft
	}
	if w.r.chosen {
		ink = l.Accent
		if l.Outlined {
			border = l.Accent
		}
	}
	w.ground.FillColor, w.ground.StrokeColor, w.text.Color = fill, border, ink
	w.icon.Generator = ui.Drawn(ui.Icon(w.r.icon, ink))
	w.WidgetRenderer.Refresh()
}
