package roster_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/roster"
)

const (
	linsCard  = "000012345678"
	otherCard = "000087654321"
)

func TestACardAloneSignsInWhoIsNoManager(t *testing.T) {
	r, _ := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Add(t.Context(), chen.Account, lin, "80312"))
	_, err := r.SignInCard(t.Context(), linsCard)
	refused(t, err, roster.CardUnknown)

	must(t, r.SetCard(t.Context(), lin.Account, lin.Account, linsCard))
	refused(t, r.SetCard(t.Context(), chen.Account, chen.Account, linsCard), roster.CardTaken)
	refused(t, r.SetCard(t.Context(), lin.Account, chen.Account, otherCard), roster.NotManager)
	refused(t, r.SetCard(t.Context(), chen.Account, "N77", otherCard), roster.Unknown)
	m, err := r.SignInCard(t.Context(), linsCard)
	if must(t, err); m.Account != lin.Account || !m.Card {
		t.Errorf("signed in: %+v", m)
	}
	_, err = r.SignInCard(t.Context(), otherCard)
	refused(t, err, roster.CardUnknown)

	must(t, r.SetCard(t.Context(), chen.Account, chen.Account, otherCard))
	m, err = r.SignInCard(t.Context(), otherCard)
	if refused(t, err, roster.CardAndPIN); m.Account != chen.Account {
		t.Errorf("the PIN is asked of %+v", m)
	}

	must(t, r.SetPIN(t.Context(), lin.Account, lin.Account, "7263"))
	if _, err := r.SignInCard(t.Context(), linsCard); err != nil {
		t.Errorf("another PIN takes the card away: %v", err)
	}
	must(t, r.SetCard(t.Context(), chen.Account, lin.Account, "")) // it was lost
	_, err = r.SignInCard(t.Context(), linsCard)
	refused(t, err, roster.CardUnknown)
	_, err = r.SignInCard(t.Context(), "") // nobody's
	refused(t, err, roster.CardUnknown)
}

func TestAManagerHasEverybodyShowCardAndPIN(t *testing.T) {
	r, _ := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Add(t.Context(), chen.Account, lin, "80312"))
	must(t, r.SetCard(t.Context(), lin.Account, lin.Account, linsCard))
	refused(t, r.SetCardNeedsPIN(t.Context(), lin.Account, true), roster.NotManager)
	must(t, r.SetCardNeedsPIN(t.Context(), chen.Account, true))
	m, err := r.SignInCard(t.Context(), linsCard)
	if refused(t, err, roster.CardAndPIN); m.Account != lin.Account {
		t.Errorf("the PIN is asked of %+v", m)
	}
	must(t, r.SetCardNeedsPIN(t.Context(), chen.Account, false))
	if _, err := r.SignInCard(t.Context(), linsCard); err != nil {
		t.Error(err)
	}
	must(t, r.Remove(t.Context(), chen.Account, lin.Account))
	_, err = r.SignInCard(t.Context(), linsCard)
	refused(t, err, roster.CardUnknown)
}

func TestNoCardsNumberLiesOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	r, _ := on(t, dir)
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.SetCard(t.Context(), chen.Account, chen.Account, linsCard))
	index := r.Replica.CardIndex(linsCard)
	must(t, r.Replica.Close())
	data, err := os.ReadFile(filepath.Join(dir, replica.File))
	must(t, err)
	if bytes.Contains(data, []byte(linsCard)) || bytes.Contains(data, index) {
		t.Error("the card can be told from the disk")
	}
	r, _ = on(t, dir)
	m, err := r.SignInCard(t.Context(), linsCard)
	if refused(t, err, roster.CardAndPIN); m.Account != chen.Account {
		t.Errorf("after a restart it is %q's", m.Account)
	}
	elsewhere, _ := on(t, t.TempDir())
	if bytes.Equal(elsewhere.Replica.CardIndex(linsCard), index) {
		t.Error("two devices know a card by the same hash")
	}
}
