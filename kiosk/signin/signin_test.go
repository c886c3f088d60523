package signin

import (
	"flag"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var update = flag.Bool("update", false, "take the pictures of the pages again")

var (
	chen = roster.Member{Account: "N014", Name: "陳護理師", Manager: true}
	lin  = roster.Member{Account: "N027", Name: "林行政"}
)

// desk stands for what lies behind the door.
type desk struct {
	*Door
	staff  *Staff
	w      fyne.Window
	acts   string // the account that acts carry
	open   bool   // the desk's screens are shown
	r      *roster.Roster
	known  int // cards of who works here that the desk let go of
	passed int // cards that the desk took as a visitor's
}

func behind(t *testing.T, l ui.Look, people ...roster.Member) *desk {
	t.Helper()
	golden.App(t, l)
	b := &desk{open: true, r: &roster.Roster{Replica: replicatest.Open(t, t.TempDir(), func() time.Time { return replicatest.Now })}}
	for i, m := range people {
		var err error
		if i == 0 {
			err = b.r.Begin(t.Context(), m, "4071")
		} else {
			err = b.r.Add(t.Context(), people[0].Account, m, "80312")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b.w = golden.Window(t, canvas.NewRectangle(l.Ground), golden.Desk)
	b.Door = NewDoor(Config{
		Look: l, Window: b.w, Log: slog.New(slog.DiscardHandler), Background: func(f func()) { f() }, Limit: 10 * time.Minute,
		Signed: func(m roster.Member) { b.acts = m.Account },
		Enter:  func() { b.open = true; b.w.SetContent(b.staff.Content()) },
		Shut:   func() { b.open = false },
		Known:  func() { b.known++ },
	})
	b.staff = NewStaff(b.Door)
	b.w.SetContent(b.staff.Content())
	b.Begin(t.Context(), b.r)
	return b
}

func (b *desk) says(t *testing.T, want ...string) {
	t.Helper()
	golden.Says(t, b.w.Content(), want...)
}

func (b *desk) press(t *testing.T, text string) {
	t.Helper()
	golden.Press(t, b.w.Content(), text)
}

func (b *desk) key(name fyne.KeyName) { golden.Key(b.w, name) }

func (b *desk) types(text string) { golden.Type(b.w, text) }

func TestTheDoorOpensWithDigitsAlone(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	if b.open {
		t.Fatal("the desk is open though nobody signed in")
	}
	b.says(t, "請登入", "陳護理師", "林行政", "按數字或點姓名")
	b.types("2")
	b.says(t, "林行政，請輸入您的 PIN")
	b.types("80313")
	b.key(fyne.KeyReturn)
	b.says(t, "PIN 不正確。再 4 次")
	if b.open || b.acts != "" {
		t.Fatal("a wrong PIN opens the door")
	}
	b.types("80312")
	b.key(fyne.KeyReturn)
	if !b.open || b.acts != lin.Account || b.Me() != lin {
		t.Errorf("open %v, acts carry %q", b.open, b.acts)
	}
}

func TestAQuickSwitchAndADeskLeftAlone(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.types("14071")
	b.key(fyne.KeyReturn)
	if b.acts != chen.Account {
		t.Fatalf("acts carry %q", b.acts)
	}
	b.Waited(9 * time.Minute)
	if !b.open {
		t.Error("the desk was left too early")
	}
	b.Waited(10 * time.Minute)
	if b.open || b.acts != "" {
		t.Error("the desk stays open when it is left alone")
	}
	b.says(t, "陳護理師，請輸入您的 PIN") // who was here comes back with the PIN alone
	b.key(fyne.KeyEscape)
	b.types("280312")
	b.key(fyne.KeyReturn)
	if b.acts != lin.Account {
		t.Errorf("after the switch acts carry %q", b.acts)
	}
}

func TestTheFirstManagerIsSetUpOnTheDevice(t *testing.T) {
	b := behind(t, golden.Light())
	if !b.open {
		t.Fatal("the desk is shut though nobody is on the roster")
	}
	b.staff.Show()
	b.says(t, "還沒有設定人員")
	b.types("N014")
	b.staff.name.SetText("陳護理師")
	b.staff.pin.SetText("1234")
	b.staff.again.SetText("1235")
	b.press(t, "儲存")
	b.says(t, "兩次輸入的 PIN 不一樣。")
	b.staff.again.SetText("1234")
	b.press(t, "儲存")
	b.says(t, "這組 PIN 太容易猜。")
	b.staff.pin.SetText("4071")
	b.staff.again.SetText("4071")
	b.press(t, "儲存")
	if b.open {
		t.Fatal("the door does not shut once there is somebody")
	}
	b.types("4071") // the only one is chosen
	b.key(fyne.KeyReturn)
	if b.Me() != chen {
		t.Errorf("signed in: %+v", b.Me())
	}
}

func TestAManagerKeepsTheRoster(t *testing.T) {
	b := behind(t, golden.Light(), chen)
	b.types("4071")
	b.key(fyne.KeyReturn)
	b.staff.Show()
	b.press(t, "新增人員")
	b.types(lin.Account)
	b.staff.name.SetText(lin.Name)
	b.staff.pin.SetText("80312")
	b.staff.again.SetText("80312")
	b.press(t, "儲存")
	b.says(t, "已新增。", "林行政", "使用中")
	b.press(t, "移除")
	b.says(t, "再按一次就移除", "林行政")
	b.press(t, "再按一次就移除")
	b.says(t, "已移除")
	if all, err := b.r.Members(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d are left, %v", len(all), err)
	}
}

func TestWhoIsNoManagerChangesTheirOwnPINOnly(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.types("280312")
	b.key(fyne.KeyReturn)
	b.staff.Show()
	all := golden.Text(b.w.Content())
	if strings.Contains(all, "移除") || strings.Contains(all, "新增人員") || strings.Count(all, "改 PIN") != 1 {
		t.Errorf("it offers\n%s", all)
	}
	b.press(t, "改 PIN")
	b.types("7263")
	b.staff.again.SetText("7263")
	b.key(fyne.KeyReturn)
	b.says(t, "PIN 已更新。")
	if _, err := b.r.SignIn(t.Context(), lin.Account, "7263"); err != nil {
		t.Error(err)
	}
}

var latin = regexp.MustCompile(`Enter|Esc|F12|PIN|N014|N027`)

func TestEveryStateOfThePages(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		sheet := golden.Open(t, "testdata/screens", "signin-"+name, *update)
		defer sheet.Close()
		b := behind(t, l, chen, lin)
		add := func(state string) {
			t.Helper()
			sheet.Add(state, b.w.Canvas())
			if l.Locale == "zh-TW" {
				golden.NoEnglish(t, state, b.w.Content(), latin)
			}
		}
		add("who is it")
		b.types("2")
		add("a PIN is asked for")
		b.types("80313")
		b.key(fyne.KeyReturn)
		add("a wrong PIN")
		b.key(fyne.KeyEscape)
		b.types("14071")
		b.key(fyne.KeyReturn)
		b.staff.Show()
		add("the people")
		b.staff.ask(addForm, "")
		add("somebody new")
		b.staff.ask(pinForm, "N027")
		add("another PIN")
		b.staff.ask(cardForm, "N027")
		add("a card is waited for")
		b.put("000012345678")
		add("a card was registered")
		b.put("000012345678")
		add("the quick switch")
		if err := b.r.SetCardNeedsPIN(t.Context(), "N014", true); err != nil {
			t.Fatal(err)
		}
		b.put("000012345678")
		add("the quick switch with a PIN")
		b.Leave()
		add("who is it, with cards")
		b.put("000087654321")
		add("nobody's card")
		b.Door.remember()
		b.types("1")
		b.forget("")
		b.forgot.challenge = "12345671" // drawn anew each time
		b.draw()
		add("the PIN is forgotten")
		b = behind(t, l, chen)
		b.lock(t)
		add("a locked device")
		b.types("4071")
		b.key(fyne.KeyReturn)
		b.staff.Show()
		add("a locked device, to be opened")
		b.staff.extend()
		add("a locked device that is open")
		b = behind(t, l)
		b.staff.Show()
		add("nobody yet")
	})
}
