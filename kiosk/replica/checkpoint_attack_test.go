package replica_test

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestRowsThatCentralDidNotSignAreRefused(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	d, slot, _ := newDay(t)
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	before, err := all[1].Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.tells(booking(slot, "F131104093", "陳美", replicatest.Today))
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*syncproto.Checkpoint), key ed25519.PrivateKey) syncproto.Checkpoint {
		c := d.checkpoint()
		change(&c)
		if key != nil {
			c.Sign(key)
		}
		return c
	}
	for name, c := range map[string]struct {
		syncproto.Checkpoint
		want error
	}{
		"forged":             {changed(func(*syncproto.Checkpoint) {}, foreign), replica.ErrCheckpoint},
		"a later sequence":   {changed(func(c *syncproto.Checkpoint) { c.Seq++ }, nil), replica.ErrCheckpoint},
		"other rows":         {changed(func(c *syncproto.Checkpoint) { c.Buckets[0].Root[0]++ }, nil), replica.ErrCheckpoint},
		"a bucket cut off":   {changed(func(c *syncproto.Checkpoint) { c.Buckets = c.Buckets[:1] }, nil), replica.ErrCheckpoint},
		"other heads":        {changed(func(c *syncproto.Checkpoint) { c.Heads = []syncproto.Head{{Device: clinic.ID{1}, Epoch: 1}} }, nil), replica.ErrCheckpoint},
		"of a foreign site":  {changed(func(c *syncproto.Checkpoint) { c.Site = "3536020012" }, replicatest.Central), replica.ErrCheckpoint},
		"without signatures": {changed(func(c *syncproto.Checkpoint) { c.Signatures = nil }, nil), replica.ErrCheckpoint},
		"of another history": {changed(func(c *syncproto.Checkpoint) { c.History = replicatest.NewID() }, replicatest.Central), replica.ErrMoved},
		"an older one":       {changed(func(c *syncproto.Checkpoint) { c.Seq = before.Cursor - 1 }, replicatest.Central), replica.ErrMoved},
		"the same one":       {changed(func(c *syncproto.Checkpoint) { c.Seq = before.Cursor }, replicatest.Central), replica.ErrMoved},
	} {
		if _, err := all[1].Compare(t.Context(), c.Checkpoint); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}

	lacks, err := all[1].Compare(t.Context(), d.checkpoint())
	if err != nil || len(lacks.Days) != 1 {
		t.Fatalf("%+v, %v", lacks, err)
	}
	good := slices.DeleteFunc(slices.Clone(d.rows), func(r syncproto.Row) bool { return r.Programme != nil })
	forged := slices.Clone(good)
	b := *forged[1].Booking
	b.Name = "林美麗"
	forged[1].Booking = &b
	for name, rows := range map[string][]syncproto.Row{
		"none":                       nil,
		"one cut off":                good[:len(good)-1],
		"one twice":                  append(slices.Clone(good), good[0]),
		"a changed one":              forged,
		"one of a day not asked for": append(slices.Clone(good), d.rows[0]),
		"a departure":                append(slices.Clone(good), syncproto.Row{Seq: 1, Gone: &syncproto.GoneRow{ID: b.ID}}),
	} {
		if err := all[1].Take(t.Context(), lacks, rows); !errors.Is(err, replica.ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if at, err := all[1].Position(t.Context()); err != nil || at != before {
		t.Errorf("the base moved to %+v, %v", at, err)
	}
	if got := names(t, all[1]); !slices.Equal(got, []string{"王小明 not_arrived"}) {
		t.Errorf("B shows %v", got)
	}
	if err := all[1].Take(t.Context(), lacks, good); err != nil {
		t.Fatal(err)
	}
	stands(t, all[1], d)
	if err := all[1].Take(t.Context(), lacks, good); !errors.Is(err, replica.ErrMoved) {
		t.Errorf("once more: %v", err)
	}
}

// Another disk has used B's name, and central has heard it.
func TestThatAnotherDiskUsedItsNameADeviceHearsFromCentralOnly(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	d, _, first := newDay(t)
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	b := *d.rows[2].Booking
	op := syncproto.Op{Seq: 1, Kind: clinic.CheckedIn, Booking: first, Ticket: "B001"}
	b.Version, b.Events = 2, []syncproto.EventRow{{Device: n.Devices[1].Device, Epoch: 1, Op: op}}
	arrived := d.tells(syncproto.Row{Booking: &b})
	replicatest.Told(t, all[0], d.checkpoint(), arrived)
	if _, err := hand(t, all[0], all[1]); !errors.Is(err, replica.ErrMoved) {
		t.Errorf("%v", err)
	}
	if got := names(t, all[1]); !slices.Equal(got, []string{"王小明 not_arrived"}) {
		t.Errorf("B shows %v", got)
	}
}
