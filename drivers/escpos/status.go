package escpos

import (
	"errors"
	"strings"
)

// Status is what a printer says of itself.
type Status struct {
	Offline   bool // does not print, for whatever reason
	CoverOpen bool
	PaperEnd  bool
	PaperLow  bool // prints, but not for long
	CutterJam bool
	Fault     bool // another trouble
}

// What keeps a printer from printing.
var (
	ErrCoverOpen = errors.New("the printer's cover is open")
	ErrPaperEnd  = errors.New("the printer is out of paper")
	ErrCutter    = errors.New("the printer's cutter is jammed")
	ErrFault     = errors.New("the printer reports a fault")
	ErrOffline   = errors.New("the printer is offline")
	// ErrSilent says that the printer did not answer in time.
	ErrSilent = errors.New("the printer does not answer")
	// ErrStatus says that what answered is no status byte.
	ErrStatus = errors.New("not a printer's status byte")
)

// Err names the first trouble a person has to see to; nil when it can print.
func (s Status) Err() error {
	switch {
	case s.CoverOpen:
		return ErrCoverOpen
	case s.PaperEnd:
		return ErrPaperEnd
	case s.CutterJam:
		return ErrCutter
	case s.Fault:
		return ErrFault
	case s.Offline:
		return ErrOffline
	}
	return nil
}

func (s Status) String() string {
	var words []string
	for _, w := range []struct {
		on   bool
		word string
	}{
		{s.Offline, "offline"},
		{s.CoverOpen, "cover open"},
		{s.PaperEnd, "paper end"},
		{s.PaperLow, "paper low"},
		{s.CutterJam, "cutter jam"},
		{s.Fault, "fault"},
	} {
		if w.on {
			words = append(words, w.word)
		}
	}
	if words == nil {
		return "ready"
	}
	return strings.Join(words, ", ")
}

// The four questions of DLE EOT n, in the order they are asked.
const (
	askPrinter byte = 1 + iota
	askOffline
	askError
	askPaper
)

// isStatus tells an answer to DLE EOT by its fixed bits: 0xx1xx10.
func isStatus(b byte) bool { return b&0x93 == 0x12 }

// with adds the answer to DLE EOT n to what is known; ErrStatus when it is none.
func (s Status) with(n, b byte) (Status, error) {
	if !isStatus(b) || n < askPrinter || n > askPaper {
		return s, ErrStatus
	}
	switch n {
	case askPrinter:
		s.Offline = s.Offline || b&0x08 != 0
	case askOffline:
		s.CoverOpen = s.CoverOpen || b&0x04 != 0
		s.PaperEnd = s.PaperEnd || b&0x20 != 0
	case askError:
		s.CutterJam = s.CutterJam || b&0x08 != 0
		s.Fault = s.Fault || b&0x60 != 0
	case askPaper:
		s.PaperLow = s.PaperLow || b&0x0C != 0
		s.PaperEnd = s.PaperEnd || b&0x60 != 0
	}
	return s, nil
}
