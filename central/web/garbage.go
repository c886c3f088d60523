package web

import "runtime/debug"

// ballast counts as memory that lives and is never touched, so the machine gives none for it.
var ballast []byte

// DeferGarbage lets the memory of a server behind these doors grow by 256 MiB, and by four times of what lives, from one
// garbage collection to the next. A collection takes the processor from the bookings for 20 to 40 ms; with Go's own
// setting a rush has two each second and the slowest hundredth waits for them, with this one every four seconds. A
// server that nobody asks stays as small as it was.
func DeferGarbage() {
	const percent = 400
	if ballast == nil {
		ballast = make([]byte, 256<<20/percent*100)
	}
	debug.SetGCPercent(percent)
}
