package replicatest

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// Site opens replicas of desks of one site, by letter, each with keys of its own, and
// gives what central would tell them of each other.
func Site(t testing.TB, now clock.Clock, letters ...string) ([]*replica.Replica, syncproto.Neighbours) {
	t.Helper()
	n := syncproto.Neighbours{Key: make([]byte, syncproto.LANKeySize)}
	_, _ = rand.Read(n.Key) // never fails
	var all []*replica.Replica
	for _, letter := range letters {
		r, err := replica.Open(t.Context(), replica.Config{Dir: t.TempDir(), Clock: now, NewID: NewID})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		static, err := noise.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		public, sign, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		device := NewID()
		if err := r.SaveIdentity(t.Context(), replica.Identity{
			Grant: syncproto.Grant{Device: device, Site: "3817010001", Letter: letter, Epoch: 1, Role: syncproto.RoleDesk, Expires: Now.AddDate(1, 0, 0).Unix()},
			Noise: static.Private[:], Sign: sign.Seed(),
		}); err != nil {
			t.Fatal(err)
		}
		n.Devices = append(n.Devices, syncproto.Neighbour{
			Device: device, Epoch: 1, Role: syncproto.RoleDesk, Letter: letter, Noise: static.Public[:], Sign: public,
		})
		all = append(all, r)
	}
	for _, r := range all {
		if err := r.TakeNeighbours(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	return all, n
}
