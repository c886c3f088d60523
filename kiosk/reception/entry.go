// Package reception is the judgement at the counter: who stands before us, what
// may they do now, and the act itself, written to the replica before anybody is
// told so. Front desk and kiosk share it; it draws nothing.
package reception

import (
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// Entry is one line of the day's list: a booking, what has happened to it, and
// the words for its vaccine and dose.
type Entry struct {
	Booking clinic.Booking
	Visit   clinic.Visit
	Vaccine string           // in zh-TW
	Names   clinic.Text      // of the vaccine, in every language that it has one in
	Dose    string           // in zh-TW
	Asked   *replica.Command // what this device asked central to do with it; nil if nothing
	Against *clinic.Refusal  // a rule that a doctor has to weigh: age, or the days since another dose known here; nil for none
	Waiting bool             // events of this device about it are not acknowledged yet
}

// The codes of a Finding. Each has a text under "finding." in every language.
const (
	Ready          = "ready"           // booked here today, not arrived: check in
	WrongDay       = "wrong_day"       // booked here, on another day (args: date)
	Cancelled      = "cancelled"       // today's booking was cancelled
	AlreadyArrived = "already_arrived" // args: ticket
	Finished       = "vaccinated"      // vaccinated or deferred today
	NotBooked      = "not_booked"      // no booking here that we know of
	Several        = "several"         // more than one booking here today: choose
	NotTicket      = "not_ticket"      // what was scanned is neither the QR code of a booking nor a booking code
	OtherTicket    = "other_ticket"    // central made the QR code, for a booking that we do not know of
	FalseTicket    = "false_ticket"    // the QR code of no booking that we know of, and not signed by our central
)

// Finding says who stands before us and what may happen next.
type Finding struct {
	Code   string
	Args   map[string]string
	Person clinic.Person
	Entry  *Entry  // the booking that Code speaks of; nil for NotBooked, Several and the tickets
	Choice []Entry // for Several
}

// Receipt tells what a check-in came to; it is given only after the replica has
// it on disk.
type Receipt struct {
	Entry  Entry
	Ticket string // queue number
	Ahead  int    // people who arrived before and have not been called
	At     time.Time
	Repeat bool // the person had already arrived; Ticket is the number given then
}

// Link is the sync state as the counter shows it.
type Link = replica.Standing

// LinkState is the word of a Link.
type LinkState = replica.State

// The states of a Link.
const (
	LinkLive    = replica.Live
	LinkLagging = replica.Lagging
	LinkOffline = replica.Offline
	LinkStuck   = replica.Stuck
	LinkRevoked = replica.Revoked
	LinkUpgrade = replica.Upgrade
	LinkLocked  = replica.Locked
)
