package emulator

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Chip names one of the answers to reset that are publicly known for NHI cards
// (pcsc-tools smartcard_list.txt, 2026-06-03). All speak T=1.
type Chip string

// The seven public NHI chips; the first is the one a Card has unless told.
const (
	ChipTHCC10N2 Chip = "thcc10-n2"
	ChipTHCC10N1 Chip = "thcc10-n1"
	ChipJCOP21   Chip = "jcop21"
	ChipC821     Chip = "c821"
	ChipSLJ52R   Chip = "slj52-r"
	ChipSLJ52    Chip = "slj52"
	ChipJCOP4    Chip = "jcop4"
)

const (
	hpcATR     = "3B F9 18 00 00 81 31 FE 45 50 56 5F 4A 32 44 30 38 31 B6"
	t0ATR      = "3B 68 00 00 54 30 5F 53 41 4D 50 4C"
	foreignATR = "3B E6 00 00 81 31 FE 45 54 52 41 4E 53 49"
)

// Chips lists the public NHI chips in a fixed order.
func Chips() []Chip {
	return []Chip{ChipTHCC10N2, ChipTHCC10N1, ChipJCOP21, ChipC821, ChipSLJ52R, ChipSLJ52, ChipJCOP4}
}

// ATR returns the chip's answer to reset; an unknown name is an error.
func (c Chip) ATR() ([]byte, error) {
	switch c {
	case ChipTHCC10N2:
		return fromHex("3B FF 18 00 FF 81 31 FE 45 54 48 43 43 31 30 54 45 43 4F 47 44 48 4E 32 24")
	case ChipTHCC10N1:
		return fromHex("3B FF 18 00 FF 81 31 FE 45 54 48 43 43 31 30 54 45 43 4F 47 44 49 4E 31 26")
	case ChipJCOP21:
		return fromHex("3B FD 13 00 00 81 31 FE 45 4A 43 4F 50 32 31 76 32 33 31 47 44 54 E1")
	case ChipC821:
		return fromHex("3B FC 18 00 00 81 31 FE 45 80 73 C8 21 13 66 02 04 03 55 00 02 D2")
	case ChipSLJ52R:
		return fromHex("3B FD 18 00 00 81 31 FE 45 53 4C 4A 35 32 47 78 78 79 79 79 7A 52 AA")
	case ChipSLJ52:
		return fromHex("3B FA 18 00 00 81 31 FE 45 53 4C 4A 35 32 47 78 78 79 79 FC")
	case ChipJCOP4:
		return fromHex("3B FA 18 00 00 81 31 FE 45 50 56 4A 43 4F 50 34 53 49 44 93")
	}
	return nil, fmt.Errorf("no NHI chip is called %q", string(c))
}

func fromHex(s string) ([]byte, error) {
	return hex.DecodeString(strings.ReplaceAll(s, " ", ""))
}

// withTCK appends the check byte over everything after TS.
func withTCK(atr []byte) []byte {
	return append(atr, lrc(atr[1:]))
}

// fiDi returns TA1, the speed the card offers, or the default 11.
func fiDi(atr []byte) byte {
	if len(atr) > 2 && atr[1]&0x10 != 0 {
		return atr[2]
	}
	return defaultFiDi
}
