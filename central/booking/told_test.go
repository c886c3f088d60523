package booking_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// periodsTold reads from a site's rows after a cursor which periods of a programme they
// tell, by id, and where they end.
func periodsTold(t *testing.T, city *bookingtest.City, programme string, cursor int64) (out map[string]clinic.Period, next int64) {
	t.Helper()
	page, err := city.Feed(t.Context(), booking.FeedRequest{Site: bookingtest.SiteA, Cursor: cursor, First: bookingtest.Day, Limit: syncproto.MaxPageRows})
	if err != nil || page.More {
		t.Fatalf("more %v, %v", page.More, err)
	}
	out = make(map[string]clinic.Period)
	for _, row := range page.Rows {
		if row.Programme == nil || row.Programme.Code != programme {
			continue
		}
		var doc struct{ Periods []clinic.Period }
		if err := json.Unmarshal(row.Programme.Doc, &doc); err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(doc.Periods, func(a, b clinic.Period) int { return a.First.Compare(b.First) }) {
			t.Errorf("the periods are not by first day: %+v", doc.Periods)
		}
		for _, p := range doc.Periods {
			out[p.ID] = p
		}
	}
	return out, page.Next
}

func TestDevicesHearOfThePeriodsOfEachProgramme(t *testing.T) {
	city := bookingtest.Start(t, 5)
	told, at := periodsTold(t, city, bookingtest.Covid, 0)
	for _, want := range city.Catalogue().PeriodsOf(bookingtest.Covid) {
		if got, ok := told[want.ID]; !ok || got.First != want.First || got.Label.In(clinic.DefaultLocale) != want.Label.In(clinic.DefaultLocale) {
			t.Errorf("period %s is told as %+v", want.ID, got)
		}
	}
	if len(told) == 0 {
		t.Fatal("no period is told")
	}

	period := city.Catalogue().PeriodsOf(bookingtest.Covid)[0]
	period.Label = clinic.Text{clinic.DefaultLocale: "改了名字", "en": "renamed"}
	if err := city.SavePeriod(t.Context(), boss, period); err != nil {
		t.Fatal(err)
	}
	told, at = periodsTold(t, city, bookingtest.Covid, at)
	if got := told[period.ID].Label["en"]; got != "renamed" {
		t.Errorf("after it was renamed the period is told as %q", got)
	}

	period.Programmes = []string{bookingtest.Flu}
	if err := city.SavePeriod(t.Context(), boss, period); err != nil {
		t.Fatal(err)
	}
	without, _ := periodsTold(t, city, bookingtest.Covid, at)
	with, _ := periodsTold(t, city, bookingtest.Flu, at)
	if _, still := without[period.ID]; still || len(with) == 0 || with[period.ID].ID == "" {
		t.Errorf("the programme that it books no more tells it: %v; the one that it books: %v", still, with)
	}
}

func TestOnlyTheLatestPeriodsAreToldAndTheRulesStayAsTheyAre(t *testing.T) {
	city := bookingtest.Start(t, 5)
	last := city.Catalogue().PeriodsOf(bookingtest.Flu)[0]
	for n := range 40 {
		p := last
		p.ID, p.First, p.Last = "old-"+string(rune('a'+n%26))+string(rune('a'+n/26)), last.First.AddDays(-400+n), last.Last.AddDays(-400+n)
		if err := city.SavePeriod(t.Context(), boss, p); err != nil {
			t.Fatal(err)
		}
	}
	told, _ := periodsTold(t, city, bookingtest.Flu, 0)
	if _, ok := told[last.ID]; !ok || len(told) != 30 {
		t.Errorf("%d periods are told, the latest among them: %v", len(told), ok)
	}
	page, err := city.Feed(t.Context(), booking.FeedRequest{Site: bookingtest.SiteA, First: bookingtest.Day, Limit: syncproto.MaxPageRows})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		if row.Programme == nil {
			continue
		}
		stored, _ := city.Catalogue().Programme(row.Programme.Code)
		rules, err := json.Marshal(stored)
		if err != nil || !bytes.HasPrefix(row.Programme.Doc, bytes.TrimSuffix(rules, []byte("}"))) {
			t.Errorf("%s is told as %s, %v", stored.Code, row.Programme.Doc, err)
		}
	}
}

func TestAnUpgradedCentralTellsItsPeriodsToWhoHadTheProgrammes(t *testing.T) {
	city := upgraded(t)
	if told, _ := periodsTold(t, city, bookingtest.Covid, 0); len(told) == 0 {
		t.Fatal("the first release's periods are not told")
	}
	for _, code := range []string{bookingtest.Covid, bookingtest.Flu} {
		end := city.SiteSeq(bookingtest.SiteA)
		if told, _ := periodsTold(t, city, code, end-2); len(told) == 0 { // the last two numbers are theirs
			t.Errorf("a device at the end of the first release's feed does not hear of %s", code)
		}
	}
	reconcile(t, city)
}
