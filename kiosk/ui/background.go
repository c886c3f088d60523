package ui

// Background runs work that takes time beside the drawing goroutine; nil starts a goroutine
// for each.
type Background func(work func())

// Run does work, and then on the drawing goroutine what it gives back.
func (b Background) Run(work func() (then func())) {
	whole := func() { Do(work()) }
	if b == nil {
		go whole()
		return
	}
	b(whole)
}
