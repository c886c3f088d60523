package ui

import (
	"maps"

	"fyne.io/fyne/v2"
)

// Prepare gives a program that was just made its look: colours, typeface, and words in
// place of Fyne's own.
func Prepare(a fyne.App, l Look) error {
	fyne.SetCurrentApp(stillApp{a})
	a.Settings().SetTheme(l.Theme())
	return feedFyne(l.Locale)
}

// stillApp stops what Fyne's own widgets move by themselves, above all the fading
// cursor of a field: on a machine without a graphics card each of its steps
// paints the whole window, a fifth of a core all day. Fyne has no setting for it but
// a file of the person's own.
type stillApp struct{ fyne.App }

// Settings are those of the app, without animations.
func (a stillApp) Settings() fyne.Settings { return stillSettings{a.App.Settings()} }

type stillSettings struct{ fyne.Settings }

// ShowAnimations is never true.
func (stillSettings) ShowAnimations() bool { return false }

// Metadata says that all that draws goes through Do: Fyne then does not ask at each step
// which goroutine it is on, which costs a stack trace, and does not warn at each start.
func (a stillApp) Metadata() fyne.AppMetadata {
	m := a.App.Metadata()
	m.Migrations = maps.Clone(m.Migrations)
	if m.Migrations == nil {
		m.Migrations = make(map[string]bool)
	}
	m.Migrations["fyneDo"] = true
	return m
}
