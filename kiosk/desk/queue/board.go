package queue

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Board shows the waiting room who is called: numbers and rooms, no names.
type Board struct {
	l     ui.Look
	root  *fyne.Container
	drawn string
}

// NewBoard makes a board on which nobody is called.
func NewBoard(l ui.Look) *Board {
	b := &Board{l: l, root: container.NewStack()}
	b.Tell(reception.Queue{})
	return b
}

// Content is what the window of the waiting room shows.
func (b *Board) Content() fyne.CanvasObject { return b.root }

// boardRows is how many earlier calls the board keeps.
const boardRows = 4

// Tell shows a queue.
func (b *Board) Tell(q reception.Queue) {
	state := fmt.Sprint(len(q.Waiting))
	for _, p := range q.Called {
		state += fmt.Sprint(" ", p.Entry.Visit.Ticket, p.Room, p.Times)
	}
	if state == b.drawn {
		return
	}
	b.drawn = state
	l := b.l
	centre := func(s string, size float32, bold bool) fyne.CanvasObject {
		t := l.Write(s, size, bold, l.Ink)
		t.Alignment = fyne.TextAlignCenter
		return t
	}
	head := centre(l.T("queue.board.title"), 44, true)
	var middle fyne.CanvasObject = container.NewCenter(centre(l.T("queue.board.nobody"), 58, false))
	if len(q.Called) > 0 {
		now := q.Called[0]
		number := l.Write(now.Entry.Visit.Ticket, 260, true, l.Accent)
		number.Alignment = fyne.TextAlignCenter
		middle = ui.Column(-30, number, centre(l.T("queue.board.room", "room", now.Room), 72, true))
	}
	var before []fyne.CanvasObject
	for i, p := range q.Called {
		if i > 0 && i <= boardRows {
			before = append(before, l.Panel(ui.Inset(10, 10, 10, 10, ui.Column(-6, centre(p.Entry.Visit.Ticket, 58, true), centre(l.T("queue.board.short", "room", p.Room), 36, false)))))
		}
	}
	if len(before) == 0 {
		before = append(before, layout.NewSpacer())
	}
	foot := ui.Column(16, ui.Pages(16, before...), centre(l.T("queue.board.waiting", "count", strconv.Itoa(len(q.Waiting))), 36, false))
	b.root.Objects = []fyne.CanvasObject{
		ui.Box(l.Surface, l.Surface, 0, 0, ui.Inset(24, 24, 32, 32, ui.Frame(head, foot, nil, nil, ui.Middle(middle)))),
	}
	b.root.Refresh()
}
