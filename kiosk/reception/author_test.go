package reception_test

import (
	"testing"

	"ezhitong.tw/kiosk/replica/replicatest"
)

func TestWhatIsDoneCarriesWhoIsSignedIn(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today, nil)
	for _, account := range []string{"", "N014", "N027", ""} {
		c.SignIn(account)
		if _, err := c.CheckIn(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := c.Undo(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	out, err := r.Outbox(t.Context(), -1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{c.Staff, "N014", "N027", c.Staff} {
		for _, op := range out.Ops[2*i : 2*i+2] {
			if op.Staff != want {
				t.Errorf("event %d is by %q, want %q", op.Seq, op.Staff, want)
			}
		}
	}
}
