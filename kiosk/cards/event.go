// Package cards turns what a card reader saw into a clinic.Person, as a stream
// of events that screens can show as they come.
package cards

import (
	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/nhicard"
)

// Kind says what a reader saw.
type Kind int

// The kinds of event.
const (
	ReaderReady Kind = iota // the reader answers, no card in it
	Reading                 // a card went in and is being read
	Recognised              // Person is filled
	Unreadable              // Problem says why
	Removed                 // the card was taken out
	ReaderLost              // the reader does not answer; it is tried again by itself
)

// The problems of Unreadable. Each has a text under "card." in every language.
const (
	ProblemMute       = "mute"            // upside down or dirty
	ProblemNotNHI     = "not_nhi"         // another kind of card
	ProblemHPC        = "hpc"             // a health professional's card
	ProblemRemoved    = "removed"         // pulled out while being read
	ProblemUnreadable = "card_unreadable" // anything else
)

// Event is one thing that a reader saw.
type Event struct {
	Kind    Kind
	Person  clinic.Person // for Recognised: ID, Name, Birth, Sex
	Number  nhicard.Text  // for Recognised: the card's own, by which staff are known
	Doubt   bool          // for Recognised: the name has characters the card cannot say for certain
	Problem string        // for Unreadable
}
