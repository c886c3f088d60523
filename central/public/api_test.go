package public_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// call sends JSON as a program does and gives the answer's body.
func (h *house) call(t *testing.T, method, path string, body any, into any, headers ...string) *http.Response {
	t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, h.URL+"/api/v1"+path, in)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	res.Body = io.NopCloser(bytes.NewReader(b))
	if into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
		}
	}
	return res
}

func ask(slot clinic.Slot, n int) map[string]any {
	p := bookingtest.Person(n)
	return map[string]any{
		"id": bookingtest.NewID(), "slot": slot.ID, "dose": "primary1", "id_number": p.ID.Reveal(), "name": p.Name.Reveal(),
		"birth": p.Birth.Reveal(), "mobile": p.Mobile.Reveal(), "consents": []bool{true, true, true},
	}
}

func TestAProgramBooksLooksUpAndCancels(t *testing.T) {
	h := open(t, 20)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	request := ask(slot, 40)
	var first, again, cancelled map[string]any
	if res := h.call(t, "POST", "/bookings", request, &first); res.StatusCode != http.StatusCreated {
		t.Fatalf("booked with %d: %v", res.StatusCode, first)
	}
	if res := h.call(t, "POST", "/bookings", request, &again); res.StatusCode != http.StatusCreated {
		t.Fatalf("repeated with %d: %v", res.StatusCode, again)
	}
	for _, member := range []string{"id", "code", "date", "start", "name", "mobile", "created"} {
		if first[member] != again[member] {
			t.Errorf("%s is %v at first, %v again", member, first[member], again[member])
		}
	}
	if first["name"] != "測○○○0" && !strings.Contains(first["name"].(string), "○") || first["mobile"] != "0900***040" {
		t.Errorf("not masked: %v %v", first["name"], first["mobile"])
	}
	p := bookingtest.Person(40)
	proof := map[string]any{"id_number": p.ID.Reveal(), "birth": "69/5/13"}
	var found []map[string]any
	h.call(t, "POST", "/bookings/lookup", proof, &found)
	if len(found) != 1 || found[0]["id"] != first["id"] {
		t.Fatalf("found %v", found)
	}
	if res := h.call(t, "POST", "/bookings/"+first["id"].(string)+"/cancel", proof, &cancelled); res.StatusCode != http.StatusOK || cancelled["cancelled"] == nil {
		t.Errorf("cancelled with %d: %v", res.StatusCode, cancelled)
	}
	if got := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Taken; got != 0 {
		t.Errorf("%d places are taken", got)
	}
}

func TestAProgramBooksForAHousehold(t *testing.T) {
	h := open(t, 3)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	var booked []map[string]any
	group := map[string]any{"bookings": []any{ask(slot, 70), ask(slot, 71)}}
	for range 2 {
		if res := h.call(t, "POST", "/bookings/group", group, &booked); res.StatusCode != http.StatusCreated || len(booked) != 2 {
			t.Fatalf("booked with %d: %v", res.StatusCode, booked)
		}
	}
	var p struct {
		web.Problem
		Member *int `json:"member"`
	}
	res := h.call(t, "POST", "/bookings/group", map[string]any{"bookings": []any{ask(slot, 72), ask(slot, 71)}}, &p, "Accept-Language", "zh-TW")
	if res.StatusCode != http.StatusConflict || p.Code != "already_booked" || p.Member == nil || *p.Member != 1 {
		t.Errorf("a member who has a booking: %d %+v", res.StatusCode, p)
	}
	if res := h.call(t, "POST", "/bookings/group", map[string]any{"bookings": []any{}}, &p); res.StatusCode != http.StatusUnprocessableEntity || p.Code != "group_size" {
		t.Errorf("nobody: %d %+v", res.StatusCode, p)
	}
	if got := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Taken; got != 2 {
		t.Errorf("%d places are taken", got)
	}
}

func TestAProgramWaitsForAPlaceAndChecksTheDraw(t *testing.T) {
	h := open(t, 1)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	var p web.Problem
	if res := h.call(t, "POST", "/standby", ask(slot, 74), &p); res.StatusCode != http.StatusConflict || p.Code != "places_left" {
		t.Errorf("while there are places: %d %+v", res.StatusCode, p)
	}
	h.MustBook(slot, 73)
	holding := ask(slot, 74)
	holding["hold"] = bookingtest.NewID()
	if res := h.call(t, "POST", "/standby", holding, &p); res.StatusCode != http.StatusBadRequest {
		t.Errorf("with a hold: %d %+v", res.StatusCode, p)
	}
	var entry map[string]any
	if res := h.call(t, "POST", "/standby", ask(slot, 74), &entry); res.StatusCode != http.StatusCreated || entry["waiting"] != true {
		t.Fatalf("stand by: %d %v", res.StatusCode, entry)
	}
	born := bookingtest.Person(74)
	proof := map[string]any{"id_number": born.ID.Reveal(), "birth": born.Birth.Reveal()}
	if res := h.call(t, "POST", "/standby/"+entry["id"].(string)+"/leave", proof, nil); res.StatusCode != http.StatusNoContent {
		t.Errorf("leave: %d", res.StatusCode)
	}
	h.Set(bookingtest.Day.At(0))
	var draw clinic.Draw
	h.call(t, "GET", "/slots/"+slot.ID.String()+"/draw", nil, &draw)
	if err := clinic.VerifyDraw(draw); err != nil || len(draw.Steps) != 2 || draw.List != slot.ID {
		t.Errorf("the record: %+v, %v", draw, err)
	}
	if res := h.call(t, "GET", "/slots/x/draw", nil, &p); res.StatusCode != http.StatusNotFound {
		t.Errorf("no slot: %d", res.StatusCode)
	}
}

func TestAProgramIsRefusedInItsLanguage(t *testing.T) {
	h := open(t, 1)
	slot := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	h.MustBook(slot, 41)
	young := ask(slot, 42)
	young["birth"] = "2020-01-01"
	young["guardian"], young["guardian_consent"] = "0922000111", true
	noID := ask(slot, 43)
	noID["id"] = clinic.ID{}
	extra := ask(slot, 44)
	extra["idnumber"] = "x"
	good, err := json.Marshal(ask(slot, 47))
	if err != nil {
		t.Fatal(err)
	}
	long := ask(slot, 48)
	long["name"] = strings.Repeat("王", 1<<20)
	for name, c := range map[string]struct {
		body         any
		lang         string
		status       int
		code, detail string
	}{
		"full":            {ask(slot, 45), "zh-TW", 409, "full", "這個時段剛額滿。"},
		"full in English": {ask(slot, 45), "en", 409, "full", "This slot has just filled."},
		"too young":       {young, "en", 422, "too_young", "people of 12 years and over"},
		"booked before":   {ask(slot, 41), "zh-TW", 409, "already_booked", "您已預約這項疫苗。"},
		"no id":           {noID, "zh-TW", 400, "malformed", "沒有存下來。"},
		"misspelt member": {extra, "en", 400, "malformed", "Nothing was stored."},
		"not an object":   {"hello", "en", 400, "malformed", "Nothing was stored."},
		"a member twice":  {json.RawMessage(strings.Replace(string(good), "{", `{"dose":"primary1",`, 1)), "en", 400, "malformed", "Nothing was stored."},
		"too long":        {long, "zh-TW", 413, "too_large", "送出的內容太長"},
	} {
		var p web.Problem
		res := h.call(t, "POST", "/bookings", c.body, &p, "Accept-Language", c.lang)
		if res.StatusCode != c.status || p.Status != c.status || p.Code != c.code || !strings.Contains(p.Detail, c.detail) || p.Title == "" {
			t.Errorf("%s: %d %+v", name, res.StatusCode, p)
		}
		if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: %s", name, got)
		}
	}
	var p web.Problem
	two, err := http.Post(h.URL+"/api/v1/bookings", "application/json", strings.NewReader(string(good)+string(good)))
	if err != nil {
		t.Fatal(err)
	}
	if two.Body.Close(); two.StatusCode != http.StatusBadRequest {
		t.Errorf("two at once: %d", two.StatusCode)
	}
	if res := h.call(t, "GET", "/sites/0000000000/availability", nil, &p); res.StatusCode != http.StatusNotFound || p.Code != "not_found" {
		t.Errorf("an unknown site: %d %+v", res.StatusCode, p)
	}
	if res := h.call(t, "POST", "/bookings/lookup", map[string]any{"id_number": "A123456789", "birth": "69/5/13"}, &p); res.StatusCode != http.StatusNotFound || p.Code != "booking_not_found" {
		t.Errorf("nobody's booking: %d %+v", res.StatusCode, p)
	}
}

func TestAvailabilityIsCachedAndPacked(t *testing.T) {
	h := open(t, 20)
	path := "/sites/" + bookingtest.SiteA + "/availability"
	var plain struct {
		Site  string
		Slots []map[string]any
	}
	res := h.call(t, "GET", path, nil, &plain, "Accept-Encoding", "identity")
	if plain.Site != bookingtest.SiteA || len(plain.Slots) == 0 || res.Header.Get("Cache-Control") != "public, max-age=1, stale-while-revalidate=5" {
		t.Fatalf("%s, %d slots, %s", plain.Site, len(plain.Slots), res.Header.Get("Cache-Control"))
	}
	tag := res.Header.Get("ETag")
	if res := h.call(t, "GET", path, nil, nil, "If-None-Match", tag, "Accept-Encoding", "identity"); res.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged gives %d", res.StatusCode)
	}
	res = h.call(t, "GET", path, nil, nil, "Accept-Encoding", "gzip")
	zip, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var packed struct{ Slots []map[string]any }
	if err := json.NewDecoder(zip).Decode(&packed); err != nil || len(packed.Slots) != len(plain.Slots) {
		t.Errorf("packed: %v, %d slots", err, len(packed.Slots))
	}
	h.MustBook(h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 46)
	h.Set(h.Now().Add(time.Second))
	if res := h.call(t, "GET", path, nil, nil, "If-None-Match", tag, "Accept-Encoding", "identity"); res.StatusCode != http.StatusOK {
		t.Errorf("changed gives %d", res.StatusCode)
	}
	for _, list := range []string{"/programmes", "/periods", "/sites", "/vacancies"} {
		var items []map[string]any
		if h.call(t, "GET", list, nil, &items); len(items) == 0 {
			t.Errorf("%s is empty", list)
		}
	}
}
