// Package ui is what the front desk and the kiosk draw with: the colours, sizes
// and typeface of the look, icons, and a few widgets. It knows no screen and
// keeps no state of its own; a Look is passed to whatever draws.
package ui

import "fyne.io/fyne/v2"

// Do runs f on the goroutine that owns the widgets and returns at once. It is
// the only way in for everything that comes from elsewhere: readers, the
// replica, timers.
func Do(f func()) { fyne.Do(rest.stir(f)) }
