package town_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/town"
)

// bin is where make build puts the programs.
var bin = filepath.Join("..", "..", ".build", "bin")

// out passes what the town says on to the test's log.
type out struct{ t *testing.T }

func (o out) Write(p []byte) (int, error) {
	o.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// started prepares a town on displays of its own, whatever display there is.
func started(t *testing.T) *town.Town {
	t.Helper()
	for _, program := range []string{"central", "frontdesk", "kiosk", "cardsim"} {
		if _, err := os.Stat(filepath.Join(bin, program)); err != nil {
			t.Fatalf("the programs are not built, run: make build (%v)", err)
		}
	}
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	absolute, err := filepath.Abs(bin)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "town") //nolint:usetesting // short: it holds sockets, whose paths are limited
	if err != nil {
		t.Fatal(err)
	}
	w, err := town.New(absolute, dir, filepath.Join(dir, "pictures"), "", out{t})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		if t.Failed() {
			t.Log("everything is kept in", dir)
			return
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return w
}

func TestTheMainJobOnRealProgramsPagesAndWindows(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := started(t).Demo(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsTypedIsObeyedAndQuitEndsEverything(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	w := started(t)
	typed := strings.NewReader("help\ncut\nday +1\ncard 2\nremove\nmend\nday today\ncard 99\npicture\nnonsense\nquit\n")
	if err := w.Run(ctx, typed); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for _, p := range []*town.Process{w.Central, w.Desk, w.Kiosk} {
		if p.Alive() {
			t.Errorf("%s still runs", p.Name)
		}
	}
}

// kioskAlone starts a kiosk that was filled, with no central.
func kioskAlone(ctx context.Context, t *testing.T, w *town.Town) (*town.Process, *town.Display) {
	t.Helper()
	p, _, err := w.StartAlone(ctx, "kiosk")
	if err != nil {
		t.Fatal(err)
	}
	screen, err := w.Screen(ctx, "kiosk")
	if err != nil {
		t.Fatal(err)
	}
	return p, screen
}

// TestAKioskAloneKeepsWhatItConfirmed has a day's list and no central, checks people
// in by their codes and loses its power around a touch.
func TestAKioskAloneKeepsWhatItConfirmed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	w := started(t)
	codes, err := w.Fill(ctx, "kiosk", 3)
	if err != nil {
		t.Fatal(err)
	}
	confirmed := map[string]string{}
	for n, code := range codes {
		p, screen := kioskAlone(ctx, t, w)
		if err := w.Ready(ctx, screen); err != nil {
			t.Fatal(err)
		}
		var booking, ticket string
		if n == 0 {
			booking, ticket, _, err = w.Visit(ctx, screen, code)
			p.Kill()
		} else {
			booking, ticket, err = w.VisitAndKill(ctx, screen, code)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.CloseScreen("kiosk")
		if booking != "" {
			confirmed[booking] = ticket
		}
		kept, err := w.Tickets(ctx, "kiosk")
		if err != nil {
			t.Fatal(err)
		}
		for booking, ticket := range confirmed {
			if kept[booking] != ticket {
				t.Errorf("the screen said %s, the disk has %q", ticket, kept[booking])
			}
		}
	}
	if len(confirmed) == 0 {
		t.Error("nobody was checked in")
	}
}

// TestAFingerPressesWhereItIs touches a kiosk that is busy: it learns of the finger's
// movement and of its press in one instant, as touch screens tell them.
func TestAFingerPressesWhereItIs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := started(t)
	codes, err := w.Fill(ctx, "kiosk", 1)
	if err != nil {
		t.Fatal(err)
	}
	p, screen := kioskAlone(ctx, t, w)
	mark, err := w.Greet(ctx, "kiosk", codes[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Pause(), w.Touch(ctx, screen), p.Continue()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Expect(ctx, mark, 5*time.Second, `msg="checked in"`); err != nil {
		t.Error(err)
	}
}

// TestACardSignsInAndOffersTheQuickSwitch has two people with cards work at a desk, one
// after the other, and a patient come in between.
func TestACardSignsInAndOffersTheQuickSwitch(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := started(t)
	codes, err := w.Fill(ctx, "desk", 2)
	if err != nil {
		t.Fatal(err)
	}
	people := w.People(3)
	if err := w.Employ(ctx, "desk", people[:2]...); err != nil {
		t.Fatal(err)
	}
	p, _, err := w.StartAlone(ctx, "desk")
	if err != nil {
		t.Fatal(err)
	}
	card := func(h town.Holder, words ...string) {
		t.Helper()
		mark := p.Mark()
		if err := w.InsertCard(ctx, "desk", h); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Expect(ctx, mark, 15*time.Second, words...); err != nil {
			t.Fatal(err)
		}
	}
	then := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	then(w.Shot(ctx, "desk", "door"))
	card(people[0], `msg="signed in"`, "account=N001", "by=card")
	then(w.RemoveCard(ctx, "desk"))
	card(people[1], `msg="switch offered"`, "account=N002")
	then(w.Shot(ctx, "desk", "switch"))
	_, err = w.Press(ctx, "desk", "Return", `msg="signed in"`, "account=N002", "by=card")
	then(err)
	then(w.RemoveCard(ctx, "desk"))
	card(people[2], "msg=shown", "finding=not_booked") // a patient's card is the desk's
	then(w.RemoveCard(ctx, "desk"))
	_, err = w.Greet(ctx, "desk", codes[0])
	then(err)
	then(w.Shot(ctx, "desk", "switched")) // a key so soon after a code would be the scanner's
	_, err = w.Press(ctx, "desk", "Return", `msg="checked in"`)
	then(err)
}

// TestAWordOfTheInputMethodChecksNobodyIn looks somebody up by a name that is written with
// an input method while another person is shown: Enter takes the word, and only the
// next one checks in who is found.
func TestAWordOfTheInputMethodChecksNobodyIn(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := started(t)
	codes, err := w.Fill(ctx, "desk", 6) // the last one is 王
	if err != nil {
		t.Fatal(err)
	}
	if err := w.StartInputMethod(ctx, "desk"); err != nil {
		t.Fatal(err)
	}
	p, _, err := w.StartAlone(ctx, "desk")
	if err != nil {
		t.Fatal(err)
	}
	screen, err := w.Screen(ctx, "desk")
	if err != nil {
		t.Fatal(err)
	}
	press := func(keys ...string) (mark int) {
		t.Helper()
		mark = p.Mark()
		if err := screen.Key(ctx, keys...); err != nil {
			t.Fatal(err)
		}
		return mark
	}
	says := func(mark int, words ...string) (line string) {
		t.Helper()
		if line, err = p.Expect(ctx, mark, 10*time.Second, words...); err != nil {
			t.Fatal(err)
		}
		return line
	}
	says(0, "list shown", "rows=6")
	says(press("Down", "Return"), "msg=shown", "finding=ready")                                                                                  // the first one
	if err := screen.AwaitChange(ctx, "640x200+100+500", func() error { return screen.Key(ctx, "j", "semicolon", "6", "Return") }); err != nil { // ㄨㄤˊ
		t.Fatal(err) // the list is as long as before
	}
	if err := w.Shot(ctx, "desk", "word"); err != nil { // nobody goes on before the word stands there
		t.Fatal(err)
	}
	says(press("Return"), "msg=shown", "finding=ready")
	if line, err := p.Expect(ctx, 0, 0, "checked in"); err == nil {
		t.Fatal("the input method's Enter did it: ", line)
	}
	line := says(press("Return"), "checked in")
	_, id, _ := strings.Cut(line, "booking=")
	booking, err := clinic.ParseID(strings.Fields(id)[0])
	if err != nil || clinic.CodeOf(booking) != codes[5] {
		t.Errorf("%s checked in, want %s (%v)", line, codes[5], err)
	}
}
