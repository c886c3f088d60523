// Package emulator is a serial CCID card reader of the GemPC Twin kind, with a
// chip card inside, on a pseudo terminal: it lets a driver be tested, and a
// clinic's programs be shown, on a machine that has no reader.
//
// It is written from public facts only (ISO 7816-3, the CCID 1.1 class
// document, the behaviour of libccid's serial driver and the public layout of
// the NHI card) and shares no code with the drivers it tests. Debian's pcscd
// reads it: `make oracle` proves that.
//
// A Reader answers exactly as its real kind does, unless Faults tell it to
// misbehave. Every person on an emulated card is invented.
package emulator
