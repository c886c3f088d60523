package selfservice

import (
	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/reception"
)

// Task is what the model wants done, off the drawing goroutine.
type Task int

// The tasks.
const (
	Nothing    Task = iota
	Load            // read how today is, for the figures on the pages
	Recognise       // look Person up
	Scan            // look Code up
	CheckIn         // Booking
	PrintSlip       // Receipt
	Register        // Person, as Offer says
	RingRemind      // the card is still in
	RingCall        // somebody asked for the desk
	AskPIN          // is there a PIN yet?
	TryPIN          // PIN
	ChoosePIN       // PIN, the first one
	AskReset        // the digits for central of who has forgotten the PIN
	ResetPIN        // Reset, PIN
	OpenLocked      // the device is locked: a day of checking in
	Restart
	Quit
	FindOpen // what Person may book
	BookDay  // Wish
	PrintDay // Appointment
	ReadVolume
	KeepVolume // Volume
)

// Order is one task with what it needs. Seq comes back with a Recognise, a Scan or a
// FindOpen.
type Order struct {
	Task    Task
	Seq     int
	Person  clinic.Person
	Code    scanner.Code
	Booking clinic.ID
	Receipt reception.Receipt
	Offer   reception.Offer
	PIN     string
	Reset   string // central's code

	Wish        reception.Wish
	Appointment reception.Appointment
	Volume      int // percent
}
