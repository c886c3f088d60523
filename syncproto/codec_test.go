package syncproto

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
)

func idOf(b byte) clinic.ID { return clinic.ID(bytes.Repeat([]byte{b}, 16)) }

func sampleOp(seq uint64) Op {
	return Op{
		Seq: seq, Kind: clinic.CheckedIn, Booking: idOf(2), At: 1795500000000, Wall: 1795500000123,
		Monotonic: 4000, Boot: idOf(3), Base: 7, Staff: "desk1", Ticket: "A012",
	}
}

func samplePush() Push {
	void := Op{
		Seq: 2, Kind: clinic.EventVoided, Booking: idOf(2), At: 1795500060000, Boot: idOf(3), Staff: "desk1", Reason: "按錯",
		Voids: &Ref{Device: idOf(1), Epoch: 1, Seq: 1},
	}
	return Push{
		Device: idOf(1), Epoch: 1, Previous: make([]byte, 32), Ops: []Op{sampleOp(1), void},
		Signature: make([]byte, 64), Status: PullState{MaxSeq: 2, FreeDisk: 1 << 33, Reader: ReaderReady},
	}
}

// sampleWalkIn is a push of somebody who came without a booking.
func sampleWalkIn() Push {
	p := samplePush()
	o := sampleOp(1)
	o.Kind = clinic.WalkInRegistered
	o.WalkIn = &WalkIn{IDNumber: "A123456789", Name: "王小明", Birth: -4000, Slot: idOf(4), Dose: "booster"}
	p.Ops = []Op{o}
	return p
}

// sampleCommand is a push that asks to move a booking.
func sampleCommand() Push {
	p := samplePush()
	o := sampleOp(1)
	o.Kind, o.Ticket, o.To = clinic.MoveAsked, "", new(idOf(4))
	p.Ops = []Op{o}
	return p
}

// sampleCorrection is a push that asks to correct a person.
func sampleCorrection() Push {
	p := samplePush()
	o := sampleOp(1)
	o.Kind, o.Ticket, o.Contact = clinic.ContactAsked, "", &Contact{Name: "王小明", Birth: new(Day(-3000)), Mobile: "0912345678"}
	p.Ops = []Op{o}
	return p
}

func TestOnlyACorrectionSaysWhatToCorrect(t *testing.T) {
	o := sampleCorrection().Ops[0]
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	kind, empty := o, o
	kind.Kind, empty.Contact = clinic.CheckedIn, &Contact{}
	for _, bad := range []Op{kind, empty} {
		if err := bad.Check(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%+v: %v", bad.Kind, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", o.Contact, *o.Contact, *o.Contact); strings.Contains(text, "王小明") || strings.Contains(text, "0912") {
		t.Errorf("it says %s", text)
	}
}

func TestOnlyAMoveNamesAnotherSlot(t *testing.T) {
	o := sampleCommand().Ops[0]
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	o.Kind = clinic.CancelAsked
	without := sampleCommand().Ops[0]
	without.To = nil
	for _, o := range []Op{o, without} {
		if err := o.Check(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestOnlyAWalkInNamesAPerson(t *testing.T) {
	for story, spoil := range map[string]func(*Op){
		"a check-in":  func(o *Op) { o.Kind = clinic.CheckedIn },
		"no slot":     func(o *Op) { o.WalkIn.Slot = clinic.ID{} },
		"a long name": func(o *Op) { o.WalkIn.Name = string(bytes.Repeat([]byte("x"), 513)) },
	} {
		o := sampleWalkIn().Ops[0]
		if err := o.Check(); err != nil {
			t.Fatal(err)
		}
		if spoil(&o); o.Check() == nil {
			t.Errorf("%s passes", story)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", sampleWalkIn().Ops[0].WalkIn, *sampleWalkIn().Ops[0].WalkIn, sampleWalkIn().Ops[0].WalkIn); strings.Contains(s, "A123456789") || strings.Contains(s, "王") {
		t.Errorf("a walk-in prints as %s", s)
	}
}

func samplePage() Page {
	push := samplePush()
	return Page{
		Rows: []Row{
			{Seq: 1, Site: &SiteRow{Code: "3536020012", Name: "仁愛診所", District: "西屯區", Address: "市政路 1 號", Phone: "04-22289111"}},
			{Seq: 1, Programme: &ProgrammeRow{Code: "covid", Doc: []byte(`{"code":"covid"}`)}},
			{Seq: 2, Slot: &SlotRow{ID: idOf(4), Period: "47", Programme: "covid", Vaccine: "bnt", Date: 20782, Start: 540, End: 600, Capacity: 20, Taken: 3}},
			{Seq: 3, Booking: &BookingRow{
				ID: idOf(2), Slot: idOf(4), Dose: "booster", IDNumber: "A123456789", Name: "王小明", Birth: -4000, Mobile: "0912345678",
				Created: 1795000000000, Version: 7, Date: 20782,
				Events: []EventRow{{Device: idOf(1), Epoch: 1, Op: push.Ops[0]}, {Device: idOf(1), Epoch: 1, Op: push.Ops[1]}},
			}},
			{Seq: 4, Gone: &GoneRow{ID: idOf(5)}},
		},
		Next: 4, AckedSeq: 2, Digest: make([]byte, 16), History: idOf(9), Time: 1795500000500,
	}
}

// samples are one of each message with every field set.
func samples() []Message {
	return append([]Message{
		Hello{
			MinVersion: 1, MaxVersion: 1, Build: "1.0.0", Device: idOf(1), Epoch: 1, History: idOf(9), Cursor: 3, Digest: make([]byte, 16),
			MaxSeq: 2, AckedSeq: 1, OldestPending: 30, Wall: 1795500000000, Monotonic: 5, Boot: idOf(3), FreeDisk: 1, DatabaseSize: 2, Reader: ReaderMissing, RoundTrip: 12,
		},
		Welcome{Version: 1, History: idOf(9), Time: 1795500000000, Site: "3536020012", SiteSeq: 3, AckedSeq: 2, ChainHead: make([]byte, 32), Expires: 1798000000},
		Pull{Cursor: 3, First: 20782, Limit: 1000, Status: PullState{MaxSeq: 2, RoundTrip: 9}},
		samplePage(),
		samplePush(),
		Ack{AckedSeq: 2, ChainHead: make([]byte, 32), Verdicts: []Verdict{{Seq: 1, Outcome: Accepted}, {Seq: 2, Outcome: Parked, Code: "ORPHAN"}}},
		Problem{Code: ProblemBusy, RetryAfter: 5},
		sampleWalkIn(),
		Pull{Cursor: 3, First: 20782, Limit: 1000, Buckets: true, Status: PullState{MaxSeq: 2, RoundTrip: 9, Diverged: true}},
		Pull{First: 20782, Limit: 1000, Only: new(NoDay)},
		Pull{First: 20782, Limit: 1000, Wishes: []LeaseWish{{idOf(6), idOf(4), 2}}, Returns: []clinic.ID{idOf(7)}},
		Page{Next: 4, AckedSeq: 2, History: idOf(9), Time: 1795500000500, Leases: &[]LeaseRow{{idOf(6), idOf(4), 2, 1}}},
		Page{Next: 4, AckedSeq: 2, History: idOf(9), Time: 1795500000500, Leases: &[]LeaseRow{}},
		sampleCommand(),
		Ack{AckedSeq: 1, ChainHead: make([]byte, 32), Verdicts: []Verdict{{Seq: 1, Outcome: Rejected, Code: "STALE"}}},
		Page{Next: 4, AckedSeq: 2, Digest: make([]byte, 16), Buckets: []Bucket{{NoDay, make([]byte, 16)}, {20782, make([]byte, 16)}}, History: idOf(9), Time: 1795500000500},
		Pull{Cursor: 3, First: 20782, Limit: 1000, Status: PullState{MaxSeq: 2, RoundTrip: 9}, Whole: 2},
		Page{Next: 9, AckedSeq: 4, Digest: make([]byte, 16), History: idOf(9), Time: 1795500000500, Own: []OwnRun{{1, 5, 2}, {4, 9, 0}}},
		Ack{AckedSeq: 4, ChainHead: make([]byte, 32), Verdicts: []Verdict{{Seq: 1, Outcome: Accepted, More: 2}, {Seq: 4, Outcome: Parked, Code: "ORPHAN"}}},
		sampleCorrection(),
		AskNeighbours{},
		Neighbours{},
		Neighbours{Key: make([]byte, LANKeySize), Devices: []Neighbour{{
			Device: idOf(1), Epoch: 1, Role: RoleDesk, Letter: "A", Noise: make([]byte, NoiseKeySize), Sign: make([]byte, 32), Revoked: true, Acked: 9,
		}}},
		Heads{Heads: []Head{{Device: idOf(1), Epoch: 1, Seq: 7}}},
		Passed{More: true, Events: []Push{samplePassed()}},
		Pull{Cursor: 3, First: 20782, Limit: 1000, Whole: 2, Checkpoint: new(int64)},
		Page{Next: 4, History: idOf(9), Time: 1795500000500, Checkpoint: new(sampleCheckpoint())},
		Neighbours{Devices: []Neighbour{{Device: idOf(1), Epoch: 1, Noise: make([]byte, NoiseKeySize), Sign: make([]byte, 32), Version: 4}}},
		AskCheckpoint{History: idOf(9)},
		Offer{},
		Offer{Checkpoint: new(sampleCheckpoint())},
		AskRows{Seq: 4, Day: NoDay},
		Rows{},
		Rows{Rows: samplePage().Rows[2:4], More: true},
		AskBell{Answered: 1795500000123},
		Bell{},
		Bell{Since: 1795500000123},
	}, slices.Concat(appointmentSamples(), standbySamples(), stockSamples())...)
}

func mustEncode(t testing.TB, m Message) []byte {
	t.Helper()
	b, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// envelope wraps a body as Encode does, so that tests can send other bodies.
func envelope(kind Kind, packing byte, body []byte) []byte {
	b := make([]byte, padded(headerSize+len(body)))
	b[0], b[1], b[2] = byte(kind), 1, packing
	b[3], b[4], b[5], b[6] = byte(len(body)>>24), byte(len(body)>>16), byte(len(body)>>8), byte(len(body))
	copy(b[headerSize:], body)
	return b
}

func TestEveryMessageComesBackAsItWasSent(t *testing.T) {
	for _, m := range samples() {
		got, err := Decode(mustEncode(t, m))
		if err != nil {
			t.Fatalf("%T: %v", m, err)
		}
		if !bytes.Equal(marshal(got), marshal(m)) || reflect.TypeOf(got) != reflect.TypeOf(m) {
			t.Fatalf("%T came back as %T %+v", m, got, got)
		}
	}
}

func TestAnIDIsSixteenBytesOnTheWire(t *testing.T) {
	want := append([]byte{0x50}, bytes.Repeat([]byte{5}, 16)...)
	if got := marshal(idOf(5)); !bytes.Equal(got, want) {
		t.Fatalf("id is %x, want %x", got, want)
	}
	for _, n := range []int{0, 15, 17} {
		var id clinic.ID
		if err := unmarshal(append([]byte{0x40 + byte(n)}, make([]byte, n)...), &id); !errors.Is(err, ErrMalformed) {
			t.Fatalf("an id of %d bytes was read", n)
		}
	}
}

func TestExpectGivesTheMessageOrTheProblem(t *testing.T) {
	ack, err := Expect[Ack](mustEncode(t, samples()[5]))
	if err != nil || ack.AckedSeq != 2 {
		t.Fatalf("got %+v, %v", ack, err)
	}
	_, err = Expect[Ack](mustEncode(t, Problem{Code: ProblemFork}))
	if !errors.Is(err, Problem{Code: ProblemFork}) {
		t.Fatalf("got %v, want the fork", err)
	}
	if _, err = Expect[Ack](mustEncode(t, samples()[1])); !errors.Is(err, ErrMalformed) {
		t.Fatalf("a Welcome instead of an Ack: %v", err)
	}
}

func TestSizesTellLittle(t *testing.T) {
	sizes := map[int]bool{}
	for n := range 20000 {
		p := padded(n)
		sizes[p] = true
		if p < n || n > 2*padUnit && float64(p) > 1.12*float64(n) {
			t.Fatalf("%d bytes are padded to %d", n, p)
		}
		if padded(p) != p {
			t.Fatalf("%d is a padded size but is padded to %d", p, padded(p))
		}
	}
	if len(sizes) > 120 {
		t.Fatalf("20,000 sizes show as %d", len(sizes))
	}
	one, other := samplePush(), samplePush()
	other.Ops[0].Ticket, other.Ops[0].Staff = "A1", "kiosk"
	if len(mustEncode(t, one)) != len(mustEncode(t, other)) {
		t.Fatal("the length of a ticket shows")
	}
}

func TestAnIdleExchangeIsSmall(t *testing.T) {
	pull := mustEncode(t, Pull{Cursor: 1 << 40, Whole: 1 << 40, First: 20782, Limit: 1000, Status: PullState{MaxSeq: 1 << 20, Wall: 1795500000000, FreeDisk: 1 << 40, RoundTrip: 20}})
	page := mustEncode(t, Page{Next: 1 << 40, AckedSeq: 1 << 20, Digest: make([]byte, 16), History: idOf(9), Time: 1795500000000})
	if n := len(pull) + len(page) + 2*19; n >= 300 { // 19 bytes of a sealed frame
		t.Fatalf("an idle exchange takes %d bytes, want less than 300", n)
	}
}

func TestWhatIsNotDeterministicIsRefused(t *testing.T) {
	good := marshal(Problem{Code: "busy", RetryAfter: 5}) // a2 01 64 62757379 02 05
	for name, body := range map[string][]byte{
		"the true one, as a control": good,
		"keys in another order":      {0xa2, 0x02, 0x05, 0x01, 0x64, 'b', 'u', 's', 'y'},
		"a number written long":      {0xa2, 0x01, 0x64, 'b', 'u', 's', 'y', 0x02, 0x18, 0x05},
		"a key written long":         {0xa2, 0x18, 0x01, 0x64, 'b', 'u', 's', 'y', 0x02, 0x05},
		"a key twice":                {0xa3, 0x01, 0x64, 'b', 'u', 's', 'y', 0x02, 0x05, 0x02, 0x05},
		"an unknown key":             {0xa3, 0x01, 0x64, 'b', 'u', 's', 'y', 0x02, 0x05, 0x03, 0x05},
		"an empty optional field":    {0xa2, 0x01, 0x64, 'b', 'u', 's', 'y', 0x02, 0x00},
		"indefinite length":          {0xbf, 0x01, 0x64, 'b', 'u', 's', 'y', 0x02, 0x05, 0xff},
		"a tag":                      append([]byte{0xc1}, good...),
		"a float":                    {0xa2, 0x01, 0x64, 'b', 'u', 's', 'y', 0x02, 0xf9, 0x45, 0x00},
		"null":                       {0xa2, 0x01, 0xf6, 0x02, 0x05},
		"bytes for text":             {0xa2, 0x01, 0x44, 'b', 'u', 's', 'y', 0x02, 0x05},
		"text that is not UTF-8":     {0xa2, 0x01, 0x64, 'b', 'u', 's', 0xff, 0x02, 0x05},
		"bytes after the end":        append(bytes.Clone(good), 0),
		"nothing":                    {},
		"an array":                   {0x80},
	} {
		_, err := Decode(envelope(KindProblem, packedCBOR, body))
		if name == "the true one, as a control" {
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEnvelopeThatLiesIsRefused(t *testing.T) {
	good := mustEncode(t, samplePage())
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	for name, b := range map[string][]byte{
		"empty":            {},
		"a header only":    good[:headerSize],
		"cut":              good[:len(good)-1],
		"longer":           append(bytes.Clone(good), 0),
		"unknown kind":     change(func(b []byte) []byte { b[0] = 99; return b }),
		"another kind":     change(func(b []byte) []byte { b[0] = byte(KindAck); return b }),
		"another version":  change(func(b []byte) []byte { b[1] = 2; return b }),
		"version 0":        change(func(b []byte) []byte { b[1] = 0; return b }),
		"unknown packing":  change(func(b []byte) []byte { b[2] = 2; return b }),
		"wrong packing":    change(func(b []byte) []byte { b[2] ^= 1; return b }),
		"length too large": change(func(b []byte) []byte { b[3] = 0xff; return b }),
		"length too small": change(func(b []byte) []byte { b[6]--; return b }),
		"dirty padding":    change(func(b []byte) []byte { b[len(b)-1] = 1; return b }),
	} {
		if _, err := Decode(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASmallMessageCannotUnpackToALargeOne(t *testing.T) {
	for _, n := range []int{MaxMessage + 1, 9 << 20} {
		bomb := canonical().pack.EncodeAll(make([]byte, n), nil)
		if _, err := Decode(envelope(KindPage, packedZstd, bomb)); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d bytes were unpacked: %v", n, err)
		}
	}
}

func TestLimitsAreHeldOnBothSides(t *testing.T) {
	page, push := samplePage(), samplePush()
	wide, backwards, two, long := page, page, page, push
	wide.Rows = make([]Row, MaxPageRows+1)
	backwards.Rows = []Row{page.Rows[3], page.Rows[0]}
	two.Rows = []Row{{Seq: 1, Site: page.Rows[0].Site, Slot: page.Rows[2].Slot}}
	long.Ops = []Op{sampleOp(1)}
	long.Ops[0].Reason = strings.Repeat("x", maxText+1)
	gap, many, empty, voids, unsigned := push, push, push, push, push
	gap.Ops = []Op{sampleOp(1), sampleOp(3)}
	many.Ops = nil
	for i := range MaxPushOps + 1 {
		many.Ops = append(many.Ops, sampleOp(uint64(i+1)))
	}
	empty.Ops = nil
	voids.Ops = []Op{sampleOp(1)}
	voids.Ops[0].Voids = &Ref{Device: idOf(1), Epoch: 1, Seq: 9}
	unsigned.Signature = nil
	for name, m := range map[string]Message{
		"1,001 rows": wide, "rows out of order": backwards, "a row with two bodies": two, "a long text": long, "a gap": gap, "501 ops": many,
		"no ops": empty, "a check-in that voids": voids, "no signature": unsigned,
		"no limit": Pull{}, "no device": Hello{MinVersion: 1, MaxVersion: 1}, "no code": Problem{},
		"a checkpoint of another sequence": Page{Next: 5, History: idOf(9), Checkpoint: new(sampleCheckpoint())},
		"a checkpoint of another history":  Page{Next: 4, History: idOf(8), Checkpoint: new(sampleCheckpoint())},
		"a checkpoint amid a pull":         Page{Next: 4, History: idOf(9), More: true, Checkpoint: new(sampleCheckpoint())},
		"a checkpoint for a bucket":        Pull{Limit: 1, Only: new(NoDay), Checkpoint: new(int64)},
		"a checkpoint without a signature": Offer{Checkpoint: &Checkpoint{History: idOf(9), Seq: 4, Time: 1}},
		"a checkpoint of no history":       AskCheckpoint{},
		"a call before there were any":     Bell{Since: -1},
		"an answer to such a call":         AskBell{Answered: -1},
		"rows of no checkpoint":            AskRows{},
		"rows of two buckets":              Rows{Rows: samplePage().Rows[1:3]},
		"a departure among rows":           Rows{Rows: samplePage().Rows[4:]},
		"no rows and more":                 Rows{More: true},
		"rows that do not rise":            Rows{Rows: []Row{samplePage().Rows[3], samplePage().Rows[2]}},
		"acked beyond made":                Hello{MinVersion: 1, MaxVersion: 1, Device: idOf(1), AckedSeq: 2, MaxSeq: 1},
	} {
		if _, err := Encode(m); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s was encoded: %v", name, err)
		}
		body, err := canonical().enc.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(envelope(m.Kind(), packedCBOR, body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s was decoded: %v", name, err)
		}
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	deep := bytes.Repeat([]byte{0x81}, 40)
	body := append(append([]byte{0xa1, 0x01}, deep...), 0x80)
	if _, err := Decode(envelope(KindPage, packedCBOR, body)); !errors.Is(err, ErrMalformed) {
		t.Fatal(err)
	}
	var limit *cbor.MaxNestedLevelError
	var v any
	if err := canonical().dec.Unmarshal(deep, &v); !errors.As(err, &limit) {
		t.Fatalf("got %v, want the nesting limit", err)
	}
}

func TestNoErrorRepeatsWhatAPersonWrote(t *testing.T) {
	page := samplePage()
	page.Rows[3].Booking.Name = strings.Repeat("王小明", 200)
	_, err := Encode(page)
	if err == nil || strings.Contains(err.Error(), "王") {
		t.Fatalf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range samples() {
		f.Add(mustEncode(f, m))
		f.Add(envelope(m.Kind(), packedCBOR, marshal(m)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("refused without ErrMalformed: %v", err)
			}
			return
		}
		again, err := Decode(mustEncode(t, m))
		if err != nil || !bytes.Equal(marshal(again), marshal(m)) {
			t.Fatalf("%T does not come back: %v", m, err)
		}
		body, err := unwrap(b)
		if err != nil || !bytes.Equal(body, marshal(m)) {
			t.Fatalf("%T encodes to other bytes", m)
		}
	})
}

func BenchmarkPageOf1000Bookings(b *testing.B) {
	random := rand.NewChaCha8([32]byte{1})
	draw := func(n uint64) uint64 { return random.Uint64() % n }
	page := Page{Next: 1000, History: idOf(9), Time: 1795500000000}
	names := []rune("陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐家豪志明俊傑建宏雅婷怡君欣怡佳穎淑芬美玲麗華")
	for i := range 1000 {
		row := BookingRow{
			Slot: idOf(byte(draw(20))), Dose: "primary1", IDNumber: fmt.Sprintf("A%09d", draw(1e9)), Birth: Day(draw(20000)),
			Name:   string([]rune{names[draw(20)], names[20+draw(22)], names[20+draw(22)]}),
			Mobile: fmt.Sprintf("09%08d", draw(1e8)), Created: 1795000000000 + int64(draw(1e8)), Version: 1, Date: 20782 + Day(draw(14)),
		}
		_, _ = random.Read(row.ID[:])                                        // never fails
		copy(row.ID[:6], []byte{0x01, 0x9a, 0xb0, 0, byte(i >> 8), byte(i)}) // the time of a version 7 UUID
		page.Rows = append(page.Rows, Row{Seq: int64(i + 1), Booking: &row})
	}
	size := 0
	for b.Loop() {
		bytes := mustEncode(b, page)
		size = len(bytes)
		if _, err := Decode(bytes); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)/1000, "B/row")
}

func BenchmarkPushOf500Ops(b *testing.B) {
	random := rand.NewChaCha8([32]byte{2})
	p := Push{Device: idOf(1), Epoch: 1, Previous: make([]byte, 32)}
	for i := range 500 {
		op := sampleOp(uint64(i + 1))
		_, _ = random.Read(op.Booking[:]) // never fails
		op.At += int64(random.Uint64() % 1e7)
		op.Wall, op.Monotonic, op.Ticket = op.At+123, op.At-1795500000000, fmt.Sprintf("A%03d", i)
		p.Ops = append(p.Ops, op)
	}
	size := 0
	for b.Loop() {
		if err := p.Sign(deviceKey); err != nil {
			b.Fatal(err)
		}
		bytes := mustEncode(b, p)
		size = len(bytes)
		got, err := Expect[Push](bytes)
		if err == nil {
			err = VerifyPush(got, devicePublic())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)/500, "B/op-sent")
}

func TestAMessageIsOfTheLowestVersionThatHasItsKeys(t *testing.T) {
	for _, m := range samples() {
		b := mustEncode(t, m)
		if int(b[1]) != m.Needs() {
			t.Errorf("%T is written in version %d", m, b[1])
		}
		b[1] = b[1]%Version + 1
		if _, err := Decode(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%T in an envelope of version %d: %v", m, b[1], err)
		}
	}
}

func samplePassed() Push {
	p := Push{Device: idOf(1), Epoch: 1, Ops: []Op{sampleOp(8)}}
	if err := p.Sign(deviceKey); err != nil {
		panic(err)
	}
	return p
}
