package iso7816

import (
	"bytes"
	"errors"
)

// DefaultFiDi is the speed every card starts with: Fi 372, Di 1.
const DefaultFiDi = 0x11

// ErrPPS says that the card did not agree to the protocol or speed asked for; after a reset it is still
// there at its default.
var ErrPPS = errors.New("card did not agree to the speed asked for")

// Factors gives Fi and Di of a coded speed (ISO/IEC 7816-3, tables 7 and 8); ok is false for reserved codes.
func Factors(fidi byte) (fi, di int, ok bool) {
	fs := [16]int{372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0}
	ds := [16]int{0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0}
	fi, di = fs[fidi>>4], ds[fidi&15]
	return fi, di, fi != 0 && di != 0
}

// PPS builds the request for a protocol and a coded speed: FF, 10|T, Fi and Di, check byte.
func PPS(protocol int, fidi byte) []byte {
	p := []byte{0xFF, 0x10 | byte(protocol&15), fidi, 0}
	p[3] = p[0] ^ p[1] ^ p[2]
	return p
}

// CheckPPS compares the card's answer with the request and gives the speed agreed on: the one asked for
// when the answer repeats it, the default when the card left PPS1 out. Anything else is ErrPPS.
func CheckPPS(request, answer []byte) (fidi byte, err error) {
	if len(request) == 4 && bytes.Equal(request, answer) {
		return request[2], nil
	}
	if len(answer) < 3 || answer[0] != 0xFF || len(request) < 2 || (answer[1]^request[1])&15 != 0 {
		return 0, ErrPPS
	}
	want := 3
	for bit := byte(0x10); bit <= 0x40; bit <<= 1 {
		if answer[1]&bit != 0 {
			want++
		}
	}
	var sum byte
	for _, b := range answer {
		sum ^= b
	}
	if len(answer) != want || sum != 0 || answer[1]&0x10 != 0 {
		return 0, ErrPPS
	}
	return DefaultFiDi, nil
}
