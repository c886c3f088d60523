package staff_test

import (
	"regexp"
	"strings"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

var countForm = regexp.MustCompile(`action="(/staff/review/[^"]+)/count"`)

// quarantine has a revoked device of a clinic hand in events, and gives the device.
func (w *world) quarantine(t *testing.T, site string, ops ...syncproto.Op) clinic.ID {
	t.Helper()
	b := batchOf(w, site, ops...)
	b.Quarantine = true
	must2(w.Receive(t.Context(), b))
	return b.Device
}

func TestTheHealthCentreDecidesOnWhatARevokedDeviceSent(t *testing.T) {
	w := open(t, options{})
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one, two := w.MustBook(slot, 1), w.MustBook(slot, 2)
	w.Set(bookingtest.Day.At(9*60 + 5))
	w.quarantine(t, bookingtest.SiteA, syncproto.Op{Kind: clinic.CheckedIn, Booking: one.ID, Ticket: "A001", Staff: "小美"})
	w.quarantine(t, bookingtest.SiteA, syncproto.Op{Kind: clinic.VaccineGiven, Booking: two.ID, Lot: "L77", Reason: clinic.Injection{Limb: "left_arm"}.String()})
	w.quarantine(t, bookingtest.SiteC, syncproto.Op{Kind: clinic.CancelAsked, Booking: one.ID, Base: 1})
	p := w.as("xitun")
	a := p.get("/staff/review")
	a.wants(t, 200, "還沒生效 2", "裝置停用後才送來", "可決定計入或不計入", "確有其事，計入", "不計入的原因", "裝置記下的時間：115/11/23 09:05:00", "小美", "L77，左上臂", "-left_arm",
		one.Person.Name.String(), "-"+one.Person.Name.Reveal(), "11/23（一）09:00–12:00", "-豐原")
	forms := countForm.FindAllStringSubmatch(a.body, -1)
	if len(forms) != 2 {
		t.Fatalf("%d ways to decide: %s", len(forms), a.body)
	}
	at := map[bool]string{} // whether it is the check-in
	for _, f := range forms {
		row := a.body[:strings.Index(a.body, f[1])]
		at[strings.Contains(row[strings.LastIndex(row, "<tr>"):], "A001")] = f[1]
	}
	c := w.as("site-a")
	c.get("/staff/review").wants(t, 200, "裝置停用後才送來", "-/count\"", "-/dismiss\"")
	c.post(at[true]+"/count").wants(t, 403)
	c.post(at[true]+"/dismiss", "reason", "unreal").wants(t, 403)
	w.as("root").post(at[true]+"/count").wants(t, 403)

	p.post(at[true]+"/count").wants(t, 200, "已計入這筆紀錄。", "還沒生效 1")
	p.post(at[true]+"/count").wants(t, 404)
	p.post(at[true]+"/dismiss", "reason", "unreal").wants(t, 404)
	if now := must2(w.Booking(t.Context(), one.ID)); now.Visit().Attendance != clinic.Arrived || now.Visit().Ticket != "A001" {
		t.Errorf("it is %s", now.Visit().Attendance)
	}
	p.post(at[false]+"/dismiss").wants(t, 400)
	p.post(at[false]+"/dismiss", "reason", "because").wants(t, 400)
	p.post(at[false]+"/dismiss", "reason", "unreal").wants(t, 200, "已決定不計入", "還沒生效 0")
	p.post("/staff/review/x/1/1/count").wants(t, 404)
	if now := must2(w.Booking(t.Context(), two.ID)); now.Visit().Attendance != clinic.NotArrived {
		t.Errorf("the other is %s", now.Visit().Attendance)
	}
	if !w.noted("xitun admit_event "+one.ID.String()) || !w.noted("xitun dismiss_event "+two.ID.String()) {
		t.Error(w.actions())
	}

	// Another district's is not the health centre's, but the bureau's.
	b := w.as("bureau")
	far := countForm.FindStringSubmatch(b.get("/staff/review").body)
	p.post(far[1]+"/count").wants(t, 404)
	p.post(far[1]+"/dismiss", "reason", "unreal").wants(t, 404)
	b.post(far[1]+"/count").wants(t, 200, "這項請求沒有照做") // that booking is at another site
}

func TestWhatIsAdmittedLateSaysWhatCameOfIt(t *testing.T) {
	w := open(t, options{devices: put(asIs)})
	day := bookingtest.Day
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, day)
	b := w.MustBook(slot, 1)
	w.Set(day.At(13 * 60))
	must2(w.CloseDay(t.Context(), booking.Actor{Account: "bureau", Scope: booking.Scope{All: true}}, bookingtest.SiteA, day))
	late := batchOf(w, bookingtest.SiteA, syncproto.Op{Kind: clinic.CheckedIn, Booking: b.ID, Ticket: "A001"}, syncproto.Op{Kind: clinic.CheckedIn, Booking: bookingtest.NewID()})
	late.Device, late.Quarantine = clinic.ID{15: 1, 6: 0x70, 8: 0x80}, true
	must2(w.Receive(t.Context(), late))
	p := w.as("bureau")
	p.get("/staff/review").wants(t, 200, "還沒生效 2", "<br>A 櫃檯 A</span>")
	path := "/staff/review/" + late.Device.String() + "/1/"
	p.post(path+"1/count").wants(t, 200, "已計入這筆紀錄，請留意：結班後才收到，先前記成未到。", "還沒生效 1", "已生效，請留意 1")
	p.post(path+"2/count").wants(t, 200, "已收下這筆紀錄，但還沒生效：這裡還沒有這筆預約。", "-/count\"")
}

func TestTheInboxShowsWhatTheDeskDecided(t *testing.T) {
	w := open(t, options{})
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	w.Set(bookingtest.Day.At(9*60 + 5))
	must2(w.CancelFor(t.Context(), booking.Actor{Account: "x", Scope: booking.Scope{All: true}}, b.ID))
	one := batchOf(w, bookingtest.SiteA, syncproto.Op{Kind: clinic.CheckedIn, Booking: b.ID, Ticket: "A001", Staff: "小美"})
	must2(w.Receive(t.Context(), one))
	w.as("xitun").get("/staff/review?show=flagged").wants(t, 200, "已取消，人還是來了", "-櫃檯已確認無誤")
	answer := clinic.Answer{Decision: clinic.AnswerRight, About: clinic.EventRef{Device: one.Device, Epoch: 1, Seq: 1}, Note: "<本人到場>"}
	two := batchOf(w, bookingtest.SiteA, syncproto.Op{}, syncproto.Op{Kind: clinic.DoubtAnswered, Booking: b.ID, Staff: "林美玲", Reason: answer.String()})
	two.Device, two.Ops, two.Previous, two.Hashes = one.Device, two.Ops[1:], one.Hashes[0], two.Hashes[1:]
	must2(w.Receive(t.Context(), two))
	w.as("xitun").get("/staff/review?show=flagged").wants(t, 200, "櫃檯已確認無誤", "&lt;本人到場&gt;", "林美玲", "115/11/23 09:05:00")
	w.quarantine(t, bookingtest.SiteA, syncproto.Op{Kind: clinic.DoubtAnswered, Booking: b.ID, Staff: "林美玲", Reason: answer.String()})
	w.as("xitun").get("/staff/review").wants(t, 200, "櫃檯的決定", "櫃檯已確認無誤，&lt;本人到場&gt;", "-"+one.Device.String()+"/1/1 ")
}
