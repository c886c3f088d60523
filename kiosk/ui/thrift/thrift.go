// Package thrift keeps the memory of a program with windows small. Fyne keeps what it
// drew for a minute after it was last shown, and reads for how long when the program
// begins, before main: so this package has to be there first. It uses the standard
// library alone, and its path stands before Fyne's; Go initialises packages in that
// order. Measured by make bench-apps (W8, W9).
package thrift

import (
	"cmp"
	"os"
	"runtime/debug"
)

var (
	// With 10 s or less Fyne walks through all of a window in each round of its loop, which
	// ui.Rest makes few.
	_ = os.Setenv("FYNE_CACHE", "3s") // never fails for such a name
	// Fyne also reads the machine's typeface for the language of whoever works there, beside
	// ours, which has all that it has: 20 MB for each weight where that is Chinese. One
	// for English is small. What this program starts passes over English, as gettext does,
	// and goes on to the language of before.
	_ = os.Setenv("LANGUAGE", "en:"+cmp.Or(os.Getenv("LANGUAGE"), os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")))
	_ = debug.SetGCPercent(25)
)
