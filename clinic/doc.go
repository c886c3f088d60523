// Package clinic holds the rules of a vaccination day in plain Go: programmes,
// periods, slots, bookings, what happened to a person at the clinic, and the
// refusals a rule can answer with. It imports the standard library only, does
// no I/O, reads no clock and draws no random numbers.
package clinic
