package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
)

// opVector is an event by the names of its fields, and the bytes that are hashed.
type opVector struct {
	Op   opFields `json:"op"`
	CBOR octets   `json:"cbor"`
	Hash octets   `json:"hash"` // of the chain up to and with it, from 32 zero bytes
}

type opFields struct {
	Seq       uint64         `json:"seq"`
	Kind      int            `json:"kind"`
	Booking   octets         `json:"booking"`
	At        int64          `json:"at"`
	Wall      int64          `json:"wall"`
	Monotonic int64          `json:"monotonic"`
	Boot      octets         `json:"boot"`
	Base      int64          `json:"base"`
	Staff     string         `json:"staff"`
	Ticket    string         `json:"ticket,omitempty"`
	Lot       string         `json:"lot,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Voids     *refFields     `json:"voids,omitempty"`
	WalkIn    *walkInFields  `json:"walk_in,omitempty"`
	To        octets         `json:"to,omitempty"`
	Contact   *contactFields `json:"contact,omitempty"`
}

type refFields struct {
	Device octets `json:"device"`
	Epoch  uint32 `json:"epoch"`
	Seq    uint64 `json:"seq"`
}

type walkInFields struct {
	IDNumber string `json:"id_number"`
	Name     string `json:"name"`
	Birth    Day    `json:"birth"`
	Slot     octets `json:"slot"`
	Dose     string `json:"dose"`
}

type contactFields struct {
	IDNumber string `json:"id_number,omitempty"`
	Name     string `json:"name,omitempty"`
	Birth    *Day   `json:"birth,omitempty"`
	Mobile   string `json:"mobile,omitempty"`
	Landline string `json:"landline,omitempty"`
}

func fieldsOf(o Op) opFields {
	f := opFields{
		Seq: o.Seq, Kind: int(o.Kind), Booking: o.Booking[:], At: o.At, Wall: o.Wall, Monotonic: o.Monotonic, Boot: o.Boot[:], Base: o.Base,
		Staff: o.Staff, Ticket: o.Ticket, Lot: o.Lot, Reason: o.Reason, Contact: (*contactFields)(o.Contact),
	}
	if o.Voids != nil {
		f.Voids = &refFields{o.Voids.Device[:], o.Voids.Epoch, o.Voids.Seq}
	}
	if w := o.WalkIn; w != nil {
		f.WalkIn = &walkInFields{w.IDNumber, w.Name, w.Birth, w.Slot[:], w.Dose}
	}
	if o.To != nil {
		f.To = o.To[:]
	}
	return f
}

// everyKind is an event of each kind that a device may say.
func everyKind() []Op {
	ops := []Op{
		{Kind: clinic.CheckedIn, Ticket: "A012"},
		{Kind: clinic.VaccineGiven, Lot: "FLU2601", Reason: clinic.Injection{Expires: clinic.Date{Year: 2027, Month: 3, Day: 31}, Limb: "left_arm"}.String()},
		{Kind: clinic.DoseDeferred, Reason: "發燒"},
		{Kind: clinic.NoShowMarked},
		{Kind: clinic.EventVoided, Reason: "按錯", Voids: &Ref{Device: idOf(1), Epoch: 1, Seq: 1}},
		{Kind: clinic.WalkInRegistered, Ticket: "A013", WalkIn: &WalkIn{IDNumber: "A123456789", Name: "王小明", Birth: -4000, Slot: idOf(4), Dose: "booster"}},
		{Kind: clinic.CancelAsked},
		{Kind: clinic.MoveAsked, To: new(idOf(4))},
		{Kind: clinic.ContactAsked, Contact: &Contact{Name: "王小明", Birth: new(Day(-3000)), Mobile: "0912345678"}},
		{Kind: clinic.ReactionNoted, Reason: "全身起疹"},
		{Kind: clinic.ObservationEnded},
		{Kind: clinic.Called, Reason: "診間 2"},
		{Kind: clinic.PassedOver},
		{Kind: clinic.DoubtAnswered, Reason: clinic.Answer{Decision: clinic.AnswerRight, About: clinic.EventRef{Device: idOf(1), Epoch: 1, Seq: 1}, Note: "已對小黃卡"}.String()},
		{Kind: clinic.StandbyAsked, Reason: string(clinic.StandbyAccepted)},
		{Kind: clinic.StockMoved, Lot: "FLU2601", Reason: clinic.StockMove{Kind: clinic.StockReceived, Vials: 3, Doses: 10, Expires: clinic.Date{Year: 2027, Month: 3, Day: 31}, Vaccine: "flu"}.String()},
	}
	for i := range ops {
		o := &ops[i]
		o.Seq, o.Booking, o.Boot, o.Staff = uint64(i+1), idOf(2), idOf(3), "desk1"
		o.At, o.Wall, o.Monotonic, o.Base = 1795500000000+int64(i)*60_000, 1795500000123+int64(i)*60_000, 4000+int64(i)*60_000, int64(7*i)
	}
	return ops
}

type opsVector struct {
	Seed      octets        `json:"ed25519_seed"`
	Public    octets        `json:"ed25519_public"`
	Device    clinic.ID     `json:"device"`
	Epoch     uint32        `json:"epoch"`
	Events    []opVector    `json:"events"` // one of each kind, a chain from the first
	Signed    octets        `json:"signing_bytes"`
	Signature octets        `json:"signature"` // of one push of all
	Push      messageVector `json:"push"`
}

func TestVectorsOfEveryKindOfEvent(t *testing.T) {
	p := signedPushOf(t, Push{Device: idOf(1), Epoch: 1, Ops: everyKind()})
	v := vectors(t, "ops.json", func() opsVector {
		signed, err := SigningBytes(p)
		if err != nil {
			t.Fatal(err)
		}
		v := opsVector{Seed: deviceKey.Seed(), Public: octets(devicePublic()), Device: p.Device, Epoch: p.Epoch, Signed: signed, Signature: p.Signature}
		var link Hash
		for _, op := range p.Ops {
			link = HashOp(link, op)
			v.Events = append(v.Events, opVector{fieldsOf(op), EncodeOp(op), bytes.Clone(link[:])})
		}
		v.Push = messageVector{"push of an event of every kind", p.Kind(), marshal(p), mustEncode(t, p)}
		return v
	})
	if len(v.Events) != len(p.Ops) {
		t.Fatalf("%d events", len(v.Events))
	}
	var link Hash
	for i, e := range v.Events {
		op, err := DecodeOp(e.CBOR)
		if err != nil || int(op.Kind) != i+1 {
			t.Fatalf("event %d is of kind %d, %v", i+1, op.Kind, err)
		}
		if link = HashOp(link, op); !bytes.Equal(link[:], e.Hash) || !bytes.Equal(e.CBOR, EncodeOp(p.Ops[i])) {
			t.Errorf("an event of kind %d is written otherwise", op.Kind)
		}
		names, _ := json.Marshal(fieldsOf(op))
		if want, _ := json.Marshal(e.Op); !bytes.Equal(names, want) {
			t.Errorf("an event of kind %d says %s", op.Kind, names)
		}
	}
	got, err := Expect[Push](v.Push.Message)
	if err != nil || !bytes.Equal(marshal(got), v.Push.CBOR) {
		t.Fatalf("the push decodes to something else, %v", err)
	}
	if err := VerifyPush(got, ed25519.PublicKey(v.Public)); err != nil || !bytes.Equal(got.Signature, v.Signature) {
		t.Errorf("the push: %v", err)
	}
}

// checkAgain has testdata/check.mjs, which shares no code with this package, make the
// vectors of a folder again.
func checkAgain(t *testing.T, folder string) (string, error) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("Node.js is not installed, run: ./setup test (or install the Debian package nodejs): %v", err)
	}
	out, err := exec.CommandContext(t.Context(), node, "testdata/check.mjs", folder).CombinedOutput()
	return string(out), err
}

func TestASecondImplementationMakesTheSameBytes(t *testing.T) {
	folder := filepath.Join("testdata", "vectors")
	if text, err := checkAgain(t, folder); err != nil || !strings.Contains(text, "values made again") {
		t.Fatalf("%s, %v", text, err)
	}
	for _, change := range []struct{ file, from, to, says string }{
		{"ops.json", `"kind": 10,`, `"kind": 11,`, "the CBOR of an event of kind 1"},
		{"ops.json", `"reason": "全身起疹"`, `"reason": "全身起疹。"`, "the CBOR of an event of kind 1"},
		{"ops.json", `"seq": 11,`, `"seq": 12,`, "the CBOR of an event of kind 1"},
		{"reset.json", `"challenge": "00000000"`, `"challenge": "00000013"`, "the code of a challenge"},
		{"reset.json", `"challenge": "12345671"`, `"challenge": "12345672"`, "a challenge"},
	} {
		whole, err := os.ReadFile(filepath.Join(folder, change.file))
		if err != nil {
			t.Fatal(err)
		}
		other := t.TempDir()
		if err := os.CopyFS(other, os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
		altered := strings.Replace(string(whole), change.from, change.to, 1)
		if altered == string(whole) {
			t.Fatalf("no %s in %s", change.from, change.file)
		}
		if err := os.WriteFile(filepath.Join(other, change.file), []byte(altered), 0o600); err != nil {
			t.Fatal(err)
		}
		if text, err := checkAgain(t, other); err == nil || !strings.Contains(text, change.file+": "+change.says) {
			t.Errorf("%s was altered: %s, %v", change.from, text, err)
		}
	}
}
