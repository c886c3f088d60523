package staff_test

import "testing"

func TestAMemberOfStaffChoosesAPassword(t *testing.T) {
	w := open(t, options{})
	const chosen = "correct horse battery"
	p, elsewhere := w.as("site-a"), w.as("site-a")
	first := w.passwords["site-a"]
	p.get("/staff/monitor").wants(t, 200, `href="/staff/password"`)
	p.get("/staff/password").wants(t, 200, "改密碼", "至少 12 個字", `autocomplete="new-password"`)
	p.post("/staff/password", "present", first, "next", chosen, "again", chosen+"x").wants(t, 422, "兩次填的新密碼不同", "-"+chosen)
	p.post("/staff/password", "present", "guess", "next", chosen, "again", chosen).wants(t, 422, "目前的密碼不符", "-"+chosen, "-guess")
	p.post("/staff/password", "present", first, "next", "short", "again", "short").wants(t, 422, "至少要 12 個字", "-"+first)
	p.post("/staff/password", "present", first, "next", first, "again", first).wants(t, 422, "和目前的密碼相同")
	a := p.post("/staff/password", "present", first, "next", chosen, "again", chosen)
	a.wants(t, 200, "密碼已更改")
	if a.url != "/staff/monitor" {
		t.Errorf("it led to %s", a.url)
	}
	if a := elsewhere.get("/staff/monitor"); a.url != "/staff/login" {
		t.Errorf("another session goes on at %s", a.url)
	}
	w.stranger().post("/staff/login", "name", "site-a", "password", first).wants(t, 422)
	w.passwords["site-a"] = chosen
	w.as("site-a")
	if !w.noted("site-a account.password site-a") {
		t.Error(w.actions())
	}
	if a := w.stranger().get("/staff/password"); a.url != "/staff/login" {
		t.Errorf("a stranger is at %s", a.url)
	}
	for range 4 {
		p.post("/staff/password", "present", "guess", "next", "something longer", "again", "something longer").wants(t, 422, "目前的密碼不符")
	}
	p.post("/staff/password", "present", "guess", "next", "something longer", "again", "something longer").wants(t, 422, "連續 5 次不符")
}
