package replicatest

import (
	"crypto/ed25519"
	"crypto/rand"
	"maps"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// Central is the key with which central signs in these tests.
var Central = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// SiteCode is the site of the devices of these tests.
const SiteCode = "3817010001"

// Checkpoint is what central would sign of the rows of a site at a sequence.
func Checkpoint(history clinic.ID, seq int64, rows ...syncproto.Row) syncproto.Checkpoint {
	c := syncproto.Checkpoint{Site: SiteCode, History: history, Seq: seq, Time: Now.UnixMilli()}
	buckets := make(map[syncproto.Day][]syncproto.Digest)
	for _, row := range rows {
		day, _ := row.Bucket()
		buckets[day] = append(buckets[day], syncproto.DigestOf(row))
	}
	for _, day := range slices.Sorted(maps.Keys(buckets)) {
		root := syncproto.RootOf(buckets[day])
		c.Buckets = append(c.Buckets, syncproto.Root{Day: day, Root: root[:]})
	}
	c.Sign(Central)
	return c
}

// Told has a replica hear from central in a session of its own: the rows that are new
// to it, each with its sequence, and what all of them are at a sequence.
func Told(t testing.TB, r *replica.Replica, c syncproto.Checkpoint, rows ...syncproto.Row) {
	t.Helper()
	w := syncproto.Welcome{Version: syncproto.Version, History: c.History, Time: c.Time, Site: c.Site, SiteSeq: c.Seq, ChainHead: make([]byte, 32)}
	if err := r.Welcome(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(t.Context(), syncproto.Page{Rows: rows, Next: c.Seq, History: c.History, Time: c.Time, Checkpoint: &c}); err != nil {
		t.Fatal(err)
	}
}

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
			Grant: syncproto.Grant{Device: device, Site: SiteCode, Letter: letter, Epoch: 1, Role: syncproto.RoleDesk, Expires: Now.AddDate(1, 0, 0).Unix()},
			Noise: static.Private[:], Sign: sign.Seed(), Central: syncproto.Keys{Sign: Central.Public().(ed25519.PublicKey)},
		}); err != nil {
			t.Fatal(err)
		}
		n.Devices = append(n.Devices, syncproto.Neighbour{
			Device: device, Epoch: 1, Role: syncproto.RoleDesk, Letter: letter, Noise: static.Public[:], Sign: public, Version: syncproto.Version,
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
