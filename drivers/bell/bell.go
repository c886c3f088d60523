// Package bell rings through the machine's loudspeaker.
package bell

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// ErrSilent says that the machine has nothing to ring with.
var ErrSilent = errors.New("no loudspeaker, or no program that plays sound")

// Ring is one kind of ringing: tones of Hertz, each Length long, with as long a
// pause after it.
type Ring struct {
	Hertz  int
	Length time.Duration
	Times  int
}

// Remind is heard by who stands before the machine, Call across a waiting room.
var (
	Remind = Ring{Hertz: 880, Length: 150 * time.Millisecond, Times: 2}
	Call   = Ring{Hertz: 1320, Length: 400 * time.Millisecond, Times: 4}
)

// Sound rings and comes back when it has. The error wraps ErrSilent where there is
// nothing to ring with.
func Sound(ctx context.Context, r Ring) error { return sound(ctx, r) }

const rate = 16000 // samples a second

// wave is the ringing as a WAV file: one channel of 16 bits.
func wave(r Ring) []byte {
	n := int(int64(rate) * int64(r.Length) / int64(time.Second))
	fade := rate / 100 // a tone that begins at once clicks
	var samples []int16
	for range r.Times {
		for i := range n {
			loud := float64(min(i, n-1-i, fade)) / float64(fade)
			samples = append(samples, int16(0.8*math.MaxInt16*loud*math.Sin(2*math.Pi*float64(r.Hertz)*float64(i)/rate)))
		}
		samples = append(samples, make([]int16, n)...)
	}
	size := uint32(2 * len(samples))
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+size)...)
	out = append(out, "WAVEfmt "...)
	for _, field := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16)} {
		out, _ = binary.Append(out, binary.LittleEndian, field) // of fixed size: never fails
	}
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, size)
	out, _ = binary.Append(out, binary.LittleEndian, samples)
	return out
}
