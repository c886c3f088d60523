package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
)

const site = "3566060001"

// office has a clock that stands still and remembers what was written down.
type office struct {
	*Service
	mu    sync.Mutex
	now   time.Time
	notes []string
	log   bytes.Buffer
	fault error // of the audit trail
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{now: time.Date(2026, 11, 24, 10, 0, 0, 0, clinic.Taipei)}
	s := storetest.Open(t)
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(tx.SaveDistrict("西屯區", 1), tx.SaveSite(store.Site{Site: clinic.Site{Code: site, District: "西屯區"}}), tx.Commit())
	if err != nil {
		t.Fatal(err)
	}
	o.Service, err = New(Config{
		Store: s, Keys: storetest.Keys(t), Now: func() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now }, Random: rand.Reader,
		Log: slog.New(slog.NewTextHandler(&o.log, nil)),
		Record: storetest.Record(s, func(n store.Note) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.notes = append(o.notes, strings.TrimSpace(fmt.Sprint(n.Actor, " ", n.Action, " ", n.Object, " ", n.Detail)))
			return o.fault
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) add(t *testing.T, n NewAccount) string {
	t.Helper()
	password, err := o.Add(t.Context(), "root", n)
	if err != nil {
		t.Fatal(err)
	}
	return password
}

func (o *office) later(d time.Duration) { o.mu.Lock(); o.now = o.now.Add(d); o.mu.Unlock() }

func code(err error) string {
	var r *clinic.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return fmt.Sprint(err)
}

var lin = NewAccount{Name: "Lin", Display: "林志萱", Role: Bureau}

func TestANewAccountComesInWithTheShownPassword(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	a, err := o.Login(t.Context(), " LIN ", password)
	if err != nil {
		t.Fatal(err)
	}
	if a.Name != "lin" || a.Display != "林志萱" || a.Login != o.now || a.Expires != o.now.Add(Life) || !a.Jurisdiction().All {
		t.Errorf("%+v", a)
	}
	if strings.ContainsAny(password, " ilou") || len(password) != 19 {
		t.Errorf("the password %q is hard to read aloud", password)
	}
	for _, wrong := range []string{"", password + "x", strings.ToUpper(password), strings.Repeat("x", 100_000)} {
		if _, err := o.Login(t.Context(), "lin", wrong); code(err) != RefusedWrong {
			t.Errorf("%.20q: %v", wrong, err)
		}
	}
	want := "lin login lin"
	if o.notes[1] != want || o.notes[2] != "lin login.refused lin account_wrong" {
		t.Errorf("written down: %q", o.notes)
	}
	if strings.Contains(o.log.String()+strings.Join(o.notes, ""), password) {
		t.Error("a password was written down")
	}
}

func TestFiveWrongPasswordsLockForAQuarterOfAnHour(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	for _, name := range []string{"lin", "nobody-has-this-name"} { // a stranger sees no difference
		for i := 1; i < Tries; i++ {
			if _, err := o.Login(t.Context(), name, "guess"); code(err) != RefusedWrong {
				t.Fatalf("%s, guess %d: %v", name, i, err)
			}
		}
		_, err := o.Login(t.Context(), name, "guess")
		var r *clinic.Refusal
		if !errors.As(err, &r) || r.Code != RefusedLocked || r.Args["until"] != "2026-11-24T10:15:00+08:00" {
			t.Fatalf("%s, the last guess: %v", name, err)
		}
		if _, err := o.Login(t.Context(), name, password); code(err) != RefusedLocked {
			t.Errorf("%s, while locked: %v", name, err)
		}
	}
	if log := strings.Join(o.notes, "\n") + o.log.String(); strings.Contains(log, "nobody-has") {
		t.Errorf("what a stranger typed was written down:\n%s", log)
	}
	o.later(LockFor)
	if _, err := o.Login(t.Context(), "lin", password); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	if _, err := o.Login(t.Context(), "nobody-has-this-name", password); code(err) != RefusedWrong {
		t.Errorf("a stranger after the lock: %v", err)
	}
}

func TestARightPasswordForgetsTheWrongOnes(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	for range 3 {
		for range Tries - 1 {
			if _, err := o.Login(t.Context(), "lin", "guess"); code(err) != RefusedWrong {
				t.Fatal(err)
			}
		}
		if _, err := o.Login(t.Context(), "lin", password); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGuessesAtTheSameTimeDoNotGetMoreTries(t *testing.T) {
	o := newOffice(t)
	o.add(t, lin)
	var wg sync.WaitGroup
	answers := make(chan string, 20)
	for range cap(answers) {
		wg.Go(func() {
			_, err := o.Login(context.Background(), "lin", "guess")
			answers <- code(err)
		})
	}
	wg.Wait()
	close(answers)
	count := map[string]int{}
	for a := range answers {
		count[a]++
	}
	if count[RefusedWrong] != Tries-1 || count[RefusedLocked] != cap(answers)-Tries+1 {
		t.Errorf("%v", count)
	}
}

func TestTooManyGuessesAtOnceAreTurnedAway(t *testing.T) {
	g := newGate(1)
	g.waiting.Store(mostWaiting)
	if _, err := g.matches(t.Context(), "x", ""); code(err) != clinic.RefusedBusy {
		t.Error(err)
	}
	g.waiting.Store(0)
	g.seats <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.matches(ctx, "x", ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if g.waiting.Load() != 0 {
		t.Error("somebody still waits")
	}
}

func TestAnAccountIsOffAfterAYearUntilRenewed(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	o.later(Life - time.Second)
	if _, err := o.Login(t.Context(), "lin", password); err != nil {
		t.Fatalf("on the last day: %v", err)
	}
	o.later(time.Second)
	if _, err := o.Login(t.Context(), "lin", password); code(err) != RefusedExpired {
		t.Fatalf("a year later: %v", err)
	}
	if _, err := o.Login(t.Context(), "lin", "guess"); code(err) != RefusedWrong {
		t.Errorf("without the password: %v", err)
	}
	if err := o.Renew(t.Context(), "root", "lin"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Login(t.Context(), "lin", password); err != nil {
		t.Errorf("renewed: %v", err)
	}
}

func TestSwitchingOffEndsSessionsAndLogins(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	before, err := o.Login(t.Context(), "lin", password)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Enable(t.Context(), "root", "lin", false); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Login(t.Context(), "lin", password); code(err) != RefusedDisabled {
		t.Errorf("switched off: %v", err)
	}
	now, ok, err := o.Find(t.Context(), "lin")
	if err != nil || !ok || now.Stamp == before.Stamp || code(now.Usable(o.now)) != RefusedDisabled {
		t.Errorf("an open session goes on: %+v %v", now, err)
	}
	if err := o.Enable(t.Context(), "root", "lin", true); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Login(t.Context(), "lin", password); err != nil {
		t.Errorf("on again: %v", err)
	}
	if err := o.Enable(t.Context(), "lin", "lin", false); code(err) != RefusedSelf {
		t.Errorf("oneself: %v", err)
	}
}

func TestANewPasswordReplacesTheOldOne(t *testing.T) {
	o := newOffice(t)
	old := o.add(t, lin)
	fresh, err := o.Reset(t.Context(), "root", "lin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Login(t.Context(), "lin", old); code(err) != RefusedWrong {
		t.Errorf("the old one: %v", err)
	}
	if a, err := o.Login(t.Context(), "lin", fresh); err != nil || a.Stamp != 2 {
		t.Errorf("the new one: %+v %v", a, err)
	}
}

func TestADeletedAccountIsAStranger(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	if err := o.Delete(t.Context(), "lin", "lin"); code(err) != RefusedSelf {
		t.Errorf("oneself: %v", err)
	}
	if err := o.Delete(t.Context(), "root", "lin"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Login(t.Context(), "lin", password); code(err) != RefusedWrong {
		t.Error(err)
	}
	if _, ok, _ := o.Find(t.Context(), "lin"); ok {
		t.Error("it is still there")
	}
	for what, err := range map[string]error{
		"delete": o.Delete(t.Context(), "root", "lin"), "renew": o.Renew(t.Context(), "root", "lin"), "enable": o.Enable(t.Context(), "root", "lin", true),
	} {
		if code(err) != RefusedUnknown {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestEveryRoleSeesItsOwnOnly(t *testing.T) {
	o := newOffice(t)
	here := clinic.Site{Code: site, District: "西屯區"}
	near := clinic.Site{Code: "3566060002", District: "西屯區"}
	far := clinic.Site{Code: "3566070001", District: "南屯區"}
	for i, c := range []struct {
		n         NewAccount
		here      bool
		near, far bool
	}{
		{NewAccount{Role: Admin, District: "西屯區"}, true, true, true},
		{NewAccount{Role: Bureau, Site: site}, true, true, true},
		{NewAccount{Role: HealthCentre, District: "西屯區", Site: site}, true, true, false},
		{NewAccount{Role: Site, Site: site, District: "西屯區"}, true, false, false},
	} {
		c.n.Name, c.n.Display = fmt.Sprintf("staff-%d", i), "同事"
		o.add(t, c.n)
		a, _, err := o.Find(t.Context(), c.n.Name)
		if err != nil {
			t.Fatal(err)
		}
		j := a.Jurisdiction()
		if j.Covers(here) != c.here || j.Covers(near) != c.near || j.Covers(far) != c.far || a.Actor().Scope != j {
			t.Errorf("%s: %+v", c.n.Role, j)
		}
	}
	if (Account{Role: "guest"}).Jurisdiction() != (Jurisdiction{}) {
		t.Error("a role that there is not sees something")
	}
}

func TestABadAccountIsNotMade(t *testing.T) {
	o := newOffice(t)
	o.add(t, lin)
	for want, n := range map[string]NewAccount{
		RefusedTaken:    {Name: "LIN", Display: "另一位", Role: Bureau},
		RefusedName:     {Name: "public", Display: "某人", Role: Bureau},
		RefusedDisplay:  {Name: "chen", Display: " ", Role: Bureau},
		RefusedRole:     {Name: "chen", Display: "陳", Role: "root"},
		RefusedDistrict: {Name: "chen", Display: "陳", Role: HealthCentre, District: "板橋區"},
		RefusedSite:     {Name: "chen", Display: "陳", Role: Site, Site: "3566999999"},
	} {
		if _, err := o.Add(t.Context(), "root", n); code(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	list, err := o.List(t.Context())
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestALoginThatCannotBeWrittenDownDoesNotHappen(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	o.fault = errors.New("the disk is full")
	if _, err := o.Login(t.Context(), "lin", password); !errors.Is(err, o.fault) {
		t.Error(err)
	}
}
