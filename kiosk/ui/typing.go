package ui

import "time"

// Typing keeps what is typed in order. With an input method (輸入法) X11 tells of a key at
// once, and of its character later, when the method has seen the key; it tells of keys
// too that the method took for itself. So Enter, which ends a word in the method, would
// also send the form with the word missing, and a scanner's Enter would overtake its
// digits. A key that the method may have taken waits until every character has come. Its
// methods belong to the drawing goroutine.
type Typing struct {
	Now func() time.Time

	keys  int // that write, since nothing was open
	chars int // that came of them
	last  time.Time
	kept  []command
}

// KeyUse is what a key does in a line of text.
type KeyUse int

// The uses of keys.
const (
	KeyOther  KeyUse = iota // nothing an input method takes, such as F1
	KeyWrites               // a character comes of it, perhaps with others'
	KeyEnds                 // Enter and Escape, which end a word
	KeyErases               // the character before
	KeyMoves                // among what is written or offered
)

// command is a key that waits for characters.
type command struct {
	use  KeyUse
	need int // characters
	at   time.Time
	tell func()
}

// patience is how long an input method may take to hand back a key that it has no use
// for, and breath how long after a word that it wrote the word is known to be whole.
const (
	patience = 300 * time.Millisecond
	breath   = 80 * time.Millisecond
)

// Key is a key that goes down, of which tell tells Fyne.
func (t *Typing) Key(use KeyUse, tell func()) {
	t.forget()
	switch {
	case use == KeyWrites:
		t.keys++
		t.last = t.Now()
	case use != KeyOther && t.keys > 0:
		t.kept = append(t.kept, command{use, t.keys, t.Now(), tell})
		return
	}
	tell()
}

// Char is a character, of which tell tells Fyne.
func (t *Typing) Char(tell func()) {
	t.forget()
	t.chars = min(t.chars+1, t.keys)
	t.last = t.Now()
	tell()
	for len(t.kept) > 0 && t.kept[0].need <= t.chars {
		next := t.kept[0]
		t.kept = t.kept[1:]
		next.tell()
	}
	if t.chars == t.keys {
		*t = Typing{Now: t.Now}
	}
}

// forget drops the keys for whose characters was waited in vain: the input method took
// them. A word that it wrote some time ago is done.
func (t *Typing) forget() {
	now := t.Now()
	for len(t.kept) > 0 {
		taken := t.kept[0]
		ended := taken.use == KeyEnds && t.last.After(taken.at) && now.Sub(t.last) > breath
		if !ended && now.Sub(taken.at) <= patience {
			break
		}
		t.kept = t.kept[1:]
		switch taken.use {
		case KeyEnds:
			t.begin(taken.need)
		case KeyErases:
			t.begin(1)
		}
	}
	if t.chars > 0 && len(t.kept) == 0 && now.Sub(t.last) > patience {
		t.begin(t.keys)
	}
}

// begin counts anew after so many keys.
func (t *Typing) begin(keys int) {
	t.keys, t.chars = max(0, t.keys-keys), 0
	for i := range t.kept {
		t.kept[i].need = max(0, t.kept[i].need-keys)
	}
}
