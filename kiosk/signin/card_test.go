package signin

import (
	"testing"

	"fyne.io/fyne/v2"

	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui/golden"
)

const (
	chensCard = "000087654321"
	linsCard  = "000012345678"
	visitors  = "000011112222"
)

// saw brings what the reader saw, as the desk does.
func (b *desk) saw(ev cards.Event) {
	pass := func() { b.passed++ }
	if !b.staff.Card(ev) && !b.Card(ev, pass) && ev.Kind == cards.Recognised {
		pass()
	}
}

// put puts a card into the reader.
func (b *desk) put(number string) {
	b.saw(cards.Event{Kind: cards.Reading})
	b.saw(cards.Event{Kind: cards.Recognised, Number: nhicard.NewNumber(number)})
}

func (b *desk) register(t *testing.T, m roster.Member, number string) {
	t.Helper()
	if err := b.r.SetCard(t.Context(), m.Account, m.Account, number); err != nil {
		t.Fatal(err)
	}
	b.staff.Show() // the page reads afresh who is known by a card
}

func TestACardOpensTheDoor(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.register(t, lin, linsCard)
	b.saw(cards.Event{Kind: cards.Reading})
	b.saw(cards.Event{Kind: cards.Unreadable, Problem: cards.ProblemMute})
	b.says(t, "請晶片朝上再插一次")
	b.saw(cards.Event{Kind: cards.Unreadable, Problem: cards.ProblemHPC})
	b.says(t, "醫事人員卡")
	b.put(visitors)
	b.says(t, "這張卡沒有登記。請輸入 PIN 登入")
	if b.open || b.passed > 0 {
		t.Fatalf("open %v; %d cards went to the desk behind the door", b.open, b.passed)
	}
	b.put(linsCard)
	if !b.open || b.acts != lin.Account {
		t.Errorf("open %v, acts carry %q", b.open, b.acts)
	}
}

func TestAManagersCardNeedsThePIN(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.register(t, chen, chensCard)
	b.put(chensCard)
	b.says(t, "陳護理師，請輸入您的 PIN")
	if b.open {
		t.Fatal("a manager's card alone opens the door")
	}
	b.types("4071")
	b.key(fyne.KeyReturn)
	if b.acts != chen.Account {
		t.Errorf("acts carry %q", b.acts)
	}
}

func TestACardOffersTheQuickSwitch(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.register(t, chen, chensCard)
	b.register(t, lin, linsCard)
	b.put(linsCard)
	b.put(visitors)
	if b.passed != 1 || !b.open {
		t.Fatalf("a visitor's card: %d to the desk, open %v", b.passed, b.open)
	}
	b.put(linsCard)
	if b.passed != 2 || !b.open || b.known != 0 {
		t.Fatal("one's own card is not taken as that of somebody who comes")
	}
	b.put(chensCard)
	b.says(t, "要換人使用嗎？", "這是陳護理師登記的卡片，現在由林行政使用中", "陳護理師，請輸入您的 PIN")
	if b.known != 1 || b.acts != lin.Account {
		t.Fatalf("the desk let go of %d cards, acts carry %q", b.known, b.acts)
	}
	b.types("0000")
	b.key(fyne.KeyReturn)
	b.says(t, "PIN 不正確")
	b.types("4071")
	b.key(fyne.KeyReturn)
	if !b.open || b.acts != chen.Account {
		t.Fatalf("open %v, acts carry %q", b.open, b.acts)
	}
	b.put(linsCard)
	b.key(fyne.KeyReturn)
	if !b.open || b.acts != lin.Account {
		t.Errorf("open %v, acts carry %q", b.open, b.acts)
	}
}

func TestAnOfferedSwitchCanBeDeclined(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.register(t, lin, linsCard)
	b.types("14071")
	b.key(fyne.KeyReturn)
	b.put(linsCard)
	b.types("2") // no digit chooses while a switch is offered
	b.key(fyne.KeyEscape)
	if !b.open || b.acts != chen.Account || b.passed != 1 {
		t.Errorf("open %v, acts carry %q, %d cards to the desk", b.open, b.acts, b.passed)
	}
	b.put(linsCard)
	b.saw(cards.Event{Kind: cards.Removed})
	b.key(fyne.KeyEscape)
	if !b.open || b.passed != 1 {
		t.Errorf("open %v; a card that went is received: %d", b.open, b.passed)
	}
	b.put(linsCard)
	b.put(visitors)
	if !b.open || b.acts != chen.Account || b.passed != 2 {
		t.Errorf("a visitor's card after it: open %v, acts carry %q, %d to the desk", b.open, b.acts, b.passed)
	}
	b.put(linsCard)
	b.Waited(b.cfg.Limit)
	b.says(t, "請登入")
	if b.open || b.acts != "" {
		t.Error("the desk stays open when it is left alone before an offer")
	}
}

func TestACardIsRegisteredOnThePageOfPeople(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.types("280312")
	b.key(fyne.KeyReturn)
	b.staff.Show()
	golden.Press(t, b.w.Content(), "登記卡片")
	b.says(t, "請插入 N027 的卡片")
	b.saw(cards.Event{Kind: cards.Unreadable, Problem: cards.ProblemMute})
	b.says(t, "讀不到這張卡")
	b.put(linsCard)
	b.says(t, "已登記卡片", "換卡片")
	if m, err := b.r.SignInCard(t.Context(), linsCard); err != nil || m.Account != lin.Account {
		t.Errorf("it signs in %+v, %v", m, err)
	}
	golden.Press(t, b.w.Content(), "換卡片")
	golden.Press(t, b.w.Content(), "取消登記")
	b.says(t, "這張卡不能再登入")
	if _, err := b.r.SignInCard(t.Context(), linsCard); err == nil {
		t.Error("a card that was taken away signs in")
	}
}

func TestAManagerAsksForThePINBesideTheCard(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.register(t, lin, linsCard)
	b.put(linsCard)
	b.staff.Show()
	if b.staff.strict.Visible() && b.staff.strict.Checked {
		t.Fatal("asked before anybody said so")
	}
	b.Leave()
	b.types("1")
	b.key(fyne.KeyEscape)
	b.types("14071")
	b.key(fyne.KeyReturn)
	b.staff.Show()
	b.staff.strict.SetChecked(true)
	b.says(t, "之後用卡片登入，也要輸入 PIN。")
	b.put(linsCard)
	b.says(t, "林行政，請輸入您的 PIN")
	b.key(fyne.KeyEscape)
	b.staff.Show()
	if !b.staff.strict.Checked {
		t.Error("the page forgot it")
	}
	b.staff.strict.SetChecked(false)
	b.put(linsCard)
	b.key(fyne.KeyReturn)
	if b.acts != lin.Account {
		t.Errorf("acts carry %q", b.acts)
	}
}

func TestACardThatComesWhileAnotherIsJudgedIsTheOneThatCounts(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.register(t, lin, linsCard)
	b.put(linsCard)
	var slow []func()
	b.Door.cfg.Background = func(f func()) { slow = append(slow, f) }
	passed := func(number string) {
		for _, kind := range []cards.Kind{cards.Reading, cards.Recognised} {
			b.Card(cards.Event{Kind: kind, Number: nhicard.NewNumber(number)}, func() { b.acts += " " + number })
		}
	}
	passed(visitors)
	b.Card(cards.Event{Kind: cards.Removed}, nil)
	passed(chensCard)
	for len(slow) > 0 {
		f := slow[0]
		slow = slow[1:]
		f()
	}
	if want := lin.Account + " " + chensCard; b.acts != want {
		t.Errorf("the desk took%q, want %q", b.acts, want)
	}
}
