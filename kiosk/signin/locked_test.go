package signin

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/ui/golden"
)

// lock lets the device's grant end.
func (b *desk) lock(t *testing.T) {
	t.Helper()
	id, err := b.r.Replica.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Grant.Expires = replicatest.Now.Add(-time.Minute).Unix()
	if err := b.r.Replica.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.shut = false // the program is started again
	b.Begin(t.Context(), b.r)
}

func TestAManagerOpensALockedDeviceOnThePageOfPeople(t *testing.T) {
	b := behind(t, golden.Light(), chen, lin)
	b.types("280312")
	b.key(fyne.KeyReturn)
	b.lock(t)
	b.says(t, "已上鎖", "管理者登入後到「人")
	b.types("80312") // who was here comes back
	b.key(fyne.KeyReturn)
	b.staff.Show()
	b.says(t, "管理者可以再開放一天報到")
	if strings.Contains(golden.Text(b.w.Content()), "再開放一天報到\n") {
		t.Error("who is no manager is offered to open it")
	}
	b.Leave()
	b.key(fyne.KeyEscape)
	b.types("14071")
	b.key(fyne.KeyReturn)
	b.staff.Show()
	b.press(t, "再開放一天報到")
	b.says(t, "已開放。", "管理者開放報到到", "115年12月2日 09:26")
	if until, err := b.r.Replica.Unlocked(t.Context()); err != nil || !until.Equal(replicatest.Now.Add(24*time.Hour)) {
		t.Errorf("open until %s, %v", until, err)
	}
}
