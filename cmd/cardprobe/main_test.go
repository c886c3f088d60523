package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/drivers/emulator"
)

// TestMain lets many tests run at once: they wait for timers, not for the processor.
func TestMain(m *testing.M) {
	flag.Parse()
	folder, err := os.MkdirTemp("", "cardprobe")
	if err == nil {
		socket = filepath.Join(folder, "socket")
		err = os.Setenv("PCSCLITE_CSOCK_NAME", socket)
	}
	if err = errors.Join(err, flag.Set("test.parallel", "16")); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

// socket is where libpcsclite looks for the service: it asks the environment once in a process.
var socket string

// readerWith starts an emulated reader with a card in it.
func readerWith(t *testing.T, card emulator.Card, f emulator.Faults) *emulator.Reader {
	t.Helper()
	r, err := emulator.Start(t.Context(), emulator.Config{Card: card, Faults: f})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func sample(t *testing.T) emulator.Card {
	t.Helper()
	card, err := emulator.NHI(emulator.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// probeJSON runs the program and gives its one object. It must end within its ten seconds.
func probeJSON(t *testing.T, port string, more ...string) (map[string]any, int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	began := time.Now()
	code := run(t.Context(), append([]string{"--json", "--port", port}, more...), &stdout, &stderr)
	if took := time.Since(began); took >= 10*time.Second {
		t.Errorf("took %s", took)
	}
	if stderr.Len() != 0 || strings.Count(stdout.String(), "\n") != 1 {
		t.Errorf("not one line of JSON: %q, %q", stdout.String(), stderr.String())
	}
	var object map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &object); err != nil {
		t.Fatalf("%v: %s", err, stdout.String())
	}
	return object, code
}

// wantCard checks that the sample person was read.
func wantCard(t *testing.T, object map[string]any, code int) {
	t.Helper()
	for key, want := range map[string]any{
		"ok": true, "number": "000012345678", "name": "測試人", "id": "A123456789",
		"birth": "1990-02-15", "sex": "M", "issued": "2023-07-04",
	} {
		if object[key] != want {
			t.Errorf("%s is %v, want %v", key, object[key], want)
		}
	}
	if code != exitRead {
		t.Errorf("exit code %d", code)
	}
	if t.Failed() {
		t.Logf("%v", object)
	}
}

func wantTrouble(t *testing.T, object map[string]any, code int, want string) {
	t.Helper()
	if object["ok"] != false || object["code"] != want || object["message_zh"] == "" || object["message_en"] == "" || code != exitTrouble {
		t.Errorf("exit %d, %v; want %s", code, object, want)
	}
}

func TestACardIsReadWhateverTheReaderDoes(t *testing.T) {
	for name, f := range map[string]emulator.Faults{
		"a sound reader":                            {},
		"no echo":                                   {NoEcho: true},
		"the first command refused":                 {NAKFirst: true},
		"every second command refused":              {NAKEvery: 2},
		"bare requests for time":                    {WaitByte: 5},
		"time extensions":                           {TimeExt: 3},
		"the card asks for more time":               {WTX: 3},
		"chained answers":                           {Chunk: 7},
		"every check byte wrong":                    {BadLRC: 1},
		"every check byte wrong and no echo":        {BadLRC: 1, NoEcho: true},
		"every third check byte wrong":              {BadLRC: 3},
		"every bSeq wrong":                          {BadSeq: 1},
		"every third bSeq wrong":                    {BadSeq: 3},
		"old answers again":                         {Stale: 2},
		"the card spoils every third block":         {CardBadEDC: 3},
		"noise before every answer":                 {Garbage: emulator.Bytes{0x00, 0x41, 0xFF, 0x03, 0x03}},
		"every answer after 700 ms":                 {Delay: 700 * time.Millisecond},
		"every answer after a second":               {Delay: time.Second},
		"every answer after two seconds":            {Delay: 2 * time.Second},
		"one byte at a time":                        {ByteGap: 2 * time.Millisecond},
		"the card refuses the faster speed":         {RefusePPS: true},
		"escapes refused":                           {RefuseEscapes: true},
		"escapes refused, no echo, refused at once": {RefuseEscapes: true, NoEcho: true, NAKFirst: true},
		"nothing told of movements":                 {Events: emulator.EventsNone},
		"movements told at once":                    {Events: emulator.EventsUnsolicited},
		"only an echo after a movement":             {MoveMute: true},
		"every seventh answer cut in half":          {Half: 7},
		"every seventh answer loses a byte":         {Drop: 7, DropAt: 4},
		"everything at once": {
			NAKFirst: true, WaitByte: 2, TimeExt: 2, WTX: 1, Chunk: 20, BadLRC: 4, RefusePPS: true,
			RefuseEscapes: true, Garbage: emulator.Bytes{0x11}, Delay: 30 * time.Millisecond,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := readerWith(t, sample(t), f)
			object, code := probeJSON(t, r.Path(), "--reveal")
			wantCard(t, object, code)
			t.Logf("%v ms", object["milliseconds"])
		})
	}
}

func TestEveryPublicChipIsRead(t *testing.T) {
	for _, chip := range emulator.Chips() {
		t.Run(string(chip), func(t *testing.T) {
			t.Parallel()
			card, err := emulator.NHI(emulator.Sample(), emulator.WithChip(chip))
			if err != nil {
				t.Fatal(err)
			}
			object, code := probeJSON(t, readerWith(t, card, emulator.Faults{}).Path(), "--reveal")
			wantCard(t, object, code)
		})
	}
}

func TestNewCardsAndT0CardsAreRead(t *testing.T) {
	for name, mint := range map[string]func(emulator.Holder, ...emulator.Option) (emulator.Card, error){
		"SELECT answers 6D00": emulator.NewCard, "T=0": emulator.T0,
	} {
		card, err := mint(emulator.Sample())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object, code := probeJSON(t, readerWith(t, card, emulator.Faults{}).Path(), "--reveal")
			wantCard(t, object, code)
		})
	}
}

func TestAT0CardIsReadFromATroubledReader(t *testing.T) {
	card, err := emulator.T0(emulator.Sample())
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]emulator.Faults{
		"no echo": {NoEcho: true}, "check bytes": {BadLRC: 1}, "time": {TimeExt: 2, WaitByte: 3}, "refusals": {NAKEvery: 3},
		"slow": {Delay: 600 * time.Millisecond}, "lost": {Half: 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object, code := probeJSON(t, readerWith(t, card, f).Path(), "--reveal")
			wantCard(t, object, code)
		})
	}
}

func TestACardThatLostContactIsReadWhenItComesBack(t *testing.T) {
	for _, at := range []int{1, 20, 50, 100, 150} {
		r := readerWith(t, sample(t), emulator.Faults{RemoveAt: at})
		card := sample(t)
		timer := time.AfterFunc(900*time.Millisecond, func() { r.Insert(card) })
		object, code := probeJSON(t, r.Path(), "--reveal")
		timer.Stop()
		wantCard(t, object, code)
	}
}

func TestOtherCardsAreNamed(t *testing.T) {
	bad := bytes.Repeat([]byte{'0'}, 57)
	unsound, err := emulator.NHI(emulator.Sample(), emulator.WithRecord(bad))
	if err != nil {
		t.Fatal(err)
	}
	for want, card := range map[string]emulator.Card{
		"hpc": emulator.HPC(), "not_nhi": emulator.Foreign(), "card_mute": emulator.Mute(), "record": unsound,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			object, code := probeJSON(t, readerWith(t, card, emulator.Faults{}).Path())
			wantTrouble(t, object, code, want)
		})
	}
}

func TestWithoutACardItWaitsAndThenSaysSo(t *testing.T) {
	r := readerWith(t, emulator.Card{}, emulator.Faults{})
	object, code := probeJSON(t, r.Path(), "--timeout", "2s")
	wantTrouble(t, object, code, "no_card")
}

func TestACardInsertedWhileWaitingIsRead(t *testing.T) {
	r := readerWith(t, emulator.Card{}, emulator.Faults{})
	card := sample(t)
	timer := time.AfterFunc(700*time.Millisecond, func() { r.Insert(card) })
	defer timer.Stop()
	object, code := probeJSON(t, r.Path(), "--reveal")
	wantCard(t, object, code)
	if ms := object["milliseconds"].(float64); ms > 1700 {
		t.Errorf("the card was read %v ms after the start, inserted at 700 ms", ms)
	}
}

func TestACardPulledOutTooEarly(t *testing.T) {
	r := readerWith(t, sample(t), emulator.Faults{RemoveAt: 85})
	object, code := probeJSON(t, r.Path())
	wantTrouble(t, object, code, "card_removed")
}

func TestASilentReader(t *testing.T) {
	r := readerWith(t, sample(t), emulator.Faults{Mute: true})
	object, code := probeJSON(t, r.Path())
	wantTrouble(t, object, code, "silent")
}

func TestPersonalDataIsMaskedUnlessAskedFor(t *testing.T) {
	r := readerWith(t, sample(t), emulator.Faults{})
	for _, args := range [][]string{{"--port", r.Path()}, {"--json", "--port", r.Path()}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != exitRead {
			t.Fatalf("exit %d: %s", code, stderr.String())
		}
		for _, secret := range []string{"000012345678", "測試人", "A123456789", "02-15", "07-04"} {
			if strings.Contains(stdout.String(), secret) {
				t.Errorf("%q stands in %s", secret, stdout.String())
			}
		}
		if !strings.Contains(stdout.String(), "測○人") {
			t.Errorf("no masked name in %s", stdout.String())
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"--reveal", "--port", r.Path()}, &stdout, &stderr); code != exitRead || !strings.Contains(stdout.String(), "姓名 Name: 測試人\n") {
		t.Errorf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
}

func TestAWrongCommandLineIsAnsweredInKind(t *testing.T) {
	for _, args := range [][]string{{}, {"--json"}, {"--json", "--port", "/dev/null", "--timeout", "1ms"}, {"--json", "--prot", "x"}, {"--json", "--port", "/dev/null", "--pcsc"}, {"--json", "--list", "--watch"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != exitUsage {
			t.Errorf("%q: exit %d", args, code)
		}
		if len(args) > 0 && !strings.Contains(stdout.String(), `"code":"usage"`) {
			t.Errorf("%q: %s", args, stdout.String())
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &stdout, &stderr); code != exitRead || !strings.Contains(stdout.String(), "--port") {
		t.Errorf("help: exit %d, %q", code, stdout.String())
	}
}

func TestWhatPeopleReadKeepsToTheWordingRules(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range advices() {
		if seen[a.Code] {
			t.Errorf("%s stands twice", a.Code)
		}
		seen[a.Code] = true
		for _, no := range []string{"！", "錯誤", "失敗", "無效", "非法", "系統", "你"} {
			if strings.Contains(a.ZH, no) {
				t.Errorf("%s says %q", a.Code, no)
			}
		}
		if strings.Count(a.ZH, "請") > 1 || len([]rune(a.ZH)) > 40 || a.EN == "" {
			t.Errorf("%s: %q", a.Code, a.ZH)
		}
	}
}
