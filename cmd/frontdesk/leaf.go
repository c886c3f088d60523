package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/kiosk/desk"
)

// side is one of the two pages of a leaf.
type side interface {
	Content() fyne.CanvasObject
	Show()
}

// leaf is two pages in one place of the rail; each has a button that turns to the other.
type leaf struct {
	sides   [2]side
	up      int
	content *fyne.Container
}

func newLeaf(front, back side) *leaf {
	back.Content().Hide()
	return &leaf{sides: [2]side{front, back}, content: container.NewStack(front.Content(), back.Content())}
}

// page is the leaf behind the rail; whoever comes to it finds its front.
func (f *leaf) page(name, icon string) desk.Page {
	return desk.Page{Name: name, Icon: icon, Content: f.content, Key: f.key, Show: func() { f.show(0) }}
}

func (f *leaf) turn() { f.show(1 - f.up) }

func (f *leaf) show(up int) {
	f.sides[1-up].Content().Hide()
	f.sides[up].Content().Show()
	f.up = up
	f.sides[up].Show()
	f.content.Refresh()
}

func (f *leaf) key(name fyne.KeyName) bool {
	p, hears := f.sides[f.up].(interface{ Key(name fyne.KeyName) bool })
	return hears && p.Key(name)
}
