package desk

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/ui"
)

// view draws the day's list and who stands at the counter.
type view struct {
	s *Screen
	l ui.Look

	root    *fyne.Container
	banner  *fyne.Container
	field   *field
	filters *fyne.Container
	list    *widget.List
	empty   *fyne.Container
	side    *fyne.Container
	undo    *fyne.Container
	main    *fyne.Container
	body    *fyne.Container

	rows   []line
	ids    []clinic.ID
	drawn  drawn
	width  float32
	button *ui.Button // the banner's action
}

// drawn remembers what stands on the screen, so that only what changed is drawn
// again.
type drawn struct {
	saying saying
	counts []Count
	filter Filter
	bar    string
	empty  string
	side   string
	marked [2]clinic.ID // the cursor's row and the banner's
}

func newView(s *Screen) *view {
	l := s.cfg.Look
	v := &view{s: s, l: l, width: 1144}
	v.list = widget.NewList(
		func() int { return len(v.rows) },
		func() fyne.CanvasObject { return newRow(l) },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if i < len(v.rows) {
				o.(*row).set(v.rows[i], v.chosen(v.ids[i]))
			}
		})
	v.list.HideSeparators = true
	v.list.OnSelected = func(i widget.ListItemID) {
		v.list.UnselectAll()
		if i < len(v.ids) {
			s.open(v.ids[i])
		}
	}
	v.field = newField(s.keys)
	v.field.SetPlaceHolder(l.T("desk.search"))
	v.field.Icon = ui.Icon("search", l.Ink2)
	v.field.OnChanged = s.find
	v.field.key, v.field.digit, v.field.takeBack, v.field.next = s.key, s.digit, s.takeBack, s.next
	v.field.answer = s.answer

	v.banner, v.filters = container.NewStack(), container.New(layout.NewCustomPaddedHBoxLayout(8))
	v.empty, v.side, v.undo = container.NewStack(), container.NewStack(), container.NewStack()
	v.undo.Hide()
	v.side.Hide()

	list := l.Panel(ui.Frame(newHead(l), nil, nil, nil,
		container.NewStack(container.NewThemeOverride(v.list, ui.Flat(l.Theme())), v.empty)))
	left := ui.Frame(
		ui.Column(l.Sizes.Gap, v.field, v.filters), v.undo, nil, nil,
		ui.Inset(l.Sizes.Gap, 0, 0, 0, list))
	v.main = container.New(&split{view: v, side: 316, gap: 16}, left, v.side)
	v.body = ui.Frame(v.banner, nil, nil, nil, ui.Inset(l.Sizes.Gap, 0, 0, 0, v.main))
	v.root = container.NewStack(v.body)
	return v
}

func (v *view) chosen(id clinic.ID) bool {
	return id == v.s.m.Cursor || id == v.s.m.Banner.Booking()
}

// render draws what differs from what stands on the screen.
func (v *view) render(m *Model) {
	l := v.l
	if say := m.saying(l); !equal(say, v.drawn.saying) || len(v.banner.Objects) == 0 {
		v.drawn.saying = say
		v.banner.Objects = []fyne.CanvasObject{v.drawBanner(say)}
		v.banner.Refresh()
		v.body.Refresh()
		v.s.focus()
	}
	if v.field.Text != m.Query() {
		v.field.SetText(m.Query())
	}
	if counts := m.Counts(); !slices.Equal(counts, v.drawn.counts) || m.Filter != v.drawn.filter {
		v.drawn.counts, v.drawn.filter = counts, m.Filter
		v.drawFilters(counts, m.Filter)
	}
	v.drawRows(m)
	v.drawSide(m)
	v.drawBar(m)
}

func equal(a, b saying) bool {
	same := slices.Equal(a.choices, b.choices)
	a.choices, b.choices = nil, nil
	return same && a.name == b.name && a.about == b.about && a.tone == b.tone && a.icon == b.icon && a.chip == b.chip &&
		a.doubt == b.doubt && a.line == b.line && a.action == b.action && a.primary == b.primary && a.busy == b.busy && a.second == b.second && a.change == b.change
}

func (v *view) drawFilters(counts []Count, on Filter) {
	v.filters.Objects = nil
	for _, c := range counts {
		kind := ui.Tab
		if c.Filter == on {
			kind = ui.TabOn
		}
		v.filters.Add(ui.NewButton(v.l, ui.ButtonSpec{
			Text: c.Filter.name(v.l), Count: strconv.Itoa(c.Rows), Kind: kind, TextSize: v.l.Sizes.Smallest, Pad: 14,
		}, func() { v.s.filter(c.Filter) }))
	}
	v.filters.Refresh()
}

func (v *view) drawRows(m *Model) {
	entries := m.Rows()
	rows, ids := make([]line, 0, len(entries)), make([]clinic.ID, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, m.line(v.l, e))
		ids = append(ids, e.Booking.ID)
	}
	marked := [2]clinic.ID{m.Cursor, m.Banner.Booking()}
	if !slices.Equal(rows, v.rows) || !slices.Equal(ids, v.ids) || marked != v.drawn.marked {
		v.rows, v.ids, v.drawn.marked = rows, ids, marked
		v.list.Refresh()
	}
	if say := m.empty(v.l); say != v.drawn.empty || len(v.empty.Objects) == 0 {
		v.drawn.empty = say
		text := v.l.Write(say, v.l.Sizes.Text, false, v.l.Ink2)
		v.empty.Objects = []fyne.CanvasObject{container.NewCenter(text)}
		v.empty.Hidden = say == ""
		v.empty.Refresh()
	}
}

func (v *view) drawBar(m *Model) {
	text, action := "", ""
	if m.Bar != nil && m.Bar.State != BarPending {
		text = m.barText(v.l)
		if m.Bar.State != BarUndone {
			action = v.l.T("desk.undo")
		}
	}
	if text == v.drawn.bar {
		return
	}
	v.drawn.bar = text
	v.undo.Hidden = text == ""
	if text != "" {
		bar, _ := v.l.UndoBar(text, action, "Ctrl+Z", func() { v.s.takeBack(); v.s.focus() })
		v.undo.Objects = []fyne.CanvasObject{ui.Inset(v.l.Sizes.Gap, 0, 0, 0, bar)}
	}
	v.undo.Refresh()
	v.root.Refresh()
}

// split sets the list beside the panel of what waits to be sent, and tells the
// view how wide it is.
type split struct {
	view      *view
	side, gap float32
}

func (s *split) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := o[0].MinSize()
	if o[1].Visible() {
		size.Width += s.side + s.gap
	}
	return size
}

func (s *split) Layout(o []fyne.CanvasObject, size fyne.Size) {
	left := size.Width
	if o[1].Visible() {
		left -= s.side + s.gap
		o[1].Move(fyne.NewPos(left+s.gap, 0))
		o[1].Resize(fyne.NewSize(s.side, min(size.Height, o[1].MinSize().Height)))
	}
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(left, size.Height))
	if s.view.width != size.Width {
		s.view.width = size.Width
		if len(s.view.banner.Objects) == 0 {
			return
		}
		s.view.banner.Objects = []fyne.CanvasObject{s.view.drawBanner(s.view.drawn.saying)}
		s.view.banner.Refresh()
	}
}
