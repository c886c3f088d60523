package staff_test

import (
	"strings"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// line is what a desk writes of a lot.
func line(lot, reason string) syncproto.Op {
	return syncproto.Op{Kind: clinic.StockMoved, Booking: bookingtest.NewID(), Staff: "小美", Lot: lot, Reason: reason}
}

func TestTheStockOfEachSiteIsSeenWithinTheJurisdiction(t *testing.T) {
	w := open(t, options{})
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one, far := w.MustBook(slot, 1), w.MustBook(w.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day), 2)
	p := w.as("bureau")
	p.get("/staff/stock").wants(t, 200, "疫苗庫存", "沒有符合的庫存")
	w.Set(bookingtest.Day.At(10 * 60))
	wrong := line("AB-77", "received 30 10 2027-03-31 xbb")
	back := line("AB-77", "taken_back 打錯瓶數")
	back.Booking = wrong.Booking
	w.send(t, bookingtest.SiteA, wrong, line("ab-77", "received 3 10 2027-03-31 xbb"), line("AB-77", "opened 1"), line("AB-77", "wasted 2 掉到地上"), back,
		syncproto.Op{Kind: clinic.VaccineGiven, Booking: one.ID, Lot: "AB-77"},
		line("OLD1", "received 1 1 2026-11-01 xbb"), line("DONE", "received 1 1 2027-03-31 xbb"), line("DONE", "opened 1"), line("DONE", "wasted 1 過時"))
	w.send(t, bookingtest.SiteC, line("CC-1", "received 2 5 2027-03-31 xbb"), syncproto.Op{Kind: clinic.VaccineGiven, Booking: far.ID, Lot: "CC-2"})

	row := `<b>AB-77</b></td><td>`
	figures := `<td class="n">3</td><td class="n">1</td><td class="n">1</td><td class="n">2</td><td class="n"><b>27</b></td>`
	p.get("/staff/stock").wants(t, 200, row, figures, "116年3月31日", "安心診所", "OLD1", "已過效期還有剩", "-DONE", "豐原區衛生所", "CC-1", "CC-2", "沒有進貨紀錄")
	p.get("/staff/stock?all=1").wants(t, 200, "DONE")
	p.get("/staff/stock?lot=cc-1").wants(t, 200, "CC-1", "-AB-77", "-CC-2")
	p.get("/staff/stock?district=西屯區").wants(t, 200, "AB-77", "-CC-1")
	w.as("xitun").get("/staff/stock").wants(t, 200, "AB-77", "-CC-1", "-豐原區衛生所")
	w.as("site-a").get("/staff/stock").wants(t, 200, "AB-77", "-CC-1", "-"+`name="q"`)
	w.as("root").get("/staff/stock").wants(t, 403)

	p.post("/staff/lots", "vaccine", bookingtest.XBB, "lot", "cc-1", "sure", "1").wants(t, 200, "已回收")
	p.get("/staff/stock?lot=CC-1").wants(t, 200, "已回收的批號還有剩")

	file := w.as("xitun").get("/staff/stock.csv")
	file.wants(t, 200, "行政區,機構代碼,接種站,批號,疫苗,批號到期日,進貨（瓶）,每瓶劑數,已開（瓶）,已接種,報廢（劑）,剩餘（劑）,請留意", "西屯區,"+bookingtest.SiteA+",安心診所,AB-77,", ",2027-03-31,3,10,1,1,2,27,", "-CC-1")
	if n := strings.Count(file.body, "\r\n"); n != 3 {
		t.Errorf("%d lines:\n%s", n, file.body)
	}
}

func TestAQuarantinedLineOfTheStockIsSaidInWords(t *testing.T) {
	w := open(t, options{})
	w.quarantine(t, bookingtest.SiteA, line("AB-77", "received 3 10 2027-03-31 xbb"))
	w.as("bureau").get("/staff/review").wants(t, 200, "疫苗庫存", "小美，AB-77，進貨 3 瓶，每瓶 10 劑", "-received")
}
