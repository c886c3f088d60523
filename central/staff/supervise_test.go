package staff_test

import (
	"regexp"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestTheBureauRecallsALot(t *testing.T) {
	w := open(t, options{})
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one, two, three := w.MustBook(slot, 1), w.MustBook(slot, 2), w.MustBook(w.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day), 3)
	w.Set(bookingtest.Day.At(10 * 60))
	given := syncproto.Op{Kind: clinic.VaccineGiven, Booking: one.ID, Lot: "ab-77"}
	w.send(t, bookingtest.SiteA, given, syncproto.Op{Kind: clinic.VaccineGiven, Booking: two.ID, Lot: "AB-78"})

	p := w.as("bureau")
	p.get("/staff/lots").wants(t, 200, "批號回收", "沒有回收的批號", "下一步：核對")
	p.post("/staff/lots", "vaccine", bookingtest.XBB, "lot", "批號").wants(t, 422, "批號用 1 到 32 個英文字母", `value="批號"`)
	p.post("/staff/lots", "vaccine", "none", "lot", "AB-77").wants(t, 400)
	p.post("/staff/lots", "vaccine", bookingtest.XBB, "lot", " ab-77 ").wants(t, 200, "批號 AB-77 嗎？", "逐字核對", "確認回收 AB-77", "沒有回收的批號")
	if w.noted("bureau recall_lot " + bookingtest.XBB) {
		t.Error("it was recalled before anybody was sure")
	}
	p.post("/staff/lots", "vaccine", bookingtest.XBB, "lot", "AB-77", "sure", "1").wants(t, 200, "已回收", "批號 AB-77", "安心診所", "1 人", "-沒有回收的批號")
	if !w.noted("bureau recall_lot " + bookingtest.XBB) {
		t.Error(w.actions())
	}

	// Doses that come to be known later are marked and counted, also those written in small letters.
	v := w.send(t, bookingtest.SiteC, syncproto.Op{Kind: clinic.VaccineGiven, Booking: three.ID, Lot: "ab-77"})
	if v[0].Outcome != syncproto.Flagged || v[0].Code != booking.CodeRecalledLot {
		t.Error(v)
	}
	p.get("/staff/lots").wants(t, 200, "安心診所", "豐原區衛生所", `<td class="n">2</td>`)
	w.as("xitun").get("/staff/lots").wants(t, 200, "AB-77", "安心診所", "-豐原區衛生所", `<td class="n">1</td>`, "-下一步：核對")
	for _, name := range []string{"xitun", "site-a", "root"} {
		w.as(name).post("/staff/lots", "vaccine", bookingtest.XBB, "lot", "AB-78", "sure", "1").wants(t, 403)
	}
}

func TestADoseThatWasTakenBackIsNotCountedAmongARecalledLot(t *testing.T) {
	w := open(t, options{})
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	w.Set(bookingtest.Day.At(10 * 60))
	ops := batchOf(w, bookingtest.SiteA, syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1"}, syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID})
	ops.Ops[1].Voids = &syncproto.Ref{Device: ops.Device, Epoch: 1, Seq: 1}
	must2(w.Receive(t.Context(), ops))
	must(t, w.RecallLot(t.Context(), booking.Actor{Account: "bureau", Scope: booking.Scope{All: true}}, bookingtest.XBB, "L1"))
	w.as("bureau").get("/staff/lots").wants(t, 200, "L1", "還沒有接種紀錄", `<td class="n">0</td>`)
}

var takeBack = regexp.MustCompile(`action="(/staff/devices/[^"]+/take-back)"`)

func TestASupervisorTakesPlacesBackFromADarkDevice(t *testing.T) {
	w := open(t, options{devices: put(asIs, asIs)})
	dark, other := clinic.ID{15: 1, 6: 0x70, 8: 0x80}, clinic.ID{15: 2, 6: 0x70, 8: 0x80}
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	must2(w.Lease(t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: bookingtest.SiteA, Device: dark, Slot: slot.ID, Places: 4}))
	page := "/staff/devices/" + dark.String()
	p := w.as("xitun")
	p.get("/staff/devices").wants(t, 200, `href="`+page+`"`)
	p.get(page).wants(t, 200, "安心診所", "可發的現場名額", "11/23（一）09:00–12:00", "收回 4 個名額", "可能超收", "-可能還在發")
	w.Set(w.Now().Add(20 * time.Minute))
	a := p.get(page)
	a.wants(t, 200, "最後聯絡：20 分前", "可能還在發")
	path := takeBack.FindStringSubmatch(a.body)[1]

	w.as("root").get(page).wants(t, 200, "可發的現場名額", "-收回 4 個名額")
	w.as("root").post(path).wants(t, 403)
	w.as("site-a").get(page).wants(t, 403)
	w.as("site-a").post(path).wants(t, 403)
	p.post("/staff/devices/"+other.String()+path[len(page):]).wants(t, 404)
	p.get("/staff/devices/x").wants(t, 404)

	p.post(path).wants(t, 200, "已收回櫃檯 A的現場名額", "手上沒有現場名額")
	p.post(path).wants(t, 404)
	if now, _ := w.Slot(slot.ID); now.Left() != slot.Left() {
		t.Errorf("%d places are left, %d were", now.Left(), slot.Left())
	}
	trail := must2(w.AuditPage(t.Context(), 0, "xitun", "force_lease", 5))
	if len(trail) != 1 || trail[0].Detail != bookingtest.SiteA {
		t.Errorf("%+v", trail)
	}

	// What the device gives out all the same counts, and is shown to people.
	late := batchOf(w, bookingtest.SiteA, walkIn(slot, 101))
	late.Device = dark
	for n := range slot.Capacity {
		w.MustBook(slot, n)
	}
	if v := must2(w.Receive(t.Context(), late)).Verdicts; v[0].Code != booking.CodeOverCap && v[0].Code != booking.CodeOverflow {
		t.Error(v)
	}
	p.get("/staff/review").wants(t, 200, bookingtest.Person(101).Name.String())
}

func TestADeviceOfAnotherDistrictIsNotThere(t *testing.T) {
	w := open(t, options{devices: put(asIs, asIs, asIs)})
	w.as("xitun").get("/staff/devices/"+clinic.ID{15: 3, 6: 0x70, 8: 0x80}.String()).wants(t, 404)
	w.as("bureau").get("/staff/devices/"+clinic.ID{15: 3, 6: 0x70, 8: 0x80}.String()).wants(t, 200, "豐原區衛生所")
}

func TestASiteTurnsTheHelpAmongItsDevicesOn(t *testing.T) {
	w := open(t, options{})
	on := func() bool { return must2(store.SiteLAN(t.Context(), w.Store.Reader(), bookingtest.SiteA)) }
	path := "/staff/sites/" + bookingtest.SiteA
	p := w.as("site-a")
	p.get(path).wants(t, 200, "院內裝置互相幫忙", "未開啟", "同一個院內網路")
	p.post(path+"/lan", "to", "on").wants(t, 200, "已開啟安心診所的院內互助", "已開啟", "-未開啟")
	if !on() || !w.noted("site-a site.lan_on "+bookingtest.SiteA) {
		t.Error(w.actions())
	}
	p.post(path+"/lan").wants(t, 400)
	p.post("/staff/sites/"+bookingtest.SiteC+"/lan", "to", "on").wants(t, 404)
	w.as("xitun").post("/staff/sites/"+bookingtest.SiteC+"/lan", "to", "on").wants(t, 404)
	w.as("root").post(path+"/lan", "to", "off").wants(t, 403)
	w.as("bureau").post(path+"/lan", "to", "off").wants(t, 200, "已關閉安心診所的院內互助", "未開啟")
	if on() {
		t.Error("it is still on")
	}
	w.as("bureau").get("/staff/sites/new").wants(t, 200, "-院內裝置互相幫忙")
}
