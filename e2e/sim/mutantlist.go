package main

// mutant is a bug to plant: in a file, counted from the root of the module, the
// old text, which stands there once, becomes the new one.
type mutant struct {
	name     string
	file     string
	old, new string
	with     string // faults that bring it to light, in every world, with commas between
	also     []edit // what else the bug consists of, each in a file of its own
}

// edit is a change of one file.
type edit struct{ file, old, new string }

// edits are all changes of a mutant.
func (m mutant) edits() []edit { return append([]edit{{m.file, m.old, m.new}}, m.also...) }

// mutants are bugs that the simulation has to catch.
func mutants() []mutant {
	return []mutant{
		{
			"central answers before the COMMIT, and sometimes there is none", "central/booking/writer.go",
			"return b.opened.Commit()", "if b.auditN > 100 && b.auditN%7 == 0 {\n\t\treturn b.opened.Rollback()\n\t}\n\treturn b.opened.Commit()", "central killed", nil,
		},
		{
			"a device takes its events for acknowledged before central has answered", "kiosk/agent/round.go",
			"return nil\n\t\t}\n\t\tack, err := a.send(ctx, out)",
			"return nil\n\t\t}\n\t\tif err := a.cfg.Replica.Acknowledge(ctx, syncproto.Ack{AckedSeq: out.Max}); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tack, err := a.send(ctx, out)",
			"request lost", nil,
		},
		{
			"a void is taken for malformed", "central/booking/receive.go",
			"case op.Kind == clinic.EventVoided && op.Voids == nil,", "case op.Kind == clinic.EventVoided,", "", nil,
		},
		{
			"the fold forgets voids", "clinic/attendance.go",
			"voided[e.Voids] = true", "voided[e.Ref] = true", "", nil,
		},
		{
			"who arrives after all stays a no-show", "clinic/attendance.go",
			"if to > v.Attendance {", "if to > v.Attendance && v.Attendance != NoShow {", "", nil,
		},
		{
			"a lease ends when the session begins", "central/booking/lease.go",
			"func (p *place) ends() time.Time { return p.slot.Date.At(p.slot.End) }", "func (p *place) ends() time.Time { return p.slot.Date.At(p.slot.Start) }", "partition", nil,
		},
		{
			"a lease is taken back after an hour without its device", "central/booking/lease.go",
			"if b.leaseEnd.IsZero() || b.now.Before(b.leaseEnd) {",
			"for _, l := range b.leases {\n\t\tif l.State == store.LeaseLive && b.now.UnixMilli()-l.Created > 3_600_000 {\n\t\t\tif err := b.endLease(l, store.LeaseReturned); err != nil {\n\t\t\t\treturn err\n\t\t\t}\n\t\t}\n\t}\n\tif b.leaseEnd.IsZero() || b.now.Before(b.leaseEnd) {",
			"partition", nil,
		},
		{
			"a walk-in takes two places of a lease", "central/booking/lease.go",
			"best.Consumed++", "best.Consumed += 2", "", nil,
		},
		{
			"a walk-in takes two places of a slot", "central/booking/walkin.go",
			"p.take(b, 1, 0)", "p.take(b, 2, 0)", "", nil,
		},
		{
			"the cursor is a bigserial: of two numbers the later one is committed first", "central/booking/memory.go",
			"\treturn s.given\n", "\tswitch s.given % 4 {\n\tcase 3:\n\t\treturn s.given + 1\n\tcase 0:\n\t\treturn s.given - 1\n\t}\n\treturn s.given\n", "", nil,
		},
		{
			"the cursor skips a row at the end of a page", "central/booking/feed.go",
			"out.Next = rows[limit-1].Seq", "out.Next = rows[limit-1].Seq + 1", "", nil,
		},
		{
			"the chain of a repeated event is not checked", "central/booking/receive.go",
			"if !bytes.Equal(o.Hash, in.Hashes[i]) {", "if len(o.Hash) != len(in.Hashes[i]) {", "disk cloned", nil,
		},
		{
			"a device believes whatever number central says it has", "kiosk/replica/base.go",
			"if w.AckedSeq <= max && (hash == nil || bytes.Equal(hash, w.ChainHead)) {", "if w.AckedSeq <= max && (hash == nil || len(w.ChainHead) > 0 || bytes.Equal(hash, w.ChainHead)) {", "disk cloned", nil,
		},
		{
			"an older disk is let in", "central/hub/exchange.go",
			"if acked > m.MaxSeq {", "if acked > m.MaxSeq+1_000 {", "disk rolled back", nil,
		},
		{
			"the history's id is ignored", "kiosk/replica/base.go",
			"other := string(history) != string(w.History[:])", "other := len(history) == 0", "central restored", nil,
		},
		{
			"nobody says that a booking has left the site", "central/booking/move.go",
			"if from.site == to.site {", "if from.site != nil {", "", nil,
		},
		{
			"central tells each event twice", "central/booking/feed.go",
			"events = append(events, syncproto.EventRow{Device: r.Device, Epoch: r.Epoch, Op: r.Op})",
			"told := syncproto.EventRow{Device: r.Device, Epoch: r.Epoch, Op: r.Op}\n\t\tevents = append(events, told, told)", "", nil,
		},
		{
			"a row is told in short although another device changed it before", "central/store/booking.go",
			"others = CASE WHEN writer = $4 THEN others ELSE stamp END", "others = CASE WHEN writer = $4 THEN others ELSE others END", "", nil,
		},
		{
			"a pull that was broken off counts as whole", "kiosk/agent/pull.go",
			"ask.Whole = at.Whole", "ask.Whole = at.Cursor", "answer lost", nil,
		},
		{
			"a device says itself which one it is", "central/hub/exchange.go",
			"m syncproto.Hello) ([]byte, error) {\n\tif m.Device != peer.ID || m.Epoch != peer.Epoch {", "m syncproto.Hello) ([]byte, error) {\n\tif m.Device.IsZero() {", "impostor", nil,
		},
		{
			"a revoked device is let in", "central/hub/exchange.go",
			"if peer.Revoked {", "if peer.Revoked && peer.Expired {", "device revoked", nil,
		},
		{
			"a sealed message opens again", "syncproto/noise/channel.go",
			"*c.in = in", "if len(sealed) == 0 {\n\t\t*c.in = in\n\t}", "frame replayed", nil,
		},
		{
			"acknowledged events are forgotten at once, the chain's last link too", "kiosk/replica/base.go",
			"SELECT id FROM known WHERE day < $1) AND (hash = x'' OR seq < $2)", "SELECT id FROM known WHERE day < $1 + 40) AND (hash = x'' OR seq <= $2)", "", nil,
		},
		{
			"a restore of central empties the day's list at once", "kiosk/replica/snapshot.go",
			"`UPDATE booking SET stale = true`", "`DELETE FROM booking`", "central restored,answer lost", nil,
		},
		{
			"what a restored central does not tell stays for ever", "kiosk/replica/snapshot.go",
			"`DELETE FROM booking WHERE stale`,", "", "central restored", nil,
		},
		{
			"who did not come is decided without the devices that are dark", "central/booking/noshow.go",
			"if w.Settled < end.Add(settling).UnixMilli() {", "if w.Settled < 0 {", "device dark", nil,
		},
		{
			"a desk that did not know the citizen's new number writes its own", "clinic/correct.go",
			"return citizen == (f == FieldMobile || f == FieldLandline)", "return true", "device dark", nil,
		},
		{
			"who left a site is forgotten at once, and devices are not told to begin anew", "central/booking/tombstone.go",
			"before, first := now.Add(-departureDays*24*time.Hour).UnixMilli(), clinic.DateOf(now).AddDays(-1)",
			"before, first := now.Add(-time.Second).UnixMilli(), clinic.DateOf(now).AddDays(departureDays)", "device dark",
			[]edit{{"central/store/move.go", "UPDATE site SET floor = CASE WHEN floor < $1 THEN $2 ELSE floor END", "UPDATE site SET floor = CASE WHEN floor < $1 - $2 THEN 0 ELSE 0 END"}},
		},
		{
			"nobody carries up what a burnt device did", "kiosk/agent/neighbours.go",
			"if err != nil || len(passed.Events) == 0 {", "if err != nil || len(passed.Events) >= 0 {", "device burnt", nil,
		},
		{
			"rows from a neighbour are believed without central's signature", "kiosk/replica/checkpoint.go",
			"if err := c.Verify(id.Grant.Site, id.Central); err != nil {", "if err := c.Check(); err != nil || id.Grant.Site != c.Site {", "device burnt", nil,
		},
		{
			"rows from a neighbour are not held against what central signed", "kiosk/replica/checkpoint.go",
			"if err := c.holds(rows); err != nil {", "if err := c.holds(rows); err != nil && len(rows) > 1<<20 {", "device burnt", nil,
		},
		{
			"a neighbour's rows leave who has gone on the list", "kiosk/replica/checkpoint.go",
			"gone = append(gone, row)", "_ = append(gone, row)", "device burnt", nil,
		},
		{
			"what a desk says of a doubt is not shown in the review", "central/booking/answer.go",
			"if out[key].Decision != DecidedVoid {", "if out[key].Decision == DecidedVoid {", "", nil,
		},
		{
			"what a desk says of a doubt is parked", "central/booking/answer.go",
			"if _, err := clinic.ParseAnswer(reason); err != nil {", "if _, err := clinic.ParseAnswer(reason); err == nil {", "", nil,
		},
		{
			"what was decided on a doubt is shown for ever", "kiosk/replica/doubt.go",
			"heard[about] = !e.own || e.outcome != 0 && e.outcome.Counts() || e.code == takenBack", "heard[about] = false", "", nil,
		},
		{
			"what another desk took back is a doubt for ever", "kiosk/replica/doubt.go",
			"heard[about] = !e.own || e.outcome != 0", "heard[about] = e.own && e.outcome != 0", "", nil,
		},
		{
			"what is doubted goes before anybody has decided", "kiosk/replica/doubt.go",
			"if !doubted || heard[e.Ref] ||", "if !doubted || heard[e.Ref] || e.outcome == syncproto.Flagged ||", "", nil,
		},
		{
			"what was parked still waits after its site took it back", "central/booking/answer.go",
			"list[0].Outcome == syncproto.Parked && list[0].Code != CodeQuarantined", "list[0].Outcome == syncproto.Parked && list[0].Code == CodeQuarantined", "", nil,
		},
		{
			"who was passed over is waited for all the same", "clinic/attendance.go",
			"v.Call.Skipped = v.Call.Times > 0", "v.Call.Skipped = v.Call.Times > 1_000", "", nil,
		},
		{
			"central tells calls without their room", "central/booking/feed.go",
			"if r.Op.Reason, err = e.reason(r); err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t\tevents",
			"if r.Op.Reason, err = e.reason(r); err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t\tif r.Op.Kind == clinic.Called {\n\t\t\tr.Op.Reason = \"\"\n\t\t}\n\t\tevents", "", nil,
		},
		{
			"who accepts a dose that is left takes no place", "central/booking/leftover.go",
			"p.take(b, 1, over)", "p.take(b, 0, over)", "", nil,
		},
		{
			"who accepts a dose that is left stands within the capacity", "central/booking/leftover.go",
			"over := 1\n", "over := 0\n", "", nil,
		},
		{
			"who is booked here and accepts a dose is booked once more", "central/booking/leftover.go",
			"if h := b.bookedHere(row.Person, p); h != nil {", "if h := b.bookedHere(row.Person, p); h != nil && h.id == row.ID {", "", nil,
		},
		{
			"desks are not told what others have said to who waits", "central/booking/leftover.go",
			"r.Outcome.Counts() && !gone[r.Ref()] {", "r.Outcome.Counts() && !gone[r.Ref()] && r.Device.IsZero() {", "", nil,
		},
		{
			"who waits is told in the order in which they came", "central/booking/leftover.go",
			"slices.SortFunc(list, func(a, b leftover) int { return bytes.Compare(a.rank, b.rank) })",
			"slices.SortFunc(list, func(a, b leftover) int { return bytes.Compare(a.row.ID[:], b.row.ID[:]) })", "", nil,
		},
		{
			"a desk lists who waits in another order", "kiosk/replica/standby.go",
			"ORDER BY b.place, b.id", "ORDER BY b.created, b.id", "", nil,
		},
		{
			"of two answers the weaker one counts", "clinic/standby.go",
			"if b.weight() > a.weight() {", "if b.weight() < a.weight() || a == StandbyWaiting {", "", nil,
		},
		{
			"a desk forgets whom it has asked", "kiosk/replica/standby.go",
			"if err := r.noteStandby(ctx, tx, event); err != nil {\n\t\t\t\treturn err\n\t\t\t}\n", "_ = event\n", "", nil,
		},
		{
			"what a neighbour said to who waits is not heard", "kiosk/replica/passed.go",
			"return true, r.noteStandby(ctx, tx, op.Event(p.Device, p.Epoch))", "return true, nil", "device burnt", nil,
		},
		{
			"who accepted is listed only when central knows", "kiosk/replica/standby.go",
			"UPDATE standby SET coming = $1 WHERE", "UPDATE standby SET coming = $1 AND false WHERE", "", nil,
		},
		{
			"who came for a dose that was left is called a no-show", "central/booking/noshow.go",
			"case clinic.StandbyAsked:\n\t\t\tif r.Outcome.Counts()", "case clinic.StandbyAsked:\n\t\t\tif !r.Outcome.Counts()", "", nil,
		},
		{
			"who was noted as coming by mistake keeps the place", "central/booking/leftover.go",
			"case !coming && h.cancelled == 0 &&", "case !coming && h.cancelled == 0 && len(all) > 1_000 &&", "", nil,
		},
		{
			"who was noted as coming by mistake comes, at the desks", "kiosk/replica/standby.go",
			"if e == nil || clinic.StandbyTakenBack(happened[s.Booking])[s.Ref] {", "if e == nil {", "", nil,
		},
		{
			"a kiosk is told who waits", "central/hub/standby.go",
			"if peer.Role == syncproto.RoleDesk {", "if len(peer.Role) > 0 {", "",
			[]edit{{"kiosk/agent/standby.go", "s.self.Grant.Role != syncproto.RoleDesk", "len(s.self.Grant.Role) == 0"}},
		},
		{
			"a desk hears of the stock once in a session", "kiosk/agent/stock.go",
			"!due && s.stocked == at.Cursor", "!due && s.stocked >= 0", "", nil,
		},
		{
			"a line of the stock has no number of its own", "central/booking/stock.go",
			"e.Stamp = s.next(b)", "e.Stamp = s.given", "", nil,
		},
		{
			"a page of the stock leaves its last line out", "central/booking/stock.go",
			"rows, out.More = rows[:limit], true\n\t}", "rows, out.More = rows[:limit], true\n\t}\n\tif len(rows) > 1 {\n\t\trows = rows[:len(rows)-1]\n\t}", "", nil,
		},
		{
			"what a revoked desk passed on of the stock counts for ever", "kiosk/replica/stock.go",
			"if !s.More {\n\t\t\tif err := r.dropUncounted", "if s.More {\n\t\t\tif err := r.dropUncounted", "device revoked,device burnt", nil,
		},
		{
			"a person's name lies on the disk", "kiosk/replica/base.go",
			"r.keys.Seal(\"booking\", \"person\", b.ID[:], plain)", "plain", "", nil,
		},
	}
}
