package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/station"
)

// reset is what a manager types who has forgotten the PIN.
type reset struct{ Code, PIN string }

// manager is on the roster of a device in these trials.
var manager = roster.Member{Account: "N014", Name: "陳護理師"}

// remembers does at the roster what somebody at the device's door does: begin it with a
// PIN, ask for the digits, set the PIN anew, sign in.
func remembers(ctx context.Context, s *station.Station, do, text string) (digits string, err error) {
	r := &roster.Roster{Replica: s.Replica}
	switch do {
	case "roster":
		return "", r.Begin(ctx, manager, text)
	case "forgot":
		digits, _, err = r.Challenge(ctx)
		return digits, err
	case "reset":
		var what reset
		if err := json.Unmarshal([]byte(text), &what); err != nil {
			return "", err
		}
		return "", r.Reset(ctx, manager.Account, what.Code, what.PIN)
	default: // signin
		_, err = r.SignIn(ctx, manager.Account, text)
		return "", err
	}
}

func TestAForgottenPINComesBackThroughCentralWithoutALine(t *testing.T) {
	w := startTown(t)
	cable := w.cable()
	u := w.device("http://" + cable.Listen)
	u.start()
	u.enrol()
	_, err := u.tell("roster", "4071")
	w.must(err)
	var device clinic.ID
	w.rows("SELECT id FROM device", func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		device = clinic.ID(id)
		return err
	})
	cable.Stop()

	jar, err := cookiejar.New(nil)
	w.must(err)
	office := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	post := func(path string, form url.Values) string {
		answer, err := office.PostForm(w.Target().URL()+path, form)
		w.must(err)
		body, err := io.ReadAll(answer.Body)
		w.must(err)
		w.must(answer.Body.Close())
		return string(body)
	}
	a, err := console.AddAccount(t.Context(), w.Data, account.NewAccount{Name: "bureau", Display: "林志萱", Role: account.Bureau})
	w.must(err)
	post("/staff/login", url.Values{"name": {"bureau"}, "password": {a.Password}})
	ask := func(digits string) string {
		page := post("/staff/devices/"+device.String()+"/reset", url.Values{"challenge": {digits}})
		shown := regexp.MustCompile(`<p class="big-code">([0-9 ]+)</p>`).FindStringSubmatch(page)
		if shown == nil {
			t.Fatalf("central shows no code for %s", digits)
		}
		return shown[1]
	}
	try := func(code, pin string) error {
		text, err := json.Marshal(reset{code, pin})
		w.must(err)
		_, err = u.tell("reset", string(text))
		return err
	}

	h, err := u.tell("forgot", "")
	w.must(err)
	code := ask(h.Digits)
	if err := try(ask("12345671"), "5150"); err == nil || !strings.Contains(err.Error(), roster.ResetWrong) {
		t.Errorf("the code for other digits: %v", err)
	}
	u.kill() // the power fails between the call and the code
	u.start()
	if err := try(code, "5150"); err != nil {
		t.Fatalf("the code of central: %v", err)
	}
	if _, err := u.tell("signin", "5150"); err != nil {
		t.Errorf("with the new PIN: %v", err)
	}
	if _, err := u.tell("signin", "4071"); err == nil {
		t.Error("the forgotten PIN still opens the desk")
	}
	if err := try(code, "6262"); err == nil || !strings.Contains(err.Error(), roster.ResetOver) {
		t.Errorf("the same code again: %v", err)
	}
	given := 0
	w.rows("SELECT actor FROM audit WHERE action = 'device.reset'", func(scan func(...any) error) error {
		var actor string
		given++
		return scan(&actor)
	})
	if given != 2 {
		t.Errorf("the audit trail tells of %d codes", given)
	}
}
