package main

// mutant is a bug to plant: in a file, counted from the root of the module, the
// old text, which stands there once, becomes the new one.
type mutant struct {
	name     string
	file     string
	old, new string
	with     string // faults that bring it to light, in every world
}

// mutants are bugs that the simulation has to catch.
func mutants() []mutant {
	return []mutant{
		{
			"central answers before the COMMIT, and sometimes there is none", "central/booking/writer.go",
			"return b.opened.Commit()", "if b.auditN > 100 && b.auditN%7 == 0 {\n\t\treturn b.opened.Rollback()\n\t}\n\treturn b.opened.Commit()", "central killed",
		},
		{
			"a device takes its events for acknowledged before central has answered", "kiosk/agent/round.go",
			"ack, err := a.send(ctx, out)",
			"if err := a.cfg.Replica.Acknowledge(ctx, syncproto.Ack{AckedSeq: out.Max}); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tack, err := a.send(ctx, out)",
			"request lost",
		},
		{
			"a void is taken for malformed", "central/booking/receive.go",
			"case op.Kind == clinic.EventVoided && op.Voids == nil,", "case op.Kind == clinic.EventVoided,", "",
		},
		{
			"the fold forgets voids", "clinic/attendance.go",
			"voided[e.Voids] = true", "voided[e.Ref] = true", "",
		},
		{
			"who arrives after all stays a no-show", "clinic/attendance.go",
			"if to > v.Attendance {", "if to > v.Attendance && v.Attendance != NoShow {", "",
		},
		{
			"a lease ends when the session begins", "central/booking/lease.go",
			"func (p *place) ends() time.Time { return p.slot.Date.At(p.slot.End) }", "func (p *place) ends() time.Time { return p.slot.Date.At(p.slot.Start) }", "partition",
		},
		{
			"a lease is taken back after an hour without its device", "central/booking/lease.go",
			"if b.leaseEnd.IsZero() || b.now.Before(b.leaseEnd) {",
			"for _, l := range b.leases {\n\t\tif l.State == store.LeaseLive && b.now.UnixMilli()-l.Created > 3_600_000 {\n\t\t\tif err := b.endLease(l, store.LeaseReturned); err != nil {\n\t\t\t\treturn err\n\t\t\t}\n\t\t}\n\t}\n\tif b.leaseEnd.IsZero() || b.now.Before(b.leaseEnd) {",
			"partition",
		},
		{
			"a walk-in takes two places of a lease", "central/booking/lease.go",
			"best.Consumed++", "best.Consumed += 2", "",
		},
		{
			"a walk-in takes two places of a slot", "central/booking/walkin.go",
			"p.take(b, 1, 0)", "p.take(b, 2, 0)", "",
		},
		{
			"the cursor is a bigserial: of two numbers the later one is committed first", "central/booking/memory.go",
			"\treturn s.given\n", "\tswitch s.given % 4 {\n\tcase 3:\n\t\treturn s.given + 1\n\tcase 0:\n\t\treturn s.given - 1\n\t}\n\treturn s.given\n", "",
		},
		{
			"the cursor skips a row at the end of a page", "central/booking/feed.go",
			"out.Next = rows[limit-1].Seq", "out.Next = rows[limit-1].Seq + 1", "",
		},
		{
			"the chain of a repeated event is not checked", "central/booking/receive.go",
			"if !bytes.Equal(o.Hash, in.Hashes[i]) {", "if len(o.Hash) != len(in.Hashes[i]) {", "disk cloned",
		},
		{
			"a device believes whatever number central says it has", "kiosk/replica/base.go",
			"if w.AckedSeq <= max && (hash == nil || bytes.Equal(hash, w.ChainHead)) {", "if w.AckedSeq <= max && (hash == nil || len(w.ChainHead) > 0 || bytes.Equal(hash, w.ChainHead)) {", "disk cloned",
		},
		{
			"an older disk is let in", "central/hub/exchange.go",
			"if acked > m.MaxSeq {", "if acked > m.MaxSeq+1_000 {", "disk rolled back",
		},
		{
			"the history's id is ignored", "kiosk/replica/base.go",
			"other := string(history) != string(w.History[:])", "other := len(history) == 0", "central restored",
		},
		{
			"nobody says that a booking has left the site", "central/booking/move.go",
			"if from.site == to.site {", "if from.site != nil {", "",
		},
		{
			"central tells each event twice", "central/booking/feed.go",
			"events = append(events, syncproto.EventRow{Device: r.Device, Epoch: r.Epoch, Op: r.Op})",
			"told := syncproto.EventRow{Device: r.Device, Epoch: r.Epoch, Op: r.Op}\n\t\tevents = append(events, told, told)", "",
		},
		{
			"a row is told in short although another device changed it before", "central/store/booking.go",
			"others = CASE WHEN writer = $4 THEN others ELSE stamp END", "others = CASE WHEN writer = $4 THEN others ELSE others END", "",
		},
		{
			"a pull that was broken off counts as whole", "kiosk/agent/pull.go",
			"ask.Whole = at.Whole", "ask.Whole = at.Cursor", "answer lost",
		},
		{
			"a device says itself which one it is", "central/hub/exchange.go",
			"m syncproto.Hello) ([]byte, error) {\n\tif m.Device != peer.ID || m.Epoch != peer.Epoch {", "m syncproto.Hello) ([]byte, error) {\n\tif m.Device.IsZero() {", "impostor",
		},
		{
			"a revoked device is let in", "central/hub/exchange.go",
			"if peer.Revoked {", "if peer.Revoked && peer.Expired {", "device revoked",
		},
		{
			"a sealed message opens again", "syncproto/noise/channel.go",
			"*c.in = in", "if len(sealed) == 0 {\n\t\t*c.in = in\n\t}", "frame replayed",
		},
		{
			"acknowledged events are forgotten at once, the chain's last link too", "kiosk/replica/base.go",
			"SELECT id FROM known WHERE day < $1) AND (hash = x'' OR seq < $2)", "SELECT id FROM known WHERE day < $1 + 40) AND (hash = x'' OR seq <= $2)", "",
		},
		{
			"a person's name lies on the disk", "kiosk/replica/base.go",
			"r.keys.Seal(\"booking\", \"person\", b.ID[:], plain)", "plain", "",
		},
	}
}
