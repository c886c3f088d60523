package public_test

import (
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// held is the answer to a hold.
type held struct {
	ID     clinic.ID
	Slot   clinic.ID
	Places int
	Until  time.Time
}

func TestAProgramHoldsAPlaceAndBooksIt(t *testing.T) {
	h := open(t, 1)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	request := map[string]any{"id": bookingtest.NewID(), "slot": slot.ID}
	var first, again held
	if res := h.call(t, "POST", "/holds", request, &first); res.StatusCode != http.StatusCreated {
		t.Fatalf("held with %d", res.StatusCode)
	}
	if first.ID != request["id"] || first.Slot != slot.ID || first.Places != 1 || !first.Until.Equal(h.Now().Add(10*time.Minute)) {
		t.Errorf("the hold is %+v", first)
	}
	h.Set(bookingtest.Monday.Add(time.Minute))
	if h.call(t, "POST", "/holds", request, &again); again != first {
		t.Errorf("sent again it is %+v, not %+v", again, first)
	}
	var p web.Problem
	if res := h.call(t, "POST", "/bookings", ask(slot, 80), &p); res.StatusCode != http.StatusConflict || p.Code != clinic.RefusedFull {
		t.Errorf("somebody else: %d %+v", res.StatusCode, p)
	}
	holder := ask(slot, 81)
	holder["hold"] = first.ID
	if res := h.call(t, "POST", "/bookings", holder, nil); res.StatusCode != http.StatusCreated {
		t.Errorf("the holder: %d", res.StatusCode)
	}
	if s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day); s.Taken != 1 || s.Held != 0 {
		t.Errorf("taken %d, held %d", s.Taken, s.Held)
	}
}

func TestAProgramGivesAHoldUp(t *testing.T) {
	h := open(t, 4)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	kept := func() int { return h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Held }
	var household, alone held
	h.call(t, "POST", "/holds", map[string]any{"id": bookingtest.NewID(), "slot": slot.ID, "places": 3}, &household)
	h.call(t, "POST", "/holds", map[string]any{"id": bookingtest.NewID(), "slot": slot.ID}, &alone)
	if kept() != 4 {
		t.Errorf("%d places are held", kept())
	}
	for range 2 { // given up twice is given up
		if res := h.call(t, "DELETE", "/holds/"+household.ID.String(), nil, nil); res.StatusCode != http.StatusNoContent {
			t.Errorf("given up with %d", res.StatusCode)
		}
	}
	if kept() != 1 {
		t.Errorf("%d places are held by who did not give up", kept())
	}
	var p web.Problem
	if res := h.call(t, "DELETE", "/holds/x", nil, &p); res.StatusCode != http.StatusNotFound {
		t.Errorf("no hold at all: %d %+v", res.StatusCode, p)
	}
}

func TestAHoldIsRefusedWithWhatWouldDo(t *testing.T) {
	h := open(t, 60)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	used := bookingtest.NewID()
	hold := func(id, slot clinic.ID, places int) map[string]any {
		return map[string]any{"id": id, "slot": slot, "places": places}
	}
	h.call(t, "POST", "/holds", hold(used, slot.ID, 1), nil)
	full := h.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	for n := range 60 {
		h.MustBook(full, 100+n)
	}
	for name, c := range map[string]struct {
		body   any
		status int
		code   string
		args   map[string]string
		detail string
	}{
		"full":            {hold(bookingtest.NewID(), full.ID, 1), 409, clinic.RefusedFull, nil, "這個時段剛額滿。請選其他時段"},
		"too many":        {hold(bookingtest.NewID(), slot.ID, 5), 422, clinic.RefusedGroupSize, map[string]string{"most": "4"}, "一次可以為 1 到 4 人預約。"},
		"fewer than none": {hold(bookingtest.NewID(), slot.ID, -1), 422, clinic.RefusedGroupSize, map[string]string{"most": "4"}, "一次可以為 1 到 4 人預約。"},
		"no such slot":    {hold(bookingtest.NewID(), bookingtest.NewID(), 1), 404, clinic.RefusedNoSuchSlot, nil, "這個時段已經不開放。"},
		"an id used":      {hold(used, full.ID, 1), 409, clinic.RefusedConflictingKey, nil, "請重新開始預約。"},
		"no id":           {hold(clinic.ID{}, slot.ID, 1), 400, "malformed", nil, "沒有存下來。"},
	} {
		var p web.Problem
		h.call(t, "POST", "/holds", c.body, &p, "Accept-Language", "zh-TW")
		if p.Status != c.status || p.Code != c.code || len(p.Args) != len(c.args) || p.Args["most"] != c.args["most"] || !strings.Contains(p.Detail, c.detail) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for range 49 {
		h.call(t, "POST", "/holds", hold(bookingtest.NewID(), slot.ID, 1), nil)
	}
	var p web.Problem
	if h.call(t, "POST", "/holds", hold(bookingtest.NewID(), slot.ID, 1), &p); p.Status != http.StatusConflict || p.Code != clinic.RefusedHoldLimit {
		t.Errorf("the fifty-first of an address: %+v", p)
	}
	h.Set(bookingtest.Monday.AddDate(0, 0, 3)) // Thursday
	if h.call(t, "POST", "/holds", hold(bookingtest.NewID(), slot.ID, 1), &p, "Accept-Language", "en"); p.Code != clinic.RefusedWindowClosed || p.Args["period"] != "2026年47期" {
		t.Errorf("after the window: %+v", p)
	}
}

func TestAnEndedHoldIsSaid(t *testing.T) {
	h := open(t, 1)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	var kept held
	h.call(t, "POST", "/holds", map[string]any{"id": bookingtest.NewID(), "slot": slot.ID}, &kept)
	h.Set(kept.Until)
	late := ask(slot, 82)
	late["hold"] = kept.ID
	var p web.Problem
	if h.call(t, "POST", "/bookings", late, &p, "Accept-Language", "zh-TW"); p.Code != clinic.RefusedHoldExpired || !strings.Contains(p.Detail, "請再選一次時段。") {
		t.Errorf("too late: %+v", p)
	}
	late["hold"] = clinic.ID{}
	if res := h.call(t, "POST", "/bookings", late, nil); res.StatusCode != http.StatusCreated {
		t.Errorf("without a hold: %d", res.StatusCode)
	}
}

// moving is a booking and what its holder sends to have it moved.
type moving struct {
	*house
	path     string
	booking  clinic.Booking
	from, to clinic.Slot
	body     map[string]any
}

func startMove(t *testing.T) *moving {
	t.Helper()
	m := &moving{house: open(t, 1)}
	m.from, m.to = m.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), m.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(1))
	m.booking = m.MustBook(m.from, 83)
	m.path = "/bookings/" + m.booking.ID.String() + "/move"
	var kept held
	m.call(t, "POST", "/holds", map[string]any{"id": bookingtest.NewID(), "slot": m.to.ID}, &kept)
	who := bookingtest.Person(83)
	m.body = map[string]any{"id_number": who.ID.Reveal(), "birth": who.Birth.Reveal(), "slot": m.to.ID, "hold": kept.ID}
	return m
}

// but is the body with a member changed.
func (m *moving) but(name string, value any) map[string]any {
	changed := maps.Clone(m.body)
	changed[name] = value
	return changed
}

// taken are the places taken before and after.
func (m *moving) taken() [2]int {
	return [2]int{m.SlotOn(m.from.Site, m.from.Vaccine, m.from.Date).Taken, m.SlotOn(m.to.Site, m.to.Vaccine, m.to.Date).Taken}
}

func TestAMoveThatCanNotBeLeavesTheOldPlace(t *testing.T) {
	m := startMove(t)
	for name, c := range map[string]struct {
		body   any
		status int
		code   string
	}{
		"another birth":   {m.but("birth", "69/1/1"), 404, clinic.RefusedNotFound},
		"another vaccine": {m.but("slot", m.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day).ID), 404, clinic.RefusedNoSuchSlot},
		"held by another": {m.but("hold", clinic.ID{}), 409, clinic.RefusedFull},
		"no hold of ours": {m.but("hold", bookingtest.NewID()), 409, clinic.RefusedHoldExpired},
		"a broken number": {m.but("id_number", "A123456788"), 422, clinic.RefusedIDChecksum},
	} {
		var p web.Problem
		m.call(t, "POST", m.path, c.body, &p)
		if p.Status != c.status || p.Code != c.code {
			t.Errorf("%s: %+v", name, p)
		}
	}
	var p web.Problem
	if m.call(t, "POST", "/bookings/x/move", m.body, &p); p.Status != http.StatusNotFound || p.Code != clinic.RefusedNotFound {
		t.Errorf("no booking: %+v", p)
	}
	if got := m.taken(); got != [2]int{1, 0} {
		t.Errorf("places taken: %v", got)
	}
}

func TestAProgramMovesABooking(t *testing.T) {
	m := startMove(t)
	for range 2 { // asked again it changes nothing
		var moved map[string]any
		res := m.call(t, "POST", m.path, m.body, &moved)
		if res.StatusCode != http.StatusOK || moved["id"] != m.booking.ID.String() || moved["code"] != m.booking.Code || moved["site"] != m.to.Site || moved["date"] != m.to.Date.String() {
			t.Errorf("moved with %d: %v", res.StatusCode, moved)
		}
	}
	if got := m.taken(); got != [2]int{0, 1} {
		t.Errorf("places taken: %v", got)
	}
	m.Set(m.to.Date.AddDays(-1).At(9 * 60))
	var p web.Problem
	m.call(t, "POST", m.path, m.but("slot", m.from.ID), &p, "Accept-Language", "zh-TW")
	if p.Status != http.StatusConflict || p.Code != clinic.RefusedCancelTooLate || p.Args["phone"] == "" || !strings.Contains(p.Detail, p.Args["phone"]) {
		t.Errorf("after the deadline: %+v", p)
	}
}

func TestEveryAddressOfTheAPIIsDocumented(t *testing.T) {
	h := open(t, 1)
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var told, there []string
	for _, m := range regexp.MustCompile("`((?:GET|POST|DELETE) /[^`]*)`").FindAllStringSubmatch(string(page), -1) {
		told = append(told, m[1])
	}
	for _, r := range serve(t, h.City, h.City, h.log).Routes() {
		if path, ok := strings.CutPrefix(r.Path, "/api/v1"); ok && r.Method != http.MethodHead {
			there = append(there, r.Method+" "+path)
		}
	}
	slices.Sort(told)
	slices.Sort(there)
	if told = slices.Compact(told); !slices.Equal(told, there) || len(there) < 15 {
		t.Errorf("docs/api.md tells of\n%s\nthere are\n%s", strings.Join(told, "\n"), strings.Join(there, "\n"))
	}
}

func TestAProgramChangesThePhonesOfABooking(t *testing.T) {
	h := open(t, 5)
	b := h.MustBook(h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	birth := b.Person.Birth.Reveal().String()
	proof := map[string]any{"id_number": b.Person.ID.Reveal(), "birth": birth, "mobile": "0922-000-222"}
	if res := h.call(t, "POST", "/bookings/"+b.ID.String()+"/phones", proof, nil); res.StatusCode != http.StatusOK {
		t.Fatalf("changed with %d", res.StatusCode)
	}
	if now, err := h.Booking(t.Context(), b.ID); err != nil || now.Person.Mobile.Reveal() != "0922000222" || now.Version != b.Version+1 {
		t.Errorf("the phone is %q, %v", now.Person.Mobile.Reveal(), err)
	}
	for _, bad := range []map[string]any{
		{"id_number": bookingtest.IDNumber(2).Reveal(), "birth": birth, "mobile": "0922000222"},
		{"id_number": b.Person.ID.Reveal(), "birth": birth, "mobile": "1"},
		{"id_number": b.Person.ID.Reveal(), "birth": birth},
	} {
		if res := h.call(t, "POST", "/bookings/"+b.ID.String()+"/phones", bad, nil); res.StatusCode < 400 || res.StatusCode > 499 {
			t.Errorf("%v: %d", bad, res.StatusCode)
		}
	}
}
