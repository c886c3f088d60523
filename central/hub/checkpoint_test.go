package hub_test

import (
	"bytes"
	"slices"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// checkpointAt pulls with a wish for a checkpoint after the one that the device holds.
func (d *device) checkpointAt(held int64) syncproto.Page {
	d.t.Helper()
	page, err := exchange[syncproto.Page](d, syncproto.Pull{
		Cursor: d.cursor, First: syncproto.DayOf(bookingtest.Day.AddDays(-1)), Limit: syncproto.MaxPageRows, Checkpoint: &held,
	})
	must(d.t, err)
	d.rows, d.cursor = append(d.rows, page.Rows...), page.Next
	return page
}

func TestACheckpointTellsTheRowsThatADeviceHolds(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	if page := d.checkpointAt(0); page.Checkpoint != nil {
		t.Fatal("a site that has not turned the help on is told a checkpoint")
	}
	must(t, w.fleet.SetLAN(t.Context(), "admin", d.grant.Site, true))
	d.happens(clinic.CheckedIn, b.ID)
	_, err := d.push()
	must(t, err)
	for n := range 2 {
		page := d.checkpointAt(0)
		if page.Checkpoint == nil {
			t.Fatal("there is none")
		}
		c := *page.Checkpoint
		must(t, c.Verify(d.grant.Site, d.keys))
		if c.Seq != page.Next || c.History != w.History() || len(c.Heads) != 1 || c.Heads[0].Device != d.grant.Device || c.Heads[0].Seq != 1 {
			t.Errorf("%+v", c)
		}
		if !slices.EqualFunc(c.Buckets, rootsOf(d.rows), func(a, b syncproto.Root) bool { return a.Day == b.Day && bytes.Equal(a.Root, b.Root) }) {
			t.Errorf("its roots are not those of the rows")
		}
		if page = d.checkpointAt(c.Seq); page.Checkpoint != nil {
			t.Error("the one that the device has is told again")
		}
		w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), n+2) // the next one is of other rows
	}
}

// rootsOf are the roots of the latest form of rows.
func rootsOf(rows []syncproto.Row) (out []syncproto.Root) {
	type key struct {
		id   clinic.ID
		code string
	}
	last := make(map[key]syncproto.Row)
	for _, r := range rows {
		switch {
		case r.Booking != nil:
			last[key{id: r.Booking.ID}] = r
		case r.Slot != nil:
			last[key{id: r.Slot.ID}] = r
		case r.Programme != nil:
			last[key{code: r.Programme.Code}] = r
		default:
			last[key{}] = r
		}
	}
	days := make(map[syncproto.Day][]syncproto.Digest)
	for _, r := range last {
		day, _ := r.Bucket()
		days[day] = append(days[day], syncproto.DigestOf(r))
	}
	for day, digests := range days {
		root := syncproto.RootOf(digests)
		out = append(out, syncproto.Root{Day: day, Root: root[:]})
	}
	slices.SortFunc(out, func(a, b syncproto.Root) int { return int(a.Day) - int(b.Day) })
	return out
}

// While devices move to new keys those that have not yet can verify it too.
func TestACheckpointIsSignedWithEveryKeyThatDevicesMayHold(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	before := d.keys
	must(t, w.fleet.SetLAN(t.Context(), "admin", d.grant.Site, true))
	must(t, w.fleet.RotateKeys(t.Context(), "admin"))
	d.renew()
	page := d.checkpointAt(0)
	if page.Checkpoint == nil || len(page.Checkpoint.Signatures) != 2 || bytes.Equal(before.ID(), d.keys.ID()) {
		t.Fatalf("%+v", page.Checkpoint)
	}
	must(t, page.Checkpoint.Verify(d.grant.Site, before))
	must(t, page.Checkpoint.Verify(d.grant.Site, d.keys))
}

func TestADeviceOfTheVersionBeforeIsToldNothingNewOfItsNeighbours(t *testing.T) {
	w := newWorld(t)
	newer, older := connected(t, w, syncproto.RoleDesk), enrolled(t, w, syncproto.RoleDesk)
	must(t, w.fleet.SetLAN(t.Context(), "admin", newer.grant.Site, true))
	must(t, older.handshake())
	hello := older.hello()
	hello.MaxVersion = 3
	_, err := exchange[syncproto.Welcome](older, hello)
	must(t, err)
	for _, c := range []struct {
		d    *device
		want [2]int
	}{{newer, [2]int{syncproto.Version, 3}}, {older, [2]int{0, 0}}} {
		n, err := exchange[syncproto.Neighbours](c.d, syncproto.AskNeighbours{})
		must(t, err)
		if len(n.Devices) != 2 || n.Devices[0].Version != c.want[0] || n.Devices[1].Version != c.want[1] {
			t.Errorf("%+v, want %v", n.Devices, c.want)
		}
	}
}
