package ui

// Order keeps what a hand does in order. Fyne hears a movement once in each round of its
// loop, but a button at once, and takes it for one at the place before: a finger that
// moves there and presses in one instant would press where it was the time before. So a
// button waits for the round that hears its movement. Its methods belong to the drawing
// goroutine.
type Order struct {
	moved bool   // Fyne was told of a movement and has not heard it yet
	kept  []deed // later ones
}

// deed is something that a hand does, as Fyne is to be told of it.
type deed struct {
	moves bool
	tell  func()
}

// Moved is a movement, of which tell tells Fyne.
func (o *Order) Moved(tell func()) {
	o.kept = append(o.kept, deed{true, tell})
	o.pass()
}

// Pressed is a button that goes down or up, of which tell tells Fyne.
func (o *Order) Pressed(tell func()) {
	o.kept = append(o.kept, deed{false, tell})
	o.pass()
}

// Round says that Fyne has heard the movements, and reports whether it has more to hear.
func (o *Order) Round() (more bool) {
	o.moved = false
	o.pass()
	return o.moved || len(o.kept) > 0
}

func (o *Order) pass() {
	for len(o.kept) > 0 && (o.kept[0].moves || !o.moved) {
		next := o.kept[0]
		o.kept = o.kept[1:]
		o.moved = o.moved || next.moves
		next.tell()
	}
	if len(o.kept) == 0 {
		o.kept = nil
	}
}
