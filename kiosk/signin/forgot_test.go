package signin

import (
	"testing"

	"fyne.io/fyne/v2"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/ui/golden"
	"ezhitong.tw/syncproto"
)

// central answers the digits that the page shows.
func (b *desk) central(t *testing.T) string {
	t.Helper()
	id, err := b.r.Replica.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	challenge, _, err := b.r.Challenge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.says(t, syncproto.ReadOut(challenge))
	code, err := syncproto.ResetCode(id.Grant.PSK, id.Grant.Device, challenge)
	if err != nil {
		t.Fatal(err)
	}
	return syncproto.ReadOut(code)
}

func TestTheOnlyManagerWhoForgotThePINComesBack(t *testing.T) {
	b := behind(t, golden.Light(), chen)
	b.press(t, "忘記 PIN")
	b.says(t, "請打電話給衛生局或衛生所", "09:56 前有效", "10 個數字")
	code := b.central(t)
	b.types("12345")
	b.key(fyne.KeyReturn)
	b.says(t, "這組少了、多了或有一個不對")
	b.forgot.code.SetText(code)
	b.forgot.pin.SetText("5150")
	b.forgot.again.SetText("5151")
	b.key(fyne.KeyReturn)
	b.says(t, "兩次輸入的 PIN 不一樣。")
	b.saw(cards.Event{Kind: cards.Recognised}) // a card changes nothing here
	b.forgot.again.SetText("5150")
	b.press(t, "儲存")
	b.says(t, "PIN 已重設。請用新的 PIN 登入。", "陳護理師，請輸入您的 PIN")
	if b.open {
		t.Fatal("the code opens the door")
	}
	b.types("5150")
	b.key(fyne.KeyReturn)
	if !b.open || b.acts != chen.Account {
		t.Errorf("open %v, acts carry %q", b.open, b.acts)
	}
}

func TestWhichManagerForgotIsChosen(t *testing.T) {
	wang := roster.Member{Account: "N031", Name: "王主任", Manager: true}
	b := behind(t, golden.Light(), chen, lin, wang)
	b.types("3")
	b.press(t, "忘記 PIN")
	b.press(t, "王主任")
	b.forgot.code.SetText(b.central(t))
	b.forgot.pin.SetText("5150")
	b.forgot.again.SetText("5150")
	b.key(fyne.KeyReturn)
	b.says(t, "PIN 已重設", "王主任，請輸入您的 PIN")
	if _, err := b.r.SignIn(t.Context(), wang.Account, "5150"); err != nil {
		t.Error(err)
	}
}

func TestAChallengeThatIsOverIsShownAnew(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.types("1")
	b.press(t, "忘記 PIN")
	code := b.central(t)
	if err := b.r.Reset(t.Context(), chen.Account, code, "6262"); err != nil { // used, in another window
		t.Fatal(err)
	}
	b.forgot.code.SetText(code)
	b.forgot.pin.SetText("5150")
	b.forgot.again.SetText("5150")
	b.key(fyne.KeyReturn)
	b.says(t, "查驗碼已經換了一組")
	b.central(t)
	b.key(fyne.KeyEscape)
	b.says(t, "請登入")
	if b.forgot != nil || golden.Words(b.w.Content()) == nil {
		t.Error("Esc does not leave the page")
	}
}
