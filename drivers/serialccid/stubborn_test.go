package serialccid

import (
	"errors"
	"testing"
	"time"
)

// TestACardOfOneSpeedInAReaderThatTakesNoParametersIsTriedOnce: there is no slower speed to fall back to.
func TestACardOfOneSpeedInAReaderThatTakesNoParametersIsTriedOnce(t *testing.T) {
	t.Parallel()
	o := &odd{atr: unhex(t, "3B 90 18 11 01 98"), act: func(_ *odd, m message) ([]byte, bool) {
		return refuse(m, ansParameters, 0), m.Kind == cmdSetParameters
	}}
	if _, _, err := reading(t, o); err != nil {
		t.Error(err)
	}
	if n := o.count(cmdPowerOn); n != 1 {
		t.Errorf("the card was woken %d times", n)
	}
}

// TestAReaderThatAsksForTimeWithoutEndIsSilent: what only ever asks for time must not hold up whoever watches it.
func TestAReaderThatAsksForTimeWithoutEndIsSilent(t *testing.T) {
	t.Parallel()
	o := &odd{act: func(_ *odd, m message) ([]byte, bool) {
		var all []byte
		for range 2000 {
			all = append(all, encode(message{Kind: ansSlotStatus, Seq: m.Seq, P: [3]byte{0x80, 0xFF, 0}})...)
		}
		return all, m.Kind == cmdSlotStatus
	}}
	began := time.Now()
	_, err := Dial(within(t, limit), Config{Port: o.start(t)})
	if !errors.Is(err, ErrSilent) || time.Since(began) > limit/2 {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// TestANumberSpoiledAfterAnHourIsForgivenAsAtFirst: after 256 commands every number has been used.
func TestANumberSpoiledAfterAnHourIsForgivenAsAtFirst(t *testing.T) {
	t.Parallel()
	const before = 300
	o := &odd{act: func(o *odd, m message) ([]byte, bool) {
		a := o.usual(m)
		a.Seq += 100
		return encode(a), o.count(cmdSlotStatus) > before
	}}
	ctx := within(t, limit)
	c := dial(ctx, t, Config{Port: o.start(t)})
	for o.count(cmdSlotStatus) <= before {
		if _, err := c.Status(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Status(ctx); err != nil {
		t.Error(err)
	}
}
