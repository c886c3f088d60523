package staff_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

var (
	byHand   = regexp.MustCompile(`請在驗證器輸入：([A-Z2-7 ]+)`)
	recovery = regexp.MustCompile(`<li><b>([0-9a-z]{5}-[0-9a-z]{5})</b></li>`)
)

func TestAMemberOfStaffLogsInInTwoSteps(t *testing.T) {
	w := open(t, options{})
	p := w.as("site-a")
	p.get("/staff/second").wants(t, 200, "兩步驟登入", "開始設定")
	a := p.post("/staff/second", "do", "begin")
	a.wants(t, 200, "用手機驗證器掃描", "<svg", "確認並開啟")
	secret := strings.ReplaceAll(byHand.FindStringSubmatch(html.UnescapeString(a.body))[1], " ", "")
	code := func() string {
		w.Set(w.Now().Add(30 * time.Second))
		return must2(totp.GenerateCode(secret, w.Now()))
	}
	p.post("/staff/second", "do", "confirm", "code", "nonsense").wants(t, 422, "驗證碼不符", "-"+secret)
	a = p.post("/staff/second", "do", "confirm", "code", code())
	a.wants(t, 200, "已開啟兩步驟登入", "離開這一頁就看不到了")
	codes := recovery.FindAllStringSubmatch(a.body, -1)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	p.get("/staff/second").wants(t, 200, "起開啟", "還有 10 個備用碼", "-"+codes[0][1])
	p.post("/staff/second", "do", "begin").wants(t, 422, "已經開啟")
	p.post("/staff/second", "do", "else").wants(t, 400)

	in := w.stranger()
	if a := in.get("/staff/login/code"); a.url != "/staff/login" {
		t.Errorf("without a password: %s", a.url)
	}
	a = in.post("/staff/login", "name", "site-a", "password", w.passwords["site-a"], "next", "/staff/bookings")
	a.wants(t, 200, "輸入驗證碼", `value="/staff/bookings"`, `autocomplete="one-time-code"`)
	if a := in.get("/staff/monitor"); a.url != "/staff/login" {
		t.Errorf("the password alone led to %s", a.url)
	}
	in.post("/staff/login", "name", "site-a", "password", w.passwords["site-a"], "next", "/staff/bookings")
	in.post("/staff/login/code", "code", "123", "next", "/staff/bookings").wants(t, 422, "驗證碼不符", `value="/staff/bookings"`)
	if a := in.post("/staff/login/code", "code", code(), "next", "/staff/bookings"); a.url != "/staff/bookings" || a.status != 200 {
		t.Errorf("the code led to %s (%d)", a.url, a.status)
	}

	late := w.stranger()
	late.post("/staff/login", "name", "site-a", "password", w.passwords["site-a"])
	w.Set(w.Now().Add(5 * time.Minute))
	if a := late.post("/staff/login/code", "code", code()); a.url != "/staff/login" {
		t.Errorf("five minutes after the password: %s", a.url)
	}
	late.post("/staff/login", "name", "site-a", "password", w.passwords["site-a"])
	if a := late.post("/staff/login/code", "code", codes[0][1], "next", "https://evil.example"); a.url != "/staff/monitor" {
		t.Errorf("a recovery code led to %s", a.url)
	}
	p.post("/staff/second", "do", "end", "code", "123").wants(t, 422, "驗證碼不符")
	p.post("/staff/second", "do", "end", "code", code()).wants(t, 200, "已關閉兩步驟登入", "開始設定")
	w.as("site-a")
	for _, want := range []string{"site-a second.on site-a", "site-a login.password site-a", "site-a second.off site-a"} {
		if !w.noted(want) {
			t.Errorf("%q is not in the trail", want)
		}
	}
}

func TestGuessingCodesIsSlowedDownByAddress(t *testing.T) {
	w := open(t, options{logins: 3})
	p := w.stranger()
	p.post("/staff/login", "name", "site-a", "password", "x")
	for range 3 {
		p.post("/staff/login/code", "code", "123456")
	}
	p.post("/staff/login/code", "code", "123456").wants(t, 429, "請稍候再試")
}
