package staff_test

import (
	"regexp"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestAForgottenPINIsAnsweredWithACodeThatIsShownOnce(t *testing.T) {
	w := open(t, options{devices: three})
	const a, c = "/staff/devices/00000000-0000-7000-8000-000000000001", "/staff/devices/00000000-0000-7000-8000-000000000003"
	p := w.as("xitun")
	p.get(a).wants(t, 200, "管理者忘記 PIN", "裝置上的查驗碼")
	p.post(a+"/reset", "challenge", "1234 5678").wants(t, 422, "請對方再唸一次", "-big-code")
	page := p.post(a+"/reset", "challenge", "１２３４ 5671")
	page.wants(t, 200, "重設碼", "請唸給對方")
	shown := regexp.MustCompile(`<p class="big-code">([0-9 ]+)</p>`).FindStringSubmatch(page.body)
	if shown == nil {
		t.Fatal("no code is shown")
	}
	id, err := clinic.ParseID("00000000-0000-7000-8000-000000000001")
	must(t, err)
	peer, _, err := w.Fleet.Peer(id)
	must(t, err)
	code, err := syncproto.ResetCode(peer.PSK[:], id, "12345671")
	must(t, err)
	if syncproto.ReadOut(code) != shown[1] {
		t.Errorf("the page shows %s, the device waits for %s", shown[1], code)
	}
	if !w.noted("xitun device.reset " + id.String()) {
		t.Error("the audit trail does not tell of it")
	}
	p.get(a).wants(t, 200, "-"+shown[1])
	p.post(c+"/reset", "challenge", "12345671").wants(t, 404) // of another district
	w.as("site-a").post(a+"/reset", "challenge", "12345671").wants(t, 403)
	p.post(a + "/revoke")
	p.get(a).wants(t, 200, "-管理者忘記 PIN")
	p.post(a+"/reset", "challenge", "12345671").wants(t, 422, "-big-code")
}
