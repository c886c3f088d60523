package emulator

import (
	"encoding"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Faults is how a reader misbehaves; the zero value is a sound GemPC Twin. All
// of them may be combined. The name tags are the names that Set knows and that
// command lines show. "Every" faults strike each n-th answer: 1 is always, 0
// never; answers are counted from the start of the line.
type Faults struct {
	NoEcho     bool `name:"no-echo" help:"不回送主機的訊框。Do not send host frames back (GemCore, SEC1210)."`
	NAKFirst   bool `name:"nak-first" help:"開線後第一個命令回 NAK。Refuse the first command after the line opens."`
	NAKEvery   int  `name:"nak-every" help:"每 n 個命令回一次 NAK。Refuse every n-th command."`
	Mute       bool `name:"mute" help:"讀卡機完全不回應。Never answer, never echo."`
	MoveMute   bool `name:"echo-only-after-move" help:"卡片進出後第一個命令只回送、不回答。Only echo the first command after a card movement."`
	BadLRC     int  `name:"bad-lrc-every" help:"每 n 個回答的 LRC 有誤。Spoil the LRC of every n-th answer."`
	BadSeq     int  `name:"bad-seq-every" help:"每 n 個回答的 bSeq 有誤。Spoil the bSeq of every n-th answer."`
	Stale      int  `name:"stale-every" help:"每 n 個回答前重送上一個回答。Send the previous answer again before every n-th one."`
	Drop       int  `name:"drop-every" help:"每 n 個回答漏掉一個位元組。Lose a byte of every n-th answer, see drop-at."`
	DropAt     int  `name:"drop-at" help:"漏掉的位元組，從 0 起算。Which byte is lost, from 0."`
	Half       int  `name:"half-every" help:"每 n 個回答只送一半。Send only half of every n-th answer."`
	CardBadEDC int  `name:"card-edc-every" help:"每 n 個卡片區塊的 LRC 有誤。Spoil the T=1 LRC of every n-th block of the card."`

	Garbage Bytes `name:"garbage" help:"回答前的雜訊（十六進位）。Hexadecimal noise before each answer."`

	Delay    time.Duration `name:"delay" help:"每個回答延遲多久。Wait before each answer, for example 2s."`
	ByteGap  time.Duration `name:"byte-gap" help:"位元組之間的間隔。Pause between the bytes the reader sends."`
	WaitByte int           `name:"wait-bytes" help:"回答前先送 n 個等待位元組。Send n bare time requests (FF) before each answer."`
	TimeExt  int           `name:"time-extensions" help:"回答前先要求 n 次延時。Send n CCID time extensions before each card answer."`

	WTX       int  `name:"wtx" help:"卡片每個命令先要求 n 次等待。The card asks n times for more time (S(WTX)) before it answers."`
	Chunk     int  `name:"chunk" help:"卡片回答每段最多 n 位元組。Chain the card's answers in pieces of n bytes."`
	RefusePPS bool `name:"refuse-pps" help:"卡片不回應 PPS。The card does not answer PPS."`

	RefuseEscapes bool `name:"refuse-escapes" help:"拒絕所有 Escape 命令。Refuse every Escape command."`
	RemoveAt      int  `name:"remove-at" help:"通電後第 n 個位元組時卡片被抽出（含 ATR），僅一次。The card is pulled out, once, as the n-th byte since power-on passes its contacts; the answer to reset counts."`

	Events Events `name:"events" help:"卡片進出通知：sync、unsolicited、none。How 50 02 and 50 03 are sent." default:"sync"`
}

// Events says when the reader tells of card movement.
type Events string

// When 50 02 and 50 03 are sent. The zero value means EventsSync.
const (
	EventsSync        Events = "sync"        // after a host command, before its answer
	EventsUnsolicited Events = "unsolicited" // at once
	EventsNone        Events = "none"
)

// UnmarshalText reads one of the three words.
func (e *Events) UnmarshalText(b []byte) error {
	switch v := Events(b); v {
	case EventsSync, EventsUnsolicited, EventsNone:
		*e = v
		return nil
	}
	return fmt.Errorf("events are sync, unsolicited or none, not %q", b)
}

// Bytes are written in hexadecimal, for example 00FFA5.
type Bytes []byte

// UnmarshalText reads hexadecimal digits.
func (b *Bytes) UnmarshalText(text []byte) error {
	v, err := hex.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("bytes are written in hexadecimal: %w", err)
	}
	*b = v
	return nil
}

// FaultNames lists the names Set knows, in the order of the fields.
func FaultNames() []string { return namesOf(reflect.TypeFor[Faults]()) }

func namesOf(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("name")
	}
	return names
}

// Set changes the fault called name: "on" or "off" for switches, a number, a
// duration such as 2s, hexadecimal bytes, or a word. On an error nothing has
// changed.
func (f *Faults) Set(name, value string) error { return setByName(f, name, value) }

// setByName changes the field of a struct that carries this name.
func setByName(of any, name, value string) error {
	v := reflect.ValueOf(of).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("name") != name {
			continue
		}
		if err := setField(v.Field(i), value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	return fmt.Errorf("nothing is called %q; the names are %s", name, strings.Join(namesOf(v.Type()), " "))
}

func setField(field reflect.Value, value string) error {
	switch p := field.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(value))
	case *bool:
		switch value {
		case "on", "true", "1":
			*p = true
		case "off", "false", "0":
			*p = false
		default:
			return fmt.Errorf("on or off, not %q", value)
		}
	case *int:
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return fmt.Errorf("a number from 0 on, not %q", value)
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return fmt.Errorf("a duration such as 2s or 300ms, not %q", value)
		}
		*p = d
	default:
		return fmt.Errorf("a %s can not be set", field.Type())
	}
	return nil
}

// Check reports numbers and durations below zero and unknown words, which a
// literal or a command line may hold.
func (f Faults) Check() error {
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		if v.Field(i).CanInt() && v.Field(i).Int() < 0 {
			return fmt.Errorf("%s is below zero", v.Type().Field(i).Tag.Get("name"))
		}
	}
	if f.Events != "" {
		return new(Events).UnmarshalText([]byte(f.Events))
	}
	return nil
}

func every(n, count int) bool { return n > 0 && count%n == 0 }
