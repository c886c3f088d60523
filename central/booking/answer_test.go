package booking_test

import (
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func inReview(t *testing.T, c *bookingtest.City, scope booking.Scope) map[clinic.EventRef]booking.InReview {
	t.Helper()
	list, err := c.Review(t.Context(), scope, 20)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[clinic.EventRef]booking.InReview)
	for _, r := range list {
		out[r.Event.Ref] = r
	}
	return out
}

func (d *device) ref(op syncproto.Op) clinic.EventRef {
	return clinic.EventRef{Device: d.id, Epoch: 1, Seq: op.Seq}
}

// decides says what the desk makes of one of its events.
func (d *device) decides(about syncproto.Op, base int64, decision, note string) {
	d.say(syncproto.Op{Kind: clinic.DoubtAnswered, Booking: about.Booking, Base: base, Staff: "小美", Reason: clinic.Answer{Decision: decision, About: d.ref(about), Note: note}.String()})
}

func (d *device) takesBack(about syncproto.Op, why string) {
	ref := syncproto.Ref{Device: d.id, Epoch: 1, Seq: about.Seq}
	d.say(syncproto.Op{Kind: clinic.EventVoided, Booking: about.Booking, Staff: "小美", Reason: why, Voids: &ref})
}

func TestWhatADeskDecidesIsReadInReview(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	other := c.MustBook(b.Slot, 2)
	cancel(t, c, b)
	came := desk.arrive(b, "A001")
	c.Set(bookingtest.Day.At(9 * 60))
	desk.arrive(other, "A002")
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: other.ID, Lot: "L1"})
	again := desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: other.ID, Lot: "L2", At: bookingtest.Day.At(9 * 60).Add(time.Hour).UnixMilli()})
	desk.push(t, c)
	before, err := c.Booking(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	desk.decides(came, before.Version, clinic.AnswerLeft, "")
	desk.decides(came, before.Version, clinic.AnswerRight, "本人到場")
	desk.takesBack(again, "重複紀錄")
	for _, v := range desk.push(t, c) {
		expect(t, v, syncproto.Accepted, "")
	}
	list := inReview(t, c, booking.Scope{Site: bookingtest.SiteA})
	if d := list[desk.ref(came)].Decided; d.Decision != clinic.AnswerRight || d.Note != "本人到場" || d.By.Staff != "小美" {
		t.Errorf("of the arrival: %+v", d)
	}
	if d := list[desk.ref(again)].Decided; d.Decision != booking.DecidedVoid || d.Note != "重複紀錄" {
		t.Errorf("of the second dose: %+v", d)
	}
	if list := inReview(t, c, booking.Scope{Site: bookingtest.SiteB}); len(list) != 0 {
		t.Errorf("elsewhere: %+v", list)
	}
	if after, err := c.Booking(t.Context(), b.ID); err != nil || after.Version != before.Version || len(after.Events) != 1 {
		t.Errorf("an answer changed the booking from version %d to %d, %d events, %v", before.Version, after.Version, len(after.Events), err)
	}
	c.Again()
	desk.say(syncproto.Op{Kind: clinic.CancelAsked, Booking: b.ID, Base: before.Version}) // an answer does not make what the desk saw old
	if v := desk.push(t, c)[0]; v.Code != "ALREADY_ARRIVED" {
		t.Errorf("the command after it: %+v", v)
	}
	reconcile(t, c)
}

func TestWhatIsTakenBackBeforeItCountedNeverCounts(t *testing.T) {
	c, b, desk, second := clinicDay(t, 5)
	known := bookingtest.NewID()
	orphan := desk.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: known})
	expect(t, desk.push(t, c)[0], syncproto.Parked, booking.CodeOrphan)
	desk.takesBack(orphan, "按錯")
	expect(t, desk.push(t, c)[0], syncproto.Rejected, booking.CodeTakenBack)
	second.say(syncproto.Op{Kind: clinic.EventVoided, Booking: known, Voids: &syncproto.Ref{Device: desk.id, Epoch: 1, Seq: orphan.Seq}}) // as another desk has, without a line
	expect(t, second.push(t, c)[0], syncproto.Rejected, booking.CodeTakenBack)
	if list := inReview(t, c, booking.Scope{All: true}); len(list) != 0 {
		t.Errorf("still in review: %+v", list)
	}
	stranger := newDevice(bookingtest.SiteB)
	wrong := second.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: bookingtest.NewID()})
	second.push(t, c)
	stranger.say(syncproto.Op{Kind: clinic.EventVoided, Booking: wrong.Booking, Voids: &syncproto.Ref{Device: second.id, Epoch: 1, Seq: wrong.Seq}})
	expect(t, stranger.push(t, c)[0], syncproto.Parked, booking.CodeOrphan) // another site takes nothing back
	if list := inReview(t, c, booking.Scope{Site: bookingtest.SiteA}); len(list) != 1 || list[second.ref(wrong)].Decided.Decision != "" {
		t.Errorf("after another site's void: %+v", list)
	}
	desk.say(syncproto.Op{Kind: clinic.DoubtAnswered, Booking: b.ID, Reason: "certainly"})
	expect(t, desk.push(t, c)[0], syncproto.Parked, booking.CodeMalformed)
	attendance(t, c, b.ID, clinic.NotArrived)
	reconcile(t, c)
}
