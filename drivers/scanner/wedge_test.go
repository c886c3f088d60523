package scanner

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/quick"
	"time"
)

var noon = time.Date(2026, time.December, 1, 12, 0, 0, 0, time.UTC)

// keyboard is a wedge with its clock. It releases what is due, as the screens do.
type keyboard struct {
	w     Wedge
	at    time.Time
	typed string   // what has reached the person's field
	codes []string // what was scanned
	wrong []error
	ends  int // Enters that reached the person's screen
}

// pass lets time go by.
func (k *keyboard) pass(d time.Duration) {
	if wait := k.w.Wait(); wait > 0 && d > wait {
		k.typed += k.w.Release()
	}
	k.at = k.at.Add(d)
}

func (k *keyboard) write(text string, gap time.Duration) {
	for _, r := range text {
		k.typed += k.w.Type(r, k.at)
		k.pass(gap)
	}
}

func (k *keyboard) enter() {
	s := k.w.End(k.at)
	k.typed += s.Typed
	if s.Scanned {
		k.codes = append(k.codes, s.Code.Reveal())
	}
	if s.Misread != nil {
		k.wrong = append(k.wrong, s.Misread)
	}
	if !s.Used {
		k.ends++
	}
}

func TestWhereNobodyTypesASlowWindowLosesNoCode(t *testing.T) {
	for _, gap := range []time.Duration{time.Millisecond, 90 * time.Millisecond, 240 * time.Millisecond} {
		k := &keyboard{w: Wedge{Alone: true}, at: noon}
		k.write("7F2AXK01", gap)
		k.enter()
		if len(k.codes) != 1 || k.codes[0] != "7F2AXK01" || k.typed != "" {
			t.Errorf("a character each %v: %q, typed %q", gap, k.codes, k.typed)
		}
	}
}

func TestAScannerThatTypesIsToldFromAPerson(t *testing.T) {
	ticket := "EZT1:" + strings.Repeat("aB3_-x", 18)[:107]
	for name, c := range map[string]struct {
		act   func(k *keyboard)
		typed string
		codes []string
		ends  int
	}{
		"a ticket at once":           {func(k *keyboard) { k.write(ticket, 0); k.enter() }, "", []string{ticket}, 0},
		"a ticket by a slow scanner": {func(k *keyboard) { k.write(ticket, 25*time.Millisecond); k.enter() }, "", []string{ticket}, 0},
		"a booking code":             {func(k *keyboard) { k.write("7F2AXK01", 2*time.Millisecond); k.enter() }, "", []string{"7F2AXK01"}, 0},
		"CR LF":                      {func(k *keyboard) { k.write(ticket, 1); k.enter(); k.enter() }, "", []string{ticket}, 0},
		"keys in heaps": {func(k *keyboard) {
			k.write(ticket[:4], 0)
			k.pass(120 * time.Millisecond)
			k.write(ticket[4:], 0)
			k.enter()
		}, "", []string{ticket}, 0},
		"three quick keys, then on": {func(k *keyboard) {
			k.write("A12", 25*time.Millisecond)
			k.pass(50 * time.Millisecond)
			k.write("3456789", 60*time.Millisecond)
			k.enter()
		}, "A123456789", nil, 1},
		"twice": {func(k *keyboard) { k.write(ticket, 1); k.enter(); k.write(ticket, 1); k.enter() }, "", []string{ticket, ticket}, 0},
		"the window was slow": {func(k *keyboard) {
			k.write(ticket[:40], 1)
			k.pass(300 * time.Millisecond)
			k.write(ticket[40:], 1)
			k.enter()
		}, "", []string{ticket}, 0},
		"a person":                    {func(k *keyboard) { k.write("A123456789", 60*time.Millisecond); k.enter() }, "A123456789", nil, 1},
		"two keys at once":            {func(k *keyboard) { k.write("ab", 5*time.Millisecond); k.enter() }, "ab", nil, 1},
		"a name from an input method": {func(k *keyboard) { k.write("台中市綠川小兒科診所", 0); k.enter() }, "台中市綠川小兒科診所", nil, 1},
		"a key that is held down":     {func(k *keyboard) { k.write(strings.Repeat("1", 40), 20*time.Millisecond); k.enter() }, strings.Repeat("1", 40), nil, 1},
		"a code without its end":      {func(k *keyboard) { k.write(ticket, 1); k.pass(ending + 1) }, ticket, nil, 0},
		"Enter long after a scan":     {func(k *keyboard) { k.write(ticket, 1); k.enter(); k.pass(time.Second); k.enter() }, "", []string{ticket}, 1},
		"a person before a scan": {func(k *keyboard) {
			k.write("王a", 80*time.Millisecond)
			k.write(ticket, time.Millisecond)
			k.enter()
		}, "王a", []string{ticket}, 0},
		"nothing but Enter": {func(k *keyboard) { k.enter() }, "", nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			k := &keyboard{at: noon}
			c.act(k)
			if k.typed != c.typed || strings.Join(k.codes, "|") != strings.Join(c.codes, "|") || k.ends != c.ends || k.w.Wait() != 0 {
				t.Errorf("typed %q, scanned %q, %d ends, kept %d", k.typed, k.codes, k.ends, len(k.w.held))
			}
		})
	}
}

func TestACodeThatIsTooLongIsSaidAndNotTyped(t *testing.T) {
	k := &keyboard{at: noon}
	k.write(strings.Repeat("12", maxCode), 1)
	k.enter()
	k.write("EZT1:next", 1)
	k.enter()
	if k.typed != "" || len(k.codes) != 1 || k.codes[0] != "EZT1:next" || len(k.wrong) != 1 || !errors.Is(k.wrong[0], ErrTooLong) {
		t.Errorf("typed %d, scanned %q, wrong %v", len(k.typed), k.codes, k.wrong)
	}
}

// TestWhatAPersonTypesArrives: whatever is typed at a person's pace arrives in order, and no Enter is lost, with scans in between.
func TestWhatAPersonTypesArrives(t *testing.T) {
	err := quick.Check(func(words []string, seed uint64) bool {
		dice := rand.New(rand.NewPCG(seed, 1))
		k := &keyboard{at: noon}
		want, scans := "", 0
		for _, word := range words {
			for _, r := range word {
				k.write(string(r), stroke+1+time.Duration(dice.IntN(300))*time.Millisecond)
				want += string(r)
			}
			if dice.IntN(2) == 0 {
				k.write("EZT1:0123456789"[:certain+dice.IntN(7)], time.Duration(dice.IntN(int(stroke))))
				k.enter()
				k.pass(second + 1)
				scans++
			}
			k.enter()
		}
		return k.typed == want && len(k.codes) == scans && k.ends == len(words)
	}, &quick.Config{MaxCount: 300})
	if err != nil {
		t.Error(err)
	}
}

func FuzzWedge(f *testing.F) {
	f.Add("EZT1:abcdef\n王A1\n", []byte{1, 2, 3})
	f.Add("aaaaaaaaaaaa\n\n", []byte{0})
	f.Add("12345678\n\n9", []byte{0, 200})
	f.Fuzz(func(t *testing.T, keys string, gaps []byte) {
		k := &keyboard{at: noon}
		want, ends := "", 0
		for i, r := range []rune(keys) {
			if r == '\n' {
				k.enter()
				ends++
			} else {
				k.typed += k.w.Type(r, k.at)
				want += string(r)
			}
			if len(gaps) > 0 {
				k.pass(time.Duration(gaps[i%len(gaps)]) * 3 * time.Millisecond)
			}
			if len(k.w.held) > maxCode || k.ends > ends {
				t.Fatalf("%d kept, %d ends of %d", len(k.w.held), k.ends, ends)
			}
		}
		k.typed += k.w.Release()
		if len(k.wrong) > 0 || len(keys) > maxCode {
			return // what is too long is thrown away
		}
		// Every character is typed or scanned, once and in order.
		got, all := k.typed, []rune(want)
		scanned := 0
		for _, c := range k.codes {
			scanned += len([]rune(c))
			if len(c) < certain {
				t.Fatalf("scanned %q", c)
			}
		}
		if len([]rune(got))+scanned != len(all) {
			t.Fatalf("typed %q and scanned %q of %q", got, k.codes, want)
		}
	})
}
