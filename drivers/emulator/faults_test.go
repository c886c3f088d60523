package emulator

import (
	"bytes"
	"testing"
	"time"
)

// faulty starts a powered sample card behind faults set after the power-on.
func faulty(t *testing.T, f Faults) (*Reader, *host) {
	t.Helper()
	r := start(t, Config{Card: sample(t, "nhi")})
	h := connect(t, r.Path())
	h.power()
	r.mu.Lock()
	r.commands, r.answers = 0, 0 // the faults count from here
	r.mu.Unlock()
	if err := r.SetFaults(f); err != nil {
		t.Fatal(err)
	}
	return r, h
}

func TestEachFaultStrikesAsItSays(t *testing.T) {
	ask := Message{Type: hostXfrBlock, Seq: 0x16, Data: []byte{0, 0xC1, 1, 0xFE, 0x3E}}.Frame()
	answer := Message{Type: readerData, Seq: 0x16, Data: []byte{0, 0xE1, 1, 0xFE, 0x1E}}.Frame()
	other := Message{Type: readerData, Seq: 0x16 ^ 0x55, Data: []byte{0, 0xE1, 1, 0xFE, 0x1E}}.Frame()
	spoilt := append(bytes.Clone(answer[:len(answer)-1]), answer[len(answer)-1]^1)
	short := append(bytes.Clone(answer[:4]), answer[5:]...)
	edc := Message{Type: readerData, Seq: 0x16, Data: []byte{0, 0xE1, 1, 0xFE, 0x1F}}.Frame()
	refused := nak()
	tests := []struct {
		name   string
		faults Faults
		want   [][]byte // what two commands bring
	}{
		{"none", Faults{}, [][]byte{ask, answer, ask, answer}},
		{"no echo", Faults{NoEcho: true}, [][]byte{answer, answer}},
		{"the first refused", Faults{NAKFirst: true}, [][]byte{refused, ask, answer}},
		{"every second refused", Faults{NAKEvery: 2}, [][]byte{ask, answer, refused}},
		{"bad LRC always", Faults{BadLRC: 1}, [][]byte{ask, spoilt, ask, spoilt}},
		{"bad LRC at times", Faults{BadLRC: 2}, [][]byte{ask, answer, ask, spoilt}},
		{"wrong number", Faults{BadSeq: 2}, [][]byte{ask, answer, ask, other}},
		{"a byte lost", Faults{Drop: 1, DropAt: 4}, [][]byte{ask, short, ask, short}},
		{"half a frame", Faults{Half: 2}, [][]byte{ask, answer, ask, answer[:len(answer)/2]}},
		{"the card spoils its block", Faults{CardBadEDC: 1}, [][]byte{ask, edc, ask, edc}},
		{"noise", Faults{Garbage: Bytes{1, 2}}, [][]byte{ask, {1, 2}, answer, ask, {1, 2}, answer}},
		{"waiting bytes", Faults{WaitByte: 2}, [][]byte{ask, {0xFF, 0xFF}, answer, ask, {0xFF, 0xFF}, answer}},
		{"a pause and slow bytes", Faults{Delay: time.Millisecond, ByteGap: time.Microsecond}, [][]byte{ask, answer, ask, answer}},
		{"many at once", Faults{NoEcho: true, Garbage: Bytes{7}, WaitByte: 1, BadSeq: 1, Half: 2}, [][]byte{{0xFF, 7}, other, {0xFF, 7}, answer[:len(answer)/2]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, h := faulty(t, tt.faults)
			h.write(ask)
			h.write(ask)
			for _, want := range tt.want {
				if tt.name == "many at once" && len(want) == len(answer)/2 {
					want = other[:len(want)]
				}
				h.expect(want)
			}
		})
	}
}

func TestTheLastAnswerMayComeOnceMoreBeforeTheNext(t *testing.T) {
	_, h := faulty(t, Faults{Stale: 1})
	one := Message{Type: hostSlotStatus, Seq: 0x41}.Frame()
	h.write(one)
	h.expect(one)
	h.message() // the answer to the last command of the power-on
	first := h.message()
	two := Message{Type: hostSlotStatus, Seq: 0x42}.Frame()
	h.write(two)
	h.expect(two)
	if again := h.message(); again.Seq != first.Seq || again.Seq != 0x41 {
		t.Errorf("stale answer has number %02X", again.Seq)
	}
	if fresh := h.message(); fresh.Seq != 0x42 {
		t.Errorf("right answer has number %02X", fresh.Seq)
	}
}

func TestAMuteReaderSaysNothingUntilItIsCured(t *testing.T) {
	r, h := faulty(t, Faults{Mute: true})
	r.Remove() // not told either
	h.write(Message{Type: hostSlotStatus, Seq: 1}.Frame())
	h.write(Message{Type: hostPowerOff, Seq: 2}.Frame())
	counted(t, r, 2)
	if err := r.SetFaults(Faults{}); err != nil {
		t.Fatal(err)
	}
	ask := Message{Type: hostSlotStatus, Seq: 3}.Frame()
	h.write(ask)
	h.expect(ask)
	h.expect([]byte{eventByte, eventGone})
	if a := h.message(); a.Seq != 3 {
		t.Errorf("answer %02X", a.Seq)
	}
}

// counted waits until the reader has taken n commands.
func counted(t *testing.T, r *Reader, n int) {
	t.Helper()
	late := time.After(5 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		r.mu.Lock()
		have := r.commands
		r.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d commands of %d", have, n)
		}
	}
}

func TestAfterAMovementOnlyTheEchoComes(t *testing.T) {
	r, h := faulty(t, Faults{MoveMute: true})
	r.Remove()
	first, second := Message{Type: hostSlotStatus, Seq: 1}.Frame(), Message{Type: hostSlotStatus, Seq: 2}.Frame()
	h.write(first)
	h.expect(first)
	h.write(second)
	h.expect(second)
	h.expect([]byte{eventByte, eventGone})
	if a := h.message(); a.Seq != 2 || a.Params[0] != iccAbsent {
		t.Errorf("answer %02X, status %02X", a.Seq, a.Params[0])
	}
}

func TestMovementIsToldAtOnceIfThatIsTheMode(t *testing.T) {
	r, h := faulty(t, Faults{Events: EventsUnsolicited})
	r.Remove()
	h.expect([]byte{eventByte, eventGone})
	r.Insert(sample(t, "hpc"))
	h.expect([]byte{eventByte, eventHere})
	if a := h.ask(Message{Type: hostSlotStatus}); a.Params[0] != iccInactive {
		t.Errorf("status %02X", a.Params[0])
	}
}

func TestMovementIsToldDuringALongDelay(t *testing.T) {
	r, h := faulty(t, Faults{Events: EventsUnsolicited, Delay: time.Hour})
	ask := Message{Type: hostSlotStatus, Seq: 1}.Frame()
	h.write(ask)
	h.expect(ask)
	r.Remove()
	h.expect([]byte{eventByte, eventGone})
}

func TestMovementIsKeptToItself(t *testing.T) {
	r, h := faulty(t, Faults{Events: EventsNone})
	r.Remove()
	r.Insert(sample(t, "mute"))
	if a := h.ask(Message{Type: hostSlotStatus}); a.Params[0] != iccInactive {
		t.Errorf("status %02X", a.Params[0])
	}
}

func TestARefusedPPSLeavesTheCardSilent(t *testing.T) {
	r, h := faulty(t, Faults{RefusePPS: true, RefuseEscapes: true})
	h.must(Message{Type: hostPowerOn})
	pps := Message{Type: hostXfrBlock, Data: []byte{0xFF, 0x11, 0x18, 0xF6}}
	if a := h.ask(pps); a.Params != [3]byte{cmdFailed | iccInactive, errMute, 0} {
		t.Errorf("PPS answered %X", a.Params)
	}
	for _, data := range [][]byte{{2}, {1, 1, 1}, {0x6A}} {
		if a := h.ask(Message{Type: hostEscape, Data: data}); a.Params != [3]byte{cmdFailed | iccInactive, errEscape, 0} {
			t.Errorf("Escape % X answered %X", data, a.Params)
		}
	}
	if r.Faults().RefusePPS != true {
		t.Error("the fault went away")
	}
}

func TestTheCardIsPulledOutOnceAtTheByteNamed(t *testing.T) {
	for at := 26; at <= 135; at += 9 {
		r, h := faulty(t, Faults{})
		h.power()
		if err := r.SetFaults(Faults{RemoveAt: at}); err != nil {
			t.Fatal(err)
		}
		passed := 25 + 8 // the answer to reset, and the PPS both ways
		gone := false
		for _, block := range []string{blockSelect, blockGetData, "00 C1 01 FE 3E"} {
			b := bytesOf(t, block)
			m := Message{Type: hostXfrBlock, Seq: 9, Data: b}.Frame()
			h.write(m)
			h.expect(m)
			event := h.read(2)
			if gone = event[0] == eventByte; gone {
				if a := h.message(); a.Params != [3]byte{cmdFailed | iccAbsent, errMute, 0} {
					t.Errorf("byte %d: answered %X", at, a.Params)
				}
				break
			}
			rest := h.read(headerSize)
			rest = append(rest, h.read(int(rest[1])+1)...)
			passed += len(b) + int(rest[1])
			if passed >= at && at > 33 {
				t.Fatalf("byte %d: still there after %d bytes", at, passed)
			}
		}
		if !gone && at <= passed {
			t.Errorf("byte %d: never pulled out", at)
		}
		if gone && r.Faults().RemoveAt != 0 {
			t.Errorf("byte %d: it would be pulled out again", at)
		}
	}
}

func TestFaultsAreSetByName(t *testing.T) {
	var f Faults
	for _, pair := range [][2]string{
		{"no-echo", "on"}, {"nak-every", "3"}, {"delay", "2s"}, {"garbage", "00ffA5"}, {"events", "none"}, {"mute", "on"}, {"mute", "off"},
	} {
		if err := f.Set(pair[0], pair[1]); err != nil {
			t.Error(err)
		}
	}
	if !f.NoEcho || f.NAKEvery != 3 || f.Delay != 2*time.Second || !bytes.Equal(f.Garbage, []byte{0, 0xFF, 0xA5}) || f.Events != EventsNone || f.Mute {
		t.Errorf("%+v", f)
	}
	for _, pair := range [][2]string{
		{"no-echo", "maybe"}, {"nak-every", "-1"}, {"nak-every", "x"}, {"delay", "2"}, {"delay", "-2s"}, {"garbage", "0"}, {"events", "loud"}, {"nonsense", "1"},
	} {
		before := f
		if err := f.Set(pair[0], pair[1]); err == nil {
			t.Errorf("%s=%s was taken", pair[0], pair[1])
		}
		if before.NAKEvery != f.NAKEvery || before.Delay != f.Delay || before.Events != f.Events {
			t.Errorf("%s=%s changed something", pair[0], pair[1])
		}
	}
	for _, name := range FaultNames() {
		if name == "" {
			t.Error("a fault has no name")
		}
	}
	if (Faults{WTX: -1}).Check() == nil || (Faults{Events: "loud"}).Check() == nil {
		t.Error("Check lets anything pass")
	}
}
