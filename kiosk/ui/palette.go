package ui

import "image/color"

// Palette is one set of colour tokens.
type Palette struct {
	Surface, Ground, Sunken color.NRGBA // grounds: panels, the window, what is out of use
	Ink, Ink2               color.NRGBA // text; hints and units
	Accent, Accent2, On     color.NRGBA // action; hovered or pressed; text on either
	Soft                    color.NRGBA // chosen row, information
	OK, OKBg                color.NRGBA
	Warn, WarnBg            color.NRGBA
	Bad, BadBg              color.NRGBA
	Edge, Line              color.NRGBA // border of controls; separators
	Focus, Halo             color.NRGBA // focus ring and the gap inside it
	Outlined                bool        // grounds do not tell parts apart: chips and notes need a border
	dark                    bool
}

// Light is the usual palette.
func Light() Palette {
	return Palette{
		Surface: hex(0xFFFFFF), Ground: hex(0xF3F6F9), Sunken: hex(0xE7EDF3),
		Ink: hex(0x14202E), Ink2: hex(0x465466),
		Accent: hex(0x174A8C), Accent2: hex(0x0F3566), On: hex(0xFFFFFF), Soft: hex(0xE5EEF9),
		OK: hex(0x0E6639), OKBg: hex(0xE2F3E9),
		Warn: hex(0x864700), WarnBg: hex(0xFFF0D2),
		Bad: hex(0xA61B16), BadBg: hex(0xFDE7E5),
		Edge: hex(0x66768A), Line: hex(0xCBD4DE), Focus: hex(0x14202E), Halo: hex(0xFFD84D),
	}
}

// Dark is for rooms with little light.
func Dark() Palette {
	return Palette{
		Surface: hex(0x16212F), Ground: hex(0x0E1621), Sunken: hex(0x1F2C3D),
		Ink: hex(0xF1F5F9), Ink2: hex(0xB6C2CF),
		Accent: hex(0x8FBAF3), Accent2: hex(0xB5D2F8), On: hex(0x0B1A2E), Soft: hex(0x1B3352),
		OK: hex(0x7FD8A3), OKBg: hex(0x12301F),
		Warn: hex(0xF5C36D), WarnBg: hex(0x3A2A0C),
		Bad: hex(0xFFA199), BadBg: hex(0x43191A),
		Edge: hex(0x8598AE), Line: hex(0x34465C), Focus: hex(0xFFD84D), Halo: hex(0x0E1621),
		dark: true,
	}
}

// HighContrast is 高對比: black, white and one yellow.
func HighContrast() Palette {
	black, white := hex(0x000000), hex(0xFFFFFF)
	return Palette{
		Surface: black, Ground: black, Sunken: hex(0x1A1A1A),
		Ink: white, Ink2: white,
		Accent: hex(0xFFE14D), Accent2: hex(0xFFF0A3), On: black, Soft: black,
		OK: hex(0x7CFFB0), OKBg: black,
		Warn: hex(0xFFD27A), WarnBg: black,
		Bad: hex(0xFFB3AD), BadBg: black,
		Edge: white, Line: white, Focus: hex(0x5CE1FF), Halo: black,
		Outlined: true, dark: true,
	}
}

// Tone is the meaning of a coloured part.
type Tone int

// The tones, as in the look's table of states.
const (
	Muted  Tone = iota // a fact, nothing to do: not yet, full, cancelled
	Info               // under way
	Done               // done, open, live
	Notice             // look here soon
	Alarm              // a person must act now
)

// Tone gives the colours of a part that carries a meaning: what is written, and
// the ground under it.
func (p Palette) Tone(t Tone) (ink, ground color.NRGBA) {
	switch t {
	case Info:
		return p.Accent, p.Soft
	case Done:
		return p.OK, p.OKBg
	case Notice:
		return p.Warn, p.WarnBg
	case Alarm:
		return p.Bad, p.BadBg
	default:
		return p.Ink2, p.Sunken
	}
}

func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xFF}
}
